"""Where everything in the grid stands, in columns and lines of the widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.geometry import Offset, Region, Size

from tui.widgets.labels import clusters

SHORTEST_HEADER = 2
"""Lines of the column labels at the least."""


@dataclass(frozen=True, slots=True)
class GridLayout:
    """The arithmetic of one size of the widget and one list of tokens.

    Attributes:
        tokens: how many rows and columns the grid has.
        label: columns of a row's label; one more separates it from the cells.
        header: lines of the column labels.
        cell: columns of a cell, 2 (about square) or 1.
        rows: rows that are visible at once.
        columns: columns that are visible at once.
    """

    tokens: int
    label: int
    header: int
    cell: int
    rows: int
    columns: int

    @classmethod
    def fit(cls, size: Size, labels: Sequence[str]) -> GridLayout:
        """Make the best of a size: square cells where all fit, whole labels where there is room."""
        count = len(labels)
        longest = max((cell_len(label) for label in labels), default=0)
        label = min(longest, max(6, size.width // 4))
        room = max(0, size.width - label - 1)
        cell = 2 if 2 * count <= room else 1
        tallest = max((len(clusters(label)) for label in labels), default=0)
        free = size.height - count
        header = min(tallest, max(SHORTEST_HEADER, free if free > 0 else size.height // 5))
        rows = min(count, max(0, size.height - header))
        return cls(count, label, header, cell, rows, min(count, room // cell))

    @property
    def label_space(self) -> int:
        """Columns before the first cell."""
        return self.label + 1

    @property
    def virtual_size(self) -> Size:
        """The size that would show every row and column at once."""
        return Size(self.label_space + self.tokens * self.cell, self.header + self.tokens)

    def visible_columns(self, scroll_x: int) -> tuple[int, int]:
        """The first column on screen, and the one past the last."""
        first = scroll_x // self.cell
        return first, min(self.tokens, first + self.columns)

    def clamp_scroll(self, x: int, y: int) -> Offset:
        """The nearest scroll position that shows no emptiness."""
        farthest_x = (self.tokens - self.columns) * self.cell
        return Offset(
            min(max(0, x), farthest_x),
            min(max(0, y), self.tokens - self.rows),
        )

    def scroll_to(self, query: int, key: int, scroll: Offset) -> Offset:
        """The scroll position nearest to `scroll` that has this cell on screen."""
        left = key * self.cell
        x = max(min(scroll.x, left), left - (self.columns - 1) * self.cell)
        y = max(min(scroll.y, query), query - self.rows + 1)
        return self.clamp_scroll(x, y)

    def row(self, query: int, scroll_y: int) -> Region:
        """Where a row stands, its label included."""
        return Region(
            0, self.header + query - scroll_y, self.label_space + self.columns * self.cell, 1
        )

    def row_label(self, query: int, scroll_y: int) -> Region:
        """Where a row's label stands."""
        return Region(0, self.header + query - scroll_y, self.label, 1)

    def column_label(self, key: int, scroll_x: int) -> Region:
        """Where a column's label stands."""
        return Region(self.label_space + key * self.cell - scroll_x, 0, self.cell, self.header)

    def cell_at(self, offset: Offset, scroll: Offset) -> tuple[int, int] | None:
        """The query and key whose cell or label is at a place of the widget, if any is."""
        query = offset.y - self.header + scroll.y if offset.y >= self.header else -1
        key = (offset.x - self.label_space + scroll.x) // self.cell
        if offset.x < self.label_space or not (0 <= key < self.tokens and 0 <= query < self.tokens):
            return None
        return query, key
