"""One head as a picture: greys from black to white, and everything needed to trace it.

Where numbers have signs a grey would not tell them: they are blue below 0 and orange above.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tui.render import png_file
from tui.render.ends import ends
from tui.render.missing_fonts import missing_fonts
from tui.render.signed_colours import signed_colours
from tui.render.typeface import Typeface
from tui.text import visible

PAPER = "#fdfdfb"
INK = "#1c2026"
FAINT = "#6a707a"
MASK_INK = "#b4530a"
OVER = "#f0a030"
SIGNED_OVER = "#ffffff"
"""The mark of a cell over the ceiling, among greys and among blue and orange."""
LINE = 32
"""The grey of the lines between cells: they part dark cells without drowning faint ones."""

MARGIN = 28
NARROWEST = 460
GAP = 10
"""Between a label and the grid; a bar in it points at the masks' rows and columns."""
LARGEST_CELL, SMALLEST_CELL = 32, 8
CELL_OF_ONE = 112
"""A cell's side times the root of the number of tokens: longer texts, larger pictures."""
LARGEST_SIDE = 8192
"""Cells together: where each would be a few pixels, only every so many rows have a label."""
LONGEST_LABEL = 600
"""Pixels; a file may call a token by a whole page, and both sides of a picture grow with it."""
BAR_WIDTH, BAR_HEIGHT = 256, 12
"""The bar that explains colours."""
LINES_FROM = 12
"""Cells of at least so many pixels have lines between them."""


_Cell = TypeVar("_Cell", np.uint8, np.bool_)


@dataclass(frozen=True, slots=True)
class DiagramBeside:
    """The run B that the numbers are less, where a picture shows a difference A − B.

    Attributes:
        text: its sentence.
        model: its model's name.
        differs: in what the sentences differ, a sentence; empty if they do not.
        pairs: which rows and columns of A and B stand for each other.
    """

    text: str
    model: str
    differs: str
    pairs: str


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """The content of one head's picture.

    Attributes:
        tokens: the n word pieces.
        brightness: how bright each cell is, `[query, key]`: 0 black, 1 white, above 1 marked.
        masks: positions of the masks, whose labels stand out.
        text: the sentence.
        model: the model's name.
        layer: the layer, counted from 0, or None where all are in one matrix.
        head: the head, counted from 0, or None where all are in one matrix.
        layers: how many layers the model has.
        heads: how many heads a layer has.
        view: which numbers are shown.
        scale: how they became brightness.
        full: what white stands for.
        told: everything that a reader must be told, a sentence each.
        below: which cells stand for a number below 0, `[query, key]`; None where none has a sign.
        beside: the other run, where the picture shows the difference to it.
    """

    tokens: tuple[str, ...]
    brightness: NDArray[np.float32]
    masks: tuple[int, ...]
    text: str
    model: str
    layer: int | None
    head: int | None
    layers: int
    heads: int
    view: str
    scale: str
    full: str
    told: tuple[str, ...] = ()
    below: NDArray[np.bool_] | None = None
    beside: DiagramBeside | None = None

    @property
    def title(self) -> str:
        """The layer and head, counted from 1, and that it is a difference."""
        return self._place + (" · A − B" if self.beside else "")

    @property
    def _place(self) -> str:
        if self.layer is None:
            return f"All {self.layers} layers × {self.heads} heads"
        layer = f"Layer {self.layer + 1} of {self.layers}"
        if self.head is None:
            return f"{layer} · all {self.heads} heads"
        return f"{layer} · Head {self.head + 1} of {self.heads}"

    @property
    def missing_fonts(self) -> str:
        """A sentence on what the picture shows as boxes; empty if nothing."""
        others = (self.beside.text, self.beside.model) if self.beside else ()
        return missing_fonts((self.text, self.model, *self.tokens, *others))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands, in pixels.

    Attributes:
        cell: a cell's side, the line at its right and bottom included.
        line: how wide that line is.
        left: where the grid begins.
        top: where the grid begins.
        labels: the length of the longest label.
        width: the picture's width.
        font: the labels' font.
    """

    cell: int
    line: int
    left: int
    top: int
    labels: int
    width: int
    font: Typeface

    @classmethod
    def of(cls, diagram: Diagram) -> Layout:
        """Find the layout of a picture: no label of a usual length is cut."""
        return cls.of_tokens(diagram.tokens)

    @classmethod
    @lru_cache(maxsize=4)
    def of_tokens(cls, tokens: tuple[str, ...]) -> Layout:
        """Find the layout of all pictures of these tokens."""
        count = len(tokens)
        cell = min(LARGEST_CELL, max(SMALLEST_CELL, round(CELL_OF_ONE / sqrt(max(count, 1)))))
        cell = min(cell, max(1, LARGEST_SIDE // max(count, 1)))
        font = Typeface(min(16, max(7, cell * 5 // 6)))
        labels = max((ceil(font.width(_label(token, font))) for token in tokens), default=0)
        title = Typeface(19).height + 16
        left = MARGIN + labels + GAP
        top = MARGIN + title + labels + GAP
        width = max(NARROWEST, left + count * cell + MARGIN)
        return cls(cell, 1 if cell >= LINES_FROM else 0, left, top, labels, width, font)

    def box(self, query: int, key: int) -> tuple[int, int, int, int]:
        """A cell's pixels without its lines: left, top, right and bottom, the last two outside."""
        x, y = self.left + key * self.cell, self.top + query * self.cell
        inner = self.cell - self.line
        return x, y, x + inner, y + inner


