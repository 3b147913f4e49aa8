"""The table of heads: a line a head, with its label and its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message

from tui.analysis.columns import table_number
from tui.session.cutting import CUT_SIGN, TRANSPLANT_SIGN
from tui.widgets.text.fitting import align_left
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

LABEL = 30
"""Columns of a head's label, where there is room for all of it."""

BRIEF = 22
"""Columns of a brief one."""

WIDE, NARROW = 110, 70
"""From so many columns on the whole label is shown; below so many a brief one is cut."""


@dataclass(frozen=True, slots=True)
class HeadRow:
    """One head.

    Attributes:
        head: the layer and head, counted from 0.
        label: its label, safe to be shown.
        brief: the same for where there is little room.
        numbers: the number of each column, NaN for none.
        is_cut: it is cut.
        is_transplanted: it is transplanted from another sentence.
    """

    head: tuple[int, int]
    label: str
    brief: str
    numbers: tuple[float, ...]
    is_cut: bool = False
    is_transplanted: bool = False


@dataclass(frozen=True, slots=True)
class HeadRows:
    """The lines of the table.

    Attributes:
        columns: the names of the columns.
        ranked_by: the one that the heads are ranked by, or None for layer and head.
        rows: the heads, in their order.
        at_hand: the (layer, head) that the grid shows.
        empty: what is said where there is no head.
    """

    columns: tuple[str, ...] = ()
    ranked_by: str | None = None
    rows: tuple[HeadRow, ...] = ()
    at_hand: tuple[int, int] = (0, 0)
    empty: str = ""


class HeadsTable(Page):
    """Draws as many lines and columns as fit: what heads are ranked by comes first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "heads--title",
        "heads--ranked",
        "heads--cursor",
        "heads--here",
        "heads--number",
        "heads--faint",
    }

    class Chosen(Message):
        """A head was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.content = HeadRows()
        self.cursor = 0
        self._first: int | None = None  # before it is drawn

    @property
    def room(self) -> int:
        """How many heads there is room for."""
        return max(1, self.size.height - 1)

    def show_heads(self, content: HeadRows, cursor: int) -> None:
        """Draw heads.

        Args:
            content: all of them.
            cursor: the line at hand, counted from 0.
        """
        self.content = content
        self.cursor = min(max(cursor, 0), max(0, len(content.rows) - 1))
        self._draw()

    def restyle(self) -> None:
        """Draw the same in other colours."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the table to its new size."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Choose the head under the mouse."""
        index = event.y - 1 + (self._first or 0)
        if event.y > 0 and index < len(self.content.rows):
            self.post_message(self.Chosen(index))

    # Drawing

    @property
    def columns_shown(self) -> list[str]:
        """The columns that there is room for, the one that heads are ranked by first."""
        content = self.content
        order = [name for name in content.columns if name == content.ranked_by]
        order += [name for name in content.columns if name != content.ranked_by]
        shown, left = [], self.size.width - self._label_width - 9
        for name in order:
            if (left := left - _width(name)) < 0:
                break
            shown.append(name)
        return shown

    @property
    def _label_width(self) -> int:
        if self.size.width >= WIDE:
            return LABEL
        return BRIEF if self.size.width >= NARROW else BRIEF - 6

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"heads--{name}", partial=name == "cursor")

    def _draw(self) -> None:
        content = self.content
        if not self.size.area:
            return  # it is being opened: where it begins depends on how much there is room for
        if self._first is None:  # the head at hand with as many before it as behind it
            self._first = self.cursor - self.room // 2
        # A table that was shorter a moment ago would else begin where nothing needs to be hidden.
        self._first = first_shown(self._first, self.cursor, self.room, len(content.rows))
        shown = self.columns_shown
        title = Text().append(" head".ljust(9), self._style("title"))
        title.append("label".ljust(self._label_width), self._style("title"))
        for name in shown:
            style = self._style("ranked" if name == content.ranked_by else "title")
            title.append(name.rjust(_width(name)), style)
        lines = [title]
        if not content.rows:
            lines.append(Text(f" {content.empty}", self._style("number")))
        last = min(self._first + self.room, len(content.rows))
        lines += [
            self._line(content.rows[index], index == self.cursor, shown)
            for index in range(self._first, last)
        ]
        self.show(lines)

    def _line(self, row: HeadRow, is_at_cursor: bool, shown: Sequence[str]) -> Text:
        layer, head = row.head
        here = row.head == self.content.at_hand
        text = Text()
        mark = "▸" if is_at_cursor else " "
        named = self._style("here" if here else "number")
        name, sign = f"{layer + 1}·{head + 1}", CUT_SIGN if row.is_cut else ""
        sign = TRANSPLANT_SIGN if row.is_transplanted else sign
        text.append(mark + " " * (3 - len(str(layer + 1))), named)
        text.append(name, named + Style(strike=True) if row.is_cut else named)
        text.append(sign.ljust(4 - len(str(head + 1))), named)
        label = row.label if self.size.width >= WIDE else row.brief
        text.append(align_left(label, self._label_width - 1) + " ", self._style("number"))
        by_name = dict(zip(self.content.columns, row.numbers, strict=True))
        for name in shown:
            said = table_number(by_name[name]).rjust(_width(name))
            style = "ranked" if name == self.content.ranked_by else "number"
            text.append(said, self._style("faint" if math.isnan(by_name[name]) else style))
        if is_at_cursor:
            text.append(" " * max(0, self.size.width - text.cell_len))
            text.stylize(self._style("cursor"))
        return text


def _width(name: str) -> int:
    return max(len(name), 5) + 2
