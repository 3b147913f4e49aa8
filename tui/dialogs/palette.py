"""The command palette: Textual's own, with one way to end the app taken out of it."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette


class Palette(CommandPalette):
    """Choose a command by name."""

    def _action_command_list(self, action: str) -> None:
        # A page of a list that has no lines yet, which is so while commands are gathered and where
        # the screen has no room for it, is looked up in vain (Textual 8.2).
        commands = self.query_one(CommandList)
        if action.startswith("page") and not commands._lines:
            return
        super()._action_command_list(action)
