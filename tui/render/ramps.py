"""Colour ramps: brightness becomes one of a few colours whose lightness rises in even steps.

In truecolor a level is a colour of the ramp itself. A palette of 256 has no such colours, so that
each level takes the nearest there is. Sixteen colours are too few for that: there a level may be
two of them, mixed by a block character that covers a quarter, a half or three quarters of the cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from tui.render.depth import (
    PALETTE,
    SIXTEEN,
    Depth,
    Lab,
    Rgb,
    difference,
    lab,
    lab_of_light,
    linear,
    rgb_of_lab,
)


@dataclass(frozen=True, slots=True)
class Paint:
    """How a cell is drawn.

    Attributes:
        glyph: the character, a column wide.
        ink: its colour.
        ground: the colour behind it.
    """

    glyph: str
    ink: Rgb
    ground: Rgb

    @property
    def lab(self) -> Lab:
        """The colour that the eye makes of ink and ground: their light is added."""
        share = _COVERS.get(self.glyph, 0.0)
        mixed = (
            share * linear(ink) + (1 - share) * linear(ground)
            for ink, ground in zip(self.ink, self.ground, strict=True)
        )
        return lab_of_light(*mixed)


_COVERS = {" ": 0.0, "░": 0.25, "▒": 0.5, "▓": 0.75, "█": 1.0}


@dataclass(frozen=True, slots=True)
class Ramp:
    """One way from dark to light.

    Attributes:
        name: what people read.
        slug: what settings are kept under.
        meaning: a sentence for the help screen.
        points: colours that lie evenly along it, dark first.
        few: which of the sixteen colours come near it unmixed, dark first.
        palette: which of the 256 colours it is made of, dark first; empty for those that come
            nearest. The two arms for signed numbers have theirs chosen, none of them a grey.
    """

    name: str
    slug: str
    meaning: str
    points: tuple[Rgb, ...]
    few: tuple[int, ...]
    palette: tuple[int, ...] = ()

    def at(self, share: float) -> Lab:
        """The colour at a share of the way in lightness, 0..1."""
        labs = [lab(point) for point in self.points]
        wanted = labs[0][0] + share * (labs[-1][0] - labs[0][0])
        for low, high in pairwise(labs):
            if wanted <= high[0] or high is labs[-1]:
                part = (wanted - low[0]) / (high[0] - low[0])
                return (wanted, *(low[i] + part * (high[i] - low[i]) for i in (1, 2)))  # type: ignore[return-value]
        raise AssertionError("a ramp has two points at least")


def _hex(colours: str) -> tuple[Rgb, ...]:
    return tuple(tuple(bytes.fromhex(colour)) for colour in colours.split())  # type: ignore[misc]


GREY = Ramp("grey", "grey", "from black to white", ((0, 0, 0), (255, 255, 255)), (0, 8, 7, 15))
VIRIDIS = Ramp(
    "viridis",
    "viridis",
    "from violet over green to yellow (van der Walt and Smith 2015)",
    _hex("440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6dcd59 b4de2c fde725"),
    (4, 12, 2, 11),
)
MAGMA = Ramp(
    "magma",
    "magma",
    "from black over purple to pale yellow (van der Walt and Smith 2015)",
    _hex("000004 180f3e 451077 721f81 9f2f7f cd4071 f1605d fd9567 fec98d fcfdbf"),
    (0, 5, 3, 15),
)
CIVIDIS = Ramp(
    "cividis",
    "cividis",
    "from blue to yellow, the same with and without red-green colour blindness "
    "(Nuñez, Anderton and Renslow 2018)",
    _hex("00204d 00336f 39486b 575c6d 707173 8a8779 a69d75 c4b56c e4cf5b ffea46"),
    (4, 8, 3, 11),
)

RAMPS: tuple[Ramp, ...] = (GREY, VIRIDIS, MAGMA, CIVIDIS)
"""Every ramp, in the order in which the key cycles them, after the plain glyphs."""

BELOW = Ramp(
    "below 0",
    "below",
    "from black to light blue",
    _hex("000000 00263f 004670 0068a3 008dd9 52b2ff a6d0ff"),
    (0, 12, 6, 14),
    (16, 18, 25, 33, 117),
)
ABOVE = Ramp(
    "above 0",
    "above",
    "from black to light orange",
    _hex("000000 371e00 663600 975200 ca6f00 fc9015 ffbe87"),
    (0, 1, 3, 11),
    (16, 52, 94, 166, 216),
)
"""The two arms of the diverging ramp: black is 0, and numbers of one size are equally light.

Blue and orange are told apart with every kind of red-green colour blindness. Signed numbers are
drawn so whichever ramp is chosen, as a lightness has no sign.
"""

LEVELS = {Depth.TRUECOLOR: 16, Depth.PALETTE: 7, Depth.SIXTEEN: 5}
"""Steps of a ramp: more are told apart by nobody, and each costs bytes where it changes."""

ARM_LEVELS = 9
"""The same of an arm in truecolor: there are two of them, and noise about 0 stays one run."""


@cache
def paints(ramp: Ramp, depth: Depth, *, plain: bool = False) -> tuple[Paint, ...]:
    """How each level of a ramp is drawn, dark first.

    Args:
        ramp: the ramp.
        depth: the colours there are; `NONE` has no ramps.
        plain: use no block characters: where they cannot be shown, and where a cell is cut in two.

    Returns:
        One paint a level; the lightness of each is over that of the one before.
    """
    if depth is Depth.SIXTEEN and (plain or ramp.palette):
        return tuple(_solid(SIXTEEN[number]) for number in ramp.few)
    if depth is Depth.PALETTE and ramp.palette:
        return tuple(_solid(PALETTE[number]) for number in ramp.palette)
    count = ARM_LEVELS if ramp.palette else LEVELS[depth]
    wanted = [ramp.at(level / (count - 1)) for level in range(count)]
    if depth is Depth.TRUECOLOR:
        return tuple(_solid(rgb_of_lab(colour)) for colour in wanted)
    offered = _palette() if depth is Depth.PALETTE else _sixteen()
    chosen: list[Paint] = []
    for colour in wanted:
        darkest = chosen[-1].lab[0] + 1 if chosen else -1.0
        chosen.append(_best(offered, colour, darkest))
    return tuple(chosen)


def _solid(colour: Rgb) -> Paint:
    return Paint(" ", colour, colour)


def _best(offered: Sequence[Paint], wanted: Lab, darkest: float) -> Paint:
    """The paint most like a colour; that its lightness is right matters more than its hue."""

    def cost(paint: Paint) -> float:
        lightness, a, b = (found - want for found, want in zip(paint.lab, wanted, strict=True))
        harsh = difference(lab(paint.ink), lab(paint.ground))
        return 40 * lightness**2 + a**2 + b**2 + (0.25 * harsh) ** 2

    lighter = [paint for paint in offered if paint.lab[0] > darkest]
    return min(lighter or offered, key=cost)


@cache
def _palette() -> tuple[Paint, ...]:
    return tuple(_solid(colour) for colour in PALETTE[16:])


@cache
def _sixteen() -> tuple[Paint, ...]:
    """Solid colours, and mixtures of two on the eight grounds that every terminal has."""
    mixed = (
        Paint(glyph, ink, ground)
        for ground in SIXTEEN[:8]
        for ink in SIXTEEN
        for glyph in "░▒▓"
        if ink != ground
    )
    full = (Paint("█", ink, SIXTEEN[0]) for ink in SIXTEEN[8:])
    return (*(_solid(colour) for colour in SIXTEEN[:8]), *full, *mixed)
