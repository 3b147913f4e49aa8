"""A − B as it is displayed: the rows and columns of two runs, and one head of one less the other's.

The grid, its pictures and the export take it from here, so that they show the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.displayed import DisplayedMatrix
from tui.analysis.scales import HeadMatrix
from tui.analysis.words import only_block
from tui.lazy import np
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.comparison import Comparison
    from tui.analysis.units import PairBlock
    from tui.analysis.views import View

NO_SENTENCE = -1
"""The sentence of the pool: its tokens are of either."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameUnits:
    """The rows and columns of two runs together.

    Attributes:
        analysis: A.
        labels: their names, safe to be shown; of a pair that differs both, A's first.
        masks: the rows and columns of masks of either side.
        special: which are special tokens, or the pool, `[unit]`.
        sentences: which sentence of a pair each unit belongs to in A, 0 or 1, `[unit]`; the pool to
            `NO_SENTENCE`.
    """

    analysis: Analysis
    labels: tuple[str, ...]
    masks: tuple[int, ...]
    special: NDArray[np.bool_]
    sentences: NDArray[np.intp]

    @classmethod
    def of(cls, comparison: Comparison) -> FrameUnits:
        """Those of a comparison."""
        a, b, pairs = comparison.a, comparison.b, comparison.alignment.pairs
        masks_a, masks_b = set(a.masks), set(b.masks)
        masks = (
            at for at, (left, right) in enumerate(pairs) if left in masks_a or right in masks_b
        )
        special = np.ones(comparison.size, dtype=bool)  # the pool is no token of the text
        sentences = np.full(comparison.size, NO_SENTENCE, dtype=np.intp)
        lefts = [left for left, _ in pairs]
        special[: len(pairs)], sentences[: len(pairs)] = a.special[lefts], a.sentences[lefts]
        labels = tuple(map(visible, comparison.labels))
        return cls(a.analysis, labels, tuple(masks), special, sentences)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def boundary(self) -> None:
        """The second sentence's first unit: two runs are not told apart so."""
        return


def displayed_difference(
    comparison: Comparison,
    view: View,
    layer: int,
    head: int,
    *,
    hides: bool = False,
    block: PairBlock | None = None,
) -> DisplayedMatrix:
    """The numbers of a head of A less those of the same head of B, both counted from 0.

    Each side is put into the frame of both as a whole, and then the part of a pair is taken: a
    token's partner is in the sentence that the token of A is in, and the pool in neither. A token
    that one side hides and the other shows has a row and a column.

    Args:
        comparison: both; whether heads can be compared at all is not asked here.
        view: which numbers are compared.
        layer: the layer.
        head: the head.
        hides: special tokens are left out on both sides, as `displayed_matrix` does.
        block: the part of a pair that is looked at, of A.
    """
    units = FrameUnits.of(comparison)
    a, b = comparison.framed_heads(layer, head, view=view, hides=hides)
    difference = a.less(b)
    sizes = np.abs(difference)
    if block is not None:
        difference = only_block(difference, units.sentences, block)
        sizes = only_block(sizes, units.sentences, block)
    hidden = None if a.hidden is None or b.hidden is None else (a.hidden, b.hidden)
    return DisplayedMatrix(
        difference,
        HeadMatrix(sizes, units.special, max(a.peak, b.peak)),
        tuple(np.flatnonzero(a.shown | b.shown).tolist()),
        None if hidden is None else np.fmax(*hidden),
        hidden,
    )
