"""A row of the grid as a list: the tokens it attends to, or those that attend to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip

from tui.lazy import np
from tui.terminal.textual_internals import cell_len
from tui.widgets.text.answer_lines import numbers_named, of_numbers
from tui.widgets.text.bar_list import BarList
from tui.widgets.text.fitting import align_left, brief_name, fit

if TYPE_CHECKING:
    from tui.session.difference import Seen
    from tui.session.session import Session


@dataclass(frozen=True, slots=True)
class Bar:
    """One line: a token, safe to be shown, its weight, and the sum of all weights so far."""

    token: str
    weight: float
    sum: float


@dataclass(frozen=True)
class Bars:
    """A row or column of the grid, sorted.

    Attributes:
        title: whose row or column it is, and of which numbers.
        named: the same with all that the numbers are, for who reads them elsewhere.
        rows: the tokens, the largest weight first.
        at: the line that the cursor is on, if any.
    """

    title: str = ""
    named: str = ""
    rows: tuple[Bar, ...] = ()
    at: int | None = None

    @classmethod
    def of(cls, session: Session, viewing: Seen) -> Bars:
        """The cursor's row, or its column: who attends to that token.

        Args:
            session: the session, which says which of the two.
            viewing: what is seen.
        """
        if viewing.analysis is None or not viewing.is_held:
            return cls()
        incoming = session.looking.incoming
        names, displayed, cursor = viewing.labels, viewing.displayed, viewing.cursor
        shown, matrix = np.array(displayed.tokens), displayed.matrix
        weights = matrix[shown, cursor[1]] if incoming else matrix[cursor[0], shown]
        inside = ~np.isnan(weights)  # outside the part of a pair there are no numbers
        shown, weights = shown[inside], weights[inside]
        order = np.argsort(-np.abs(weights), kind="stable")  # whatever the sign
        sums = np.cumsum(weights[order]).tolist()
        tokens = shown[order].tolist()
        rows = zip(tokens, weights[order].tolist(), sums, strict=True)
        here = cursor[0] if incoming else cursor[1]
        about = names[cursor[1] if incoming else cursor[0]]
        on_screen, whole = (
            f"who attends to {name}" if incoming else f"{name} attends to"
            for name in (brief_name(about), about)
        )
        return cls(
            title=of_numbers(on_screen, numbers_named(session, viewing, brief=True)),
            named=of_numbers(whole, numbers_named(session, viewing)),
            rows=tuple(Bar(names[token], weight, total) for token, weight, total in rows),
            at=tokens.index(here) if here in tokens else None,
        )

    @cached_property
    def longest(self) -> int:
        """Columns of the longest token."""
        return max((cell_len(one.token) for one in self.rows), default=0)

    @cached_property
    def digits(self) -> int:
        """Characters of the longest weight."""
        return max((len(f"{one.weight:.3f}") for one in self.rows), default=0)

    @property
    def text(self) -> str:
        """The list as text that a spreadsheet takes: tabs between columns."""
        lines = [f"{row.token}\t{row.weight:.6f}\t{row.sum:.6f}" for row in self.rows]
        return "\n".join([self.named, *lines])


class RowBars(BarList):
    """Draws the list; the grid's keys move what it is about."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "bars--title",
        "bars--token",
        "bars--number",
        "bars--bar",
        "bars--cursor",
    }

    content: reactive[Bars] = reactive(Bars(), layout=False)
    """The list that is shown."""

    def render_line(self, y: int) -> Strip:
        """The title, or one token; the line that the cursor is on is always visible."""
        rows, height = self.content.rows, self.size.height
        first = max(0, (self.content.at or 0) - height + 2)
        index = y - 1 + first
        style = self.get_component_rich_style
        segments: list[Segment] = []
        if y == 0:
            segments = [
                Segment(fit(f" {self.content.title}", self.size.width), style("bars--title"))
            ]
        elif index < len(rows):
            segments = self._row(index)
        return Strip(segments).adjust_cell_length(self.size.width, self.ground)

    def _row(self, index: int) -> list[Segment]:
        row, width = self.content.rows[index], self.size.width
        numbers = f" {row.weight:>{self.content.digits}.3f} {row.sum:5.2f} "
        token = min(max(self.content.longest, 4), max(4, width - 5 - len(numbers)))
        room = width - 5 - token - len(numbers)
        style = self.get_component_rich_style
        share = abs(row.weight) / max(abs(self.content.rows[0].weight), 1e-9)
        name = "bars--cursor" if index == self.content.at else "bars--token"
        return [
            Segment(f"{index + 1:>4} ", style("bars--number")),
            Segment(align_left(row.token, token), style(name)),
            Segment(numbers, style("bars--number")),
            Segment(self.bar(share, max(0, room)), style("bars--bar")),
        ]
