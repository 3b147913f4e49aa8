"""GELU as torch computes it by default, x Φ(x) with the exact error function (Hendrycks 2016).

numpy has no error function. Here it is looked up in a table and carried on along its slope. A table
takes as long as the rational functions that give the same numbers and is nearer to the truth: in
float32 each of their dozen steps rounds once more.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.model.numpy_engine.threads import shared

Floats: TypeAlias = NDArray[np.float32]

_STEPS = 4096
"""Entries for each unit of x: a power of two, so that x times it is exact."""
_END = 4
"""From here on erf is ±1 to 2e-8."""
_BLOCK = 16384
"""Numbers at once: what is computed on the way stays in the processor's cache."""


def erf(x: Floats) -> Floats:
    """The error function of each number, of any shape.

    Between entries of the table the curve is off its tangent by at most h²/8 · max|erf″| = 7.3e-9
    with h = 1/4096; with the roundings of the entry and of the sum the absolute error is at most
    1e-7.
    """
    result = np.empty(x.shape, np.float32)
    values, slopes = _table()
    with np.errstate(over="ignore", invalid="ignore"):  # infinity and NaN are numbers too
        _look_up(np.ascontiguousarray(x).reshape(-1), result.reshape(-1), 1.0, values, slopes)
    return result


def gelu(x: Floats) -> Floats:
    """GELU of each number, of any shape, written over them.

    Args:
        x: in one piece.

    Returns:
        The same array.
    """
    values, slopes = _normal_table()
    numbers = x.reshape(-1)

    def work(stretch: slice) -> None:
        for start in range(stretch.start, stretch.stop, _BLOCK):
            part = numbers[start : min(start + _BLOCK, stretch.stop)]
            normal = np.empty_like(part)  # Φ(x), the normal distribution
            _look_up(part, normal, math.sqrt(0.5), values, slopes)
            part *= normal

    shared(work, numbers.size, numbers.size)
    return x


def _look_up(x: Floats, result: Floats, scale: float, values: Floats, slopes: Floats) -> None:
    """Write f(scale · x) into `result`, f being the function of the table."""
    for start in range(0, x.size, _BLOCK):
        found = result[start : start + _BLOCK]
        rest = np.multiply(x[start : start + _BLOCK], np.float32(scale * _STEPS))
        np.clip(rest, np.float32(-_END * _STEPS), np.float32(_END * _STEPS), out=rest)
        nearest = np.rint(rest)
        rest -= nearest  # in steps, at most half a one
        nearest += np.float32(_END * _STEPS)
        entries = nearest.astype(np.intp)
        # "clip" spares the check of every index, and makes that of a NaN a valid one: it stays NaN
        # by its rest.
        np.take(slopes, entries, out=found, mode="clip")
        found *= rest
        rest = np.take(values, entries, out=rest, mode="clip")
        found += rest


@cache
def _table() -> tuple[Floats, Floats]:
    """Values of erf from −4 to 4, and its slopes, a step each."""
    grid = np.arange(_END * _STEPS + 1) / _STEPS
    half = np.fromiter(map(math.erf, grid.tolist()), np.float64, grid.size)
    falling = 2 / math.sqrt(math.pi) * np.exp(-grid * grid) / _STEPS
    half[-1], falling[-1] = 1.0, 0.0  # and so for all numbers beyond
    values = np.concatenate([-half[:0:-1], half])
    slopes = np.concatenate([falling[:0:-1], falling])
    return values.astype(np.float32), slopes.astype(np.float32)


@cache
def _normal_table() -> tuple[Floats, Floats]:
    """Of Φ(√2 x) = (1 + erf x) / 2 the same."""
    values, slopes = _table()
    half = np.float32(0.5)
    return half + half * values, half * slopes
