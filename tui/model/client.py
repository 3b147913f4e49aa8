"""The app's side of the model's process: start it, ask it, replace it when it dies.

Imports neither torch nor textual nor numpy: it runs before the interface is up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO

from tui.model.protocol import (
    Analyze,
    Analyzed,
    Cancel,
    Died,
    Event,
    Failed,
    GaveUp,
    Load,
    Loaded,
    LoadFailed,
    Request,
)
from tui.model.wire import Receiver, encode

PATIENCE = 8.0
"""Seconds a process has to give up a cancelled request before it is replaced."""

# The child finds the same modules as this process, and nothing in the current folder besides.
_BOOT = "import sys; sys.path[:] = sys.argv[1].split({sep!r}); from tui.model.child import main; main()"


class _Process:
    """One running child and the socket to it."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives with the process
        with theirs:
            path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
            boot = _BOOT.format(sep=os.pathsep)
            self.popen = subprocess.Popen(
                [sys.executable, "-P", "-c", boot, path, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a ctrl+c or a hang-up of the terminal is not the child's
            )
        self.connection.setblocking(False)
        self.receiver = Receiver(self.connection)
        self.unsent = bytearray()

    def end(self) -> int:
        """Make sure that the process is gone; returns how it ended, as `Popen.returncode`."""
        self.connection.close()
        self.popen.kill()
        returncode = self.popen.wait()
        self.log.close()
        return returncode

    def last_words(self) -> str:
        """The last line that the process wrote."""
        self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, self.log.tell() - 4096))
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


class ModelClient:
    """Talks to the model's process. Requests may be made before a listener is there.

    A later analysis takes the place of an earlier one: the earlier is cancelled, and its answer is
    never passed on. Events are passed on in the event loop that `listen` was called in.
    """

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_event: Callable[[Event], None] | None = None
        self._model: Load | None = None
        self._loaded = False
        self._next_id = 0
        self._pending: int | None = None
        self._replacement: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """The process's number, or None when none runs."""
        return self._process.popen.pid if self._process else None

    @property
    def is_busy(self) -> bool:
        """Whether an analysis has been asked for and not been answered."""
        return self._pending is not None

    def load(self, name: str, *, offline: bool = False) -> None:
        """Ask for a model; `Loaded`, `LoadFailed` or `Died` follows."""
        self._model = Load(name, offline)
        self._loaded = False
        self._send(self._model)

    def analyze(self, text: str, *, top_k: int) -> int:
        """Ask for the analysis of a text; `Analyzed`, `Failed` or `Died` follows.

        Returns:
            The request's number, which the answer carries.
        """
        self.cancel()
        self._next_id += 1
        self._pending = self._next_id
        self._send(Analyze(self._pending, text, top_k))
        return self._pending

    def cancel(self) -> bool:
        """Give up the analysis under way; returns whether there was one."""
        if self._pending is None:
            return False
        pending, self._pending = self._pending, None
        self._send(Cancel(pending))
        # While it loads there is nothing to be interrupted: the request waits and is then skipped.
        if self._loaded and self._loop and self._replacement is None:
            self._replacement = self._loop.call_later(PATIENCE, self._replace_hanging)
        return True

    def listen(self, on_event: Callable[[Event], None]) -> None:
        """Pass events on from now, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        if self._process:
            self._attach(self._process)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._on_event = None
        self._stop_waiting()
        if self._process:
            self._end_process()

    # Sending

    def _send(self, request: Request) -> None:
        if self._process is None:
            self._start()
            if self._model is not None and not isinstance(request, Load):
                self._send(self._model)
        assert self._process is not None
        self._process.unsent += encode(request)
        self._flush(self._process)

    def _start(self) -> None:
        self._loaded = False
        self._process = _Process()
        if self._loop:
            self._attach(self._process)

    def _attach(self, process: _Process) -> None:
        assert self._loop is not None
        self._loop.add_reader(process.connection, self._receive, process)
        if process.unsent:
            self._loop.add_writer(process.connection, self._flush, process)

    def _flush(self, process: _Process) -> None:
        """Send as much as the socket takes; a long text goes on when there is room."""
        try:
            while process.unsent:
                del process.unsent[: process.connection.send(process.unsent)]
        except BlockingIOError:
            if self._loop:
                self._loop.add_writer(process.connection, self._flush, process)
            return
        except OSError:
            process.unsent.clear()  # it is gone: the reader finds that out and says so
        if self._loop:
            self._loop.remove_writer(process.connection)

    # Receiving

    def _receive(self, process: _Process) -> None:
        try:
            for event in process.receiver.receive():
                self._take(event)
        except BlockingIOError:
            return
        except (EOFError, OSError):
            self._bury(process)

    def _take(self, event: Event) -> None:
        self._stop_waiting()
        if isinstance(event, Loaded):
            self._loaded = True
        elif isinstance(event, Analyzed | Failed):
            if event.id != self._pending:
                return  # a later request has taken its place
            self._pending = None
        elif isinstance(event, GaveUp):
            return
        self._pass_on(event)

    def _pass_on(self, event: Event) -> None:
        if self._on_event:
            self._on_event(event)

    # Death and replacement

    def _bury(self, process: _Process) -> None:
        words = process.last_words()
        # It closed the socket by dying; a moment's grace tells a signal of its own from our kill.
        try:
            returncode = process.popen.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            returncode = -signal.SIGKILL
        was_loaded = self._loaded
        self._end_process()
        self._pending = None
        cause = _cause_of_death(returncode, words)
        if was_loaded and self._model:
            self._start()
            self._send(self._model)
            message = f"The model's process {cause}; a fresh one is loading, press enter to ask again."
        else:
            message = f"The model's process {cause} while loading; press enter to try again."
        self._pass_on(Died(message, restarted=was_loaded))

    def _replace_hanging(self) -> None:
        self._replacement = None
        self._end_process()
        pending, self._pending = self._pending, None
        if self._model:
            self._send(self._model)
        retry = "" if pending is None else ", press enter to ask again"
        message = f"The model's process did not answer; a fresh one is loading{retry}."
        self._pass_on(Died(message, restarted=True))

    def _end_process(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        if self._loop and not self._loop.is_closed():
            self._loop.remove_reader(process.connection)
            self._loop.remove_writer(process.connection)
        self._stop_waiting()
        self._loaded = False
        process.end()

    def _stop_waiting(self) -> None:
        if self._replacement:
            self._replacement.cancel()
            self._replacement = None


def _cause_of_death(returncode: int, last_words: str) -> str:
    if returncode == -signal.SIGKILL:
        return "was killed (out of memory?)"
    if returncode < 0:
        try:
            return f"was ended by {signal.Signals(-returncode).name}"
        except ValueError:
            return f"was ended by signal {-returncode}"
    said = f": {last_words[:200]}" if last_words else ""
    return f"ended with code {returncode}{said}"
