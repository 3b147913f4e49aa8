"""The terminal driver: Textual's own, mended where a slow or dropped line would hurt.

- Keys that arrive in one packet are told apart from keys that are typed, so that a paste without
  brackets is text and not commands.
- `escape` and a `[MASK]` right behind it in one packet are two things, not a mouse report.
- A stalled line blocks neither the interface nor leaving it.
"""

from __future__ import annotations

import contextlib
import os
import re
import termios
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

LEAVE_WITHIN = 0.15
"""Seconds that the terminal has to take the last output before it is left anyway."""

# `ESC [ M` starts a mouse report of terminals older than any that Textual can read reports from.
_ESCAPE_AND_MASK = re.compile(r"\x1b(?=\[MA)")
_ESCAPE_KEY = "\x1b[27u"


class PacketParser(XTermParser):
    """Marks each enter that text follows in the same packet with `text_follows`."""

    def feed(self, data: str) -> Iterable[Message]:
        """Turn one packet of input into events."""
        found = list(super().feed(_ESCAPE_AND_MASK.sub(_ESCAPE_KEY, data)))
        text_follows = False
        for event in reversed(found):
            if isinstance(event, events.Key):
                if event.key in ("enter", "ctrl+j"):
                    event.text_follows = text_follows  # type: ignore[attr-defined]
                elif event.is_printable:
                    text_follows = True
        return found


class Driver(LinuxDriver):
    """Reads with `PacketParser` and never waits for the terminal to take output.

    Attributes:
        stalled: the terminal took no output at the end; a thread may still be writing to it.
    """

    stalled = False

    def run_input_thread(self) -> None:
        """Read input until the app ends."""
        # Textual makes its parser inside this method, by this name.
        linux_driver.XTermParser = PacketParser  # type: ignore[attr-defined]
        super().run_input_thread()

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        assert self._writer_thread is not None
        # A bounded queue makes the event loop wait for a stalled line, and with it every key.
        self._writer_thread._queue.maxsize = 0

    def close(self) -> None:
        """Give the terminal back, even if it takes nothing any more."""
        writer = self._writer_thread
        if writer is None:
            return
        writer._queue.put(None)
        writer.join(LEAVE_WITHIN)
        if writer.is_alive():
            self.stalled = True
            # What still waits shows the past: drop it, so that the last words get through.
            with contextlib.suppress(OSError, termios.error):
                assert self._file is not None
                descriptor = self._file.fileno()
                termios.tcflush(descriptor, termios.TCOFLUSH)
                os.set_blocking(descriptor, False)
                os.write(descriptor, _RESTORE)


_RESTORE = (
    b"\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""What puts a terminal back as it was: the same as Textual's own sequences at the end."""
