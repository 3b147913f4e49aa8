"""The screen's cells are what the screen shows."""

from __future__ import annotations

from pathlib import Path

from textual.color import Color

from tests.support import desk
from tui.render.screen_picture import draw_screen
from tui.terminal.screen_cells import screen_cells
from tui.themes import USUAL


def near(found: tuple[int, int, int], wanted: str | None) -> bool:
    """Whether a colour is the theme's, but for the rounding of Textual's own variables."""
    return all(abs(a - b) <= 2 for a, b in zip(found, Color.parse(wanted or "").rgb, strict=True))


async def test_cells_say_what_the_screen_says(tmp_path: Path) -> None:
    async with desk(tmp_path, "The 日本 cat [MASK].", size=(100, 30)) as at:
        cells = screen_cells(at.app.screen)
        assert ["".join(cell.text for cell in line) for line in cells] == at.screen
        assert {len(line) for line in cells} == {100}
        assert len(cells) == 30
        wide = next(x for x, cell in enumerate(cells[0]) if cell.text == "日")
        assert [cell.text for cell in cells[0][wide : wide + 4]] == ["日", "", "本", ""]


async def test_colors_and_weights_are_the_theme_s(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat [MASK].") as at:
        styles = {cell.style for line in screen_cells(at.app.screen) for cell in line}
        assert any(near(style.foreground, USUAL.accent) and style.bold for style in styles)
        assert any(near(style.background, USUAL.background) for style in styles)
        assert all(isinstance(level, int) for style in styles for level in style.foreground)


async def test_a_dialog_is_seen_over_what_lies_behind(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat [MASK].") as at:
        await at.press("g")
        text = ["".join(cell.text for cell in line) for line in screen_cells(at.app.screen)]
        assert any("Go to layer and head" in line for line in text)
        assert any("Layer 1 of 6" in line for line in text)


async def test_the_picture_has_the_screen_s_size(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat [MASK].", size=(80, 24)) as at:
        assert draw_screen(screen_cells(at.app.screen)).size == (80 * 12, 24 * 24)
