"""Lines and blocks drawn as geometry, so that those of neighbouring cells join without gaps.

A font's own glyphs leave hairlines between cells, or overlap, wherever its box is not the cell's.
What a character looks like is read from its Unicode name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ink: TypeAlias = NDArray[np.float32]
"""How much of each pixel of a cell is covered, `[y, x]`, 0..1."""

_WEIGHTS = {"LIGHT": 1, "SINGLE": 1, "HEAVY": 2, "DOUBLE": 3}
_LIGHT, _HEAVY, _DOUBLE = 1, 2, 3
_ARMS = {
    "UP": ("up",),
    "DOWN": ("down",),
    "LEFT": ("left",),
    "RIGHT": ("right",),
    "VERTICAL": ("up", "down"),
    "HORIZONTAL": ("left", "right"),
}
_OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}
_DASHES = {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
_EIGHTHS = {
    "ONE EIGHTH": 1, "ONE QUARTER": 2, "THREE EIGHTHS": 3, "HALF": 4, "FIVE EIGHTHS": 5,
    "THREE QUARTERS": 6, "SEVEN EIGHTHS": 7,
}  # fmt: skip
_SHADES = {"LIGHT SHADE": 0.25, "MEDIUM SHADE": 0.5, "DARK SHADE": 0.75, "FULL BLOCK": 1.0}


@cache
def block_glyph(character: str, width: int, height: int) -> Ink | None:
    """The ink of a character of the blocks Box Drawing and Block Elements (U+2500 to U+259F).

    Shades are even tones, 25, 50 and 75 % of ink, so that they join like everything else.

    Args:
        character: one character.
        width: the cell's width in pixels.
        height: the cell's height in pixels.

    Returns:
        `[height, width]`, or None for a character of any other kind.
    """
    if len(character) != 1 or not "\u2500" <= character <= "\u259f":
        return None
    name = unicodedata.name(character)
    ink = np.zeros((height, width), dtype=np.float32)
    if name in _SHADES:
        ink[:] = _SHADES[name]
    elif name.startswith("QUADRANT"):
        for part in name.removeprefix("QUADRANT ").split(" AND "):
            _fill_quadrant(ink, part)
    elif name.endswith("BLOCK"):
        side, _, amount = name.removesuffix(" BLOCK").partition(" ")
        _fill_side(ink, side, _EIGHTHS[amount])
    else:
        _draw_lines(ink, name.removeprefix("BOX DRAWINGS "))
    ink.setflags(write=False)
    return ink


def _fill_side(ink: Ink, side: str, eighths: int) -> None:
    height, width = ink.shape
    down, right = round(height * eighths / 8), round(width * eighths / 8)
    if side == "LOWER":
        ink[height - down :] = 1
    elif side == "UPPER":
        ink[:down] = 1
    elif side == "LEFT":
        ink[:, :right] = 1
    else:
        ink[:, width - right :] = 1


def _fill_quadrant(ink: Ink, part: str) -> None:
    height, width = ink.shape
    y, x = round(height / 2), round(width / 2)
    upper, left = part.startswith("UPPER"), part.endswith("LEFT")
    ink[slice(0, y) if upper else slice(y, height), slice(0, x) if left else slice(x, width)] = 1


def _draw_lines(ink: Ink, name: str) -> None:
    light = max(1, round(ink.shape[1] / 7))
    if "DIAGONAL" in name:
        _draw_diagonals(ink, name, light)
    elif "ARC" in name:
        _draw_arc(ink, _arms(name.replace("ARC ", "")), light)
    elif dashes := re.search(r"(DOUBLE|TRIPLE|QUADRUPLE) DASH ", name):
        name = name.replace(dashes[0], "")
        _draw_arms(ink, _arms(name), light)
        _cut_dashes(ink, _DASHES[dashes[1]], "HORIZONTAL" in name)
    else:
        _draw_arms(ink, _arms(name), light)


def _arms(name: str) -> dict[str, int]:
    """The weight of each arm; a name puts it before its directions or behind them, never both."""
    words = name.replace(" AND ", " ").split()
    if words[0] not in _WEIGHTS:
        # Read from the end, a weight stands before its directions here too.
        words.reverse()
    found: dict[str, int] = {}
    weight = _LIGHT
    for word in words:
        if word in _WEIGHTS:
            weight = _WEIGHTS[word]
        else:
            found |= dict.fromkeys(_ARMS[word], weight)
    return found


def _draw_arms(ink: Ink, arms: Mapping[str, int], light: int) -> None:
    """Lines from the middle to the edges: double ones first, their gaps, then the others."""
    double = [arm for arm, weight in arms.items() if weight == _DOUBLE]
    for arm in double:
        _arm(ink, arm, 3 * light, _reach(arms, arm, light))[:] = 1
    for arm in double:
        sides = [arms.get(side, 0) for side in _across(arm)]
        _arm(ink, arm, light, light if _DOUBLE in sides else 0)[:] = 0
    for arm, weight in arms.items():
        if weight != _DOUBLE:
            _arm(ink, arm, weight * light, _reach(arms, arm, light))[:] = 1


def _reach(arms: Mapping[str, int], arm: str, light: int) -> int:
    """How thick a stroke across the middle this arm has to cover, to the far side of it."""
    sides = [arms.get(side, 0) for side in _across(arm)]
    if sides == [_DOUBLE, _DOUBLE] and _OPPOSITE[arm] not in arms and arms[arm] != _DOUBLE:
        return -light  # it ends at the nearer of the two lines
    return max(light * weight for weight in sides)


def _across(arm: str) -> tuple[str, str]:
    return ("left", "right") if arm in ("up", "down") else ("up", "down")


def _arm(ink: Ink, arm: str, thick: int, reach: int) -> Ink:
    """The pixels of a stroke from the middle, or `reach` / 2 beyond it, to an edge."""
    height, width = ink.shape
    if arm in ("up", "down"):
        ink, height, width = ink.T, width, height
    along, beside = _centred(width, abs(reach)), _centred(height, thick)
    if arm in ("left", "up"):
        return ink[beside, : along.stop if reach >= 0 else along.start]
    return ink[beside, along.start if reach >= 0 else along.stop :]


def _centred(length: int, thick: int) -> slice:
    """The pixels of a stroke of a certain thickness in the middle of a length."""
    start = (length - thick) // 2
    return slice(start, start + thick)


def _cut_dashes(ink: Ink, count: int, horizontal: bool) -> None:
    length = ink.shape[1 if horizontal else 0]
    gap = max(1, round(length / count / 3))
    for dash in range(count):
        end = round((dash + 1) * length / count)
        cut = slice(end - gap, end)
        if horizontal:
            ink[:, cut] = 0
        else:
            ink[cut, :] = 0


def _draw_arc(ink: Ink, arms: Mapping[str, int], light: int) -> None:
    """A quarter of a circle that is as wide as half the cell, and straight lines from its ends."""
    height, width = ink.shape
    across, down = _centred(width, light), _centred(height, light)
    x0, y0 = (across.start + across.stop) / 2, (down.start + down.stop) / 2
    right, below = "right" in arms, "down" in arms
    radius = width - x0 if right else x0
    x, y = x0 + radius * (1 if right else -1), y0 + radius * (1 if below else -1)
    ys, xs = np.indices(ink.shape) + 0.5
    distance = np.abs(np.hypot(xs - x, ys - y) - radius)
    inside = ((xs < x) if right else (xs > x)) & ((ys < y) if below else (ys > y))
    ink[:] = np.where(inside, np.clip(light / 2 + 0.5 - distance, 0, 1), 0)
    end = round(y)
    ink[slice(end, None) if below else slice(0, end), across] = 1


def _draw_diagonals(ink: Ink, name: str, light: int) -> None:
    height, width = ink.shape
    ys, xs = np.indices(ink.shape) + 0.5
    for falls, part in ((False, "UPPER RIGHT TO LOWER LEFT"), (True, "UPPER LEFT TO LOWER RIGHT")):
        if part in name or "CROSS" in name:
            line = ys * width - (xs if falls else width - xs) * height
            distance = np.abs(line) / np.hypot(width, height)
            np.maximum(ink, np.clip(light / 2 + 0.5 - distance, 0, 1), out=ink)
