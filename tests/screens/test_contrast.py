"""Every text of every screen can be read in every theme: WCAG 2.2, 1.4.3, at least 4.5 : 1.

Nothing here lists colours: each screen is opened in each theme, and what is looked at is every cell
as it is drawn, and every component class of every widget that is on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widget import Widget

from tests.support import Desk, desk
from tui.render.depth import PALETTE, SIXTEEN, Depth, Rgb, contrast_ratio
from tui.render.screen_picture import CellStyle
from tui.terminal.screen_cells import screen_cells
from tui.terminal.styles import read
from tui.themes import CONTRAST, LIGHT_CONTRAST, THEMES

TEXT = "The cat, despite the noise, [MASK] gracefully."
LEAST = 4.5
LEAST_OF_HIGH = 7.0

NO_TEXT = frozenset("─│╭╮╰╯━┃▁▂▃▄▅▆▇▔▊▎▏▕▌▐") | frozenset(" ░▒▓█▀▲·▉▊▋▌▍▎▏")
"""What is no text: frames, rules, bars and scrollbars, and the shades that stand for numbers.

A shade's strength is what it says, and the ground of a ramp is a part of it.
"""

NOT_SHOWN = {
    "text-area--gutter": "no line numbers",
    "text-area--cursor-gutter": "no line numbers",
    "text-area--cursor-line": "a ground alone, and none here",
    "text-area--matching-bracket": "text, no code",
    "text-area--suggestion": "nothing is suggested",
    "input--suggestion": "nothing is suggested",
    "screen--selection": "selecting is the terminal's",
    "option-list--separator": "a rule between options, no text",
    "command-palette--highlight": "drawn over the option's own colours: see the palette's cells",
    "command-palette--help-text": "drawn over the option's own colours: see the palette's cells",
    "loading-indicator": "nothing here spins",
}
"""Component classes that no text is drawn with."""

SHADES = {
    "map--dim": "thumbnails of heads that a query does not ask for: nothing is written so",
    "table--bar": "bars alone",
}
"""Component classes of pictures, which need 3 : 1 (WCAG 2.2, 1.4.11)."""

MADE_WHEN_OPENED = ("palette", "palette sought", "models", "models below", "views")
"""Scenes whose texts keep the colours that they were made with, as long as they are open."""

SCENES: dict[str, tuple[str, ...]] = {
    "grid": (),
    "field": ("i",),
    "selected": ("i", "shift+home"),
    "an empty field": ("i", "shift+home", "backspace"),
    "numbers": ("#",),
    "hidden": ("t", "#"),
    "list": ("x",),
    "list turned": ("d", "j"),
    "ramp with numbers": ("c", "c", "#"),
    "filled in": ("enter",),
    "cut": ("space",),
    "cut compared": ("space", "x"),
    "an error": ("escape", "C", "C", "comma"),
    "map": ("m",),
    "map of a statistic": ("m", "n"),
    "map of matches": ("/", *"cls > .5", "enter", "escape", "m"),
    "table": ("r",),
    "table ranked": ("r", "right", "down"),
    "table cut": ("r", "space", "down"),
    "query": ("/",),
    "query wrong": ("/", *"cls >", "enter"),
    "focus": ("f",),
    "lens": ("L",),
    "lens moved": ("L", "up"),
    "lens of tokens": ("L", "tab"),
    "note": ("a",),
    "note written": ("a", *"words"),
    "note kept": ("a", "ctrl+s", "tab"),
    "help": ("?",),
    "help sought": ("?", *"cut"),
    "views": ("v",),
    "go to": ("g",),
    "go to nowhere": ("g", "9", "9", "enter"),
    "own word": ("W",),
    "models": ("o",),
    "models below": ("o", "down"),
    "palette": (":",),
    "palette sought": (":", *"mas", "down"),
}


def pair(style: CellStyle) -> tuple[Rgb, Rgb]:
    """The ink and the ground of a cell."""
    ink, ground = style.foreground, style.background
    return (ground, ink) if style.reverse else (ink, ground)


def drawn(screen: Screen[object]) -> Iterator[tuple[str, Rgb, Rgb]]:
    """The texts on a screen with their ink and their ground."""
    for y, row in enumerate(screen_cells(screen)):
        for x, cell in enumerate(row):
            if cell.text and not set(cell.text) <= NO_TEXT and is_active(screen, x, y):
                yield cell.text, *pair(cell.style)


def is_active(screen: Screen[object], x: int, y: int) -> bool:
    """Whether a place is the screen's own: what lies behind a dialog is meant to stand back."""
    return not screen.is_modal or any(child.region.contains(x, y) for child in screen.children)


