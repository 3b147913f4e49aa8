"""The app and its terminal: colours, signals, stopping and coming back, errors."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from tui.errors import SaveError
from tui.render.depth import Depth
from tui.storage.paths import REPORTS, state_folder
from tui.terminal.driver import Driver
from tui.terminal.textual_internals import GuardedApp, driver_of, show_exact_colours
from tui.text import visible

if TYPE_CHECKING:  # imported with the first error: the first frame needs none
    from tui.storage.error_reports import ErrorReports, Report

REPORT_WITHIN = 0.2
"""Seconds that the report of the error that ends the app has to be written."""


class TerminalApp(GuardedApp):
    """An app that survives what happens to terminals, and errors of its own.

    An error that nobody foresaw costs a sentence and a report of it; where the screen cannot be
    drawn any more the app ends, and one line on stderr says so.

    Args:
        depth: the colours that may be sent.
        ascii_only: nothing but ASCII may be sent.
        read_out: the line, counted from the bottom, that screen readers are to read out.
        asks_background: ask the terminal for its background, and be told with `BackgroundTold`.

    Attributes:
        report_folder: where reports of errors go; it is made when there is one.
        last_words: a line that is to be said on stderr when the terminal has been given back.
    """

    # fmt: off
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+z", "stop_job", "stop", show=False, priority=True, id="stop",
            tooltip="stop as a job of the shell; fg brings everything back",
        ),
    ]
    # fmt: on

    def __init__(
        self,
        depth: Depth,
        *,
        ascii_only: bool = False,
        read_out: int = 0,
        asks_background: bool = False,
    ) -> None:
        driver = partial(
            Driver,
            depth=depth,
            ascii_only=ascii_only,
            read_out=read_out,
            asks_background=asks_background,
        )
        super().__init__(driver_class=driver)
        # The driver turns colours into those that the terminal has; until then they stay exact.
        show_exact_colours(self)
        self.report_folder: Path = state_folder() / REPORTS
        self.last_words = ""
        self._reports: ErrorReports | None = None
        self._stops = False
        self._hook_before = threading.excepthook

    def run(self, **settings: Any) -> None:
        """Run until the user leaves; if it failed, `return_code` is 1 and stderr says why."""
        super().run(**settings)
        if self.last_words and not self.is_stalled:
            with suppress(OSError):
                print(self.last_words, file=sys.__stderr__, flush=True)

    @property
    def is_stalled(self) -> bool:
        """Whether the terminal took no output at the end: whatever is written would wait for it."""
        driver = driver_of(self)
        return isinstance(driver, Driver) and driver.stalled

    def on_mount(self) -> None:
        """Leave properly when told to from outside, and come back when stopped from there."""
        loop = asyncio.get_running_loop()
        if self.is_containing:
            loop.set_exception_handler(self._failed_in_loop)
            threading.excepthook = self._failed_in_thread
        if self.is_headless:
            return
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, self.exit)
        loop.add_signal_handler(signal.SIGTSTP, self.action_stop_job)
        loop.add_signal_handler(signal.SIGCONT, self._came_back)

    def on_unmount(self) -> None:
        """Leave threads to whoever had them before."""
        threading.excepthook = self._hook_before

    def say(self, message: str) -> None:
        """Tell the user a sentence."""
        raise NotImplementedError

    # Errors that nobody foresaw

    def contain(self, error: Exception) -> None:
        """Say an error in a sentence and keep a report of it; the same one not again and again."""
        report = self._report(error)
        if report.times == 1:
            self.keep_report(report.path, report.text)
        where = visible(str(report.path))
        if not self.is_running:  # it is leaving: there is no status line any more
            self.last_words = self.last_words or (
                f"bertmask-tui met an error of its own while it ended ({_kind(error)}); "
                f"please report what is in {where}."
            )
        elif report.times & (report.times - 1) == 0:  # 1, 2, 4, 8, ...: saying it may fail as well
            again = f" for time {report.times}" if report.times > 1 else ""
            with suppress(Exception):
                self.say(
                    f"That met an error of the program ({_kind(error)}){again}, which goes on; "
                    f"please report what is in {where}."
                )

    def end_with(self, error: Exception) -> None:
        """Keep a report of the error that ends the app, and say so when it has ended."""
        report = self._report(error)
        writing = Thread(target=_keep, args=(report.path, report.text), daemon=True)
        writing.start()
        writing.join(REPORT_WITHIN)
        self.last_words = (
            f"bertmask-tui had to end because of an error of its own ({_kind(error)}); "
            f"please report what is in {visible(str(report.path))}."
        )

    def keep_report(self, path: Path, text: str) -> None:
        """Write a report, without waiting for the disk."""
        Thread(target=_keep, args=(path, text), daemon=True, name="error-report").start()

    def _report(self, error: Exception) -> Report:
        from tui.storage.error_reports import ErrorReports

        if self._reports is None:
            self._reports = ErrorReports(self.report_folder)
        return self._reports.of(error, self.size)

    def _failed_in_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Called for errors that no task and no widget saw, in whatever thread found them."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self.call_later(self.contain, error)
        else:
            loop.default_exception_handler(context)

    def _failed_in_thread(self, failed: threading.ExceptHookArgs) -> None:
        """Called in a thread, with the error that ends it."""
        error = failed.exc_value
        if not (isinstance(error, Exception) and self.call_later(self.contain, error)):
            self._hook_before(failed)

    # Stopping and coming back

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Lend the terminal to somebody else; it comes back even if that fails.

        Raises:
            SuspendNotSupported: this terminal cannot be lent.
        """
        failed: Exception | None = None
        with super().suspend():
            try:
                yield
            except Exception as error:
                failed = error  # Textual would leave the terminal where it is
        if failed is not None:
            raise failed

    def action_stop_job(self) -> None:
        """Give the terminal back and stop, as ctrl+z does; `fg` brings everything back."""
        from tui.terminal import jobs

        if self.is_headless or not jobs.can_be_resumed():
            self.say(
                "There is no shell that could bring the program back (fg): ctrl+z does nothing."
            )
            return
        self._stops = True
        with self.suspend():
            jobs.stop()
        # The signal that woke this process is handled after this method: it is not another one.
        self.call_later(self._has_come_back)

    def _has_come_back(self) -> None:
        self._stops = False

    def _came_back(self) -> None:
        """Something stopped the program without asking: others have used the terminal since."""
        driver = driver_of(self)
        if self._stops or not isinstance(driver, Driver):
            return
        driver.suspend_application_mode()
        driver.resume_application_mode()
        self.refresh(layout=True)


def _kind(error: Exception) -> str:
    return type(error).__name__


def _keep(path: Path, text: str) -> None:
    from tui.storage import error_reports

    with suppress(SaveError):  # what was asked for says so itself; for this there is no other place
        error_reports.keep(path, text)
