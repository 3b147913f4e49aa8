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

from tui.errors import UserError
from tui.model.protocol import Analyze, Analyzed, Cancel, Failed, GaveUp, Load, Loaded, LoadFailed
from tui.model.wire import Block, Receiver, send

if TYPE_CHECKING:
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
        self._model: MaskedLM | None = None

    def run(self) -> None:
        """Answer requests for as long as the app lives."""
        while True:
            request = self._inbox.next()
            if isinstance(request, Load):
                self._load(request)
            else:
                self._analyze(request)

    def _load(self, request: Load) -> None:
        from tui.model.masked_lm import MaskedLM

        try:
            model = MaskedLM.load(request.name, offline=request.offline)
        except UserError as error:
            send(self._connection, LoadFailed(request.name, str(error)))
            return
        except MemoryError:
            message = f"There is not enough memory for {request.name}; choose a smaller model."
            send(self._connection, LoadFailed(request.name, message))
            return
        self._model = model
        send(self._connection, Loaded(model.info))

    def _analyze(self, request: Analyze) -> None:
        from tui.model.probe import Cancelled

        if self._model is None:
            send(self._connection, Failed(request.id, "No model is loaded; choose one with --model."))
            return
        blocks: list[Block] = []

        def allocate(shape: tuple[int, ...]):  # type: ignore[no-untyped-def]
            blocks.append(Block(shape))
            return blocks[-1].array

        try:
            analysis = self._model.analyze(
                request.text,
                top_k=request.top_k,
                allocate=allocate,
                cancelled=lambda: self._inbox.is_cancelled(request.id),
            )
            send(self._connection, Analyzed(request.id, analysis), blocks)
        except Cancelled:
            send(self._connection, GaveUp(request.id))
        except UserError as error:
            send(self._connection, Failed(request.id, str(error)))
        except (MemoryError, RuntimeError) as error:
            send(self._connection, Failed(request.id, _explain(error)))
        finally:
            for block in blocks:
                block.close()


def _explain(error: Exception) -> str:
    """A sentence for what torch may raise: it reports a lack of memory as a RuntimeError."""
    cause = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, MemoryError) or "memory" in cause.lower():
        return "There is not enough memory for this text's attention; shorten the text."
    return f"The model could not run on this text: {cause}"


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