def draw(diagram: Diagram) -> Image.Image:
    """Draw a head.

    Rows are queries, labelled at the left; columns are keys, labelled upright at the top. A cell's
    grey level is its brightness × 255, rounded; brightness above 1 is white with a marked corner.

    Returns:
        An RGB image, as large as it takes to show every label and the caption whole.
    """
    layout = Layout.of(diagram)
    caption = _caption(diagram, layout.width - 2 * MARGIN)
    end = layout.top + len(diagram.tokens) * layout.cell
    bottom = end + (0 if diagram.below is None else _bar_room())
    height = bottom + 18 + sum(font.height + 4 for font, _, _ in caption) + MARGIN
    page = Image.new("RGB", (layout.width, height), PAPER)
    page.paste(_plate(diagram.tokens, diagram.masks))
    _draw_grid(page, diagram, layout)
    canvas = ImageDraw.Draw(page)
    if diagram.below is not None:
        _draw_bar(page, canvas, diagram, end + 18)
    Typeface(19).draw(canvas, MARGIN, MARGIN, diagram.title, INK)
    y = bottom + 18
    for font, line, ink in caption:
        font.draw(canvas, MARGIN, y, line, ink)
        y += font.height + 4
    return page


def metadata(diagram: Diagram) -> dict[str, str]:
    """Everything that decides what the picture shows, in words, free of control characters."""
    return png_file.shown(
        {
            "Title": diagram.title,
            "Text": diagram.text,
            "Model": diagram.model,
            **_facts_beside(diagram.beside),
            "Layer": "all" if diagram.layer is None else str(diagram.layer + 1),
            "Head": "all" if diagram.head is None else str(diagram.head + 1),
            "View": diagram.view,
            "Scale": diagram.scale,
            **png_file.full_fact(diagram.full, signed=diagram.below is not None),
            **png_file.told_fact(diagram.told),
        }
    )


def _facts_beside(beside: DiagramBeside | None) -> dict[str, str]:
    if beside is None:
        return {}
    return {"Other text": beside.text, "Other model": beside.model, "Pairs": beside.pairs}


def png(diagram: Diagram) -> bytes:
    """The picture as a PNG file, with its metadata in the file's text chunks."""
    return png_file.encode(draw(diagram), metadata(diagram))


