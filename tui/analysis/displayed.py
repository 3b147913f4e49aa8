"""The way from an answer to the numbers on screen: one head, in one view, of pieces or words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.hiding import hide, shown
from tui.analysis.scales import HeadMatrix, ordinary_peaks
from tui.analysis.units import PairBlock, Units
from tui.analysis.views import RAW, View
from tui.analysis.words import only_block
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class DisplayedMatrix:
    """The numbers of one head, a row and a column a unit.

    Attributes:
        matrix: the numbers, `[query, key]`; rows and columns of units that are hidden are 0, what
            lies outside the part of a pair that is looked at is not a number.
        head: the same as scales take them, signs dropped.
        tokens: the units that are shown.
        hidden: how much of each row is hidden, `[query]`, or None where nothing is; of two runs the
            larger of both.
        hidden_of_both: of two runs how much each hides, as `hidden`; None of one run.
    """

    matrix: NDArray[np.float32]
    head: HeadMatrix
    tokens: tuple[int, ...]
    hidden: NDArray[np.float32] | None = None
    hidden_of_both: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None


def displayed_matrix(
    units: Units,
    view: View,
    layer: int,
    head: int,
    *,
    hides: bool = False,
    block: PairBlock | None = None,
) -> DisplayedMatrix:
    """The numbers of a head, layer and head counted from 0.

    Word pieces are joined first, then special tokens are hidden, then a part of a pair is taken.

    Args:
        units: the answer, and what its rows and columns stand for.
        view: which numbers are looked at.
        layer: the layer; if its attention is not held, the nearest that is.
        head: the head.
        hides: special tokens are left out, and the rows renormalised, if the rows are
            distributions: of other numbers a share cannot be hidden.
        block: the part of a pair that is looked at.
    """
    analysis, special = units.analysis, units.special
    held = analysis.held
    place = min(max(layer, held.start), held.stop - 1) - held.start
    if len(units) == len(analysis.tokens):
        matrix = view.matrix(analysis.source, place, head)
    else:
        matrix = view.of_words(analysis.source, place, head, np.array(units.firsts))
    hides = hides and view.sums_to_one
    if not hides:
        share, tokens = None, tuple(range(len(matrix)))
    else:
        hidden, stays = hide(matrix, special), shown(special)
        matrix, share = hidden.matrix, hidden.share
        matrix[~stays] = 0.0
        tokens = tuple(np.flatnonzero(stays).tolist())
    sizes = np.abs(matrix) if view.signed else matrix
    peak = _peak_of_all(units, view, hides=hides)
    if peak is None:
        peak = float(np.fmax.reduce(ordinary_peaks(sizes, special), axis=None, initial=0.0))
    if block is not None:
        matrix = only_block(matrix, units.sentences, block)
        sizes = only_block(sizes, units.sentences, block)
    return DisplayedMatrix(matrix, HeadMatrix(sizes, special, peak), tokens, share)


def _peak_of_all(units: Units, view: View, *, hides: bool) -> float | None:
    """The largest number of any layer and head as they are displayed, or None until it has come.

    It is of words if the units are words: two shares of 0.45 make one of 0.90.
    """
    analysis, derived = units.analysis, units.analysis.derived
    if len(units) < len(analysis.tokens):
        of_words = derived.shown_word_peaks if hides else derived.word_peaks
        return of_words.get(view.slug)
    if view is RAW:
        every = analysis.shown_peaks if hides else analysis.peaks
        return float(np.fmax.reduce(every, axis=None, initial=0.0))
    of_pieces = derived.shown_peaks if hides else derived.peaks
    return of_pieces.get(view.slug)
