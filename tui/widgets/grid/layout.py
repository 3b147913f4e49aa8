"""Where everything in the grid stands, in columns and lines of the widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.geometry import Offset, Region, Size

from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import upright_characters

SHORTEST_HEADER = 2
"""Lines of the column labels at the least."""

GUTTER = 5
"""Columns that say how much of a row is hidden: a blank and four, such as `100%`."""


@dataclass(frozen=True, slots=True)
class GridLayout:
    """The arithmetic of one size of the widget and one list of tokens.

    Rows and columns are counted among those that have one, not among all tokens; scroll positions
    are in columns and lines of the screen.

    Attributes:
        queries: how many rows the grid has.
        keys: how many columns the grid has.
        label: columns of a row's label; one more separates it from the cells.
        gutter: columns between label and cells, 0 or `GUTTER`.
        header: lines of the column labels.
        cell: columns of a cell: 2 (about square), 1, or 3 with a number in it.
        stack: rows in a line.
        lines: lines of cells that are visible at once.
        columns: columns of cells that are visible at once.
    """

    queries: int
    keys: int
    label: int
    gutter: int
    header: int
    cell: int
    stack: int
    lines: int
    columns: int

    @classmethod
    def fit(
        cls,
        size: Size,
        queries: Sequence[str],
        keys: Sequence[str],
        *,
        cell: int | None = None,
        stack: int = 1,
        gutter: bool = False,
    ) -> GridLayout:
        """Make the best of a size: square cells where all fit, whole labels where there is room.

        Args:
            size: the widget's.
            queries: the rows' labels.
            keys: the columns' labels.
            cell: columns of a cell, or None for the best.
            stack: rows in a line.
            gutter: room is needed for the hidden shares.
        """
        longest = max((cell_len(label) for label in queries), default=0)
        label = min(longest, max(6, size.width // 4))
        beside = GUTTER if gutter else 0
        room = max(0, size.width - label - beside - 1)
        width = cell or (2 if 2 * len(keys) <= room else 1)
        tallest = max((len(upright_characters(label, width)) for label in keys), default=0)
        needed = -(-len(queries) // stack)
        free = size.height - needed
        header = min(tallest, max(SHORTEST_HEADER, free if free > 0 else size.height // 5))
        lines = min(needed, max(0, size.height - header))
        columns = min(len(keys), room // width)
        return cls(len(queries), len(keys), label, beside, header, width, stack, lines, columns)

    @property
    def label_space(self) -> int:
        """Columns before the first cell."""
        return self.label + self.gutter + 1

    @property
    def all_lines(self) -> int:
        """Lines of cells there are, visible or not."""
        return -(-self.queries // self.stack)

    @property
    def virtual_size(self) -> Size:
        """The size that would show every row and column at once."""
        return Size(self.label_space + self.keys * self.cell, self.header + self.all_lines)

    def visible_columns(self, scroll_x: int) -> tuple[int, int]:
        """The first column on screen, and the one past the last."""
        first = scroll_x // self.cell
        return first, min(self.keys, first + self.columns)

    def rows_of(self, line: int) -> range:
        """The rows in a line of cells, counted over all lines."""
        return range(line * self.stack, min(self.queries, (line + 1) * self.stack))

    def clamp_scroll(self, x: int, y: int) -> Offset:
        """The nearest scroll position that shows no emptiness and cuts no cell."""
        farthest = (self.keys - self.columns) * self.cell
        x = min(max(0, x), farthest)
        return Offset(x - x % self.cell, min(max(0, y), self.all_lines - self.lines))

    def scroll_to(self, row: int, column: int, scroll: Offset) -> Offset:
        """The scroll position nearest to `scroll` that has this cell on screen."""
        left, line = column * self.cell, row // self.stack
        x = max(min(scroll.x, left), left - (self.columns - 1) * self.cell)
        y = max(min(scroll.y, line), line - self.lines + 1)
        return self.clamp_scroll(x, y)

    def line_of(self, row: int, scroll_y: int) -> Region:
        """Where a row stands, its label included."""
        width = self.label_space + self.columns * self.cell
        return Region(0, self.header + row // self.stack - scroll_y, width, 1)

    def row_label(self, row: int, scroll_y: int) -> Region:
        """Where a row's label stands."""
        return Region(0, self.header + row // self.stack - scroll_y, self.label, 1)

    def column_label(self, column: int, scroll_x: int) -> Region:
        """Where a column's label stands."""
        return Region(self.label_space + column * self.cell - scroll_x, 0, self.cell, self.header)

    def cell_at(self, offset: Offset, scroll: Offset) -> tuple[int, int] | None:
        """The row and column whose cell is at a place of the widget, if any is."""
        line, x = offset.y - self.header, offset.x - self.label_space
        if not (0 <= line < self.lines and 0 <= x < self.columns * self.cell):
            return None
        row, column = (line + scroll.y) * self.stack, (x + scroll.x) // self.cell
        return (row, column) if row < self.queries and column < self.keys else None
