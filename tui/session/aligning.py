"""Aligning by hand: which token of A stands for which of B, as the reader says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.session.effects import CloseBoard, Effect, Open, Redraw
from tui.session.events import Part, action
from tui.text import visible

if TYPE_CHECKING:  # imported when something is first compared
    from tui.analysis.alignment import Alignment
    from tui.analysis.analysis import Analysis
    from tui.session.session import Session

LONGEST = 12
"""Characters that can be typed: two numbers, of more tokens than any model reads."""


@dataclass(frozen=True, slots=True)
class AlignedLine:
    """A pair of tokens, or one that is alone.

    Attributes:
        a: the token of A, counted from 0; None of one of B that is alone.
        b: its partner; None of one of A that is alone.
        by_hand: it is not what the texts say by themselves.
    """

    a: int | None
    b: int | None
    by_hand: bool = False


class Aligning(Part):
    """The pairs of what is compared, as long as their screen is open.

    Attributes:
        is_open: the screen is open.
        typed: the numbers that are being typed.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.is_open = False
        self.typed = ""
        self._cursor = 0

    # What is known

    @property
    def lines(self) -> tuple[AlignedLine, ...]:
        """All tokens of both sides, in their order; none while B is not there."""
        comparing = self.session.comparing
        if comparing.b is None:
            return ()
        now, before = comparing.alignment, set(comparing.automatic_alignment.pairs)
        lines: list[AlignedLine] = []
        a = b = 0
        for left, right in (*now.pairs, (now.left, now.right)):
            lines += (AlignedLine(at, None, _had_partner(before, 0, at)) for at in range(a, left))
            lines += (AlignedLine(None, at, _had_partner(before, 1, at)) for at in range(b, right))
            if left < now.left:
                lines.append(AlignedLine(left, right, (left, right) not in before))
            a, b = left + 1, right + 1
        return tuple(lines)

    @property
    def cursor(self) -> int:
        """The line at hand, counted from 0."""
        return max(0, min(self._cursor, len(self.lines) - 1))

    @property
    def problem(self) -> str:
        """Why there is nothing to be seen, in a sentence; empty if there is."""
        comparing = self.session.comparing
        if comparing.choice is None:
            return (
                "Nothing is compared any more: = on the main screen chooses what to compare with."
            )
        return "" if comparing.b is not None else "The other run is not there yet."

    # The screen

    @action
    def open(self) -> Iterable[Effect]:
        """Show which tokens are partners."""
        if self.session.comparing.choice is None:
            raise RequestError("Nothing is compared: = chooses what this run is compared with.")
        if problem := self.problem:
            raise RequestError(problem)
        self.is_open, self.typed = True, ""
        self._go_to(self.session.viewing.tokens_at_cursor[0])
        yield Open("alignment")

    @action
    def close(self) -> Iterable[Effect]:
        """Back to the main screen; what is corrected stays so."""
        self.is_open, self.typed = False, ""
        yield CloseBoard()
        yield Redraw.EVERYTHING

    @action
    def move(self, step: int) -> Iterable[Effect]:
        """Go some lines down, or up."""
        self._cursor = max(0, min(self.cursor + step, len(self.lines) - 1))
        yield Redraw.BOARD

    # Typing

    @action
    def type(self, character: str) -> Iterable[Effect]:
        """Type a digit or a blank; the line of the first number is the one at hand."""
        if character == " " and (not self.typed or " " in self.typed):
            return
        if len(self.typed) == LONGEST:
            raise RequestError("Type two numbers, such as 4 6, and enter.")
        self.typed += character
        first = int(self.typed.split()[0])
        if any(line.a == first - 1 for line in self.lines):
            self._go_to(first - 1)
        yield Redraw.BOARD

    @action
    def erase(self) -> Iterable[Effect]:
        """Erase what was typed last; if nothing was, leave the token at hand alone."""
        if self.typed:
            self.typed = self.typed[:-1]
            yield Redraw.BOARD
        else:
            yield from self._leave_alone(self._at_hand)

    @action
    def leave_alone(self) -> Iterable[Effect]:
        """Leave the token whose number is typed, or the one at hand, without a partner."""
        numbers, self.typed = self.typed.split(), ""
        yield Redraw.BOARD
        if len(numbers) > 1:
            raise RequestError("Type one number, such as 4, for a token of A that is to be alone.")
        yield from self._leave_alone(self._a_token(numbers[0]) if numbers else self._at_hand)

    @action
    def enter(self) -> Iterable[Effect]:
        """Pair the two tokens whose numbers are typed; 0 for B's leaves that of A alone."""
        numbers, self.typed = self.typed.split(), ""
        yield Redraw.BOARD
        self._need_both()
        if len(numbers) != 2:
            raise RequestError(
                "Type a number of A and one of B, such as 4 6; 4 0 leaves A's token 4 alone."
            )
        if int(numbers[1]) == 0:
            yield from self._leave_alone(self._a_token(numbers[0]))
        else:
            yield from self._pair(self._a_token(numbers[0]), self._b_token(numbers[1]))

    @action
    def restore(self) -> Iterable[Effect]:
        """Take all corrections back."""
        self._need_both()
        comparing = self.session.comparing
        automatic = comparing.automatic_alignment
        if comparing.alignment == automatic:
            raise RequestError("Nothing is corrected: these are the partners found by themselves.")
        self.session.say("The partners are those found by themselves again.")
        yield from comparing.correct(automatic)

    def _pair(self, a: int, b: int) -> Iterator[Effect]:
        from tui.analysis.alignment import corrected

        before = self.session.comparing.alignment
        if (a, b) in before.pairs:
            raise RequestError(f"{self._of_a(a)} and {self._of_b(b)} are partners already.")
        after = corrected(before, a, b)
        lost = [pair for pair in before.pairs if pair not in after.pairs]
        said = f"{self._of_a(a)} and {self._of_b(b)} are partners now."
        if lost:
            named = ", ".join(f"{left + 1} {right + 1}" for left, right in lost)
            said += f" No pairs any more, as they contradict it: {named}."
        self.session.say(said)
        yield from self._take(after, a)

    def _leave_alone(self, a: int) -> Iterator[Effect]:
        from tui.analysis.alignment import without

        before = self.session.comparing.alignment
        partner = before.right_of(a)
        if partner is None:
            raise RequestError(f"{self._of_a(a)} is alone already.")
        self.session.say(f"{self._of_a(a)} and {self._of_b(partner)} are alone now.")
        yield from self._take(without(before, a), a)

    def _take(self, alignment: Alignment, a: int) -> Iterator[Effect]:
        yield from self.session.comparing.correct(alignment)
        self._go_to(a)

    def _go_to(self, token: int) -> None:
        self._cursor = next(at for at, line in enumerate(self.lines) if line.a == token)

    @property
    def _at_hand(self) -> int:
        """The token of A at hand."""
        self._need_both()
        line = self.lines[self.cursor]
        if line.a is None:
            assert line.b is not None
            raise RequestError(f"{self._of_b(line.b)} is alone already.")
        return line.a

    def _a_token(self, number: str) -> int:
        self._need_both()
        return _token_of(number, self.session.answer, "A")

    def _b_token(self, number: str) -> int:
        b = self.session.comparing.b
        assert b is not None
        return _token_of(number, b, "B")

    def _need_both(self) -> None:
        if problem := self.problem:
            raise RequestError(problem)

    def _of_a(self, token: int) -> str:
        return _named(self.session.answer, token, "A")

    def _of_b(self, token: int) -> str:
        b = self.session.comparing.b
        assert b is not None
        return _named(b, token, "B")


def _token_of(number: str, analysis: Analysis, side: str) -> int:
    """The token of a number that people count from 1.

    Raises:
        RequestError: there is none.
    """
    count = len(analysis.tokens)
    if not 1 <= int(number) <= count:
        raise RequestError(f"There is no token {int(number)} in {side}: it has {count}, from 1.")
    return int(number) - 1


def _named(analysis: Analysis, token: int, side: str) -> str:
    return f"{side}'s {token + 1} “{visible(analysis.tokens[token].label)}”"


def _had_partner(pairs: set[tuple[int, int]], place: int, token: int) -> bool:
    return any(pair[place] == token for pair in pairs)
