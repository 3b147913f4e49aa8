"""The aligned frame: how one head of one run stands in it, and what one run less another is.

The frame has a row and a column for each pair of tokens, in their order, and, where any token has
no partner, one last column and one last row for all of these, the pool. To the last column goes
the sum of what a row gives to tokens without partner, in the last row stands the mean of their
rows. Where special tokens are hidden, the mean is that of the rows in which anything is left. So no
weight disappears: where rows sum to 1 they do so in the frame, and the rows of a difference sum
to 0. A side that has no row, as it has no token without partner, or hides the token that the other
shows, or has nothing left in it, gives no number there: there is no difference either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.displayed import DisplayedMatrix


@dataclass(frozen=True, slots=True, eq=False)
class FramedHead:
    """One head of one run in the frame.

    Attributes:
        matrix: the numbers, `[row, column]`; rows and columns of hidden tokens are 0, a last row
            that this run does not have is not a number.
        shown: which rows and columns stand for a token that is shown, `[row]`.
        peak: the run's largest number of any head, as scales take it.
        hidden: how much of each row is hidden, `[row]`, of the pool in the mean; None where
            nothing is.
    """

    matrix: NDArray[np.float32]
    shown: NDArray[np.bool_]
    peak: float
    hidden: NDArray[np.float32] | None = None

    @classmethod
    def of(
        cls,
        displayed: DisplayedMatrix,
        places: Sequence[int],
        *,
        pools: bool,
        adds_rows: bool = False,
    ) -> FramedHead:
        """A head as it is displayed, put into the frame.

        Args:
            displayed: all of its numbers, no part of a pair.
            places: the units that have a partner, ascending.
            pools: there is a last row and column, of all others.
            adds_rows: the last row is the sum of the others' rows; else their mean.
        """
        numbers, hidden = displayed.matrix, displayed.hidden
        is_shown = np.zeros(len(numbers), dtype=bool)
        is_shown[list(displayed.tokens)] = True
        others = np.setdiff1d(np.arange(len(numbers)), places)
        rows = None if hidden is None else (numbers != 0).any(axis=-1)
        matrix = framed(numbers, places, pools=pools, adds_rows=adds_rows, rows=rows)
        shown, shares = is_shown[list(places)], None if hidden is None else hidden[list(places)]
        if pools:
            alone = others[is_shown[others]]
            shown = np.append(shown, len(alone) > 0)
            if hidden is not None and shares is not None:
                mean = hidden[alone].mean() if len(alone) else np.float32(np.nan)
                shares = np.append(shares, mean).astype(np.float32)
        return cls(matrix, shown, displayed.head.peak, shares)

    def less(self, other: FramedHead) -> NDArray[np.float32]:
        """The numbers of this one less those of another, `[row, column]`.

        Where special tokens are hidden, a row that only one of the two has is not a number.
        """
        difference = self.matrix - other.matrix
        if self.hidden is not None:
            is_there = (self.matrix != 0).any(axis=-1), (other.matrix != 0).any(axis=-1)
            difference[is_there[0] != is_there[1]] = np.nan
        return difference


def framed(
    matrix: NDArray[np.float32],
    places: Sequence[int],
    *,
    pools: bool,
    adds_rows: bool = False,
    rows: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Numbers between all tokens of a side, in the frame of a comparison.

    Args:
        matrix: `[..., query, key]`.
        places: the tokens that have a partner, ascending.
        pools: there is a last row and column, of all others.
        adds_rows: the last row is the sum of the others' rows, as amounts are joined; else their
            mean.
        rows: which rows are there to be taken into the mean, `[query]`; by default all.

    Returns:
        `[..., row, column]`, float32; the last row is not a number where there is none to take.
    """
    kept = np.array(places, dtype=np.intp)
    inner = matrix[..., kept[:, np.newaxis], kept[np.newaxis, :]]
    if not pools:
        return np.asarray(inner, dtype=np.float32)
    others = np.setdiff1d(np.arange(matrix.shape[-1]), kept)
    exact = matrix.astype(np.float64)
    columns = np.concatenate(
        [exact[..., kept], exact[..., others].sum(axis=-1, keepdims=True)], axis=-1
    )  # (..., query, column)
    taken = others if rows is None else others[rows[others]]
    if len(taken):
        last = columns[..., taken, :].sum(axis=-2, keepdims=True)
        last = last if adds_rows else last / len(taken)
    else:
        last = np.full((*columns.shape[:-2], 1, columns.shape[-1]), np.nan)
    return np.concatenate([columns[..., kept, :], last], axis=-2).astype(np.float32)
