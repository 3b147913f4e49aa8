"""The app: it ties the model's process to the main screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import Theme

from tui.errors import SaveError
from tui.keys import explain
from tui.messages import AskModel, ModelSaid, Remember
from tui.model.client import ModelClient
from tui.model.protocol import Event
from tui.options import Options
from tui.screens.main import MainScreen
from tui.sentences import Sentences
from tui.storage import history
from tui.terminal import Driver

THEME = Theme(
    name="bertmask",
    primary="#e8b04a",
    secondary="#7fb4ca",
    accent="#e8b04a",
    foreground="#c9ced6",
    background="#12151b",
    surface="#12151b",
    panel="#1c212a",
    success="#98bb6c",
    warning="#e8b04a",
    error="#e46876",
    dark=True,
)


class BertMaskApp(App[None]):
    """Composition: messages of the model's process go in, requests to it come out.

    Args:
        client: the model's process, started before the interface so that both load side by side.
        options: what the command line asked for.
        history_file: where the sentences that were asked are kept.
    """

    TITLE = "bertmask-tui"
    # Textual reads a screen's own styles when it is pushed; the default screen never is.
    CSS_PATH: ClassVar = ["app.tcss", "screens/main.tcss"]

    def __init__(self, client: ModelClient, options: Options, history_file: Path) -> None:
        super().__init__(driver_class=Driver)
        self._client = client
        self._options = options
        self._history_file = history_file
        self._sentences = Sentences(history.load(history_file))
        self.animation_level = "none"
        self.register_theme(THEME)
        self.theme = THEME.name

    def get_default_screen(self) -> MainScreen:
        """The one screen; dialogs lie over it."""
        return MainScreen(self._options, self._sentences)

    @property
    def main(self) -> MainScreen:
        """The screen that the model's answers go to, whatever dialog lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def on_mount(self) -> None:
        """Listen to the model's process, and leave properly when told to from outside."""
        self.call_after_refresh(self._get_ready_for_numbers)
        self._client.listen(self._pass_on)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit)

    def _pass_on(self, event: Event) -> None:
        self.main.post_message(ModelSaid(event))

    def _get_ready_for_numbers(self) -> None:
        """With the first frame on screen, import what the first answer will need."""
        gc.enable()
        Thread(target=import_module, args=("numpy",), daemon=True).start()

    def on_unmount(self) -> None:
        """End the model's process with the app."""
        self._client.close()

    def on_ask_model(self, message: AskModel) -> None:
        """Pass a request on to the model's process."""
        self._client.analyze(message.text, top_k=self._options.top_k)

    def on_give_up(self) -> None:
        """Cancel the request under way."""
        self._client.cancel()

    def on_remember(self, message: Remember) -> None:
        """Keep a sentence for tomorrow, off the event loop: the disk may be slow."""
        self._sentences.add(message.text)
        self.run_worker(
            lambda: self._write_history(message.text),
            thread=True,
            group="history",
            exit_on_error=False,
        )

    def _write_history(self, text: str) -> None:
        try:
            history.add(self._history_file, text)
        except SaveError as error:
            self.call_from_thread(self.main.say, str(error))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what the main screen's keys do."""
        for help_ in explain(MainScreen.BINDINGS):
            yield SystemCommand(help_.long, f"key: {' '.join(help_.keys)}", lambda: None)

    def action_help_quit(self) -> None:
        """Say how to leave: ctrl+c cancels here."""
        self.main.say("Press ctrl+q to leave.")


def run(client: ModelClient, options: Options, history_file: Path) -> None:
    """Run the app until the user leaves."""
    app = BertMaskApp(client, options, history_file)
    try:
        app.run(mouse=options.mouse)
    finally:
        client.close()
    driver = app._driver
    if isinstance(driver, Driver) and driver.stalled:
        os._exit(app.return_code or 0)  # a thread is stuck in a write; nothing else is left to do
    raise SystemExit(app.return_code or 0)
