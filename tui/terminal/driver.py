"""The terminal driver: Textual's own, mended where a slow or dropped line would hurt.

- What is written are cells that changed, in the colours that the terminal has.
- Bytes that are no text neither end the app nor lock it up; a line that is gone ends it.
- A stalled line blocks neither the interface nor leaving it, and pictures do not queue for it.
- ctrl+z stops the whole job and comes back; a stop from outside is survived too.
"""

from __future__ import annotations

import os
import select
import signal
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from tui.render.depth import Depth
from tui.terminal.cells import Cells
from tui.terminal.packets import PacketParser
from tui.terminal.writer import FrameWriter

if TYPE_CHECKING:
    from textual.app import App

LEAVE_WITHIN = 0.15
"""Seconds that the terminal has to take the last output before it is left anyway."""


class Driver(LinuxDriver):
    """Reads with `PacketParser`, writes with `FrameWriter`.

    Args:
        app: the app.
        depth: the colours that may be sent.
        ascii_only: nothing but ASCII may be sent.
        read_out: a line, counted from the bottom, that is sent whole for screen readers.
        settings: what Textual gives its drivers.

    Attributes:
        stalled: the terminal took no output at the end.
    """

    stalled = False

    def __init__(
        self,
        app: App[Any],
        *,
        depth: Depth,
        ascii_only: bool = False,
        read_out: int = 0,
        **settings: Any,
    ) -> None:
        super().__init__(app, **settings)
        self._cells = Cells(depth, ascii_only=ascii_only, read_out=read_out)
        self._writer: FrameWriter | None = None
        self._has_asked = False

    def run_input_thread(self) -> None:
        """Read input until the app ends, or the line does."""
        parser = PacketParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], 0.1)
            if ready:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:
                    data = b""
                if not data:
                    self._app.call_later(self._app.exit)  # nobody is there any more
                    return
                for event in parser.feed(decode(data)):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        # Textual makes its writer inside this method, by this name.
        linux_driver.WriterThread = self._make_writer  # type: ignore[assignment, attr-defined]
        super().start_application_mode()  # type: ignore[no-untyped-call]
        textuals = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: Any) -> None:
            assert callable(textuals)
            self.forget()
            textuals(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    # What a terminal can do it is asked once: an answer that comes when the program has stopped
    # again is typed into the shell.

    def _request_terminal_sync_mode_support(self) -> None:
        if not self._has_asked:
            super()._request_terminal_sync_mode_support()

    def _query_in_band_window_resize(self) -> None:
        if not self._has_asked:
            self._has_asked = True  # the last of the questions
            super()._query_in_band_window_resize()
        elif self._in_band_window_resize:
            self._enable_in_band_window_resize()

    def forget(self) -> None:
        """Send the whole picture anew."""
        if self._writer is not None:
            self._writer.forget()

    def _make_writer(self, file: Any) -> FrameWriter:
        self._writer = FrameWriter(
            file,
            self._cells,
            console=os.environ.get("TERM") == "linux",
            wrap_clipboard="STY" in os.environ,
        )
        return self._writer

    def disable_input(self) -> None:
        """End the reading thread; a terminal that has gone does not matter."""
        super().disable_input()
        self._key_thread = None

    def close(self) -> None:
        """Give the terminal back, even if it takes nothing any more."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self.stalled = not writer.leave(LEAVE_WITHIN, _RESTORE)


_RESTORE = (
    b"\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""What puts a terminal back as it was: the same as Textual's own sequences at the end."""
