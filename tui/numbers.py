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
        head: the matrix; rows and columns of tokens that are hidden are 0.
        tokens: the tokens that are shown.
        hidden: how much of each row is hidden, `[query]`, or None where nothing is.
    """

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
        hides: special tokens are left out, and the rows renormalised.
    """
    matrix = view.matrix(analysis.attention, layer, head)
    if not hides:
        peak = float(analysis.peaks.max(initial=0.0))
        return Numbers(Head(matrix, analysis.special, peak), tuple(range(len(matrix))))
    hidden, stays = hide(matrix, analysis.special), shown(analysis.special)
    hidden.matrix[~stays] = 0.0
    peak = float(analysis.shown_peaks.max(initial=0.0))
    return Numbers(
        Head(hidden.matrix, analysis.special, peak),
        tuple(np.flatnonzero(stays).tolist()),
        hidden.share,
    )
