"""Every ramp rises evenly in lightness in every depth, one of them for colour-blind readers too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tui.render.depth import PALETTE, SIXTEEN, Depth, difference, gamma, lab, linear
from tui.render.ramps import ABOVE, BELOW, CIVIDIS, RAMPS, Paint, Ramp, paints

UNEVEN = {Depth.TRUECOLOR: 1.15, Depth.PALETTE: 2.2, Depth.SIXTEEN: 1.8}
"""The largest step of lightness over the smallest: a palette has what it has."""

EVERY = pytest.mark.parametrize(
    ("ramp", "depth"),
    [(ramp, depth) for ramp in RAMPS for depth in UNEVEN],
    ids=lambda value: value.name if isinstance(value, Ramp) else value.value,
)


@EVERY
def test_lightness_rises_in_even_steps(ramp: Ramp, depth: Depth) -> None:
    lights = [paint.lab[0] for paint in paints(ramp, depth)]
    steps = [high - low for low, high in pairwise(lights)]
    assert min(steps) > 0
    assert max(steps) / min(steps) <= UNEVEN[depth]
    assert lights[-1] - lights[0] > 60


@EVERY
def test_only_colours_that_the_terminal_has(ramp: Ramp, depth: Depth) -> None:
    for plain in (False, True):
        for paint in paints(ramp, depth, plain=plain):
            for colour in (paint.ink, paint.ground):
                if depth is Depth.PALETTE:
                    assert colour in PALETTE[16:]
                if depth is Depth.SIXTEEN:
                    assert colour in SIXTEEN


@EVERY
def test_plain_paints_have_no_characters_and_still_rise(ramp: Ramp, depth: Depth) -> None:
    plain = paints(ramp, depth, plain=True)
    assert {paint.glyph for paint in plain} == {" "}
    lights = [paint.lab[0] for paint in plain]
    assert lights == sorted(set(lights))


@pytest.mark.parametrize("ramp", RAMPS, ids=lambda ramp: ramp.name)
def test_truecolor_stays_on_the_ramp(ramp: Ramp) -> None:
    chosen = paints(ramp, Depth.TRUECOLOR)
    assert (chosen[0].ground, chosen[-1].ground) == (ramp.points[0], ramp.points[-1])
    for level, paint in enumerate(chosen):
        assert difference(paint.lab, ramp.at(level / (len(chosen) - 1))) < 3


def deuteranope(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """What is left of a colour without the cones for green (Viénot, Brettel and Mollon 1999)."""
    red, green, blue = (linear(value) for value in colour)
    yellow = 0.29275 * red + 0.70725 * green
    return gamma(yellow), gamma(yellow), gamma(-0.02234 * red + 0.02234 * green + blue)


def test_the_ramp_for_the_colour_blind_is_the_same_to_them() -> None:
    chosen = paints(CIVIDIS, Depth.TRUECOLOR)
    for paint in chosen:
        seen = lab(deuteranope(paint.ground))
        assert difference(seen, paint.lab) < 12
    seen_lights = [lab(deuteranope(paint.ground))[0] for paint in chosen]
    assert seen_lights == sorted(seen_lights)


def test_a_mixture_is_as_light_as_its_light() -> None:
    half = Paint("▒", (255, 255, 255), (0, 0, 0))
    assert half.lab[0] == pytest.approx(lab((188, 188, 188))[0], abs=0.5)
    assert Paint(" ", (255, 0, 0), (0, 0, 0)).lab[0] == 0


def protanope(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """What is left of a colour without the cones for red (Viénot, Brettel and Mollon 1999)."""
    red, green, blue = (linear(value) for value in colour)
    yellow = 0.11238 * red + 0.88762 * green
    return gamma(yellow), gamma(yellow), gamma(0.00401 * red - 0.00401 * green + blue)


APART = {Depth.TRUECOLOR: 1.5, Depth.PALETTE: 4.5, Depth.SIXTEEN: 7}
"""How much the two signs may differ in lightness, for one size: a palette has what it has."""


@pytest.mark.parametrize("depth", APART, ids=lambda depth: depth.value)
def test_the_two_signs_begin_at_black_and_are_as_light_as_each_other(depth: Depth) -> None:
    below, above = paints(BELOW, depth), paints(ABOVE, depth)
    assert len(below) == len(above)
    assert below[0] == above[0]
    assert below[0].ground == (0, 0, 0)
    for one, other in zip(below, above, strict=True):
        assert one.lab[0] == pytest.approx(other.lab[0], abs=APART[depth])
    for arm in (below, above):
        lights = [paint.lab[0] for paint in arm]
        assert lights == sorted(set(lights))
        assert lights[-1] > 75


@pytest.mark.parametrize("depth", APART, ids=lambda depth: depth.value)
@pytest.mark.parametrize("sees", [lambda colour: colour, deuteranope, protanope])
def test_the_two_signs_are_told_apart_by_everybody(depth: Depth, sees: Any) -> None:
    for one, other in list(zip(paints(BELOW, depth), paints(ABOVE, depth), strict=True))[1:]:
        blue, orange = lab(sees(one.ground)), lab(sees(other.ground))
        assert difference(blue, orange) > 25
        assert blue[2] < 0 < orange[2], "the one is bluish, the other yellowish"


@pytest.mark.parametrize("arm", [BELOW, ABOVE], ids=lambda ramp: ramp.name)
def test_an_arm_s_truecolor_rises_evenly(arm: Ramp) -> None:
    lights = [paint.lab[0] for paint in paints(arm, Depth.TRUECOLOR)]
    steps = [high - low for low, high in pairwise(lights)]
    assert max(steps) / min(steps) < 1.2
