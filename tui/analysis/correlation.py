"""How far two rankings of the same things agree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's ρ: the correlation of the ranks, 1 if both rank alike, −1 if the other way round.

    Equal numbers share the mean of their ranks (Spearman 1904). What is no number in either is
    left out; of fewer than two numbers, or of numbers that are all the same, it is NaN.

    Args:
        one: numbers, of any shape.
        other: as many of the same things.
    """
    there = ~(np.isnan(one) | np.isnan(other))
    first, second = _centred_ranks(one[there]), _centred_ranks(other[there])
    size = math.sqrt(float((first * first).sum()) * float((second * second).sum()))
    return float((first * second).sum()) / size if size else math.nan


def _centred_ranks(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each number less the mean rank; equal ones share theirs."""
    _, which, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts - 1) / 2)[which.reshape(-1)]
    return ranks - (len(numbers) + 1) / 2
