"""A − B as the grid, the list and the pictures take it: one head of two runs, in one frame.

Rows and columns are the units that both runs have; what has no partner is pooled in one last row
and one last column, so that no weight disappears.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from tui.analysis.alignment import Alignment
from tui.analysis.comparison import Comparison, difference_of, framed
from tui.analysis.displayed import DisplayedMatrix, displayed_matrix
from tui.analysis.scales import HeadMatrix, Scale
from tui.analysis.views import AMOUNTS, RAW, View
from tui.lazy import np
from tui.session.walking import CellIndex, Walked, nearest
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.units import PairBlock, Units
    from tui.session.viewing import Viewing

Seen: TypeAlias = "Viewing | Difference"
"""Whatever the grid shows: one run, or two."""


def unit_pairs(a: Units, b: Units, alignment: Alignment) -> list[tuple[int, int]]:
    """The units that stand for each other: of words those that their first partners belong to."""
    pairs: list[tuple[int, int]] = []
    for left, right in alignment.pairs:
        pair = a.unit_of(left), b.unit_of(right)
        if not pairs or (pair[0] > pairs[-1][0] and pair[1] > pairs[-1][1]):
            pairs.append(pair)
    return pairs


@dataclass(frozen=True, slots=True, eq=False)
class FrameUnits:
    """The rows and columns of two runs together.

    Attributes:
        analysis: A.
        labels: their names; of a pair that differs both, A's first.
        masks: the rows and columns of masks of either side.
        special: which are special tokens, or the pool, `[unit]`.
    """

    analysis: Analysis
    labels: tuple[str, ...]
    masks: tuple[int, ...]
    special: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def boundary(self) -> None:
        """The second sentence's first unit: two runs are not told apart so."""
        return


class Difference(Walked):
    """One head of A less the same head of B; its cursor and A's move together."""

    def __init__(self, a: Viewing, b: Viewing, alignment: Alignment) -> None:
        self._a, self._b = a, b
        self._made_of = a.units, b.units, alignment
        self.analysis = a.answer
        pairs = unit_pairs(a.units, b.units, alignment)
        self._pairs = pairs
        self.comparison = Comparison(
            a.units, b.units, Alignment(tuple(pairs), len(a.units), len(b.units))
        )
        self._displayed: tuple[tuple[object, ...], DisplayedMatrix] | None = None
        self._own_cursor: CellIndex | None = None
        self._cursor_of_a: CellIndex = (-1, -1)

    def is_of(self, a: Viewing, b: Viewing, alignment: Alignment) -> bool:
        """Whether it is still made of these."""
        return self._made_of[:2] == (a.units, b.units) and self._made_of[2] is alignment

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
        """The view as people read it."""
        return "A − B" if self._view is RAW else f"A − B, {self._a.view_name}"

    def label(self, *, brief: bool = False) -> str:
        """No head's label is about a difference."""
        return ""

    # The frame

    @cached_property
    def units(self) -> FrameUnits:
        """The rows and columns."""
        a, b = self._a.units, self._b.units
        masks = [
            at
            for at, (left, right) in enumerate(self._pairs)
            if left in a.masks or right in b.masks
        ]
        special = [*(bool(a.special[left]) for left, _ in self._pairs), *[True] * self.has_pool]
        labels = tuple(map(visible, self.comparison.labels))
        return FrameUnits(self.analysis, labels, tuple(masks), np.array(special, dtype=bool))

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
        a, b = (self._of_side(side) for side in (self._a, self._b))
        key = a, b
        if self._displayed is None or self._displayed[0] != key:
            adds, pools = self._view.joining is AMOUNTS, self.has_pool
            sides = [
                framed(side.matrix, [pair[at] for pair in self._pairs], pools=pools, adds_rows=adds)
                for at, side in enumerate(key)
            ]
            difference = sides[0] - sides[1]
            shown = [
                at
                for at, (left, right) in enumerate(self._pairs)
                if left in a.tokens and right in b.tokens
            ]
            if self.has_pool:
                shown.append(len(self._pairs))
            head = HeadMatrix(np.abs(difference), self.units.special, max(a.head.peak, b.head.peak))
            self._displayed = key, DisplayedMatrix(difference, head, tuple(shown))
        return self._displayed[1]

    def _of_side(self, side: Viewing) -> DisplayedMatrix:
        if side.view is self._view:
            return side.displayed
        return displayed_matrix(
            side.units, self._view, side.layer, side.head, hides=side.hides, block=side.shown_block
        )

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
