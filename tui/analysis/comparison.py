"""Placeholder until the core lands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.alignment import Alignment


def in_frame(matrix: NDArray[np.float32], alignment: Alignment) -> NDArray[np.float32]:
    """One side's numbers in the frame of both."""
    left = [pair[0] for pair in alignment.pairs]
    alone = list(alignment.left_alone)
    inner = matrix[np.ix_(left, left)]
    if len(left) == max(alignment.left, alignment.right):
        return inner
    size = len(left) + 1
    framed = np.zeros((size, size), dtype=np.float32)
    framed[:-1, :-1] = inner
    if alone:
        framed[:-1, -1] = matrix[np.ix_(left, alone)].sum(axis=1)
        framed[-1, :-1] = matrix[np.ix_(alone, left)].mean(axis=0)
        framed[-1, -1] = matrix[np.ix_(alone, alone)].sum(axis=1).mean()
    return framed
