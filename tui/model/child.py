"""The process that owns the model: it loads, answers one request at a time, and ends with the app.

Started by name from `tui.model.client`, with one argument: the number of its socket's descriptor.
A thread reads requests, so that a cancel or the app's end is seen while torch is at work.
"""

from __future__ import annotations

import os
import socket
import sys
from collections import deque
from threading import Condition, Thread
from typing import TYPE_CHECKING

from tui.errors import Cancelled, UserError
from tui.model.names import is_saved
from tui.model.protocol import Analyze, Analyzed, Cancel, Failed, GaveUp, Load, Loaded, LoadFailed
from tui.model.saved import SavedModel
from tui.model.startup import import_masked_lm, without_collector
from tui.model.wire import Block, Receiver, send
from tui.text import clean

if TYPE_CHECKING:
    from tui.model.analysis import Attention
    from tui.model.masked_lm import MaskedLM


class Inbox:
    """The requests that wait, read by a thread of its own; the app's end is the process's end."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._waiting: deque[Load | Analyze] = deque()
        self._changed = Condition()
        self._cancelled_up_to = -1

    def start(self) -> None:
        """Begin to read."""
        Thread(target=self._read, name="inbox", daemon=True).start()

    def next(self) -> Load | Analyze:
        """Wait for the next request that is to be carried out."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            return self._waiting.popleft()

    def is_cancelled(self, id_: int) -> bool:
        """Whether the analysis with this number is no longer wanted."""
        return id_ <= self._cancelled_up_to

    def _read(self) -> None:
        receiver = Receiver(self._connection)
        try:
            while True:
                for request in receiver.receive():
                    with self._changed:
                        if isinstance(request, Cancel):
                            self._cancelled_up_to = max(self._cancelled_up_to, request.id)
                        else:
                            self._waiting.append(request)
                        self._changed.notify()
        except (EOFError, OSError):
            # Nobody is left to answer; torch may be deep in a computation, so end without it.
            os._exit(0)


class Worker:
    """Carries out requests with the model that is loaded."""

    def __init__(self, connection: socket.socket, inbox: Inbox) -> None:
        self._connection = connection
        self._inbox = inbox
        self._model: MaskedLM | SavedModel | None = None
        self._why_none = "No model is loaded; choose one with --model."

    def run(self) -> None:
        """Answer requests for as long as the app lives."""
        while True:
            request = self._inbox.next()
            if isinstance(request, Load):
                if not is_saved(request.name):
                    import_masked_lm()  # if that fails, so does this process, and says why
                event = self._load(request)
                if isinstance(event, LoadFailed):
                    self._why_none = event.message
                send(self._connection, event)
            else:
                self._send_analysis(request)

    def _load(self, request: Load) -> Loaded | LoadFailed:
        try:
            if is_saved(request.name):
                self._model = SavedModel.load(request.name)
                return Loaded(self._model.info)
            with without_collector():
                self._model = import_masked_lm().load(request.name, offline=request.offline)
        except UserError as error:
            return LoadFailed(request.name, str(error))
        except Exception as error:
            cause = f"The model {request.name} cannot be loaded: {_cause(error)}"
            if _is_lack_of_memory(error):
                cause = f"There is not enough memory for {request.name}; choose a smaller model."
            return LoadFailed(request.name, cause)
        return Loaded(self._model.info)

    def _send_analysis(self, request: Analyze) -> None:
        blocks: list[Block] = []
        try:
            send(self._connection, self._analyze(request, blocks), blocks)
        finally:
            for block in blocks:
                block.close()

    def _analyze(self, request: Analyze, blocks: list[Block]) -> Analyzed | Failed | GaveUp:
        """Carry out a request; the attention lies in the blocks, which the caller closes."""

        def allocate(shape: tuple[int, ...]) -> Attention:
            blocks.append(Block(shape))
            return blocks[-1].array

        if self._model is None:
            return Failed(request.id, self._why_none)
        try:
            analysis = self._model.analyze(
                request.text,
                top_k=request.top_k,
                wants=request.wants,
                allocate=allocate,
                cancelled=lambda: self._inbox.is_cancelled(request.id),
            )
        except Cancelled:
            return GaveUp(request.id)
        except UserError as error:
            return Failed(request.id, str(error))
        except Exception as error:  # a model may do anything; this process is needed for the next
            cause = f"The model could not run on this text: {_cause(error)}"
            if _is_lack_of_memory(error):
                cause = "There is not enough memory for this text's attention; shorten the text."
            return Failed(request.id, cause)
        return Analyzed(request.id, analysis)


def _cause(error: Exception) -> str:
    return clean(str(error).partition("\n")[0]) or type(error).__name__


def _is_lack_of_memory(error: Exception) -> bool:
    """Whether memory ran out; torch says so with a RuntimeError."""
    return isinstance(error, MemoryError) or "memory" in str(error).lower()


def main() -> None:
    """Serve the app at the other end of the socket whose descriptor is the last argument."""
    connection = socket.socket(fileno=int(sys.argv[-1]))
    inbox = Inbox(connection)
    inbox.start()
    try:
        Worker(connection, inbox).run()
    except OSError:  # the app is gone in the middle of an answer
        os._exit(0)


if __name__ == "__main__":
    main()
