"""The app: it ties the model's process, the writer and the session to the screens."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Analyzed, Event
from tui.performer import Happened, Performer
from tui.screens.main import STATUS_FROM_BOTTOM, MainScreen
from tui.screens.session_screen import has_room
from tui.session.effects import Redraw, Write
from tui.session.options import Options
from tui.session.sentences import Sentences
from tui.session.session import Session
from tui.storage import history
from tui.storage.writer import Writer
from tui.terminal.app import TerminalApp
from tui.terminal.background import BackgroundTold
from tui.terminal.keyboards import is_of_another_alphabet, key_by_place
from tui.terminal.packets import is_text
from tui.terminal.textual_internals import check_bindings, draw_now
from tui.themes import THEMES, USUAL, theme_name
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.text.key_help import commands

FIELD_ANSWERS_WITHIN = 0.25
"""Seconds that a text field has to take a key before the next one is looked at anyway."""

WRITE_WITHIN = 0.25
"""Seconds that the disk has, when the program is left, to take what is still to be written."""

DRAW_WITHIN = 0.002
"""Seconds between an answer and its picture."""


def is_text_field(widget: Widget | None) -> bool:
    """Whether keys that are text are a widget's own, whatever they mean elsewhere."""
    return isinstance(widget, Input) or getattr(widget, "takes_text", False)


class BertMaskApp(TerminalApp):
    """Composition: events go into the session, and its effects are carried out.

    Args:
        client: the model's process, started before the interface so that both load side by side.
        options: what the command line asked for.
    """

    TITLE = "bertmask-tui"
    # Textual reads a screen's own styles when it is pushed; the default screen never is.
    CSS_PATH: ClassVar = ["app.tcss", "screens/main.tcss"]
    # Selecting is the terminal's; Textual's own falls over a click on a widget that has just gone.
    ALLOW_SELECT = False

    def __init__(self, client: ModelClient, options: Options) -> None:
        asked = history.load(options.history_file) if options.history_file else ()
        self.session = Session(options, Sentences(asked))
        super().__init__(
            options.depth,
            ascii_only=options.ascii_only,
            read_out=STATUS_FROM_BOTTOM,
            asks_background=self.session.looking.follows_terminal,
        )
        self._client = client
        self._writer = Writer(self._failed_in_writer)
        self._performer = Performer(self, self.session, client, self._writer)
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        # Before anything is drawn: watched, a change of theme would have all styles read again.
        first = theme_name(contrast=False, light=self.session.looking.light)
        self.set_reactive(BertMaskApp.theme, first)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> MainScreen:
        """The one screen; others lie over it."""
        return MainScreen(self.session, self._performer.perform)

    @property
    def main(self) -> MainScreen:
        """The main screen, whatever lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def on_event(self, event: events.Event) -> None:
        """Do what a key or a paste says before the next one is looked at.

        Textual hands a key to the widget that has the focus and goes on with the next; what a
        binding does, moving the focus above all, would then come too late for keys typed fast or
        delivered in one packet.
        """
        if self.is_leaving and isinstance(event, events.InputEvent | events.Paste):
            return  # typed behind the key that leaves: it is nobody's any more
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        field = self.focused if is_text_field(self.focused) else None
        if isinstance(event, events.Key) and event.key == "q" and not has_room(self.size):
            # Whatever has the focus: nobody sees there what is typed.
            await self.run_action("quit")
            return
        if isinstance(event, events.Key) and not (field and is_text(event)):
            for key in filter(None, (event.key, key_by_place(event))):
                for priority in (True, False):
                    if await check_bindings(self, key, priority=priority):
                        return
            if is_of_another_alphabet(event) and not key_by_place(event):
                typed = self.session.typed_in_another_alphabet(str(event.character))
                await self._performer.perform(typed)
        await super().on_event(event)
        if field:
            taken = asyncio.Event()
            field.call_later(taken.set)
            with suppress(TimeoutError):
                await asyncio.wait_for(taken.wait(), FIELD_ANSWERS_WITHIN)

    def on_mount(self) -> None:
        """Listen to the model's process."""
        self.call_after_refresh(self._get_ready_for_numbers)
        self._client.listen(self._pass_on)

    def _pass_on(self, said: Event) -> None:
        is_awaited = isinstance(said, Analyzed)
        self.post_message(Happened(partial(self.session.take, said), is_awaited=is_awaited))

    async def on_happened(self, message: Happened) -> None:
        """Tell the session, and carry out what follows."""
        await self._performer.perform(message.event())
        if message.is_awaited:
            # It has been waited for long enough: it is drawn as soon as every widget has said what
            # changed, not with the next of Textual's 60 pictures a second.
            self.set_timer(DRAW_WITHIN, partial(draw_now, self.screen))

    async def on_background_told(self, message: BackgroundTold) -> None:
        """Take the colours that suit the terminal's background."""
        await self._performer.perform(self.session.looking.background_told(message.light))

    def _get_ready_for_numbers(self) -> None:
        """With the first frame on screen, import what the first answer will need."""
        gc.enable()
        Thread(target=import_module, args=("numpy",), daemon=True).start()

    def on_unmount(self) -> None:
        """End the model's process with the app; what was typed at last, and the place, are kept."""
        self._client.close()
        self.keep_everything()

    def keep_everything(self) -> None:
        """Hand to the writer what is not written yet, and wait for it, but not for long."""
        for effect in self.session.leave():
            if isinstance(effect, Write):
                self._writer.submit(effect.run)
        self._performer.keep_now()
        self._writer.close(WRITE_WITHIN)

    @property
    def is_written(self) -> bool:
        """Whether the writer has nothing left to do."""
        return self._writer.is_idle

    def say(self, message: str) -> None:
        """Put a sentence into the status line."""
        self.session.say(message)
        self.main.show(Redraw.STATUS)

    def _failed_in_writer(self, error: Exception) -> None:
        self.call_later(self.contain, error)

    def keep_report(self, path: Path, text: str) -> None:
        """Have the report of an error written."""
        from tui.storage import error_reports

        self._writer.submit(partial(error_reports.keep, path, text))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what the keys do, under the names of the bindings."""
        for bindings, where in (
            (MainScreen.BINDINGS, self.main),
            (AttentionGrid.BINDINGS, self.main.grid),
        ):
            for command in commands(bindings):
                act = partial(self.run_action, command.action, default_namespace=where)
                yield SystemCommand(command.title, command.help, act)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The variables that the styles name besides Textual's own colours."""
        return USUAL.variables

    def action_command_palette(self) -> None:
        """Choose a command by name."""
        from tui.dialogs.palette import Palette  # dialogs are not needed for the first frame

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_help_quit(self) -> None:
        """Say how to leave: ctrl+c cancels here."""
        self.say("Press ctrl+q to leave.")


def run(client: ModelClient, options: Options) -> None:
    """Run the app until the user leaves."""
    app = BertMaskApp(client, options)
    try:
        app.run(mouse=options.mouse)
    finally:
        client.close()
        app.keep_everything()
    if app.is_stalled:
        os._exit(app.return_code or 0)  # whatever is said at the end would wait for the line
    raise SystemExit(app.return_code or 0)
