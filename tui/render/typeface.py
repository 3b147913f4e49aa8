"""Text on pictures: in the font that ships with the package, else in one of the system's."""

from __future__ import annotations

import os
import re
import struct
import sys
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from PIL import ImageDraw, ImageFont, features

from tui.text import clusters, wrap

_FONTS = Path(__file__).parent / "fonts"
SHIPPED = _FONTS / "DejaVuSans.ttf"
MONO = _FONTS / "DejaVuSansMono.ttf"
MONO_BOLD = _FONTS / "DejaVuSansMono-Bold.ttf"

_NEVER_A_CHARACTER = "\U0010ffff"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+")


class Typeface:
    """Measures and draws text of one size in whatever fonts it takes.

    Args:
        size: in pixels.

    Attributes:
        ascent: pixels above the baseline.
        height: pixels from the top of a line to its bottom.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.ascent, descent = font(SHIPPED, size).getmetrics()
        self.height = self.ascent + descent

    def width(self, text: str) -> float:
        """How far a text moves the pen, in pixels; ink may overhang by a pixel or two."""
        return sum(face.getlength(run) for face, run in self._runs(text))

    def draw(
        self, canvas: ImageDraw.ImageDraw, x: float, y: float, text: str, fill: int | str
    ) -> None:
        """Draw a text whose line begins at `x` and has its top at `y`."""
        for face, run in self._runs(text):
            canvas.text((x, y + self.ascent), run, font=face, fill=fill, anchor="ls")
            x += face.getlength(run)

    def wrap(self, text: str, width: float) -> list[str]:
        """Break a text into lines no wider than `width`, between words where it can be."""
        return wrap(text, width, self.width)

    def _runs(self, text: str) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        for path, parts in groupby(clusters(text), key=font_for):
            run = "".join(parts)
            if not features.check("raqm"):  # which would set right-to-left text by itself
                run = _RIGHT_TO_LEFT.sub(lambda stretch: stretch[0][::-1], run)
            yield font(path, self._size), run


@cache
def font_for(cluster: str, first: Path = SHIPPED) -> Path:
    """The font that draws a cluster: `first`, then the shipped one, then the system's.

    A font that has the whole cluster goes before one that has only its first character; where no
    font has that either, the first one draws its box.
    """
    # A box for a variation selector would be wrong, so no font needs to have one.
    whole = "".join(
        c for c in cluster if not ("\ufe00" <= c <= "\ufe0f" or "\u200b" <= c <= "\u200d")
    )
    for wanted in dict.fromkeys((whole or cluster, cluster[0])):
        for path in (first, SHIPPED):
            if _covers(path, wanted):
                return path
        for path in _system_fonts():
            if _covers(path, wanted) and _has_ink(path, wanted[0]):
                return path
    return first


@cache
def font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """A font of a size in pixels."""
    return ImageFont.truetype(path, size)


def _has_ink(path: Path, character: str) -> bool:
    """Whether a font really draws a character that it lists: neither its box nor nothing at all."""
    try:
        face = font(path, 16)
        mask, box = face.getmask(character), face.getmask(_NEVER_A_CHARACTER)
    except OSError:  # damaged, or a font of bitmaps alone, which comes in one size only
        return False
    ink = bytes(mask)
    return any(ink) and (mask.size, ink) != (box.size, bytes(box))


@cache
def _system_fonts() -> tuple[Path, ...]:
    """The font files on this machine, plain ones first. Looked for only when one is needed."""
    home = Path(os.environ.get("HOME", "/"))  # unlike Path.home(), no error where there is none
    folders = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
    if sys.platform == "darwin":
        folders = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    found = {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix.lower() in (".ttf", ".ttc", ".otf")
    }
    return tuple(
        sorted(found, key=lambda path: ("Regular" not in path.stem, len(path.stem), str(path)))
    )


def _covers(path: Path, text: str) -> bool:
    firsts, lasts = _coverage(path)
    places = ((ord(character), bisect_right(firsts, ord(character)) - 1) for character in text)
    return all(place >= 0 and code <= lasts[place] for code, place in places)


@cache
def _coverage(path: Path) -> tuple[list[int], list[int]]:
    """The characters that a font maps to glyphs (OpenType specification, table `cmap`).

    Returns:
        The first and the last code of each range; ranges ascend and do not overlap. None at all
        for a file that cannot be read.
    """
    firsts: list[int] = []
    lasts: list[int] = []
    try:
        with path.open("rb") as file:
            ranges = sorted(_ranges(_cmap(file)))
    except (OSError, struct.error, ValueError):
        ranges = []  # a font that cannot be read has no glyphs to offer
    for first, last in ranges:
        if lasts and first <= lasts[-1] + 1:
            lasts[-1] = max(lasts[-1], last)
        else:
            firsts.append(first)
            lasts.append(last)
    return firsts, lasts


def _cmap(file: BinaryIO) -> bytes:
    """The table alone: a font for Chinese has some 20 MB besides."""
    start = 0
    if file.read(4) == b"ttcf":  # a collection; Pillow opens its first font
        file.seek(12)
        (start,) = struct.unpack(">I", file.read(4))
    file.seek(start + 4)
    (tables,) = struct.unpack(">H6x", file.read(8))
    for tag, _, offset, length in struct.iter_unpack(">4sIII", file.read(16 * tables)):
        if tag == b"cmap":
            file.seek(offset)
            return file.read(length)
    raise ValueError("no cmap table")


def _ranges(cmap: bytes) -> Iterator[tuple[int, int]]:
    """The ranges in the Unicode subtables of the two formats that fonts have: 4 and 12."""
    for entry in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, encoding, start = struct.unpack_from(">HHI", cmap, 4 + 8 * entry)
        if platform != 0 and (platform, encoding) not in ((3, 1), (3, 10)):
            continue
        kind = struct.unpack_from(">H", cmap, start)[0]
        if kind == 12:
            for group in range(struct.unpack_from(">I", cmap, start + 12)[0]):
                first, last, _ = struct.unpack_from(">III", cmap, start + 16 + 12 * group)
                yield first, last
        elif kind == 4:
            count = struct.unpack_from(">H", cmap, start + 6)[0] // 2
            lasts = struct.unpack_from(f">{count}H", cmap, start + 14)
            firsts = struct.unpack_from(f">{count}H", cmap, start + 16 + 2 * count)
            yield from (pair for pair in zip(firsts, lasts, strict=True) if pair[0] != 0xFFFF)
