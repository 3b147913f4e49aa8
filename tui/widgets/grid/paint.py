"""The grid's cells as segments: shades, colours, numbers, or two rows a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.analysis.hiding import MOSTLY
from tui.lazy import np
from tui.render.ramps import Paint
from tui.render.shading import Shading, contrast
from tui.session.looks import Looks
from tui.widgets.grid.content import GridContent

STRONG = 0.375
"""Where a cell can only be strong or weak, the brightness that is strong: `▒` and fuller."""

Styles = Callable[[str], Style]
"""The style of one of the grid's parts, by its name."""


def cells(
    content: GridContent,
    looks: Looks,
    queries: Sequence[int],
    keys: Sequence[int],
    width: int,
    styles: Styles,
) -> list[Segment]:
    """A line of cells: neighbours that look the same are one segment.

    Args:
        content: what is drawn.
        looks: how.
        queries: the row of the line, or two in an overview.
        keys: the columns that are on screen.
        width: columns of a cell.
        styles: the grid's styles.
    """
    if looks.stack == 2:
        return _halves(content, looks.shading, queries, keys, styles)
    query, shading = queries[0], looks.shading
    level = shading.levels(content.brightness(query)[list(keys)])
    faint = content.hidden is not None and content.hidden[query] > MOSTLY
    if looks.numbers:
        return _numbers(content, shading, query, keys, level.tolist(), faint, styles)
    below = content.weights[query, list(keys)] < 0
    if shading.ramp is None:
        name = "mask-cells" if query in content.masks else "cells"
        style = styles("faint-cells" if faint else name)
        return [Segment(shading.glyphs.line(level, width, below if below.any() else None), style)]
    return _merged(
        # A number below 0 has the colour of its size, and says so.
        ("-" * width, _written_on(shading.paint(one)))
        if is_below and one
        else (_glyph(shading, one, faint) * width, _look(shading, one, faint))
        for one, is_below in zip(level.tolist(), below.tolist(), strict=True)
    )


def _numbers(
    content: GridContent,
    shading: Shading,
    query: int,
    keys: Sequence[int],
    levels: Iterable[int],
    faint: bool,
    styles: Styles,
) -> list[Segment]:
    texts = [number(weight) for weight in content.weights[query, list(keys)].tolist()]
    if shading.ramp is None:
        names = ["faint-cells" if faint or level == 0 else "cells" for level in levels]
        looks = [styles(name) for name in names]
        if not faint:
            over = [level == shading.count for level in levels]
            looks = [
                styles("strong-cells") if one else look
                for one, look in zip(over, looks, strict=True)
            ]
    else:
        looks = [
            _look(shading, level, True) if faint else _written_on(shading.paint(level))
            for level in levels
        ]
    return _merged(zip(texts, looks, strict=True))


def number(weight: float) -> str:
    """A weight in a cell of three columns: in hundredths, or a dot where that would be 0.

    What is not a number is `?`, and what needs more digits is `>` or `<`.
    """
    if weight != weight:
        return "  ?"
    hundredths = round(100 * weight)
    if hundredths == 0:
        return "  ·"
    text = f"{hundredths:>3}"
    return text if len(text) == 3 else "  >" if hundredths > 0 else "  <"


def _halves(
    content: GridContent,
    shading: Shading,
    queries: Sequence[int],
    keys: Sequence[int],
    styles: Styles,
) -> list[Segment]:
    """Two rows in a line; without colours a cell is only strong or weak."""
    rows = [content.brightness(query)[list(keys)] for query in queries]
    if len(rows) == 1:
        rows.append(np.zeros_like(rows[0]))
    if shading.ramp is None or not shading.has_blocks:
        upper, lower = ((row >= STRONG).tolist() for row in rows)
        text = "".join(shading.glyphs.halves[a + 2 * b] for a, b in zip(upper, lower, strict=True))
        return [Segment(text, styles("cells"))]
    solid = shading.solid
    upper, lower = (
        np.minimum(shading.levels(row, solid=True), len(solid) - 1).tolist() for row in rows
    )
    return _merged(
        ("▀" if a != b else " ", _of_halves(solid[a], solid[b]))
        for a, b in zip(upper, lower, strict=True)
    )


def _merged(pieces: Iterable[tuple[str, Style]]) -> list[Segment]:
    return [
        Segment("".join(text for text, _ in group), style)
        for style, group in groupby(pieces, key=lambda piece: piece[1])
    ]


def _glyph(shading: Shading, level: int, faint: bool) -> str:
    if faint and level:
        return shading.glyphs.shades[1]
    return shading.paint(level).glyph


@cache
def _look(shading: Shading, level: int, faint: bool) -> Style:
    paint = shading.paint(level)
    if faint:
        # Little of a row is left: its colours only shine through on the ground of the darkest.
        dark = shading.paint(0)
        return _style(Paint("", _strongest(paint), dark.ground))
    return _style(paint)


def _strongest(paint: Paint) -> tuple[int, int, int]:
    return paint.ink if paint.glyph in "░▒▓█" else paint.ground


@cache
def _style(paint: Paint) -> Style:
    return Style(color=Color.from_rgb(*paint.ink), bgcolor=Color.from_rgb(*paint.ground))


@cache
def _written_on(paint: Paint) -> Style:
    return _style(Paint("", contrast(paint), paint.ink if paint.glyph in "▓█" else paint.ground))


@cache
def _of_halves(upper: Paint, lower: Paint) -> Style:
    return _style(Paint("▀", upper.ground, lower.ground))


def sample(paint: Paint) -> Style:
    """The style of a paint, for the legend."""
    return _style(paint)
