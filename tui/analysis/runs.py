"""Runs of tokens: special tokens stand at the ends of sentences, so what is between are slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def runs(chosen: NDArray[np.bool_]) -> list[slice]:
    """The stretches of chosen tokens that stand side by side.

    A slice of an array is no copy of it, so that a few slices are walked over many times faster
    than the array is indexed with `chosen`.

    Args:
        chosen: which tokens, `[token]`.

    Returns:
        Slices in ascending order, none of them empty; none at all where nothing is chosen.
    """
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
    return [slice(start, end) for start, end in edges.reshape(-1, 2).tolist()]
