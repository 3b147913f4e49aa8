"""Hiding special tokens: what is left of a head without them, and how much was hidden.

Most heads rest on a special token, their sink. Without its column the rest of a row is spread over
the whole scale again, which is why the share that was hidden always goes with it: a row that put
0.99 on `[CLS]` and is renormalised must not be taken for a strong pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.runs import runs
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOSTLY = 0.9
"""A row that had more than this hidden says little by what is left of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """Rows of attention weights without the special tokens.

    Attributes:
        matrix: the renormalised weights, `[..., query, key]`; the columns of special tokens are 0.
            A row sums to 1, or to 0 where nothing was left of it.
        share: how much of each row was hidden, `[..., query]`, 0..1.
    """

    matrix: NDArray[np.float32]
    share: NDArray[np.float32]


def shown(special: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which tokens stay when special ones are hidden: where all are special, all of them.

    Args:
        special: which tokens are special, `[token]`; a mask never is.

    Returns:
        `[token]`.
    """
    return ~special if not special.all() else np.ones_like(special)


def hide(rows: NDArray[np.float32], special: NDArray[np.bool_]) -> Hidden:
    """Leave the special tokens' columns out and renormalise the rows: a' = a / (1 - hidden).

    The rows are distributions over all keys; of other numbers a share cannot be hidden. What is
    left of a row is summed rather than 1 - hidden taken, so that a row stays exact where little is
    left. What is not a number counts as 0.

    Args:
        rows: attention weights, `[..., query, key]`; any number of queries, all keys.
        special: which tokens are special, `[token]`.

    Returns:
        The weights that are left and the hidden shares.
    """
    keep = shown(special)
    kept = np.where(keep, np.nan_to_num(rows, nan=0.0), np.float32(0))
    left = kept.sum(axis=-1, dtype=np.float64)
    share = np.nan_to_num(rows[..., ~keep], nan=0.0).sum(axis=-1, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = np.where(left[..., np.newaxis] > 0, kept / left[..., np.newaxis], 0)
    return Hidden(matrix.astype(np.float32), np.clip(share, 0, 1).astype(np.float32))


def shown_peaks(attention: NDArray[np.float32], special: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The largest renormalised weight of each matrix, among the rows and columns that stay.

    It walks over every matrix once without copying one, so it can be asked for all heads.

    Args:
        attention: weights, `[..., query, key]`.
        special: which tokens are special, `[token]`.

    Returns:
        One weight for each matrix, `[...]`.
    """
    keep = shown(special)
    if not keep.size:
        return np.zeros(attention.shape[:-2], dtype=np.float32)
    parts = [attention[..., run] for run in runs(keep)]
    largest = np.fmax.reduce([np.fmax.reduce(part, axis=-1) for part in parts])[..., keep]
    left = np.add.reduce([part.sum(axis=-1) for part in parts])[..., keep]
    if np.isnan(left).any():  # passing over what is not a number copies every matrix
        left = np.add.reduce([np.nansum(part, axis=-1) for part in parts])[..., keep]
    with np.errstate(divide="ignore", invalid="ignore"):
        peaks = np.where(left > 0, largest / left, 0)
    return np.asarray(peaks.max(axis=-1, initial=0.0), dtype=np.float32)
