"""What the app has to do with its terminal: colours, signals, stopping and coming back."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import ClassVar

from rich.color import ColorSystem
from textual.app import App
from textual.binding import Binding, BindingType

from tui.render.depth import Depth
from tui.terminal.driver import Driver


class TerminalApp(App[None]):
    """An app that survives what happens to terminals.

    Args:
        depth: the colours that may be sent.
        ascii_only: nothing but ASCII may be sent.
        read_out: the line, counted from the bottom, that screen readers are to read out.
    """

    # fmt: off
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+z", "stop_job", "stop", show=False, priority=True, id="stop",
            tooltip="stop as a job of the shell; fg brings everything back",
        ),
    ]
    # fmt: on

    _is_stopping = False

    def __init__(self, depth: Depth, *, ascii_only: bool = False, read_out: int = 0) -> None:
        driver = partial(Driver, depth=depth, ascii_only=ascii_only, read_out=read_out)
        super().__init__(driver_class=driver)  # type: ignore[arg-type]
        # The driver turns colours into those that the terminal has; until then they stay exact.
        self.console._color_system = ColorSystem.TRUECOLOR

    def on_mount(self) -> None:
        """Leave properly when told to from outside, and come back when stopped from there."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, self.exit)
        loop.add_signal_handler(signal.SIGTSTP, self.action_stop_job)
        loop.add_signal_handler(signal.SIGCONT, self._came_back)

    def say(self, message: str) -> None:
        """Tell the user a sentence."""
        raise NotImplementedError

    def action_stop_job(self) -> None:
        """Give the terminal back and stop, as ctrl+z does; `fg` brings everything back."""
        from tui.terminal import jobs

        if self.is_headless or not jobs.can_be_resumed():
            self.say(
                "There is no shell that could bring the program back (fg): ctrl+z does nothing."
            )
            return
        self._is_stopping = True
        with self.suspend():
            jobs.stop()
        # The signal that woke this process is handled after this method: it is not another one.
        self.call_later(self._has_come_back)

    def _has_come_back(self) -> None:
        self._is_stopping = False

    def _came_back(self) -> None:
        """Something stopped the program without asking: others have used the terminal since."""
        driver = self._driver
        if self._is_stopping or not isinstance(driver, Driver):
            return
        driver.suspend_application_mode()
        driver.resume_application_mode()
        self.refresh(layout=True)
