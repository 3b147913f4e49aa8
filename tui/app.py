"""The app: it ties the model's process to the main screen."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.screen import Screen
from textual.widgets import Input

from tui.errors import SaveError
from tui.messages import AskModel, KeepSession, LoadModel, ModelSaid, Remember, UseModel
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Event
from tui.screens.main import STATUS_FROM_BOTTOM, MainScreen
from tui.session.options import Options
from tui.session.sentences import Sentences
from tui.storage import history, last_model
from tui.storage import kept_place as session
from tui.storage.kept_place import KeptPlace
from tui.storage.paths import MODEL_FILE
from tui.terminal.app import TerminalApp
from tui.terminal.driver import Driver
from tui.terminal.packets import is_text
from tui.themes import CONTRAST, USUAL
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.text.key_help import commands

FIELD_ANSWERS_WITHIN = 0.25
"""Seconds that a text field has to take a key before the next one is looked at anyway."""


KEEP_AFTER = 0.4
"""Seconds after a move until it is kept: the cursor is not written down at every step."""


class BertMaskApp(TerminalApp):
    """Composition: messages of the model's process go in, requests to it come out.

    Args:
        client: the model's process, started before the interface so that both load side by side.
        options: what the command line asked for.
        history_file: where the sentences that were asked are kept; the model that was used last is
            remembered beside it.
    """

    TITLE = "bertmask-tui"
    # Textual reads a screen's own styles when it is pushed; the default screen never is.
    CSS_PATH: ClassVar = ["app.tcss", "screens/main.tcss"]
    # Selecting is the terminal's; Textual's own falls over a click on a widget that has just gone.
    ALLOW_SELECT = False

    def __init__(self, client: ModelClient, options: Options, history_file: Path) -> None:
        super().__init__(options.depth, ascii_only=options.ascii_only, read_out=STATUS_FROM_BOTTOM)
        self._client = client
        self._options = options
        self._history_file = history_file
        self._model_file = history_file.with_name(MODEL_FILE)
        self._sentences = Sentences(history.load(history_file))
        self._session: KeptPlace | None = None  # what is to be kept, until it is
        self._writing = Lock()
        self.animation_level = "none"
        self.register_theme(USUAL)
        self.register_theme(CONTRAST)
        self.theme = USUAL.name

    def get_default_screen(self) -> MainScreen:
        """The one screen; dialogs lie over it."""
        return MainScreen(self._options, self._sentences)

    @property
    def main(self) -> MainScreen:
        """The screen that the model's answers go to, whatever dialog lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def on_event(self, event: events.Event) -> None:
        """Do what a key or a paste says before the next one is looked at.

        Textual hands a key to the widget that has the focus and goes on with the next; what a
        binding does, moving the focus above all, would then come too late for keys typed fast or
        delivered in one packet.
        """
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        field = self.focused if isinstance(self.focused, Input) else None
        if isinstance(event, events.Key) and not (field and is_text(event)):
            for priority in (True, False):
                if await self._check_bindings(event.key, priority=priority):
                    return
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

    def _pass_on(self, event: Event) -> None:
        self.main.post_message(ModelSaid(event))

    def _get_ready_for_numbers(self) -> None:
        """With the first frame on screen, import what the first answer will need."""
        gc.enable()
        Thread(target=import_module, args=("numpy",), daemon=True).start()

    def on_unmount(self) -> None:
        """End the model's process with the app; where the reader was is kept."""
        self._write_session()
        self._client.close()

    def on_ask_model(self, message: AskModel) -> None:
        """Pass a request on to the model's process."""
        self._client.analyze(
            message.text, top_k=self._options.top_k, layer=message.layer, wanted=message.wanted
        )

    def on_load_model(self, message: LoadModel) -> None:
        """Have another model loaded."""
        options = self._options
        self._client.load(
            message.name, offline=options.offline, device=options.device, dtype=options.dtype
        )

    def on_give_up_model(self) -> None:
        """Give up the model that is loading."""
        self._client.cancel_load()

    def on_list_models(self) -> None:
        """Have the models of the hub's cache listed."""
        self._client.list_models()

    def on_use_model(self, message: UseModel) -> None:
        """Remember the model for the next time, off the event loop."""
        self.run_worker(
            lambda: self._write(partial(last_model.save, self._model_file, message.name)),
            thread=True,
            group="model",
            exit_on_error=False,
        )

    def on_give_up(self) -> None:
        """Cancel the request under way."""
        self._client.cancel()

    def on_remember(self, message: Remember) -> None:
        """Keep a sentence for tomorrow, off the event loop: the disk may be slow."""
        self._sentences.add(message.text)
        self.run_worker(
            lambda: self._write(partial(history.add, self._history_file, message.text)),
            thread=True,
            group="history",
            exit_on_error=False,
        )

    def on_keep_session(self, message: KeepSession) -> None:
        """Keep where the reader is, a moment after the last of many moves."""
        self._session, waiting = message.session, self._session is not None
        if self._options.session_file and not waiting:
            self.set_timer(KEEP_AFTER, self._keep_session)

    def _keep_session(self) -> None:
        self.run_worker(self._write_session, thread=True, group="session", exit_on_error=False)

    def _write_session(self) -> None:
        with self._writing:
            kept, self._session = self._session, None
            if kept is None or self._options.session_file is None:
                return
            with suppress(SaveError):  # nobody asked for it; what was asked for says so itself
                session.save(self._options.session_file, kept, Path())

    def _write(self, write: Callable[[], None]) -> None:
        """Carry out a write, in a thread; if it fails, say so."""
        try:
            write()
        except SaveError as error:
            self.call_from_thread(self.say, str(error))

    def say(self, message: str) -> None:
        """Put a sentence into the status line."""
        self.main.say(message)

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
        """What the styles name besides Textual's own colours."""
        return USUAL.variables

    def action_toggle_contrast(self) -> None:
        """High contrast, or the usual colours."""
        self.theme = USUAL.name if self.theme == CONTRAST.name else CONTRAST.name

    def action_command_palette(self) -> None:
        """Choose a command by name."""
        from tui.dialogs.palette import Palette  # dialogs are not needed for the first frame

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_help_quit(self) -> None:
        """Say how to leave: ctrl+c cancels here."""
        self.say("Press ctrl+q to leave.")


def run(client: ModelClient, options: Options, history_file: Path) -> None:
    """Run the app until the user leaves."""
    app = BertMaskApp(client, options, history_file)
    try:
        app.run(mouse=options.mouse)
    finally:
        client.close()
    driver = app._driver
    if isinstance(driver, Driver) and driver.stalled:
        os._exit(app.return_code or 0)  # whatever is said at the end would wait for the line
    raise SystemExit(app.return_code or 0)
