"""Writes to the terminal from a thread of its own, always the newest picture.

While the line takes nothing, pictures do not queue: when it takes something again, what goes out is
the difference between what was last sent and what is wanted by then.
"""

from __future__ import annotations

import os
import re
import select
import termios
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import IO

from tui.terminal.cells import Cells
from tui.window_size import terminal_size

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_WHOLE_FROM = 200
"""Bytes from which an update is sent as one, where the terminal can do that."""

SETTLE = 0.1
"""Seconds after a resize until the picture is sent anew, if nothing else has asked for it."""

_LOOK_UP_AFTER = 0.05
"""Seconds after which a write that the line does not take looks whether it is still wanted."""

_STRANGE_TO_THE_CONSOLE = re.compile(
    r"\x1b\[(\?\d+\$p|[<>]\d*u|\?(1000|1003|1015|1006|1004|2004)[hl])"
)
"""Sequences that a Linux console does not know, and partly would print."""


class FrameWriter(Thread):
    """Stands in for Textual's writer thread.

    Args:
        file: the terminal.
        cells: the screen; what was sent before the terminal was in other hands is forgotten.
        console: the terminal is a Linux console.
        wrap_clipboard: GNU screen stands between, and passes on what is wrapped.
        failed: called in this thread, once, with an error after which nothing can be sent.
    """

    def __init__(
        self,
        file: IO[str],
        cells: Cells,
        *,
        console: bool = False,
        wrap_clipboard: bool = False,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        super().__init__(daemon=True, name="terminal-output")
        self._descriptor = file.fileno()
        self._own = opened_anew(self._descriptor, os.O_WRONLY)
        self._failed = failed
        self._cells = cells
        self._console = console
        self._wrap_clipboard = wrap_clipboard
        self._due = Condition()
        self._queue: deque[str | None] = deque()  # None is a picture; a text is sent as it is
        self._ready = ""  # put together already, for the thread to send next
        self._sending = False
        self._in_update = False
        self._can_update = False
        self._forgotten = False
        self._has_screen = False  # a picture is never drawn over the shell's own screen
        self._ending = False
        self._gave_up = False  # in the middle of a picture
        self.broken = False
        """Nothing can be written any more: the terminal has gone, or a picture cannot be made."""
        with self._due:
            cells.forget()

    # What Textual calls

    def write(self, text: str) -> None:
        """Take what is to be on the screen; never waits for the terminal."""
        if self.broken:
            return
        try:
            with self._due:
                for sequence in self._cells.write(text):
                    self._take(sequence)
                if not self._in_update:
                    self._want_picture()
                if not self._sending:
                    # At once where the line is free: the thread would wait for the interpreter.
                    self._ready += self._put_together()
                self._due.notify()
        except Exception:
            self.give_up()
            raise

    def isatty(self) -> bool:
        """Pretend to be a terminal."""
        return True

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._descriptor

    def flush(self) -> None:
        """Nothing waits here longer than it must."""

    # What the driver calls besides

    def end(self) -> None:
        """Write what is wanted and end, without waiting for that."""
        with self._due:
            self._ending = True
            self._due.notify()

    def give_up(self) -> None:
        """Send nothing any more but the last words: a picture cannot be put together."""
        self.broken = self._gave_up = True

    def forget(self) -> None:
        """Send everything anew: with the next picture, or after a moment if none follows."""
        with self._due:
            self._forgotten = True
            self._due.notify()

    def leave(self, within: float, last: bytes) -> bool:
        """Write what is wanted and end; where that cannot be sent, or in time, its last words.

        Args:
            within: seconds that the line has.
            last: what puts the terminal back as it was.

        Returns:
            Whether the line took what it was sent.
        """
        self.end()
        self.join(within)
        taken = not self.is_alive()
        if not taken or self._gave_up:
            self.broken = True
            self.join(2 * _LOOK_UP_AFTER)
            # What still waits shows the past: drop it, so that the last words get through.
            with suppress(OSError, termios.error):
                os.set_blocking(self._own, False)
                termios.tcflush(self._own, termios.TCOFLUSH)
                os.write(self._own, last)
        if not self.is_alive():
            os.close(self._own)
        return taken

    # The thread

    def run(self) -> None:
        """Send until told to end."""
        try:
            while (data := self._next()) is not None:
                self._send(data.encode("utf-8", "replace"))
        except Exception as error:
            # A thread that just died would leave a screen that never changes again.
            self.give_up()
            if self._failed is None:
                raise
            self._failed(error)

    def _take(self, sequence: str) -> None:
        if sequence in (_BEGIN, _END):
            self._can_update = True
            self._in_update = sequence == _BEGIN
            return
        if self._console and _STRANGE_TO_THE_CONSOLE.match(sequence):
            return
        if self._wrap_clipboard and sequence.startswith("\x1b]52;"):
            sequence = f"\x1bP{sequence}\x1b\\"
        self._queue.append(sequence)

    def _want_picture(self) -> None:
        if not self._queue or self._queue[-1] is not None:
            self._queue.append(None)

    def _next(self) -> str | None:
        """The text to be sent next, or None at the end."""
        with self._due:
            self._sending = False
            while not self._ready:
                if not self._queue:
                    if self._ending:
                        return None
                    settled = not self._due.wait(SETTLE if self._forgotten else None)
                    if settled and self._forgotten and not self._in_update:
                        self._want_picture()
                self._ready += self._put_together()
            data, self._ready = self._ready, ""
            self._sending = True
            return data

    def _put_together(self) -> str:
        """Everything that waits, as one piece; the picture is the newest."""
        parts: list[str] = []
        while self._queue:
            item = self._queue.popleft()
            if item is not None:
                parts.append(item)
                if item.startswith("\x1b[?1049"):
                    self._has_screen = item.endswith("h")
                    self._cells.forget()
            elif self._has_screen:
                parts.append(self._picture())
        return "".join(parts)

    def _picture(self) -> str:
        if self._forgotten:
            self._forgotten = False
            self._cells.forget()
        changes = self._cells.changes(*terminal_size(self._descriptor))
        if self._can_update and len(changes) >= _WHOLE_FROM:
            return f"{_BEGIN}{changes}{_END}"
        return changes

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and not self.broken:
            try:
                rest = rest[os.write(self._own, rest) :]
            except BlockingIOError:
                select.select([], [self._own], [], _LOOK_UP_AFTER)
            except OSError:
                self.broken = True  # the line broke; SIGHUP or the end of input says so as well


def opened_anew(descriptor: int, how: int) -> int:
    """A terminal once more, such that a write to it, or a read from it, never waits.

    The descriptor at hand is shared with the shell, which would have to live with a change to it.

    Args:
        descriptor: the one at hand.
        how: os.O_RDONLY or os.O_WRONLY.

    Returns:
        A new descriptor, the caller's to close; one that may wait where the terminal cannot be
        opened, as after `su`.
    """
    try:
        return os.open(os.ttyname(descriptor), how | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return os.dup(descriptor)
