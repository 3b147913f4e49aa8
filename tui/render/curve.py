"""A curve as lines of text: braille dots, or stars where only ASCII can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.render.ticks import named, ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille cell's dots, by row and column (Unicode, U+2800 and what follows)."""

BRAILLE = 0x2800
LEAST_WIDTH, LEAST_HEIGHT = 24, 6
"""Columns and lines without which a curve says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Numbers over numbers.

    Attributes:
        x: where each point stands, rising or falling, `[point]`.
        y: its numbers, `[point]`; what is no number has no point.
        x_label: what x is.
        y_label: what y is.
        marked: an x that an arrow points at, or None.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    x_label: str
    y_label: str
    marked: float | None = None

    @property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The points that are there, from left to right."""
        x, y = np.asarray(self.x, float), np.asarray(self.y, float)
        there = np.isfinite(x) & np.isfinite(y)
        order = np.argsort(x[there], kind="stable")
        return x[there][order], y[there][order]

    @property
    def span(self) -> tuple[float, float, float, float]:
        """The smallest and largest x, and the smallest and largest y, never the same."""
        x, y = self.points
        if not len(x):
            return 0.0, 1.0, 0.0, 1.0
        left, right, low, high = map(float, (x.min(), x.max(), y.min(), y.max()))
        return left, right if right > left else left + 1, low, high if high > low else low + 1


def curve_lines(curve: Curve, width: int, height: int, *, ascii_only: bool = False) -> list[str]:
    """Draw a curve with its axes.

    Args:
        curve: the numbers.
        width: columns that there are.
        height: lines that there are.
        ascii_only: nothing but ASCII can be shown.

    Returns:
        Lines no wider than `width`, at most `height`: the label of y, the curve with its axis, the
        axis of x, its ticks and its label. None where there is too little room.
    """
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return []
    left, right, low, high = curve.span
    rows = height - 4
    marks = ticks(low, high, max(2, rows // 2))
    names = [named(mark) for mark in marks]
    margin = max((len(name) for name in names), default=0)
    columns = width - margin - 2
    plotted = _stars(curve, columns, rows) if ascii_only else _braille(curve, columns, rows)
    at = {_place(mark, low, high, rows): name for mark, name in zip(marks, names, strict=True)}
    side, tick, corner, line = "|+`-" if ascii_only else "│┤└─"
    lines = [curve.y_label[:width]]
    for row, drawn in enumerate(plotted):
        name = at.get(rows - 1 - row, "")
        lines.append(f"{name:>{margin}} {tick if name else side}{drawn}".rstrip())
    axis, below = [line] * columns, [" "] * (columns + margin + 2)
    for mark in ticks(left, right, max(2, columns // 10)):
        name, place = named(mark), _place(mark, left, right, columns)
        axis[place] = "+" if ascii_only else "┬"
        start = min(max(0, margin + 2 + place - len(name) // 2), width - len(name))
        if all(sign == " " for sign in below[max(0, start - 1) : start + len(name) + 1]):
            below[start : start + len(name)] = name
    if curve.marked is not None and left <= curve.marked <= right:
        axis[_place(curve.marked, left, right, columns)] = "^" if ascii_only else "▲"
    lines.append(" " * (margin + 1) + corner + "".join(axis))
    lines.append("".join(below).rstrip())
    label = curve.x_label[:columns]
    lines.append(" " * (margin + 2) + label.rjust(columns))
    return lines


def _place(value: float, low: float, high: float, cells: int) -> int:
    """The cell of a number, counted from the axis' beginning."""
    return min(max(round((value - low) / (high - low) * (cells - 1)), 0), cells - 1)


def _heights(curve: Curve, columns: int, rows: int) -> NDArray[np.intp] | None:
    """The row of the curve in each column, counted from below; None without a point."""
    x, y = curve.points
    if not len(x):
        return None
    left, right, low, high = curve.span
    between = np.interp(np.linspace(left, right, columns), x, y)
    found: NDArray[np.intp] = np.rint((between - low) / (high - low) * (rows - 1)).astype(np.intp)
    return found


def _stars(curve: Curve, columns: int, rows: int) -> list[str]:
    """A star in each column."""
    heights = _heights(curve, columns, rows)
    cells = np.full((rows, columns), " ")
    if heights is not None:
        cells[rows - 1 - heights, np.arange(columns)] = "*"
    return ["".join(row) for row in cells.tolist()]


def _braille(curve: Curve, columns: int, rows: int) -> list[str]:
    """A line of dots, two columns and four rows of them a cell; steep parts are joined upright."""
    heights = _heights(curve, 2 * columns, 4 * rows)
    cells = np.zeros((rows, columns), dtype=int)
    if heights is not None:
        before = int(heights[0])
        for x, height in enumerate(heights.tolist()):
            start = before + (height > before) - (height < before)
            for dot in range(min(start, height), max(start, height) + 1):
                row, inner = divmod(4 * rows - 1 - dot, 4)
                cells[row, x // 2] |= DOTS[inner][x % 2]
            before = height
    return ["".join(chr(BRAILLE + bits) if bits else " " for bits in row) for row in cells.tolist()]
