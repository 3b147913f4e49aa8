"""The exercise's own way of drawing a head, which ours is measured against.

CS50's "Attention", `generate_diagram`: an RGBA image, one rectangle a cell, each token's label
drawn upright in an image as large as the whole and turned, with the font opened for every token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from tui.render.typeface import SHIPPED

GRID_SIZE = 40
PIXELS_PER_WORD = 200


def generate_diagram(path: Path, tokens: Sequence[str], weights: Any) -> Image.Image:
    """Draw a head into a file; `weights` are `[query, key]`."""
    image_size = GRID_SIZE * len(tokens) + PIXELS_PER_WORD
    image = Image.new("RGBA", (image_size, image_size), "black")
    draw = ImageDraw.Draw(image)
    for i, token in enumerate(tokens):
        font = ImageFont.truetype(SHIPPED, 28)
        label = Image.new("RGBA", (image_size, image_size), (0, 0, 0, 0))
        ImageDraw.Draw(label).text(
            (image_size - PIXELS_PER_WORD, PIXELS_PER_WORD + i * GRID_SIZE),
            token,
            fill="white",
            font=font,
        )
        label = label.rotate(90)
        image.paste(label, mask=label)
        _, _, width, _ = draw.textbbox((0, 0), token, font=font)
        draw.text(
            (PIXELS_PER_WORD - width, PIXELS_PER_WORD + i * GRID_SIZE),
            token,
            fill="white",
            font=font,
        )
    for i in range(len(tokens)):
        y = PIXELS_PER_WORD + i * GRID_SIZE
        for j in range(len(tokens)):
            x = PIXELS_PER_WORD + j * GRID_SIZE
            grey = round(float(weights[i][j]) * 255)
            draw.rectangle((x, y, x + GRID_SIZE, y + GRID_SIZE), fill=(grey, grey, grey))
    image.save(path)
    return image


def greys(image: Image.Image, count: int) -> list[list[int]]:
    """The grey level of each cell, `[query][key]`."""
    middle = PIXELS_PER_WORD + GRID_SIZE // 2
    return [
        [
            image.getpixel((middle + key * GRID_SIZE, middle + query * GRID_SIZE))[0]  # type: ignore[index]
            for key in range(count)
        ]
        for query in range(count)
    ]
