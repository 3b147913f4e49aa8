"""The terminal driver: Textual's own, mended where a slow or dropped line would hurt.

- What is written are cells that changed, in the colours that the terminal has.
- Bytes that are no text neither end the app nor lock it up; a line that is gone ends it.
- A stalled line blocks neither the interface nor leaving it, and pictures do not queue for it.
- Neither bytes that Textual's parser stumbles over nor a picture that cannot be put together leave
  the app deaf, or the terminal as it was in the middle of it.
- ctrl+z stops the whole job and comes back; a stop from outside is survived too.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import Any

from textual.events import Resize
from textual.message import Message

from tui.render.depth import Depth
from tui.terminal.background import QUESTION
from tui.terminal.cells import Cells
from tui.terminal.packets import PacketParser
from tui.terminal.textual_internals import GuardedApp, TerminalDriver
from tui.terminal.writer import FrameWriter, opened_anew
from tui.window_size import bounded, terminal_size

LEAVE_WITHIN = 0.15
"""Seconds that the terminal has to take the last output before it is left anyway."""


class Driver(TerminalDriver):
    """Reads with `PacketParser`, writes with `FrameWriter`.

    Args:
        app: the app.
        depth: the colours that may be sent.
        ascii_only: nothing but ASCII may be sent.
        read_out: a line, counted from the bottom, that is sent whole for screen readers.
        asks_background: ask the terminal for its background; the app is told with
            `BackgroundTold`.
        settings: what Textual gives its drivers.

    Attributes:
        stalled: the terminal took no output at the end.
    """

    stalled = False

    def __init__(
        self,
        app: GuardedApp,
        *,
        depth: Depth,
        ascii_only: bool = False,
        read_out: int = 0,
        asks_background: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(app, **settings)
        self._parser = PacketParser(self.is_debugged, self._could_not_read)
        # A console without OSC would print a part of the question.
        if asks_background and os.environ.get("TERM") != "linux":
            self.question = QUESTION
        self._cells = Cells(depth, ascii_only=ascii_only, read_out=read_out)
        self._guarded = app
        self._writer: FrameWriter | None = None
        self._ends: tuple[socket.socket, socket.socket] | None = None

    def size_now(self) -> tuple[int, int]:
        """The size that the terminal itself says it has, whatever `COLUMNS` and `LINES` are."""
        assert sys.__stderr__ is not None  # Textual draws there
        return terminal_size(sys.__stderr__.fileno())

    def process_message(self, message: Message) -> None:
        """Hand a message to the app; a size that the terminal tells among its keys, within reason.

        One that it tells without knowing it is 0: then the kernel is asked.
        """
        if isinstance(message, Resize):
            told = message.size
            size = bounded(*told) if told.width and told.height else self.size_now()
            message = Resize.from_dimensions(size, message.pixel_size)
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read input until the app ends, or the line does."""
        self._parser = parser = self._new_parser()
        decode = getincrementaldecoder("utf-8")("replace").decode
        # Where somebody else takes what there was to read, a read that waits would hold leaving.
        line = opened_anew(self.fileno, os.O_RDONLY)
        assert self._ends is not None
        end = self._ends[0].fileno()
        try:
            while not self.exit_event.is_set():
                ready, _, _ = select.select([line, end], [], [], 0.1)
                if line in ready:
                    try:
                        data = os.read(line, 4096)
                    except BlockingIOError:
                        continue
                    except OSError:
                        data = b""
                    if not data:
                        self.app.call_later(self.app.exit)  # nobody is there any more
                        return
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        finally:
            os.close(line)

    def _new_parser(self) -> PacketParser:
        """A parser that awaits what the one before awaited."""
        parser = PacketParser(self.is_debugged, self._could_not_read)
        parser.replies = self._parser.replies
        return parser

    def has_asked(self) -> None:
        """Await the terminal's background among the keys."""
        self._parser.replies.ask()

    def _could_not_read(self, error: Exception) -> None:
        """Called in the reading thread: something on the line made no sense to the parser."""
        self.app.call_later(self._guarded.contain, error)

    def _could_not_draw(self, error: Exception) -> None:
        """Called in the writing thread: no picture can be sent any more."""
        self.app.call_later(self._guarded.fail, error)

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        self._ends = socket.socketpair()
        super().start_application_mode()
        textuals = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: Any) -> None:
            assert callable(textuals)
            self.forget()
            textuals(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def stop_application_mode(self) -> None:
        """Give the terminal back, whatever fails on the way; `close` writes the last words."""
        try:
            super().stop_application_mode()
        except Exception as error:
            if self._writer is not None:
                self._writer.give_up()
            self.disable_input()
            if self.attrs_before is not None:
                with suppress(termios.error):
                    termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            self._guarded.fail(error)

    def disable_input(self) -> None:
        """End the reading thread, without waiting until it looks up."""
        if self._ends is not None:
            self._parser.replies.wait()
            self._ends[1].send(b".")
        super().disable_input()
        if self._ends is not None:
            for end in self._ends:
                end.close()
            self._ends = None

    def forget(self) -> None:
        """Send the whole picture anew."""
        if self._writer is not None:
            self._writer.forget()

    def make_writer(self, file: Any) -> FrameWriter:
        """Make the thread that writes."""
        self._writer = FrameWriter(
            file,
            self._cells,
            console=os.environ.get("TERM") == "linux",
            wrap_clipboard="STY" in os.environ,
            failed=self._could_not_draw,
        )
        return self._writer

    def close(self) -> None:
        """Give the terminal back, even if it takes nothing any more."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self.stalled = not writer.leave(LEAVE_WITHIN, _RESTORE)


_RESTORE = (
    b"\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    b"\x1b[?2048l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""The sequences that put a terminal back as it was: the same as Textual's own at the end."""
