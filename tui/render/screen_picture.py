"""A screen of characters as a picture: any terminal's cells, drawn without a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tui.render.block_glyphs import block_glyph
from tui.render.typeface import MONO, MONO_BOLD, font, font_for
from tui.text import visible

Color = tuple[int, int, int]
"""Red, green and blue, each 0..255."""

SIZE = 20
"""Pixels of the font: a screen of 120 columns is 1440 pixels wide."""

_SLANT = 0.2
_DIM = 0.5
"""How much of a dim character's colour is left over its background."""


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How a cell is drawn.

    Attributes:
        foreground: the character's colour.
        background: the colour behind it.
        bold: in the font's bold.
        italic: slanted.
        underline: with a line below.
        strike: with a line through it.
        reverse: with the two colours changed over.
        dim: fainter.
    """

    foreground: Color
    background: Color
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False
    dim: bool = False

    @property
    def colors(self) -> tuple[Color, Color]:
        """The colours that are seen: of the ink, and of the paper."""
        ink, paper = self.foreground, self.background
        if self.reverse:
            ink, paper = paper, ink
        if self.dim:
            red, green, blue = (
                round(_DIM * a + (1 - _DIM) * b) for a, b in zip(ink, paper, strict=True)
            )
            ink = red, green, blue
        return ink, paper


@dataclass(frozen=True, slots=True)
class ScreenCell:
    """One cell of a screen.

    Attributes:
        text: a character with the marks that belong to it; a wide one, which takes two cells,
            stands in the first, and the second has an empty text.
        style: how it is drawn.
    """

    text: str
    style: CellStyle


def draw_screen(rows: Sequence[Sequence[ScreenCell]], size: int = SIZE) -> Image.Image:
    """Draw a screen.

    Lines and blocks are drawn as geometry and join without gaps; other characters come from the
    monospaced font that ships with the package, else from one that has them.

    Args:
        rows: the lines from top to bottom, each of the same number of cells.
        size: the font's, in pixels.

    Returns:
        An RGB image.

    Raises:
        ValueError: the lines are not of one length.
    """
    columns = len(rows[0]) if rows else 0
    if any(len(row) != columns for row in rows):
        raise ValueError("the lines of a screen are of one length")
    width, height = cell_size(size)
    colors = np.array(
        [[cell.style.colors for cell in row] for row in rows], dtype=np.uint8
    ).reshape(len(rows), columns, 2, 3)
    ink = np.zeros((len(rows) * height, columns * width), dtype=np.float32)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if not cell.text or (cell.text == " " and not _has_lines(cell.style)):
                continue
            wide = x + 1 < columns and not row[x + 1].text
            glyph = _glyph(cell.text, 2 if wide else 1, size, *_shape(cell.style))
            ink[y * height : (y + 1) * height, x * width : x * width + glyph.shape[1]] = glyph
    front, back = (
        colors[:, :, side].repeat(height, axis=0).repeat(width, axis=1) for side in (0, 1)
    )
    share = ink[:, :, np.newaxis]
    page: NDArray[np.float32] = back + (front - back.astype(np.float32)) * share
    return Image.fromarray(np.rint(page).astype(np.uint8))


@cache
def cell_size(size: int) -> tuple[int, int]:
    """The width and height of a cell in pixels, for a font's size; halves of both are whole."""
    mono = font(MONO, size)
    ascent, descent = mono.getmetrics()
    width = round(mono.getlength("M") / 2) * 2
    return max(2, width), max(2, 2 * round((ascent + descent) / 2))


def _has_lines(style: CellStyle) -> bool:
    return style.underline or style.strike


def _shape(style: CellStyle) -> tuple[bool, bool, bool, bool]:
    """The part of a style that decides a glyph besides its character."""
    return style.bold, style.italic, style.underline, style.strike


@cache
def _glyph(
    text: str, cells: int, size: int, bold: bool, italic: bool, underline: bool, strike: bool
) -> NDArray[np.float32]:
    """The ink of a character in its cells, `[y, x]`, 0..1."""
    width, height = cell_size(size)
    width *= cells
    block = block_glyph(text, width, height)
    ink = _letter(visible(text), width, height, size, bold, italic) if block is None else block
    if underline or strike:
        ink = ink.copy()
        thick = max(1, round(size / 14))
        ascent, _ = font(MONO, size).getmetrics()
        for wanted, top in ((underline, ascent + thick), (strike, ascent - size // 3)):
            if wanted:
                ink[top : top + thick] = 1
    return ink


def _letter(
    text: str, width: int, height: int, size: int, bold: bool, italic: bool
) -> NDArray[np.float32]:
    path = font_for(text, MONO_BOLD if bold else MONO)
    face = font(path, size)
    # A letter of a proportional font may be wider than the cell: a smaller size of it is not.
    if (advance := face.getlength(text)) > width:
        face = font(path, max(1, int(size * width / advance)))
    ascent, descent = font(MONO, size).getmetrics()
    baseline = (height - ascent - descent) // 2 + ascent
    tile = Image.new("L", (width, height), 0)
    x = (width - face.getlength(text)) / 2
    ImageDraw.Draw(tile).text((x, baseline), text, font=face, fill=255, anchor="ls")
    if italic:
        lean = (1, _SLANT, -_SLANT * (baseline - size / 3), 0, 1, 0)
        tile = tile.transform(
            tile.size, Image.Transform.AFFINE, lean, resample=Image.Resampling.BICUBIC
        )
    return np.asarray(tile, dtype=np.float32) / np.float32(255)
