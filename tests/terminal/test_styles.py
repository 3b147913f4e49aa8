"""Styles in each depth, and the shortest way from one to the next."""

from __future__ import annotations

from itertools import product

import pytest
from pyte import Screen, Stream

from tui.render.depth import Depth
from tui.terminal.styles import PLAIN, Style, read

STYLES = [
    read(numbers, Depth.TRUECOLOR)
    for numbers in ("0", "1", "2", "1;2", "3;4", "7", "1;38;2;1;2;3", "48;2;4;5;6", "9;31;42")
]


def drawn(sequence: str) -> tuple[object, ...]:
    screen = Screen(4, 1)
    Stream(screen).feed(sequence + "x")
    cell = screen.buffer[0][0]
    return cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.reverse


@pytest.mark.parametrize(("before", "after"), [*product(STYLES, STYLES)])
def test_a_transition_leads_where_it_should(before: Style, after: Style) -> None:
    assert drawn(before.after(None) + after.after(before)) == drawn(after.after(None))


def test_a_transition_says_no_more_than_it_must() -> None:
    red, bold_red = Style((), "38;5;1", "48;5;2"), Style((1,), "38;5;1", "48;5;2")
    assert bold_red.after(red) == "\x1b[1m"
    assert red.after(bold_red) == "\x1b[22m"
    assert red.after(red) == ""
    assert PLAIN.after(bold_red) == "\x1b[m"


@pytest.mark.parametrize(
    ("depth", "ink"),
    [
        (Depth.TRUECOLOR, "38;2;250;10;10"),
        (Depth.PALETTE, "38;5;196"),
        (Depth.SIXTEEN, "91"),
        (Depth.NONE, ""),
    ],
)
def test_colours_are_those_that_the_terminal_has(depth: Depth, ink: str) -> None:
    assert read("38;2;250;10;10", depth).ink == ink


def test_without_colours_a_light_ground_is_reverse_and_dark_ink_is_faint() -> None:
    assert read("38;2;0;0;0;48;2;200;200;200", Depth.NONE) == Style((7,))
    assert read("38;2;90;90;90;48;2;0;0;0", Depth.NONE) == Style((2,))
    assert read("1;38;2;230;230;230;48;2;18;21;27", Depth.NONE) == Style((1,))


@pytest.mark.parametrize("ground", ["18;21;27", "127;127;127", "255;255;255", "205;0;0"])
def test_of_sixteen_colours_text_and_ground_never_fall_together(ground: str) -> None:
    style = read(f"38;2;{ground};48;2;{ground}".replace("38;2;1", "38;2;2", 1), Depth.SIXTEEN)
    number = int(style.ink) - (30 if int(style.ink) < 90 else 82)
    behind = int(style.ground) - (40 if int(style.ground) < 100 else 92)
    assert number != behind
