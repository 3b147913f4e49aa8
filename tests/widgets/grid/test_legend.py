"""The legend of numbers on both sides of 0: both ends, as far from 0, in however little room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.session.player import Player
from tui.analysis.scales import ALL_HEADS, PER_HEAD, PER_ROW
from tui.analysis.views import GRADIENT
from tui.render.depth import Depth
from tui.render.ramps import GREY
from tui.render.shading import ASCII, BLOCKS, Shading
from tui.session.looks import Looks
from tui.session.viewing import Viewing
from tui.widgets.grid.legend import legend, shortest_with_a_number


@pytest.fixture
def viewing(tmp_path: Path) -> Viewing:
    """A head in the view that has signs."""
    player = Player(tmp_path).begins()
    player.does(player.session.looking.look_at(GRADIENT))
    player.settles()
    assert player.session.viewing.view is GRADIENT
    return player.session.viewing


@pytest.mark.parametrize("scale", [PER_HEAD, ALL_HEADS], ids=lambda scale: scale.name)
def test_both_ends_are_said_at_every_width(viewing: Viewing, scale: object) -> None:
    viewing.scale = scale  # type: ignore[assignment]
    full = viewing.scale.full_weight(viewing.head_matrix)
    assert full is not None
    said = f"{full:.2f}" if full >= 0.1 else f"{full:.2g}"
    least = shortest_with_a_number(viewing, Looks())
    assert least < 16
    for room in range(least, 140):
        text = legend(viewing, Looks(), room).plain
        assert len(text) <= room
        assert text.count(said) == 1 + (f"−{said}" in text)
        assert "≡" in text
        assert "█" in text
        if len(text) >= 25:
            assert f"≡ −{said}" in text
            assert f"█ +{said}" in text


def test_every_row_s_own_ends_are_said(viewing: Viewing) -> None:
    viewing.scale = PER_ROW
    assert legend(viewing, Looks(), 200).plain.startswith("per row  ≡ −100%  = −75%  - −50%")
    assert "≡ … █ ± the row’s largest" in legend(viewing, Looks(), 26).plain


def test_ends_are_in_the_grid_s_own_signs(viewing: Viewing) -> None:
    assert "% −" in legend(viewing, Looks(Shading(ASCII)), 30).plain
    coloured = legend(viewing, Looks(Shading(BLOCKS, GREY, Depth.TRUECOLOR)), 40)
    inks = {str(span.style) for span in coloured.spans}
    assert len(inks) >= 2, "the ends have two colours"
