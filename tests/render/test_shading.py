"""From brightness to levels and from levels to what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.render.depth import Depth
from tui.render.ramps import RAMPS
from tui.render.shading import ASCII, BLOCKS, Shading, contrast, levels

SHADINGS = [
    Shading(glyphs, ramp, depth)
    for glyphs in (BLOCKS, ASCII)
    for depth in (Depth.TRUECOLOR, Depth.PALETTE, Depth.SIXTEEN)
    for ramp in (None, *RAMPS)
]


@given(st.lists(st.floats(0, 3, width=32), min_size=1), st.integers(2, 20))
def test_a_level_is_the_nearest_step(brightness: list[float], count: int) -> None:
    found = levels(np.array(brightness, dtype=np.float32), count)
    for value, level in zip(brightness, found.tolist(), strict=True):
        if value > 1.0001:
            assert level == count
        elif value <= 1:
            assert abs(level / (count - 1) - value) <= 0.5 / (count - 1) + 1e-6


def test_what_is_full_but_for_rounding_is_not_over() -> None:
    assert levels(np.array([1.0, 1.000001, 1.1], dtype=np.float32), 5).tolist() == [4, 4, 5]


def test_glyphs_are_lines_of_cells() -> None:
    row = np.array([0, 1, 2, 3, 4, 5], dtype=np.uint8)
    assert BLOCKS.line(row, 2) == "  ░░▒▒▓▓██▲▲"
    assert ASCII.line(row, 1) == " .:+#^"


@pytest.mark.parametrize("shading", SHADINGS)
def test_every_level_can_be_drawn(shading: Shading) -> None:
    assert len(shading.samples()) == 5
    assert [share for share, _ in shading.samples()] == [0, 0.25, 0.5, 0.75, 1]
    if shading.ramp is None:
        assert shading.count == 5
        return
    drawn = [shading.paint(level) for level in range(shading.count + 1)]
    assert drawn[-1].glyph == shading.glyphs.over
    if shading.glyphs is ASCII:
        assert all(paint.glyph.isascii() for paint in drawn)
    for paint in drawn[:-1]:
        written = contrast(paint)
        assert written in ((0, 0, 0), (255, 255, 255))
    solid = shading.levels(np.array([0.0, 1.0], dtype=np.float32), solid=True)
    assert solid.tolist() == [0, len(shading.solid) - 1]
