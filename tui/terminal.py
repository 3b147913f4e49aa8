"""The terminal driver: Textual's own, mended where a slow or dropped line would hurt.

- A paste is one event, whatever bytes are in it; keys that arrive in one packet are told apart from
  keys that are typed, so that a paste without brackets is text and not commands.
- `escape` and a `[MASK]` right behind it in one packet are two things, not a mouse report.
- Bytes that are no text neither end the app nor lock it up; a line that is gone ends it.
- A stalled line blocks neither the interface nor leaving it.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

LEAVE_WITHIN = 0.15
"""Seconds that the terminal has to take the last output before it is left anyway."""

PASTE_WITHIN = 5.0
"""Seconds after which a paste that was begun and not ended counts as ended."""

# `ESC [ M` starts a mouse report of terminals older than any that Textual can read reports from.
_ESCAPE_AND_MASK = re.compile(r"\x1b(?=\[MA)")
_ESCAPE_KEY = "\x1b[27u"

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
# The last bytes of a packet that may go on as the beginning of a paste, and as no key of its own.
_BEGINNING_CUT = re.compile(r"\x1b\[200?\Z")


class PacketParser(XTermParser):
    """Takes pastes whole, and marks each enter that text follows in its packet: `text_follows`."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._held = ""
        self._paste: list[str] | None = None
        self._fed_at = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        """Turn one packet of input into events."""
        if not data:
            return super().feed(data)
        now, before = time.monotonic(), self._fed_at
        self._fed_at = now
        found: list[Message] = []
        if self._paste is not None and now - before > PASTE_WITHIN:
            found.append(self._end_paste())
        data, self._held = self._held + data, ""
        while data:
            if self._paste is None:
                keys, begins, data = data.partition(_PASTE_BEGINS)
                if begins:
                    self._paste = []
                elif cut := _BEGINNING_CUT.search(keys):
                    keys, self._held = keys[: cut.start()], cut[0]
                found += self._keys(keys)
            else:
                # The end may be cut in two anywhere: look at what came before it as well.
                pasted, ends, data = ("".join(self._paste) + data).partition(_PASTE_ENDS)
                self._paste = [pasted]
                if ends:
                    found.append(self._end_paste())
        return found

    def _end_paste(self) -> Message:
        pasted, self._paste = "".join(self._paste or ()), None
        return events.Paste(pasted.replace("\x00", ""))

    def _keys(self, data: str) -> list[Message]:
        found = list(super().feed(_ESCAPE_AND_MASK.sub(_ESCAPE_KEY, data))) if data else []
        text_follows = False
        for event in reversed(found):
            if isinstance(event, events.Key):
                if event.key in ("enter", "ctrl+j"):
                    event.text_follows = text_follows  # type: ignore[attr-defined]
                elif event.is_printable:
                    text_follows = True
        return found


def is_text(event: events.Key) -> bool:
    """Whether a key is for a text field: a printable one, or a line break within a paste."""
    return event.is_printable or getattr(event, "text_follows", False)


class Driver(LinuxDriver):
    """Reads with `PacketParser` and never waits for the terminal to take output.

    Attributes:
        stalled: the terminal took no output at the end; a thread may still be writing to it.
    """

    stalled = False

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
