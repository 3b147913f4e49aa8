"""Text on pictures: in the font that ships with the package, else in one of the system's."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

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
    if cluster.isascii():
        return first  # every font that is asked first has that
    for wanted in dict.fromkeys((_inked(cluster) or cluster, cluster[0])):
        for path in (first, SHIPPED):
            if _covers(path, wanted):
                return path
        for path in _system_fonts():
            if _covers(path, wanted) and _has_ink(path, wanted[0]):
                return path
    return first


def draws(cluster: str) -> bool:
    """Whether some font here draws a cluster; where none does, its box stands for it."""
    if cluster.isascii():
        return True
    return _covers(font_for(cluster), _inked(cluster) or cluster[0])


def _inked(cluster: str) -> str:
    """A cluster without what no font needs to have: a box for a variation selector is wrong."""
    return "".join(
        c for c in cluster if not ("\ufe00" <= c <= "\ufe0f" or "\u200b" <= c <= "\u200d")
    )


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
    return _characters(path).issuperset(map(ord, text))


@cache
def _characters(path: Path) -> frozenset[int]:
    """The characters that a font maps to glyphs; none at all if its file cannot be read."""
    from fontTools.ttLib import TTFont  # a text in ASCII does without

    try:
        # Of a collection Pillow opens the first font.
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as face:
            # The glyphs' names are not asked for, and to read them takes the most time.
            face.setGlyphOrder([""] * face["maxp"].numGlyphs)
            return frozenset(face.getBestCmap() or ())
    except Exception:  # a damaged table fails in as many ways as there are to read one
        return frozenset()
