"""What is looked at: one head in one view, with special tokens or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.attention.hiding import hide, shown
from tui.attention.scales import Head
from tui.attention.views import View
from tui.lazy import np
from tui.model.analysis import Analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The numbers of one head.

    Attributes:
        matrix: the numbers, `[query, key]`; rows and columns of tokens that are hidden are 0.
        head: the same as scales take them, signs dropped.
        tokens: the tokens that are shown.
        hidden: how much of each row is hidden, `[query]`, or None where nothing is.
    """

    matrix: NDArray[np.float32]
    head: Head
    tokens: tuple[int, ...]
    hidden: NDArray[np.float32] | None = None


def look(analysis: Analysis, view: View, layer: int, head: int, hides: bool) -> Numbers:
    """The numbers of a head, layer and head counted from 0.

    Args:
        analysis: the answer.
        view: which numbers are looked at.
        layer: the layer.
        head: the head.
        hides: special tokens are left out, and the rows renormalised, if the rows are
            distributions: of other numbers a share cannot be hidden.
    """
    matrix = view.matrix(analysis.source, layer, head)
    extras = analysis.extras
    if not (hides and view.sums_to_one):
        peak = extras.peaks.get(view.slug, _largest(analysis.peaks))
        sizes = Head(np.abs(matrix) if view.signed else matrix, analysis.special, peak)
        return Numbers(matrix, sizes, tuple(range(len(matrix))))
    hidden, stays = hide(matrix, analysis.special), shown(analysis.special)
    hidden.matrix[~stays] = 0.0
    peak = extras.shown_peaks.get(view.slug, _largest(analysis.shown_peaks))
    return Numbers(
        hidden.matrix,
        Head(hidden.matrix, analysis.special, peak),
        tuple(np.flatnonzero(stays).tolist()),
        hidden.share,
    )


def _largest(peaks: NDArray[np.float32]) -> float:
    return float(np.fmax.reduce(peaks, axis=None, initial=0.0))
