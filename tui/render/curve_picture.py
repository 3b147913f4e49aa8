"""A curve as a picture: axes with their ticks, a title, and everything needed to trace it."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from tui.render import png_file
from tui.render.curve import Curve
from tui.render.diagram import FAINT, INK, MARGIN, MASK_INK, PAPER
from tui.render.missing_fonts import missing_fonts
from tui.render.ticks import named, ticks
from tui.render.typeface import Typeface
from tui.text import visible

WIDTH, HEIGHT = 640, 300
"""Pixels of the plot itself."""

TICK = 5
"""How long a tick is."""


@dataclass(frozen=True, slots=True, eq=False)
class CurvePicture:
    """The content of a curve's picture.

    Attributes:
        curve: the numbers.
        title: what is seen.
        text: the sentence that it is about.
        model: the model's name.
        caption: sentences below it.
        facts: what else decides the picture, by name.
        told: everything that a reader must be told, a sentence each.
    """

    curve: Curve
    title: str
    text: str
    model: str
    caption: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    told: tuple[str, ...] = ()

    @property
    def missing_fonts(self) -> str:
        """A sentence on what the picture shows as boxes; empty if nothing."""
        return missing_fonts((self.title, self.text, self.model, *self.caption))

    @property
    def metadata(self) -> dict[str, str]:
        """Everything that decides what the picture shows, free of control characters."""
        x, y = self.curve.points
        return png_file.shown(
            {
                "Title": self.title,
                "Text": self.text,
                "Model": self.model,
                **dict(self.facts),
                "Points": " ".join(f"{a:g}:{b:.4f}" for a, b in zip(x, y, strict=True)),
                **png_file.told_fact(self.told),
            }
        )

    def png(self) -> bytes:
        """The picture as a PNG file, with its metadata in the file's text chunks."""
        return png_file.encode(draw_curve(self), self.metadata)


def draw_curve(picture: CurvePicture) -> Image.Image:
    """Draw a curve: an RGB image, as high as it takes to show the caption whole."""
    curve, small, title = picture.curve, Typeface(12), Typeface(17)
    left, right, low, high = curve.span
    marks = ticks(low, high, 7)
    names = [named(mark) for mark in marks]
    labels = round(max((small.width(name) for name in names), default=0))
    x0, width = MARGIN + labels + TICK + 6, WIDTH
    heading = title.wrap(visible(picture.title), width + x0 - MARGIN)
    lines = [
        line
        for text in _caption(picture)
        for line in small.wrap(visible(text), width + x0 - MARGIN)
    ]
    y0 = MARGIN + len(heading) * (title.height + 4) + small.height + 14
    bottom = y0 + HEIGHT
    below = bottom + TICK + 2 * (small.height + 4) + 14
    page = Image.new(
        "RGB",
        (x0 + width + MARGIN, below + len(lines) * (small.height + 4) + MARGIN),
        PAPER,
    )
    canvas = ImageDraw.Draw(page)
    y = MARGIN
    for line in heading:
        title.draw(canvas, MARGIN, y, line, INK)
        y += title.height + 4
    small.draw(canvas, MARGIN, y0 - small.height - 6, curve.y_label, FAINT)

    def at(x: float, value: float) -> tuple[float, float]:
        return (
            x0 + (x - left) / (right - left) * width,
            bottom - (value - low) / (high - low) * HEIGHT,
        )

    for mark, name in zip(marks, names, strict=True):
        place = at(left, mark)[1]
        canvas.line((x0 - TICK, place, x0, place), fill=INK)
        small.draw(canvas, x0 - TICK - 4 - small.width(name), place - small.height / 2, name, INK)
    for mark in ticks(left, right, 12):
        place, name = at(mark, low)[0], named(mark)
        canvas.line((place, bottom, place, bottom + TICK), fill=INK)
        small.draw(canvas, place - small.width(name) / 2, bottom + TICK + 2, name, INK)
    label = curve.x_label
    small.draw(
        canvas, x0 + width - small.width(label), bottom + TICK + small.height + 6, label, FAINT
    )
    if curve.marked is not None and left <= curve.marked <= right:
        place = at(curve.marked, low)[0]
        canvas.line((place, y0, place, bottom), fill=MASK_INK)
    canvas.line((x0, y0, x0, bottom, x0 + width, bottom), fill=INK)
    x, values = curve.points
    points = [at(float(a), float(b)) for a, b in zip(x, values, strict=True)]
    if len(points) > 1:
        canvas.line(points, fill=INK, width=2, joint="curve")
    for a, b in points:
        canvas.ellipse((a - 2, b - 2, a + 2, b + 2), fill=INK)
    y = below
    for line in lines:
        small.draw(canvas, MARGIN, y, line, FAINT)
        y += small.height + 4
    return page


def _caption(picture: CurvePicture) -> list[str]:
    """The sentences below the plot."""
    missing = picture.missing_fonts
    told = [one for one in picture.told if one not in picture.caption]
    return [picture.text, picture.model, *picture.caption, *told, *([missing] if missing else [])]