def greys(brightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The grey level of each cell: `round(weight × 255)`."""
    # In float32 the product may be rounded to a half, and then to another whole number.
    shades = np.clip(np.nan_to_num(brightness), 0.0, 1.0).astype(np.float64)
    levels: NDArray[np.uint8] = np.rint(shades * 255.0).astype(np.uint8)
    return levels


def _draw_grid(page: Image.Image, diagram: Diagram, layout: Layout) -> None:
    """A frame, so that white cells at the edge do not run into the paper, and the cells in it."""
    size = len(diagram.tokens) * layout.cell
    frame = (layout.left - 1, layout.top - 1, layout.left + size, layout.top + size)
    page.paste(
        (LINE, LINE, LINE), (*frame[:2], frame[2] + 1 - layout.line, frame[3] + 1 - layout.line)
    )
    signed = diagram.below is not None
    if diagram.below is None:
        pixels = _enlarged(greys(diagram.brightness), layout)
    else:
        pixels = _enlarged(signed_colours(diagram.brightness, diagram.below), layout)
    if layout.line:
        pixels[layout.cell - 1 :: layout.cell, :] = LINE
        pixels[:, layout.cell - 1 :: layout.cell] = LINE
    page.paste(Image.fromarray(pixels), (layout.left, layout.top))
    over = _over(diagram)
    if over.any():
        corners = np.tile(_corner(layout), over.shape) & _enlarged(over, layout)
        ink = SIGNED_OVER if signed else OVER
        page.paste(ink, (layout.left, layout.top), Image.fromarray(corners.astype(np.uint8) * 255))


def _enlarged(cells: NDArray[_Cell], layout: Layout) -> NDArray[_Cell]:
    """Pixels, `[y, x, ...]`, from one value a cell, `[query, key, ...]`."""
    return cells.repeat(layout.cell, axis=0).repeat(layout.cell, axis=1)


def _bar_room() -> int:
    return BAR_HEIGHT + Typeface(12).height + 22


def _draw_bar(page: Image.Image, canvas: ImageDraw.ImageDraw, diagram: Diagram, top: int) -> None:
    """The colours from one end to the other in a frame, and the numbers at both ends and at 0."""
    font = Typeface(12)
    shares = np.linspace(-1.0, 1.0, BAR_WIDTH + 1, dtype=np.float32)
    row = signed_colours(np.abs(shares), shares < 0)
    left = MARGIN
    frame = (left - 1, top - 1, left + len(row), top + BAR_HEIGHT)
    canvas.rectangle(frame, fill=(LINE, LINE, LINE))
    page.paste(Image.fromarray(np.tile(row, (BAR_HEIGHT, 1, 1))), (left, top))
    end = left + len(row)
    lowest, highest = ends(diagram.full)
    numbers = lowest, "0", highest
    widths = [font.width(number) for number in numbers]
    places = (left, left + (len(row) - widths[1]) / 2, max(end - widths[2], left + widths[0] + 40))
    for number, x in zip(numbers, places, strict=True):
        font.draw(canvas, x, top + BAR_HEIGHT + 4, number, INK)


def _corner(layout: Layout) -> NDArray[np.bool_]:
    """The triangle that marks a cell over the ceiling, at its top right, `[y, x]` of one cell."""
    inner = layout.cell - layout.line
    side = max(3, layout.cell // 4)
    y, x = np.indices((layout.cell, layout.cell))
    corner: NDArray[np.bool_] = (x < inner) & (x - y >= inner - side)
    return corner


def _point_at(canvas: ImageDraw.ImageDraw, position: int, layout: Layout) -> None:
    """A bar at a mask's row and one at its column: colour alone would be lost in print."""
    left, top, _, _ = layout.box(0, 0)
    x, y, right, bottom = layout.box(position, position)
    canvas.rectangle((left - 4, y, left - 2, bottom - 1), fill=MASK_INK)
    canvas.rectangle((x, top - 4, right - 1, top - 2), fill=MASK_INK)


@lru_cache(maxsize=4)
def _plate(tokens: tuple[str, ...], masks: tuple[int, ...]) -> Image.Image:
    """The part that all heads' pictures of a sentence share; it is copied and never drawn on."""
    layout = Layout.of_tokens(tokens)
    page = Image.new("RGB", (layout.width, layout.top + len(tokens) * layout.cell), PAPER)
    _draw_labels(page, tokens, masks, layout)
    canvas = ImageDraw.Draw(page)
    for position in masks:
        _point_at(canvas, position, layout)
    return page


def _draw_labels(
    page: Image.Image, tokens: tuple[str, ...], marked: tuple[int, ...], layout: Layout
) -> None:
    """Labels end at the grid's left edge, and begin at its top edge, running upwards."""
    # Ink may overhang a label's box: a j to the left, an accent on a capital upwards.
    room = MARGIN // 2
    length = len(tokens) * layout.cell
    size = (layout.labels + 2 * room, length + 2 * room)
    every = ceil(SMALLEST_CELL / layout.cell)
    for masks, ink in ((False, INK), (True, MASK_INK)):
        rows, columns = Image.new("L", size), Image.new("L", size)
        row_canvas, column_canvas = ImageDraw.Draw(rows), ImageDraw.Draw(columns)
        for position, token in enumerate(tokens):
            if (position in marked) != masks or (position % every and not masks):
                continue
            label = _label(token, layout.font)
            y = room + position * layout.cell + (layout.cell - layout.line - layout.font.height) / 2
            x = room + layout.labels - layout.font.width(label)
            layout.font.draw(row_canvas, x, y, label, 255)
            layout.font.draw(column_canvas, room, y, label, 255)
        page.paste(ink, (MARGIN - room, layout.top - room), rows)
        upright = columns.transpose(Image.Transpose.ROTATE_90)
        page.paste(ink, (layout.left - room, layout.top - GAP - layout.labels - room), upright)


def _label(token: str, font: Typeface) -> str:
    """A token as it stands at its row and column; of an endless one the beginning."""
    label = visible(token)
    if len(label) < LONGEST_LABEL // 16 or font.width(label[:LONGEST_LABEL]) <= LONGEST_LABEL:
        return label
    return font.wrap(label[:LONGEST_LABEL], LONGEST_LABEL - font.width("…"))[0] + "…"


def _over(diagram: Diagram) -> NDArray[np.bool_]:
    # A weight that equals the ceiling may come out a rounding error above it.
    return diagram.brightness > 1.0 + 1e-5


def _caption(diagram: Diagram, width: int) -> list[tuple[Typeface, str, str]]:
    """The lines below the grid: font, text and colour."""
    sentence, small = Typeface(15), Typeface(12)
    shown = f"{diagram.view}, {diagram.scale} scale: "
    if diagram.below is None:
        shown += f"white = {diagram.full}"
    else:
        lowest, highest = ends(diagram.full)
        shown += f"blue = {lowest}, black = 0, orange = {highest}"
    if _over(diagram).any():
        beyond = "above" if diagram.below is None else "beyond"
        shown += f"; a marked corner: a weight {beyond} that"
    beside = diagram.beside
    texts = [diagram.text] if beside is None else [f"A: {diagram.text}", f"B: {beside.text}"]
    lines = [(sentence, line, INK) for text in texts for line in _wrapped(15, text, width)]
    models = [diagram.model]
    if beside is not None and beside.model != diagram.model:
        models = [f"A: {diagram.model}", f"B: {beside.model}"]
    rows = "Each row is a token that attends (query), each column a token attended to (key)."
    for text in (
        *([beside.differs] if beside and beside.differs else []),
        " · ".join([*map(visible, models), shown]),
        rows,
        *diagram.told,
    ):
        lines += [(small, line, FAINT) for line in _wrapped(12, text, width)]
    if note := diagram.missing_fonts:
        lines += [(small, line, INK) for line in _wrapped(12, note, width)]
    return lines


@lru_cache(maxsize=64)
def _wrapped(size: int, text: str, width: int) -> list[str]:
    return Typeface(size).wrap(visible(text), width)
