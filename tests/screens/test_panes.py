"""What stands beside the grid where the screen is wide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Desk, desk, embedded
from tui.analysis.head_words import head_in_words
from tui.widgets.heads.head_map import HeadMap
from tui.widgets.panes.pane import Pane
from tui.widgets.text.line import Line
from tui.widgets.text.row_bars import RowBars

TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."


def panes(at: Desk) -> list[Pane]:
    return list(at.main.query(Pane))


def shown(at: Desk) -> list[str]:
    """What each pane shows."""
    return [pane._kind or "" for pane in panes(at)]


@pytest.mark.parametrize(("columns", "count"), [(139, 0), (140, 1), (199, 1), (200, 2), (300, 2)])
async def test_there_are_as_many_as_there_is_room_for(
    tmp_path: Path, columns: int, count: int
) -> None:
    async with desk(tmp_path, TEXT, size=(columns, 40)) as at:
        assert shown(at) == ["map", "row"][:count]
        assert all(len(line) == columns for line in at.screen)
        await at.pilot.resize_terminal(100, 30)
        await at.settle()
        assert not panes(at)


async def test_the_key_turns_them_and_it_is_remembered(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(200, 50)) as at:
        assert shown(at) == ["map", "row"]
        await at.press("\\")
        assert shown(at) == ["row", "head"]
        await at.press("\\")
        assert shown(at) == ["head", "map"]
        assert at.session.looking.toggles["pane"] == "head"
        await at.pilot.resize_terminal(80, 24)
        await at.settle()
        await at.press("\\")
        assert "140 columns" in at.status


async def test_they_follow_the_head_and_the_cursor(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(200, 50)) as at:
        await at.press("right", "down", "down")
        assert at.main.query_one(HeadMap).cursor == (2, 1)
        bars = next(pane.query_one(RowBars) for pane in panes(at) if pane._kind == "row")
        before = bars.content
        await at.press("j", "k", "k")
        assert bars.content != before
        name = at.session.viewing.labels[at.session.viewing.cursor[0]]
        assert bars.content.title == f"{name} attends to"


async def test_the_head_s_numbers_stand_at_their_places_and_its_note_below(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, TEXT, size=(150, 50)) as at:
        await at.press("\\", "\\")
        assert shown(at) == ["head"]
        assert "entropy" in at.text
        assert "no note yet" in at.text
        await at.press("a")
        await at.press(*"Looks back", "escape")
        assert "note: Looks back" in at.text


async def test_the_head_at_hand_has_a_line_of_words(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        analysis = embedded().analyze(TEXT)
        for key, head in (("right", (0, 1)), ("down", (1, 1)), ("right", (1, 2))):
            await at.press(key)
            said = head_in_words(analysis, head)
            assert at.line("words") == f"{head[0] + 1}·{head[1] + 1} · {said}"
        await at.press("e")
        assert " of 72 by effect on " in at.line("words")
        await at.pilot.resize_terminal(80, 20)
        await at.settle()
        assert not at.main.query_one("#words", Line).display, "there the grid needs the room"


async def test_a_click_in_the_pane_goes_to_a_head(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(200, 50)) as at:
        await at.pilot.click(at.main.query_one(HeadMap), offset=(6, 3))
        await at.settle()
        assert at.session.head == (2, 2)
        assert at.main.query_one(HeadMap).cursor == (2, 2)


async def test_what_is_measured_shades_the_map_beside_the_grid(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(200, 50)) as at:
        await at.press("e")
        assert "effect on " in panes(at)[0]._title.left.plain
        await at.press("m")
        assert "effect on" in at.screen[0]


async def test_cells_are_resized_by_keys_and_it_is_remembered(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        assert at.main.grid.cell_width == 4
        await at.press("-")
        assert at.main.grid.cell_width == 2
        assert at.session.looking.toggles["cells"] == "2"
        await at.press("+")
        assert at.session.looking.toggles["cells"] == "", "it is what fits by itself"
        await at.press("+")
        assert at.main.grid.cell_width == 6
        await at.press("+")
        assert "as large as they can be" in at.status
        for _ in range(4):
            await at.press("-")
        assert "as small as they can be" in at.status
        await at.press("#")
        assert at.main.grid.cell_width in (3, 6)
        await at.press("-", "+")
        await at.press("#", "z", "+")
        assert "An overview has the smallest cells" in at.status
