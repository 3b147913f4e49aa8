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
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, 2 * (tail / 2**n)) if n else 1.0
