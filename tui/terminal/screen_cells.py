"""The screen as cells, for a picture of it: what the terminal was told, without the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.screen import Screen

from tui.terminal.textual_internals import cell_len, screen_strips
from tui.text import clusters

if TYPE_CHECKING:
    from rich.segment import Segment

    from tui.render.screen_picture import CellStyle, ScreenCell


def screen_cells(screen: Screen[object]) -> list[list[ScreenCell]]:
    """Every cell of a screen, dialogs with what is seen behind them.

    Args:
        screen: one that is shown.

    Returns:
        Lines from top to bottom, each as wide as the screen; a wide character stands in the first
        of its two cells.
    """
    theme = screen.app.ansi_theme
    width, height = screen.size
    return [
        _line(strip.adjust_cell_length(width), theme) for strip in screen_strips(screen)[:height]
    ]


def _line(segments: Iterable[Segment], theme: TerminalTheme) -> list[ScreenCell]:
    from tui.render.screen_picture import ScreenCell

    cells: list[ScreenCell] = []
    for text, style, control in segments:
        if control:
            continue
        drawn = _style(style or Style.null(), theme)
        for cluster in clusters(text):
            cells.append(ScreenCell(cluster, drawn))
            cells += [ScreenCell("", drawn)] * (cell_len(cluster) - 1)
    return cells


@cache
def _style(style: Style, theme: TerminalTheme) -> CellStyle:
    """A style of the terminal in plain colours."""
    from tui.render.screen_picture import CellStyle

    foreground = style.color.get_truecolor(theme) if style.color else theme.foreground_color
    background = (
        style.bgcolor.get_truecolor(theme, foreground=False)
        if style.bgcolor
        else theme.background_color
    )
    return CellStyle(
        (foreground.red, foreground.green, foreground.blue),
        (background.red, background.green, background.blue),
        bold=bool(style.bold),
        italic=bool(style.italic),
        underline=bool(style.underline or style.underline2),
        strike=bool(style.strike),
        reverse=bool(style.reverse),
        dim=bool(style.dim),
    )
