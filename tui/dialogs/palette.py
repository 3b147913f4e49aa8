"""The command palette: Textual's own, with one way to fall over taken out of it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette

from tui.dialogs.dialog import Dialog
from tui.terminal.textual_internals import has_lines


class Palette(CommandPalette, Dialog[None]):
    """Choose a command by name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "page('down')", "Next page", show=False),
        Binding("pageup", "page('up')", "Previous page", show=False),
    ]

    async def action_page(self, direction: str) -> None:
        """Go a page on, or back.

        A page of a list that has no lines yet, which is so while commands are gathered and where
        the screen has no room for it, is looked up in vain (Textual 8.2).

        Args:
            direction: `down` or `up`.
        """
        commands = self.query_one(CommandList)
        if has_lines(commands):
            await commands.run_action(f"page_{direction}")
