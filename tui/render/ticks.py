"""The numbers that an axis names."""

from __future__ import annotations

import math

STEPS = (1, 2, 5, 10)
"""The steps between ticks, times a power of ten."""


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, evenly apart, at most so many; none if none fits.

    Args:
        low: where the axis begins.
        high: where it ends.
        most: how many there is room for, 1 or more.
    """
    span = high - low
    if not math.isfinite(span) or span <= 0 or most < 1:
        return [low] if math.isfinite(low) and most >= 1 else []
    power = 10.0 ** math.floor(math.log10(span / most))
    for step in (power * one for one in (*STEPS, 20)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [number * step for number in range(first, last + 1)]
    return []


def named(value: float) -> str:
    """A tick in words: as few digits as it has."""
    return f"{value:.6g}".replace("-0", "0") if abs(value) < 1e-12 else f"{value:.6g}"
