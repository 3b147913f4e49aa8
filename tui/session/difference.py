"""A − B as the grid, the list and the pictures take it: one head of two runs, in one frame.

Rows and columns are the units that both runs have; what has no partner is pooled in one last row
and one last column, so that no weight disappears.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from tui.analysis.compared_head import FrameUnits, displayed_difference
from tui.analysis.comparison import Comparison, difference_of
from tui.analysis.displayed import DisplayedMatrix
from tui.analysis.scales import HeadMatrix, Scale
from tui.analysis.views import RAW, View
from tui.lazy import np
from tui.session.walking import CellIndex, Walked, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.alignment import Alignment
    from tui.analysis.analysis import Analysis
    from tui.analysis.units import PairBlock
    from tui.session.viewing import Viewing

Seen: TypeAlias = "Viewing | Difference"
"""Whatever the grid shows: one run, or two."""


class Difference(Walked):
    """One head of A less the same head of B; its cursor and A's move together."""

    def __init__(self, a: Viewing, b: Viewing, alignment: Alignment) -> None:
        self._a, self._b = a, b
        self._pairs = alignment.pairs
        self.analysis = a.answer
        self.comparison = Comparison(a.units, b.units, alignment)
        self._displayed: tuple[tuple[object, ...], DisplayedMatrix] | None = None
        self._own_cursor: CellIndex | None = None
        self._cursor_of_a: CellIndex = (-1, -1)

    def is_of(self, a: Viewing, b: Viewing, alignment: Alignment) -> bool:
        """Whether it is still made of these."""
        made_of = self.comparison
        return made_of.a is a.units and made_of.b is b.units and made_of.alignment is alignment

    # As A is seen

    @property
    def answer(self) -> Analysis:
        """A."""
        return self.analysis

    @property
    def layer(self) -> int:
        """The layer looked at, counted from 0."""
        return self._a.layer

    @property
    def head(self) -> int:
        """The head looked at, counted from 0."""
        return self._a.head

    @property
    def words(self) -> bool:
        """Word pieces are joined into words."""
        return self._a.words

    @property
    def shown_block(self) -> PairBlock | None:
        """The part of a pair that is shown: A's."""
        return self._a.shown_block

    @property
    def is_held(self) -> bool:
        """Whether the attention of the layer looked at is there."""
        return self._a.is_held

    @property
    def view(self) -> View:
        """The view, as a difference of it."""
        return difference_of(self._view)

    @property
    def _view(self) -> View:
        """A's view, or raw weights while B has not what it needs."""
        return self._a.view if self._b.view is self._a.view else RAW

    @property
    def view_name(self) -> str:
        """The view as people read it; B's where its gradient is taken towards another word."""
        if self._view is RAW:
            return "A − B"
        own, others = self._a.view_name, self._b.view_name
        return f"A − B, {own}" if own == others else f"A − B, {own}, in B {others}"

    def label(self, *, brief: bool = False) -> str:
        """No head's label is about a difference."""
        return ""

    # The frame

    @cached_property
    def units(self) -> FrameUnits:
        """The rows and columns."""
        return FrameUnits.of(self.comparison)

    @property
    def has_pool(self) -> bool:
        """Whether anything has no partner."""
        return self.comparison.has_unaligned

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the rows and columns, safe to be shown."""
        return self.units.labels

    @property
    def masks(self) -> tuple[int, ...]:
        """The rows and columns of the masks."""
        return self.units.masks

    # The numbers

    @property
    def displayed(self) -> DisplayedMatrix:
        """A − B, computed once for as long as it is looked at."""
        key = self._view, self.layer, self.head, self._a.hides, self.shown_block
        if self._displayed is None or self._displayed[0] != key:
            view, layer, head, hides, block = key
            matrix = displayed_difference(
                self.comparison, view, layer, head, hides=hides, block=block
            )
            self._displayed = key, matrix
        return self._displayed[1]

    @property
    def head_matrix(self) -> HeadMatrix:
        """The sizes of the differences, as scales take them."""
        return self.displayed.head

    @property
    def scale(self) -> Scale:
        """The scale: a ceiling of all heads is that of A and B, so that a difference is a part."""
        return self._a.scale

    @property
    def drawn_scale(self) -> Scale:
        """The same: nothing stands beside a difference."""
        return self.scale

    # The cursor

    @property
    def cursor(self) -> CellIndex:
        """The cell looked at: where A's cursor is, or in the pool."""
        cell = self._own_cursor
        if cell is None or self._cursor_of_a != self._a.cursor:
            cell = self._unit_of_a(self._a.cursor[0]), self._unit_of_a(self._a.cursor[1])
        shown = self.displayed.tokens
        return nearest(shown, cell[0]), nearest(shown, cell[1])

    def put_cursor(self, cell: CellIndex) -> None:
        """Put the cursor on a cell, and A's on its partner; in the pool A's row or column stays."""
        last = len(self.units) - 1
        self._own_cursor = min(max(cell[0], 0), last), min(max(cell[1], 0), last)
        query, key = (
            self._pairs[at][0] if at < len(self._pairs) else stays
            for at, stays in zip(self._own_cursor, self._a.cursor, strict=True)
        )
        self._a.put_cursor((query, key))
        self._cursor_of_a = self._a.cursor

    def _strength(self, query: int) -> NDArray[np.float32]:
        """The sizes of the differences: the strongest is the one that changed most."""
        return np.asarray(self.displayed.head.matrix[query])

    def _unit_of_a(self, unit: int) -> int:
        place = {left: at for at, (left, _) in enumerate(self._pairs)}
        if unit in place:
            return place[unit]
        return len(self._pairs) if self.has_pool else 0
