"""Moving through a text by what people take for one character, and by words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from rich.style import Style
from rich.text import Text

from tui.text import clusters


def before(text: str, at: int) -> int:
    """The place one character to the left of a place in a text; 0 at its start."""
    places = _places(text)
    return places[max(0, bisect_left(places, at) - 1)]


def after(text: str, at: int) -> int:
    """The place one character to the right of a place in a text; its length at its end."""
    places = _places(text)
    return places[min(len(places) - 1, bisect_right(places, at))]


def outside(text: str, at: int) -> int:
    """A place in a text, or where it is within a character, the end of that."""
    places = _places(text)
    return places[min(len(places) - 1, bisect_left(places, at))]


def word_before(text: str, at: int) -> int:
    """Where the nearest word starts to the left of a place in a text; 0 if none does."""
    return max((start for start in _word_starts(text) if start < at), default=0)


def word_after(text: str, at: int) -> int:
    """Where the nearest word starts to the right of a place in a text; its end if none does."""
    return min((start for start in _word_starts(text) if start > at), default=len(text))


def word_end(text: str, at: int) -> int:
    """Where the word at a place in a text ends, or the next one; the text's end if none does."""
    in_word = False
    for start, cluster in zip(_places(text), clusters(text), strict=False):
        if start < at:
            continue
        if _is_letter(cluster):
            in_word = True
        elif in_word:
            return start
    return len(text)


def _places(text: str) -> list[int]:
    """The places between characters, and the two ends."""
    return [*accumulate(map(len, clusters(text)), initial=0)]


def _word_starts(text: str) -> list[int]:
    """Where words start: a mark goes with its letter, whatever alphabet it is of."""
    starts, in_word, at = [], False, 0
    for cluster in clusters(text):
        if (is_letter := _is_letter(cluster)) and not in_word:
            starts.append(at)
        in_word = is_letter
        at += len(cluster)
    return starts


def _is_letter(cluster: str) -> bool:
    return cluster[0].isalnum() or cluster[0] == "_"


class WholeText(Text):
    """A text whose characters are styled whole: half a flag under the cursor would be none."""

    def stylize(self, style: str | Style, start: int = 0, end: int | None = None) -> None:
        """Give a part of the text a style, and what its ends cut."""
        super().stylize(style, *self._whole(start, end))

    def stylize_before(self, style: str | Style, start: int = 0, end: int | None = None) -> None:
        """Give a part of the text a style under those that it has, and what its ends cut."""
        super().stylize_before(style, *self._whole(start, end))

    def _whole(self, start: int, end: int | None) -> tuple[int, int]:
        plain = self.plain
        end = len(plain) if end is None else end
        if plain.isascii() or start < 0 or end < 0:
            return start, end
        return before(plain, start + 1), outside(plain, end)
