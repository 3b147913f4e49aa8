"""How long what is under way will still take, from the steps that are done: a guess in words."""

from __future__ import annotations

from time import monotonic

WORTH_A_WORD = 10.0
"""Seconds: what takes less is not announced."""

AFTER = 1.0
"""Seconds of steps before anything is said: the first ones tell little."""


class TimeLeft:
    """Takes how far something is, and guesses when it ends.

    Steps need not all take as long: the later half of the time so far counts.
    """

    def __init__(self) -> None:
        self._told: list[tuple[float, int]] = []  # when, and how many steps were done
        self._began = 0.0
        self._of = 0

    def tell(self, done: int, of: int) -> None:
        """So many steps are done, of so many; the time before the first of them does not count."""
        now = monotonic()
        if of != self._of or (self._told and done < self._told[-1][1]):
            self._told.clear()
        self._of = of
        if len(self._told) == 1 and self._told[0][1] == done:
            self._told.clear()
        if not self._told:
            self._began = now
        if not self._told or done > self._told[-1][1]:
            self._told.append((now, done))
        half_way = (self._began + now) / 2
        while len(self._told) > 2 and self._told[1][0] <= half_way:
            self._told.pop(0)

    @property
    def seconds(self) -> float | None:
        """The guess; None while nothing can be said."""
        if len(self._told) < 2:
            return None
        (began, first), (last, done) = self._told[0], self._told[-1]
        if last - began < AFTER:
            return None
        return (self._of - done) * (last - began) / (done - first)

    @property
    def said(self) -> str:
        """The guess in words, `about 4 min left`; empty if it is not worth a word."""
        seconds = self.seconds
        if seconds is None or seconds <= WORTH_A_WORD:
            return ""
        if seconds < 90:
            return f"about {max(1, round(seconds / 10)) * 10} s left"
        if seconds < 90 * 60:
            return f"about {round(seconds / 60)} min left"
        return f"about {round(seconds / 3600)} h left"
