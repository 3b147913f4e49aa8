"""Intervals and tests of a few numbers: how sure a mean, a share or a direction is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 10_000
"""How many samples a bootstrap draws."""

_DRAWN_AT_ONCE = 2_000_000
"""How many numbers are drawn at a time where many are."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with an interval of 95 %.

    Attributes:
        value: the number.
        low: where the interval begins.
        high: where it ends.
        n: over how many numbers it was taken.
    """

    value: float
    low: float
    high: float
    n: int


def bootstrap_mean(
    values: Sequence[float] | NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The mean, with the percentiles 2.5 and 97.5 of the means of samples drawn with replacement.

    The same numbers give the same interval (Efron & Tibshirani 1993, chapter 13). What is no
    number is left out; of fewer than two numbers the interval is NaN, as one number says nothing
    of how far others are from it.

    Args:
        values: the numbers, `[n]`.
        resamples: how many samples are drawn.
        seed: what the draws begin with.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[~np.isnan(numbers)]
    n = len(numbers)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(numbers.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    draws = np.random.default_rng(seed).integers(0, n, size=(resamples, n))
    low, high = np.percentile(numbers[draws].mean(axis=1), [2.5, 97.5])
    return Interval(mean, float(low), float(high), n)


def bootstrap_means(
    values: NDArray[np.floating], *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The means of many rows of numbers at once, each with the interval of `bootstrap_mean`.

    All columns share their draws, so that whatever is drawn together stays together; the work is
    done in parts, so that many rows need little memory.

    Args:
        values: the numbers, `[n, column]`.
        resamples: how many samples are drawn.
        seed: what the draws begin with.

    Returns:
        Means, and where the intervals begin and end, `[column]`; NaN as in `bootstrap_mean`.
    """
    numbers = np.asarray(values, dtype=np.float64)
    n, columns = numbers.shape
    lacking = np.isnan(numbers).any(axis=0)
    mean, low, high = np.full((3, columns), np.nan)
    whole = np.flatnonzero(~lacking)
    if n and whole.size:
        mean[whole] = numbers[:, whole].mean(axis=0)
    if n > 1 and whole.size:
        kept, means = numbers[:, whole], np.empty((resamples, whole.size))
        chance, step = np.random.default_rng(seed), max(1, _DRAWN_AT_ONCE // n)
        for first in range(0, resamples, step):
            rows = min(step, resamples - first)
            draws = chance.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, np.newaxis]
            times = np.bincount(draws.ravel(), minlength=rows * n).reshape(rows, n)
            means[first : first + rows] = times.astype(np.float64) @ kept / n
        low[whole], high[whole] = np.percentile(means, [2.5, 97.5], axis=0)
    for column in np.flatnonzero(lacking):  # others have other numbers: it is drawn alone
        one = bootstrap_mean(numbers[:, column], resamples=resamples, seed=seed)
        mean[column], low[column], high[column] = one.value, one.low, one.high
    return mean, low, high


def share_interval(successes: int, n: int) -> Interval:
    """A share of `n`, with Wilson's interval (Wilson 1927), which holds for few and for all.

    Args:
        successes: how many.
        n: of how many; of none the share is NaN.
    """
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    z = 1.959963984540054
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half), n)


def sign_test(values: Sequence[float] | NDArray[np.float64]) -> float:
    """The probability of signs at least this uneven if both were as likely (two-sided, exact).

    Zeros, and what is no number, are left out; without any sign it is 1.
    """
    numbers = np.asarray(values, dtype=np.float64)
    above, below = int((numbers > 0).sum()), int((numbers < 0).sum())
    n, fewer = above + below, min(above, below)
    tail, ways = 0, 1
    for k in range(fewer + 1):
        tail += ways
        ways = ways * (n - k) // (k + 1)  # to choose one more; of thousands anew takes minutes
    return min(1.0, 2 * (tail / 2**n)) if n else 1.0