def components(screen: Screen[object]) -> Iterator[tuple[str, Rgb, Rgb]]:
    """The component classes of all widgets with their ink and their ground."""
    for widget in screen.walk_children(Widget):
        for name in sorted(type(widget)._get_component_classes()):
            if name in NOT_SHOWN:
                continue
            style = widget.get_component_rich_style(name)
            if style.color and style.bgcolor and name not in SHADES:
                ink, ground = style.color.get_truecolor(), style.bgcolor.get_truecolor()
                shown = ink.red, ink.green, ink.blue
                behind = ground.red, ground.green, ground.blue
                yield f"{type(widget).__name__} .{name}", shown, behind


def said(ink: Rgb, ground: Rgb, depth: Depth) -> tuple[Rgb, Rgb]:
    """Two colours as a terminal of fewer colours is told of them, together."""
    style = read(f"38;2;{';'.join(map(str, ink))};48;2;{';'.join(map(str, ground))}", depth)
    if depth is Depth.PALETTE:
        return PALETTE[int(style.ink.split(";")[-1])], PALETTE[int(style.ground.split(";")[-1])]
    return _of_sixteen(style.ink, 30), _of_sixteen(style.ground, 40)


def _of_sixteen(number: str, base: int) -> Rgb:
    at = int(number) - base
    return SIXTEEN[at if at < 8 else at - 52]


async def use(at: Desk, theme: str) -> None:
    at.app.theme = theme
    await at.settle()


@pytest.mark.parametrize("scene", SCENES)
async def test_every_text_can_be_read_in_every_theme(tmp_path: Path, scene: str) -> None:
    async with desk(tmp_path, TEXT) as at:
        unread: set[str] = set()
        for theme in THEMES:
            if scene in MADE_WHEN_OPENED or theme is THEMES[0]:
                await use(at, theme.name)
                await at.press_each(*SCENES[scene])
            await use(at, theme.name)
            # The ground of a cell in a ramp's colours is the ramp's.
            is_high = theme in (CONTRAST, LIGHT_CONTRAST) and "ramp" not in scene
            pairs: dict[tuple[Rgb, Rgb], str] = {}
            for what, ink, ground in components(at.app.screen):
                pairs[ink, ground] = what
            for what, ink, ground in drawn(at.app.screen):
                pairs[ink, ground] = pairs.get((ink, ground), "") + what
            assert len(pairs) > 1
            for (ink, ground), what in pairs.items():
                for depth in (Depth.TRUECOLOR, Depth.PALETTE, Depth.SIXTEEN):
                    seen = (ink, ground) if depth is Depth.TRUECOLOR else said(ink, ground, depth)
                    least = LEAST_OF_HIGH if is_high and depth is Depth.TRUECOLOR else LEAST
                    if contrast_ratio(*seen) < least:
                        unread.add(
                            f"{theme.name} {depth.value}: {contrast_ratio(*seen):.2f} {ink} on "
                            f"{ground}: {what[:60]!r}"
                        )
            if scene in MADE_WHEN_OPENED:
                await at.press("escape")
        assert not unread, "\n" + "\n".join(sorted(unread))
