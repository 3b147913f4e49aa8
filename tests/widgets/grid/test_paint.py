"""Cells as segments: what is written, in which colours, and how few segments it takes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from rich.style import Style

from tui.render.depth import Depth
from tui.render.ramps import ABOVE, BELOW, GREY, RAMPS, VIRIDIS, Ramp, paints
from tui.render.shading import ASCII, BLOCKS, Glyphs, Shading
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


def _width(looks: Looks) -> int:
    """Columns of a cell: those of the smallest shape that is not narrow."""
    flat = [columns for columns, lines in looks.shapes if lines == 1]
    return flat[0]


def line(looks: Looks, *queries: int, hidden: list[float] | None = None) -> list[tuple[str, Style]]:
    drawn = cells(
        content(MATRIX, hidden), looks, queries, (0, 1, 2), _width(looks), STYLES.__getitem__
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


# Numbers on both sides of 0

SIGNED = [[-1.0, 0.0, 1.0], [-0.25, -0.75, 1.5], [0.0, 0.0, 0.0]]
INKS = {**STYLES, "below-cells": Style(color="color(9)")}


def signed_line(looks: Looks, *queries: int) -> list[tuple[str, Style]]:
    made = content(SIGNED)
    shown = replace(made, brightness=lambda query: abs(made.weights[query]), signed=True)
    drawn = cells(shown, looks, queries, (0, 1, 2), _width(looks), INKS.__getitem__)
    return [(segment.text, segment.style or Style()) for segment in drawn]


def grounds(drawn: list[tuple[str, Style]]) -> list[tuple[int, ...]]:
    return [tuple(style.bgcolor.triplet) for _, style in drawn if style.bgcolor]  # type: ignore[arg-type]


def test_glyphs_below_0_have_an_ink_of_their_own_and_blanks_part_no_run() -> None:
    assert signed_line(Looks(), 0) == [("≡≡  ", INKS["below-cells"]), ("██", STYLES["cells"])]
    below, above = signed_line(Looks(), 1)
    assert below == ("··==", INKS["below-cells"])
    assert above == ("▲▲", STYLES["mask-cells"])
    assert signed_line(Looks(), 2) == [("      ", STYLES["cells"])]


@pytest.mark.parametrize("glyphs", [BLOCKS, ASCII])
def test_without_colours_glyphs_alone_tell_the_sign(glyphs: Glyphs) -> None:
    (only,) = signed_line(Looks(Shading(glyphs, None, Depth.NONE)), 0)
    assert only == (glyphs.below[-1] * 2 + "  " + glyphs.full * 2, STYLES["cells"])


@pytest.mark.parametrize("depth", [Depth.TRUECOLOR, Depth.PALETTE, Depth.SIXTEEN])
@pytest.mark.parametrize("ramp", RAMPS, ids=lambda ramp: ramp.name)
def test_with_any_ramp_the_sign_is_a_hue(ramp: Ramp, depth: Depth) -> None:
    looks = Looks(Shading(BLOCKS, ramp, depth))
    blue, black, orange = grounds(signed_line(looks, 0))
    assert blue == paints(BELOW, depth)[-1].ground
    assert black == (0, 0, 0)
    assert orange == paints(ABOVE, depth)[-1].ground
    assert len(signed_line(looks, 2)) == 1, "nothing is one run"
    assert signed_line(looks, 1)[-1][0] == "▲▲"
    numbers = signed_line(replace(looks, numbers=True), 0)
    assert [text for text, _ in numbers] == ["  <", "  ·", "100"]
    assert grounds(numbers) == [blue, black, orange]


def test_numbers_that_have_no_sign_stay_in_the_chosen_ramp() -> None:
    looks = Looks(Shading(BLOCKS, VIRIDIS, Depth.TRUECOLOR))
    assert grounds(line(looks, 0))[0] == VIRIDIS.points[0]


def test_an_overview_shows_signs_where_there_are_colours() -> None:
    below, above = INKS["below-cells"], STYLES["cells"]
    assert signed_line(Looks(overview=True), 0) == [("▀ ", below), ("▀", above)]
    both = signed_line(Looks(overview=True), 0, 1)
    assert both == [("▀▄", below), ("█", above)]
    opposite = content([[1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [0, 0, 0]])
    drawn = cells(
        replace(opposite, brightness=lambda query: abs(opposite.weights[query]), signed=True),
        Looks(overview=True), (0, 1), (0, 1, 2), 1, INKS.__getitem__,
    )  # fmt: skip
    assert [segment.text for segment in drawn] == ["▀", "▀", "█"]
    assert drawn[0].style == Style(color=above.color, bgcolor=below.color)
    assert drawn[1].style == Style(color=below.color, bgcolor=above.color)
    assert drawn[2].style == below
    plain = Looks(Shading(BLOCKS, None, Depth.NONE), overview=True)
    assert signed_line(plain, 0, 1) == [("▀▄█", above)]


def test_an_overview_in_colours_has_both_signs_hues() -> None:
    looks = Looks(Shading(BLOCKS, GREY, Depth.TRUECOLOR), overview=True)
    (first, *_, last) = signed_line(looks, 0, 2)
    assert first[1].color is not None
    assert first[1].color.triplet == paints(BELOW, Depth.TRUECOLOR)[-1].ground
    assert last[1].color is not None
    assert last[1].color.triplet == paints(ABOVE, Depth.TRUECOLOR)[-1].ground


def test_numbers_stand_on_one_line_of_a_tall_cell() -> None:
    looks = Looks(numbers=True)
    middle, beside = (
        "".join(
            segment.text
            for segment in cells(
                content(MATRIX, None), looks, [1], (0, 1, 2), 6, STYLES.__getitem__, has_numbers=has
            )
        )
        for has in (True, False)
    )
    assert len(middle) == len(beside) == 18
    assert [middle[at : at + 6].strip() for at in (0, 6, 12)] == [
        number(weight).strip() for weight in MATRIX[1]
    ]
    assert not beside.strip()
