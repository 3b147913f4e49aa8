"""A curve as text and as a picture: what rises rises, and what is said is there."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from tui.render.curve import LEAST_HEIGHT, LEAST_WIDTH, Curve, curve_lines
from tui.render.curve_picture import CurvePicture, draw_curve
from tui.render.diagram import MASK_INK


def rising(count: int = 73) -> Curve:
    x = np.arange(count, dtype=float)
    return Curve(x[::-1], -5 + x[::-1] / 20, "heads left", "log p of cat, nats", 9.0)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("size", [(24, 6), (40, 12), (78, 20), (150, 50)])
def test_it_fits_and_has_its_axes(size: tuple[int, int], ascii_only: bool) -> None:
    lines = curve_lines(rising(), *size, ascii_only=ascii_only)
    assert len(lines) == size[1]
    assert max(map(len, lines)) <= size[0]
    assert lines[0] == "log p of cat, nats"[: size[0]]
    assert lines[-1].endswith("heads left")
    assert "".join(lines).isascii() == ascii_only
    assert lines[-2].split(), "the ticks of x"
    assert lines[-3].count("^" if ascii_only else "▲") == 1, "the set is marked"
    assert any(line.split()[0].lstrip("-").replace(".", "").isdigit() for line in lines[1:-3])


@pytest.mark.parametrize("ascii_only", [False, True])
def test_what_rises_rises(ascii_only: bool) -> None:
    lines = curve_lines(rising(), 60, 20, ascii_only=ascii_only)[1:-3]
    at = [
        next((row for row, line in enumerate(lines) if line.ljust(60)[column] not in " |+│┤"), None)
        for column in range(5, 60)
    ]
    rows = [row for row in at if row is not None]
    assert len(rows) > 50
    assert rows == sorted(rows, reverse=True)
    assert (rows[0], rows[-1]) == (len(lines) - 1, 0)


def test_steep_parts_are_joined() -> None:
    step = Curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "x", "y")
    tall = curve_lines(step, 24, 40)[1:-3]
    assert all(any("\u2800" < sign <= "\u28ff" for sign in line) for line in tall)


def test_what_is_no_number_has_no_point() -> None:
    holes = Curve(np.array([0.0, 1, 2, 3]), np.array([1.0, math.nan, -math.inf, 2]), "x", "y")
    assert holes.points[0].tolist() == [0, 3]
    nothing = Curve(np.array([0.0]), np.array([math.nan]), "x", "y")
    assert len(curve_lines(nothing, 40, 10)) == 10
    flat = Curve(np.arange(3.0), np.zeros(3), "x", "y")
    assert any("*" in line for line in curve_lines(flat, 40, 10, ascii_only=True))


def test_without_room_there_is_none() -> None:
    assert curve_lines(rising(), LEAST_WIDTH - 1, 20) == []
    assert curve_lines(rising(), 80, LEAST_HEIGHT - 1) == []


def picture(curve: Curve, caption: tuple[str, ...] = ("One of many.",)) -> CurvePicture:
    return CurvePicture(
        curve, "“cat” with fewer heads", "a [MASK]\x1b[31m", "made", caption,
        (("Heads", "1·1"),), ("It is doubtful.", "One of many."),
    )  # fmt: skip


def test_a_picture_says_what_it_shows() -> None:
    with Image.open(io.BytesIO(picture(rising()).png())) as image:
        facts = {str(name): str(value) for name, value in image.info.items()}
    assert facts["Title"] == "“cat” with fewer heads"
    assert facts["Text"].startswith("a [MASK]")
    assert "\x1b" not in facts["Text"]
    assert facts["Heads"] == "1·1"
    assert facts["Notes"] == "It is doubtful. One of many."
    assert facts["Points"].startswith("0:-5.0000 1:-4.9500 ")


def test_a_picture_has_the_curve_the_mark_and_a_caption() -> None:
    image = draw_curve(picture(rising()))
    longer = draw_curve(picture(rising(), ("One of many.", "Words, " * 60)))
    assert longer.height > image.height
    pixels = np.asarray(image).reshape(-1, 3)
    mark = tuple(int(MASK_INK[at : at + 2], 16) for at in (1, 3, 5))
    assert (pixels == mark).all(axis=1).sum() > 100
    flat = draw_curve(picture(Curve(np.arange(3.0), np.zeros(3), "x", "y")))
    assert np.asarray(flat).shape != np.asarray(image).shape or not np.array_equal(
        np.asarray(flat), np.asarray(image)
    )
