"""The grid's cells as segments: shades, colours, numbers, or two rows a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.analysis.hiding import MOSTLY
from tui.lazy import np
from tui.render.depth import Depth
from tui.render.ramps import Paint
from tui.render.shading import Shading, contrast
from tui.session.looks import Looks
from tui.widgets.grid.content import GridContent

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    *,
    has_numbers: bool = True,
) -> list[Segment]:
    """A line of cells: neighbours that look the same are one segment.

    Args:
        content: what is drawn.
        looks: how.
        queries: the row of the line, or two in an overview.
        keys: the columns that are on screen.
        width: columns of a cell.
        styles: the grid's styles.
        has_numbers: of cells of several lines it is the one that numbers stand on.
    """
    if looks.stack == 2:
        return _halves(content, looks.shading, queries, keys, styles)
    query, shading = queries[0], looks.shading
    brightness = content.brightness(query)[list(keys)]
    faint = content.hidden is not None and content.hidden[query] > MOSTLY
    below = content.weights[query, list(keys)] < 0
    arms = _arms(content, shading)
    level = arms[0].levels(brightness)
    if looks.numbers:
        texts = [" " * width] * len(keys)
        if has_numbers:
            aside = " " * ((width - 3) // 2)
            weights = content.weights[query, list(keys)].tolist()
            texts = [f"{number(weight)}{aside}".rjust(width) for weight in weights]
        return _numbers(texts, shading, arms, level.tolist(), below.tolist(), faint, styles)
    if shading.ramp is None:
        name = "mask-cells" if query in content.masks else "cells"
        style = styles("faint-cells" if faint else name)
        if not below.any():
            return [Segment(shading.glyphs.line(level, width), style)]
        text = shading.glyphs.line(level, width, below)
        if faint or shading.depth is Depth.NONE:
            return [Segment(text, style)]
        return _in_two_inks(text, level > 0, below, width, style, styles("below-cells"))
    return _merged(
        (_glyph(arms[sign], one, faint) * width, _look(arms[sign], one, faint))
        for one, sign in zip(level.tolist(), below.tolist(), strict=True)
    )


def _arms(content: GridContent, shading: Shading) -> tuple[Shading, Shading]:
    """How cells are drawn, and those of numbers below 0: alike where no sign is to be seen."""
    return shading.arms if content.signed and shading.ramp else (shading, shading)


def _in_two_inks(
    text: str,
    inked: NDArray[np.bool_],
    below: NDArray[np.bool_],
    width: int,
    style: Style,
    below_style: Style,
) -> list[Segment]:
    """Glyphs with those below 0 in an ink of their own; a blank has none, and parts no run."""
    pieces = []
    last = style
    for at, (has_ink, is_below) in enumerate(zip(inked.tolist(), below.tolist(), strict=True)):
        last = (below_style if is_below else style) if has_ink else last
        pieces.append((text[at * width : (at + 1) * width], last))
    return _merged(pieces)


def _numbers(
    texts: Sequence[str],
    shading: Shading,
    arms: tuple[Shading, Shading],
    levels: Sequence[int],
    below: Sequence[bool],
    faint: bool,
    styles: Styles,
) -> list[Segment]:
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
            _look(arms[sign], level, True) if faint else _written_on(arms[sign].paint(level))
            for level, sign in zip(levels, below, strict=True)
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
    """Two rows in a line; without a ramp a cell is only strong or weak, and has a sign's ink."""
    rows = [content.brightness(query)[list(keys)] for query in queries]
    signs = [content.weights[query, list(keys)] < 0 for query in queries]
    if len(rows) == 1:
        rows.append(np.zeros_like(rows[0]))
        signs.append(np.zeros_like(signs[0]))
    if shading.ramp is None or not shading.has_blocks:
        return _strong_halves(content, shading, rows, signs, styles)
    arms = _arms(content, shading)
    solids = arms[0].solid, arms[1].solid
    upper, lower = (
        [
            solids[sign][level]
            for level, sign in zip(
                np.minimum(arms[0].levels(row, solid=True), len(solids[0]) - 1).tolist(),
                below.tolist(),
                strict=True,
            )
        ]
        for row, below in zip(rows, signs, strict=True)
    )
    return _merged(
        ("▀" if a != b else " ", _of_halves(a, b)) for a, b in zip(upper, lower, strict=True)
    )


def _strong_halves(
    content: GridContent,
    shading: Shading,
    rows: Sequence[NDArray[np.float32]],
    signs: Sequence[NDArray[np.bool_]],
    styles: Styles,
) -> list[Segment]:
    """Half blocks for what is strong; with colours those below 0 have an ink of their own."""
    upper, lower = ((row >= STRONG).tolist() for row in rows)
    halves = [shading.glyphs.halves[a + 2 * b] for a, b in zip(upper, lower, strict=True)]
    style = styles("cells")
    if not content.signed or shading.depth is Depth.NONE:
        return [Segment("".join(halves), style)]
    inks = style, styles("below-cells")
    pieces = []
    last = style
    for at, half in enumerate(halves):
        signs_here = [bool(sign[at]) for sign in signs]
        if upper[at] and lower[at] and signs_here[0] != signs_here[1]:
            if shading.has_blocks:  # one half in ink, the other in what is behind it
                a, b = (inks[sign] for sign in signs_here)
                pieces.append(("▀", Style(color=a.color, bgcolor=b.color)))
                continue
            stronger = int(rows[1][at] > rows[0][at])
            last = inks[signs_here[stronger]]
        elif upper[at] or lower[at]:
            last = inks[signs_here[0] if upper[at] else signs_here[1]]
        pieces.append((half, last))
    return _merged(pieces)


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
