"""Each head's matrix in a few pixels, in which diagonals and columns stay visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tui.lazy import np

if TYPE_CHECKING:
    from numpy import generic
    from numpy.typing import NDArray

    _Number = TypeVar("_Number", bound=generic)

SIDE = 32
"""Pixels of a thumbnail's side at the most."""


def thumbnails(weights: NDArray[np.float32], peaks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Shrink matrices: a pixel is as bright as the largest weight of the cells it stands for.

    A mean would thin a diagonal out until it is gone; the largest keeps it.

    Args:
        weights: attention weights, `[head, query, key]`.
        peaks: the weight of each head that is full, `[head]`.

    Returns:
        `[head, y, x]`, 0 dark to 255 full, at most `SIDE` pixels a side; what is not a number is
        dark.
    """
    side = min(weights.shape[-1], SIDE)
    small = shrink(weights, side, side)
    with np.errstate(divide="ignore", invalid="ignore"):
        bright = np.nan_to_num(small / peaks[:, np.newaxis, np.newaxis], nan=0.0, posinf=1.0)
    return np.asarray(np.rint(np.clip(bright, 0.0, 1.0) * 255.0), dtype=np.uint8)


def shrink(matrices: NDArray[_Number], height: int, width: int) -> NDArray[_Number]:
    """Fit matrices, `[..., y, x]`, into fewer pixels by the largest, into more by repeating."""
    return _along(_along(matrices, height, -2), width, -1)


def _along(matrices: NDArray[_Number], size: int, axis: int) -> NDArray[_Number]:
    """Change one axis to `size` places, each of which stands for an even share of the old ones."""
    old = matrices.shape[axis]
    if size == old:
        return matrices
    starts = np.arange(size) * old // size
    if size > old:
        return np.asarray(np.take(matrices, starts, axis=axis))
    last = np.append(starts[1:], old) - 1
    largest = np.take(matrices, starts, axis=axis)
    # Far faster than `maximum.reduceat`, which walks short stretches one by one.
    for step in range(1, int((last - starts).max()) + 1):
        np.maximum(largest, matrices.take(np.minimum(starts + step, last), axis=axis), out=largest)
    return np.asarray(largest)
