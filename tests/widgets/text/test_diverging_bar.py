"""A bar with two sides: its length is the number's, its side the sign's."""

from __future__ import annotations

import pytest

from tui.widgets.text.diverging_bar import diverging_bar


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        (1.0, "    │████"), (-1.0, "████│    "), (0.5, "    │██  "), (-0.5, "  ██│    "),
        (0.125, "    │▌   "), (-0.125, "   ▐│    "), (0.0, "    │    "), (7.0, "    │████"),
        (float("nan"), "    │    "),
    ],
)  # fmt: skip
def test_it_goes_to_the_side_of_its_sign(share: float, drawn: str) -> None:
    assert diverging_bar(share, 9) == drawn


def test_in_ascii() -> None:
    assert diverging_bar(-0.5, 9, ascii_only=True) == "  ==|    "


@pytest.mark.parametrize("width", range(12))
@pytest.mark.parametrize("share", [-1.0, -0.3, 0.0, 0.3, 1.0])
def test_it_is_as_wide_as_it_should_be(share: float, width: int) -> None:
    assert len(diverging_bar(share, width)) == width
