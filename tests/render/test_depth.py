"""What a terminal says of its colours, and the nearest of those it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.render.depth import (
    PALETTE,
    SIXTEEN,
    Depth,
    detect,
    difference,
    lab,
    nearest,
    rgb_of_lab,
)

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Depth.TRUECOLOR),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, Depth.TRUECOLOR),
        ({"TERM": "xterm-direct"}, Depth.TRUECOLOR),
        ({"TERM": "xterm-256color"}, Depth.PALETTE),
        ({"TERM": "screen-256color"}, Depth.PALETTE),
        ({"TERM": "tmux-256color"}, Depth.PALETTE),
        ({"TERM": "xterm"}, Depth.SIXTEEN),
        ({"TERM": "linux"}, Depth.SIXTEEN),
        ({"TERM": "screen"}, Depth.SIXTEEN),
        ({"TERM": "vt100"}, Depth.NONE),
        ({"TERM": "dumb"}, Depth.NONE),
        ({}, Depth.NONE),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, Depth.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Depth.PALETTE),
    ],
)
def test_a_terminal_is_believed(environ: dict[str, str], depth: Depth) -> None:
    assert detect(environ) is depth


@given(COLOURS)
def test_lab_and_back(colour: tuple[int, int, int]) -> None:
    assert rgb_of_lab(lab(colour)) == pytest.approx(colour, abs=1)


@pytest.mark.parametrize(
    ("colour", "wanted"),
    [
        # From the CSS Color 4 sample values, D65.
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_is_cielab(colour: tuple[int, int, int], wanted: tuple[float, float, float]) -> None:
    assert lab(colour) == pytest.approx(wanted, abs=0.02)


@given(COLOURS)
def test_no_other_colour_is_nearer(colour: tuple[int, int, int]) -> None:
    for depth, first, last in ((Depth.SIXTEEN, 0, 16), (Depth.PALETTE, 16, 256)):
        found = nearest(colour, depth)
        assert first <= found < last
        away = difference(lab(PALETTE[found]), lab(colour))
        assert all(
            away <= difference(lab(other), lab(colour)) + 1e-9 for other in PALETTE[first:last]
        )


def test_a_colour_of_the_palette_is_itself() -> None:
    assert all(nearest(colour, Depth.SIXTEEN) == n for n, colour in enumerate(SIXTEEN))
    assert all(PALETTE[nearest(colour, Depth.PALETTE)] == colour for colour in PALETTE[16:])
