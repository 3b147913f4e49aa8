"""How many colours a terminal has, and which of its own is nearest to one that is wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from functools import cache

Rgb = tuple[int, int, int]
"""A colour in sRGB, 0..255 each."""

Lab = tuple[float, float, float]
"""A colour in CIELAB (D65): L* 0..100, a*, b*."""


class Depth(Enum):
    """The colours that may be sent to a terminal; the value is what the command line calls it."""

    TRUECOLOR = "truecolor"
    PALETTE = "256"
    SIXTEEN = "16"
    NONE = "none"


def detect(environ: Mapping[str, str]) -> Depth:
    """The depth of colour that a terminal says it has.

    `NO_COLOR` (no-color.org) counts when it is there and not empty; then `COLORTERM`, which ssh
    seldom forwards; then the name in `TERM`. A terminal whose name says nothing gets 16 colours.

    Args:
        environ: the environment.

    Returns:
        The depth that can be counted on.
    """
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in ("", "dumb", "unknown") or term.startswith("vt"):
        return Depth.NONE
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return Depth.TRUECOLOR
    if term.endswith("-direct"):
        return Depth.TRUECOLOR
    if "256color" in term or term in (
        "xterm-kitty",
        "xterm-ghostty",
        "alacritty",
        "foot",
        "wezterm",
    ):
        return Depth.PALETTE
    return Depth.SIXTEEN


SIXTEEN: tuple[Rgb, ...] = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)),
    *((0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
    *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
"""The first sixteen colours as xterm has them; people change them, their order stays."""

_CUBE = (0, 95, 135, 175, 215, 255)

PALETTE: tuple[Rgb, ...] = (
    *SIXTEEN,
    *((red, green, blue) for red in _CUBE for green in _CUBE for blue in _CUBE),
    *((8 + 10 * step,) * 3 for step in range(24)),
)
"""xterm's 256 colours: sixteen, a cube of 6 x 6 x 6, and 24 greys."""


def linear(value: int) -> float:
    """An sRGB value, 0..255, as light, 0..1 (IEC 61966-2-1)."""
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def gamma(light: float) -> int:
    """Light, 0..1, as an sRGB value, 0..255; the inverse of `linear`."""
    light = min(max(light, 0.0), 1.0)
    share = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(share * 255)


def lab_of_light(red: float, green: float, blue: float) -> Lab:
    """Light, 0..1 each, in CIELAB under D65 (CIE 15:2004)."""
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    fx, fy, fz = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@cache
def lab(colour: Rgb) -> Lab:
    """A colour in CIELAB."""
    red, green, blue = colour
    return lab_of_light(linear(red), linear(green), linear(blue))


def rgb_of_lab(colour: Lab) -> Rgb:
    """The sRGB colour of a CIELAB one, cut to what a screen can show."""
    fy = (colour[0] + 16) / 116
    fs = (fy + colour[1] / 500, fy, fy - colour[2] / 200)
    x, y, z = (f**3 if f**3 > 216 / 24389 else (116 * f - 16) * 27 / 24389 for f in fs)
    x, z = x * 0.95047, z * 1.08883
    return (
        gamma(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
        gamma(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
        gamma(0.0556434 * x - 0.2040259 * y + 1.0572252 * z),
    )


def contrast_ratio(one: Rgb, other: Rgb) -> float:
    """How well a text of one colour is read on another: 1..21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@cache
def _luminance(colour: Rgb) -> float:
    red, green, blue = map(linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def difference(one: Lab, other: Lab) -> float:
    """How different two colours look: the distance in CIELAB (CIE 1976)."""
    return math.dist(one, other)


@cache
def nearest(colour: Rgb, depth: Depth) -> int:
    """The number of the terminal's own colour that looks most like one.

    Of 256 the first sixteen are left out, as what people make of them is not known.

    Args:
        colour: what is wanted.
        depth: `PALETTE` or `SIXTEEN`.

    Returns:
        Its number, 16..255 or 0..15.
    """
    numbers = range(16) if depth is Depth.SIXTEEN else range(16, 256)
    wanted = lab(colour)
    return min(numbers, key=lambda number: difference(lab(PALETTE[number]), wanted))
