"""Every head of a model on one page, to be printed: layers run down, heads across."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tui.render import png_file
from tui.render.diagram import greys
from tui.render.ends import ends
from tui.render.missing_fonts import missing_fonts
from tui.render.signed_colours import signed_colours
from tui.render.typeface import Typeface
from tui.text import visible

DPI = 300
"""Dots an inch that the page's type is made for: on A3 its smallest is 7 points, on A4 it is 5."""

MARGIN = 90
NARROWEST = 2480
"""A4 upright."""
GAP = 22
"""Between the squares of two heads."""
SQUARE = 256
"""About how wide a head's square is."""
LARGEST_SQUARE = 512
"""Of longer texts several cells share a pixel."""
PAPER, INK, FAINT, FRAME = 255, 16, 90, 110
TITLE, SENTENCE, LABEL, SMALL = 60, 46, 40, 30
LINE_GAP = 8
TICK = 8
"""How long the bars are that point at the masks' rows and columns."""


_Number = TypeVar("_Number", np.uint8, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ContactSheet:
    """The content of the page.

    Attributes:
        tokens: the n word pieces.
        brightness: how bright each cell is, `[layer, head, query, key]`: 0 black, 1 white, above 1
            white too.
        masks: positions of the masks, which bars point at.
        text: the sentence.
        model: the model's name.
        view: which numbers are shown.
        scale: how they became brightness.
        full: what white stands for, or of signed numbers the size at both ends.
        told: everything that a reader must be told, a sentence each.
        below: which cells stand for a number below 0, as `brightness`; None where none has a sign.
    """

    tokens: tuple[str, ...]
    brightness: NDArray[np.float32]
    masks: tuple[int, ...]
    text: str
    model: str
    view: str
    scale: str
    full: str
    told: tuple[str, ...] = ()
    below: NDArray[np.bool_] | None = None

    @property
    def title(self) -> str:
        """How many heads there are."""
        layers, heads = self.brightness.shape[:2]
        return f"All heads: {layers} layers × {heads} heads"

    @property
    def missing_fonts(self) -> str:
        """A sentence on what the page shows as boxes; empty if nothing."""
        return missing_fonts((self.text, self.model, *self.tokens))


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Where everything stands, in pixels.

    Attributes:
        pool: how many cells share a pixel, in each direction.
        cell: a cell's side, or 1 where several share a pixel.
        square: a head's side.
        left: where the first head begins.
        width: the page's width.
    """

    pool: int
    cell: int
    square: int
    left: int
    width: int

    @classmethod
    def of(cls, sheet: ContactSheet) -> SheetLayout:
        """Find the layout of a page."""
        layers, heads, count = sheet.brightness.shape[:3]
        pool = ceil(count / LARGEST_SQUARE)
        cell = max(1, round(SQUARE / max(count, 1))) if pool == 1 else 1
        square = max(1, ceil(count / pool) * cell)
        left = MARGIN + ceil(Typeface(LABEL).width(f"Layer {layers}")) + GAP
        width = left + heads * (square + GAP) - GAP + MARGIN
        return cls(pool, cell, square, left, max(NARROWEST, width))

    def corner(self, layer: int, head: int, top: int) -> tuple[int, int]:
        """Where a head's square begins: x and y, if the first stands at `top`."""
        step = self.square + GAP
        return self.left + head * step, top + layer * step


def draw(sheet: ContactSheet) -> Image.Image:
    """Draw the page.

    A cell's grey level is its brightness × 255, rounded. Where cells share a pixel it has the
    brightest one's, so that a single strong weight is never lost. Signed numbers have the colours
    of their signs, blue below 0 and orange above, on a page that is grey besides.

    Returns:
        An image of greys, or of colours if there are signs, as large as it takes.
    """
    layout = SheetLayout.of(sheet)
    head_lines = _heading(sheet, layout.width - 2 * MARGIN)
    foot_lines = _footing(sheet, layout, layout.width - 2 * MARGIN)
    layers, heads = sheet.brightness.shape[:2]
    label = Typeface(LABEL)
    top = MARGIN + _height(head_lines) + GAP + label.height + GAP
    bottom = top + layers * (layout.square + GAP)
    height = bottom + GAP + _height(foot_lines) + MARGIN
    page = np.full((height, layout.width), PAPER, dtype=np.uint8)
    _paste_heads(page, sheet, layout, top)
    image = Image.fromarray(page)
    canvas = ImageDraw.Draw(image)
    _write(canvas, head_lines, MARGIN)
    for head in range(heads):
        x, _ = layout.corner(0, head, top)
        name = f"Head {head + 1}"
        middle = x + (layout.square - label.width(name)) / 2
        label.draw(canvas, middle, top - GAP - label.height, name, INK)
    for layer in range(layers):
        _, y = layout.corner(layer, 0, top)
        name = f"Layer {layer + 1}"
        at = layout.left - GAP - label.width(name)
        label.draw(canvas, at, y + (layout.square - label.height) / 2, name, INK)
    _write(canvas, foot_lines, bottom + GAP)
    if sheet.below is not None:
        image = image.convert("RGB")
        _paste_colours(image, sheet, sheet.below, layout, top)
    return image


def metadata(sheet: ContactSheet) -> dict[str, str]:
    """Everything that decides what the page shows, in words, free of control characters."""
    return png_file.shown(
        {
            "Title": sheet.title,
            "Text": sheet.text,
            "Model": sheet.model,
            "View": sheet.view,
            "Scale": sheet.scale,
            **png_file.full_fact(sheet.full, signed=sheet.below is not None),
            **png_file.told_fact(sheet.told),
        }
    )


def png(sheet: ContactSheet) -> bytes:
    """The page as a PNG file, with its metadata in the file's text chunks and its size in print."""
    return png_file.encode(draw(sheet), metadata(sheet), dpi=DPI)


def _paste_heads(
    page: NDArray[np.uint8], sheet: ContactSheet, layout: SheetLayout, top: int
) -> None:
    """Each head's square in a frame, and bars at the masks' rows and columns."""
    layers, heads = sheet.brightness.shape[:2]
    side = layout.square
    for layer in range(layers):
        for head in range(heads):
            pixels = _pooled(sheet.brightness[layer, head], layout.pool)
            square = pixels.repeat(layout.cell, axis=0).repeat(layout.cell, axis=1)
            x, y = layout.corner(layer, head, top)
            page[y - 1 : y + side + 1, x - 1 : x + side + 1] = FRAME
            page[y : y + side, x : x + side] = square
            for mask in sheet.masks:
                start = mask // layout.pool * layout.cell
                bar = slice(start, start + max(layout.cell, 2))
                page[y : y + side, x - 2 - TICK : x - 2][bar] = INK
                page[y - 2 - TICK : y - 2, x : x + side][:, bar] = INK


def _paste_colours(
    image: Image.Image,
    sheet: ContactSheet,
    below: NDArray[np.bool_],
    layout: SheetLayout,
    top: int,
) -> None:
    """Each head's square in the colours of signed numbers."""
    layers, heads = sheet.brightness.shape[:2]
    for layer in range(layers):
        for head in range(heads):
            sizes = np.nan_to_num(sheet.brightness[layer, head])
            strongest = _strongest(np.where(below[layer, head], -sizes, sizes), layout.pool)
            pixels = signed_colours(np.abs(strongest), strongest < 0)
            square = pixels.repeat(layout.cell, axis=0).repeat(layout.cell, axis=1)
            image.paste(Image.fromarray(square), layout.corner(layer, head, top))


def _pooled(brightness: NDArray[np.float32], pool: int) -> NDArray[np.uint8]:
    """Grey levels, `[query, key]`, or of each `pool` × `pool` cells the largest."""
    return _strongest(greys(brightness), pool)


def _strongest(numbers: NDArray[_Number], pool: int) -> NDArray[_Number]:
    """The numbers, `[query, key]`, or of each `pool` × `pool` cells the one farthest from 0."""
    if pool == 1:
        return numbers
    padded = np.pad(numbers, (0, -len(numbers) % pool))
    side = len(padded) // pool
    blocks = padded.reshape(side, pool, side, pool).swapaxes(1, 2).reshape(side, side, -1)
    places = np.abs(blocks).argmax(axis=2, keepdims=True)
    return np.take_along_axis(blocks, places, axis=2)[:, :, 0]


_Line = tuple[Typeface, str, int]


def _heading(sheet: ContactSheet, width: int) -> list[_Line]:
    title, sentence = Typeface(TITLE), Typeface(SENTENCE)
    name = f"{sheet.title} · {visible(sheet.model)}"
    return [
        *((title, line, INK) for line in title.wrap(name, width)),
        *((sentence, line, INK) for line in sentence.wrap(visible(sheet.text), width)),
    ]


def _footing(sheet: ContactSheet, layout: SheetLayout, width: int) -> list[_Line]:
    """How to read the page, and which rows and columns are which."""
    numbered = " · ".join(
        f"{position} {visible(token)}" for position, token in enumerate(sheet.tokens, 1)
    )
    shared = (
        f" Each pixel is the strongest of {layout.pool} × {layout.pool} cells."
        if layout.pool > 1
        else ""
    )
    bars = " Bars point at the masks." if sheet.masks else ""
    lowest, highest = ends(sheet.full)
    full = f"blue = {lowest}, black = 0, orange = {highest}"
    if sheet.below is None:
        full = f"black = 0, white = {sheet.full}"
    texts = [
        f"{sheet.view}, {sheet.scale} scale: {full}."
        f" Each row is a token that attends (query), from top to bottom; each column a token "
        f"attended to (key), from left to right.{bars}{shared}",
        f"The {len(sheet.tokens)} tokens: {numbered}",
        *map(visible, sheet.told),
        sheet.missing_fonts,
    ]
    small = Typeface(SMALL)
    return [(small, line, FAINT) for text in texts for line in _wrap(SMALL, text, width)]


@lru_cache(maxsize=8)
def _wrap(size: int, text: str, width: int) -> list[str]:
    return Typeface(size).wrap(text, width)


def _height(lines: list[_Line]) -> int:
    return sum(font.height + LINE_GAP for font, _, _ in lines)


def _write(canvas: ImageDraw.ImageDraw, lines: list[_Line], y: int) -> None:
    for font, line, ink in lines:
        font.draw(canvas, MARGIN, y, line, ink)
        y += font.height + LINE_GAP
