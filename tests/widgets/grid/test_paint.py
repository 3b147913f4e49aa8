"""Cells as segments: what is written, in which colours, and how few segments it takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rich.style import Style

from tui.render.depth import Depth
from tui.render.ramps import GREY, RAMPS, VIRIDIS
from tui.render.shading import ASCII, BLOCKS, Shading
from tui.session.looks import Looks
from tui.widgets.grid.content import GridContent
from tui.widgets.grid.paint import cells, number

STYLES = {
    name: Style(color=f"color({index})")
    for index, name in enumerate(["cells", "mask-cells", "faint-cells", "strong-cells"])
}


def content(matrix: list[list[float]], hidden: list[float] | None = None) -> GridContent:
    weights = np.array(matrix, dtype=np.float32)
    tokens = tuple(range(len(matrix)))
    return GridContent(
        labels=tuple("abcdefgh"[: len(matrix)]),
        masks=(1,),
        weights=weights,
        brightness=lambda query: weights[query],
        queries=tokens,
        keys=tokens,
        hidden=None if hidden is None else np.array(hidden, dtype=np.float32),
    )


MATRIX = [[0.0, 0.25, 0.5], [0.75, 1.0, 1.5], [0.5, 0.5, 0.5]]


def line(looks: Looks, *queries: int, hidden: list[float] | None = None) -> list[tuple[str, Style]]:
    drawn = cells(
        content(MATRIX, hidden), looks, queries, (0, 1, 2), looks.cell or 2, STYLES.__getitem__
    )
    assert all(segment.style is not None for segment in drawn)
    return [(segment.text, segment.style or Style()) for segment in drawn]


def test_glyphs_are_one_segment_in_one_style() -> None:
    assert line(Looks(), 0) == [("  ░░▒▒", STYLES["cells"])]
    assert line(Looks(), 1) == [("▓▓██▲▲", STYLES["mask-cells"])]


def test_a_row_that_is_mostly_hidden_is_faint() -> None:
    shares = [0.95, 0.1, 0.9]
    assert line(Looks(), 0, hidden=shares)[0][1] == STYLES["faint-cells"]
    assert line(Looks(), 1, hidden=shares)[0][1] == STYLES["mask-cells"]
    assert line(Looks(), 2, hidden=shares)[0][1] == STYLES["cells"], "over 0.9, not at it"


@pytest.mark.parametrize("ramp", RAMPS, ids=lambda ramp: ramp.name)
def test_colours_are_the_ramp_s_and_neighbours_are_merged(ramp: object) -> None:
    looks = Looks(Shading(BLOCKS, ramp, Depth.TRUECOLOR))  # type: ignore[arg-type]
    (only,) = line(looks, 2)
    assert only[0] == " " * 6
    grounds = [style.bgcolor for _, style in line(looks, 0)]
    assert len(set(grounds)) == 3
    assert line(looks, 1)[-1][0] == "▲▲"


def test_faint_colours_only_shine_through() -> None:
    looks = Looks(Shading(BLOCKS, VIRIDIS, Depth.TRUECOLOR))
    texts = [text for text, _ in line(looks, 1, hidden=[0, 0.99, 0])]
    assert texts == ["░░", "░░░░"] or set("".join(texts)) == {"░"}
    dark = looks.shading.paint(0).ground
    for _, style in line(looks, 1, hidden=[0, 0.99, 0]):
        assert style.bgcolor is not None
        assert style.bgcolor.triplet == dark


def test_numbers_are_hundredths() -> None:
    assert "".join(text for text, _ in line(Looks(numbers=True), 0)) == "  · 25 50"
    coloured = Looks(Shading(BLOCKS, GREY, Depth.TRUECOLOR), numbers=True)
    drawn = line(coloured, 1)
    assert "".join(text for text, _ in drawn) == " 75100150"
    inks = [style.color.triplet for _, style in drawn if style.color and style.color.triplet]
    assert {tuple(ink) for ink in inks} == {(0, 0, 0)}, "black on light"


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        (0.0, "  ·"),
        (0.004, "  ·"),
        (0.006, "  1"),
        (1.0, "100"),
        (-0.126, "-13"),
        (12.0, "  >"),
        (-12.0, "  <"),
        (math.nan, "  ?"),
    ],
)
def test_a_number_fits_its_cell(weight: float, text: str) -> None:
    assert number(weight) == text


def test_an_overview_shows_two_rows_a_line() -> None:
    looks = Looks(overview=True)
    assert line(looks, 0, 1)[0][0] == "▄▄█"
    assert line(looks, 2)[0][0] == "▀▀▀"
    assert line(Looks(Shading(ASCII), overview=True), 0, 1)[0][0] == "..:"


def test_an_overview_in_colours_has_both_rows_colours() -> None:
    looks = Looks(Shading(BLOCKS, GREY, Depth.TRUECOLOR), overview=True)
    (first, *_) = line(looks, 0, 1)
    assert first[0] == "▀"
    upper, lower = first[1].color, first[1].bgcolor
    assert upper is not None
    assert upper.triplet == (0, 0, 0)
    assert lower is not None
    assert lower.triplet is not None
    assert lower.triplet.red > 150
