"""The list of partners: A's token and its number, B's number and its token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from rich.style import Style
from rich.text import Text

from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import align_left
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

ALONE = "alone"
"""What stands in the place of a partner that is not there."""

NUMBER = 5
"""Columns of a token's number, and the blank behind it."""

WIDEST = 30
"""Columns of a token at most."""

NumberedToken: TypeAlias = "tuple[int | None, str]"
"""A token's number, counted from 1, and its name, safe to be shown; None where there is none."""


@dataclass(frozen=True, slots=True)
class AlignmentRow:
    """One line.

    Attributes:
        a: A's token.
        b: B's.
        by_hand: it is not what the texts say by themselves.
    """

    a: NumberedToken
    b: NumberedToken
    by_hand: bool = False


class AlignmentPage(Page):
    """Draws the lines that fit around the one at hand.

    Args:
        ascii_only: the cursor's mark is drawn in ASCII.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "partners--title", "partners--token", "partners--alone", "partners--cursor",
    }  # fmt: skip

    def __init__(self, *, ascii_only: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only
        self._rows: Sequence[AlignmentRow] = ()
        self._cursor = self._first = 0

    @property
    def room(self) -> int:
        """How many lines there is room for."""
        return max(1, self.size.height - 1)

    def show_rows(self, rows: Sequence[AlignmentRow], cursor: int) -> None:
        """Draw a list.

        Args:
            rows: the lines, from the top.
            cursor: the one at hand.
        """
        self._rows, self._cursor = rows, cursor
        self._draw()

    def on_resize(self) -> None:
        """Fit the list to its new size."""
        self._draw()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"partners--{name}", partial=name == "cursor")

    def _draw(self) -> None:
        if not self._rows or not self.size.area:
            self.show(())
            return
        longest = max(cell_len(name) for row in self._rows for _, name in (row.a, row.b))
        width = max(len(ALONE), min(longest, WIDEST, (self.size.width - 2 * NUMBER - 10) // 2))
        self._first = first_shown(self._first, self._cursor, self.room, len(self._rows))
        shown = enumerate(self._rows[self._first : self._first + self.room], self._first)
        side = NUMBER + width + 1
        title = align_left(f" {align_left('A', side)}{align_left('B', side)}", self.size.width)
        lines = [self._line(row, at, width) for at, row in shown]
        self.show([Text(title, self._style("title")), *lines])

    def _line(self, row: AlignmentRow, at: int, width: int) -> Text:
        mark = (">" if self._ascii else "▸") if at == self._cursor else " "
        text = Text(mark)
        for number, name in (row.a, row.b):
            said = "" if number is None else str(number)
            style = self._style("alone" if number is None else "token")
            text.append(f"{said:>{NUMBER - 1}} ", style)
            text.append(align_left(ALONE if number is None else name, width) + " ", style)
        text.append("by hand" if row.by_hand else "", self._style("alone"))
        if at == self._cursor:
            text.append(" " * max(0, self.size.width - text.cell_len))
            text.stylize(self._style("cursor"))
        return text
