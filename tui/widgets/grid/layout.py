"""Where everything in the grid stands, in columns and lines of the widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.geometry import Offset, Region, Size

from tui.session.looks import SHAPES, Shape
from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import upright_characters

SHORTEST_HEADER = 2
"""Lines of the column labels at the least."""

GUTTER = 5
"""Columns that say how much of a row is hidden: a blank and four, such as `100%`."""


LEVEL_FROM = 4
"""Columns of a cell from which labels are written level above them, staggered on some lines."""

MOST_LEVELS = 3
"""Lines of staggered labels at the most; else labels stand upright."""

FEW = 5
"""One label of so many may be cut where the others stand level."""


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
        cell: columns of a cell.
        rise: lines of a cell.
        stack: rows in a line; of cells that are one line high.
        levels: on how many lines labels stand level, staggered; 0 if they stand upright.
        lines: lines of cells that are visible at once, each `rise` lines of the screen high.
        columns: columns of cells that are visible at once.
    """

    queries: int
    keys: int
    label: int
    gutter: int
    header: int
    cell: int
    rise: int
    stack: int
    levels: int
    lines: int
    columns: int

    @classmethod
    def fit(
        cls,
        size: Size,
        queries: Sequence[str],
        keys: Sequence[str],
        *,
        shapes: Sequence[Shape] = SHAPES,
        stack: int = 1,
        gutter: bool = False,
    ) -> GridLayout:
        """Make the best of a size: the largest cells with which all fit, whole labels with room.

        Args:
            size: the widget's.
            queries: the rows' labels.
            keys: the columns' labels.
            shapes: the shapes that cells may have, the largest first. Where none fits wholly, it
                is the first one line high whose columns fit, or the last.
            stack: rows in a line.
            gutter: room is needed for the hidden shares.
        """
        longest = max((cell_len(label) for label in queries), default=0)
        label = min(longest, max(6, size.width // 4))
        beside = GUTTER if gutter else 0
        room = max(0, size.width - label - beside - 1)
        needed = -(-len(queries) // stack)
        widths = [cell_len(label) for label in keys]

        def head_of(cell: int) -> tuple[int, int]:
            """Lines of the labels, and on how many of them they stand level."""
            most = MOST_LEVELS * cell
            cut = sum(width >= most for width in widths)
            if cell >= LEVEL_FROM and cut * FEW <= len(keys):
                widest = max((width for width in widths if width < most), default=0)
                levels = MOST_LEVELS if cut else max(1, -(-(widest + 1) // cell))
                return levels, levels
            return max((len(upright_characters(label, cell)) for label in keys), default=0), 0

        def fits(cell: int, rise: int) -> bool:
            return cell * len(keys) <= room and rise * needed + head_of(cell)[0] <= size.height

        whole = (shape for shape in shapes if shape[1] == 1 or fits(*shape))
        flat = (one for one in whole if one[1] > 1 or one[0] * len(keys) <= room)
        cell, rise = next(flat, shapes[-1])
        tallest, levels = head_of(cell)
        free = size.height - rise * needed
        header = min(tallest, max(SHORTEST_HEADER, free if free > 0 else size.height // 5))
        levels = levels if header == levels else 0
        lines = min(needed, max(0, (size.height - header) // rise))
        columns = min(len(keys), room // cell)
        return cls(
            len(queries),
            len(keys),
            label,
            beside,
            header,
            cell,
            rise,
            stack,
            levels,
            lines,
            columns,
        )

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
        return Size(
            self.label_space + self.keys * self.cell, self.header + self.all_lines * self.rise
        )

    def visible_columns(self, scroll_x: int) -> tuple[int, int]:
        """The first column on screen, and the one past the last."""
        first = scroll_x // self.cell
        return first, min(self.keys, first + self.columns)

    def line_at(self, y: int, scroll_y: int) -> tuple[int, int]:
        """The line of cells at a line of the widget below the labels, and which of its lines it is.

        Args:
            y: counted from the widget's top.
            scroll_y: the scroll position.
        """
        return divmod(y - self.header + scroll_y, self.rise)

    def first_line(self, scroll_y: int) -> int:
        """The first line of cells on screen."""
        return scroll_y // self.rise

    @property
    def middle(self) -> int:
        """Which line of a cell has its label, and the number in it."""
        return (self.rise - 1) // 2

    def rows_of(self, line: int) -> range:
        """The rows in a line of cells, counted over all lines."""
        return range(line * self.stack, min(self.queries, (line + 1) * self.stack))

    def clamp_scroll(self, x: int, y: int) -> Offset:
        """The nearest scroll position that shows no emptiness and cuts no cell."""
        farthest = (self.keys - self.columns) * self.cell
        x = min(max(0, x), farthest)
        y = min(max(0, y), (self.all_lines - self.lines) * self.rise)
        return Offset(x - x % self.cell, y - y % self.rise)

    def scroll_to(self, row: int, column: int, scroll: Offset) -> Offset:
        """The scroll position nearest to `scroll` that has this cell on screen."""
        left, top = column * self.cell, row // self.stack * self.rise
        x = max(min(scroll.x, left), left - (self.columns - 1) * self.cell)
        y = max(min(scroll.y, top), top - (self.lines - 1) * self.rise)
        return self.clamp_scroll(x, y)

    def line_of(self, row: int, scroll_y: int) -> Region:
        """Where a row stands, its label included."""
        width = self.label_space + self.columns * self.cell
        return Region(0, self._top(row, scroll_y), width, self.rise)

    def row_label(self, row: int, scroll_y: int) -> Region:
        """Where a row's label stands."""
        return Region(0, self._top(row, scroll_y) + self.middle, self.label, 1)

    def _top(self, row: int, scroll_y: int) -> int:
        return self.header + row // self.stack * self.rise - scroll_y

    def column_label(self, column: int, scroll_x: int) -> Region:
        """Where a column's label stands."""
        left = self.label_space + column * self.cell - scroll_x
        # A level label goes on above the columns behind its own.
        width = self.cell * max(1, min(self.levels, self.columns - column + scroll_x // self.cell))
        return Region(left, 0, width, self.header)

    def cell_at(self, offset: Offset, scroll: Offset) -> tuple[int, int] | None:
        """The row and column whose cell is at a place of the widget, if any is."""
        y, x = offset.y - self.header, offset.x - self.label_space
        if not (0 <= y < self.lines * self.rise and 0 <= x < self.columns * self.cell):
            return None
        line, _ = self.line_at(offset.y, scroll.y)
        row, column = line * self.stack, (x + scroll.x) // self.cell
        return (row, column) if row < self.queries and column < self.keys else None
