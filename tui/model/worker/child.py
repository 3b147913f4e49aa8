"""The process that owns the model: it loads, answers one request at a time, and ends with the app.

Started by name from `tui.model.worker.client`, with one argument: the descriptor of its socket.
A thread reads requests, so that a cancel or the app's end is seen while torch is at work.
"""

from __future__ import annotations

import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING

from tui.errors import Cancelled, UserError
from tui.model.names import is_saved
from tui.model.saved.saved_model import SavedModel
from tui.model.torch_engine.devices import let_go, trim
from tui.model.worker.protocol import (
    Analyze,
    Analyzed,
    Cancel,
    CancelLoad,
    Downloading,
    Event,
    Failed,
    GaveUp,
    ListModels,
    Load,
    Loaded,
    LoadFailed,
    ModelList,
)
from tui.model.worker.startup import import_masked_lm, without_collector
from tui.model.worker.wire import Receiver, SharedArray, send
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.model.hub.download import Progress
    from tui.model.masked_lm import MaskedLM


LARGE = 16 << 20
"""Bytes of attention from which on the memory that an analysis took is tidied up after it."""


class Outbox:
    """Sends answers, one after the other, from whatever thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = Lock()

    def send(self, event: Event, blocks: Sequence[SharedArray] = ()) -> None:
        """Send an answer, and with it the arrays of the blocks."""
        with self._lock:
            send(self._connection, event, blocks)


class Inbox:
    """The requests that wait, read by a thread of its own; the app's end is the process's end.

    Args:
        connection: where requests come from.
        list_models: called, in a thread of its own, when the models of the cache are asked for: who
            asks may be waiting for a long download.
    """

    def __init__(self, connection: socket.socket, list_models: Callable[[], None]) -> None:
        self._connection = connection
        self._list_models = list_models
        self._waiting: deque[Load | Analyze] = deque()
        self._changed = Condition()
        self._cancelled_up_to = -1
        self._loads_cancelled_up_to = -1

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

    def is_load_cancelled(self, id_: int) -> bool:
        """Whether the model of the load with this number is no longer wanted."""
        return id_ <= self._loads_cancelled_up_to

    def _read(self) -> None:
        receiver = Receiver(self._connection)
        try:
            while True:
                for request in receiver.receive():
                    self._take(request)
        except (EOFError, OSError):
            # Nobody is left to answer; torch may be deep in a computation, so end without it.
            os._exit(0)

    def _take(self, request: Load | CancelLoad | ListModels | Analyze | Cancel) -> None:
        with self._changed:
            if isinstance(request, Cancel):
                self._cancelled_up_to = max(self._cancelled_up_to, request.id)
            elif isinstance(request, CancelLoad):
                self._loads_cancelled_up_to = max(self._loads_cancelled_up_to, request.id)
            elif isinstance(request, ListModels):
                Thread(target=self._list_models, name="list-models", daemon=True).start()
            else:
                self._waiting.append(request)
            self._changed.notify()


class Worker:
    """Carries out requests with the model that is loaded."""

    def __init__(self, outbox: Outbox, inbox: Inbox) -> None:
        self._outbox = outbox
        self._inbox = inbox
        self._model: MaskedLM | SavedModel | None = None
        self._why_none = "No model is loaded: press o to choose one."

    def run(self) -> None:
        """Answer requests for as long as the app lives."""
        while True:
            request = self._inbox.next()
            if isinstance(request, Load):
                if not is_saved(request.name):
                    import_masked_lm()  # if that fails, so does this process, and says why
                has_one_already = self._model is not None
                answer = self._load(request)
                if isinstance(answer, LoadFailed):
                    self._why_none = answer.message or self._why_none
                if has_one_already:
                    let_go()  # of the model before, or of what was loaded in vain
                self._outbox.send(answer)
            else:
                self._send_analysis(request)

    def _load(self, request: Load) -> Loaded | LoadFailed:
        """Load a model in the place of the one before, which stays if that fails."""
        shown = visible(request.name)

        def report(progress: Progress) -> None:
            self._outbox.send(
                Downloading(request.id, shown, progress.done, progress.total, progress.rate)
            )

        def cancelled() -> bool:
            return self._inbox.is_load_cancelled(request.id)

        try:
            if is_saved(request.name):
                self._model = SavedModel.load(request.name)
                return Loaded(request.id, self._model.info)
            with without_collector():
                model = import_masked_lm().load(
                    request.name,
                    offline=request.offline,
                    device=request.device,
                    dtype=request.dtype,
                    report=report,
                    cancelled=cancelled,
                )
        except Cancelled:
            return LoadFailed(request.id, request.name, "")
        except UserError as error:
            return LoadFailed(request.id, request.name, str(error))
        except Exception as error:
            cause = f"The model {shown} cannot be loaded: {_cause(error)}"
            return LoadFailed(request.id, request.name, cause)
        if cancelled():
            return LoadFailed(request.id, request.name, "")
        self._model = model
        return Loaded(request.id, model.info)

    def _send_analysis(self, request: Analyze) -> None:
        blocks: list[SharedArray] = []
        try:
            self._outbox.send(self._analyze(request, blocks), blocks)
        finally:
            size = sum(block.array.nbytes for block in blocks)
            for block in blocks:
                block.close()
            del blocks
        if size > LARGE:
            trim()  # of what the pass took besides the array

    def _analyze(self, request: Analyze, blocks: list[SharedArray]) -> Analyzed | Failed | GaveUp:
        """Carry out a request; the attention lies in the blocks, which the caller closes."""

        def allocate(shape: tuple[int, ...]) -> Attention:
            blocks.append(SharedArray(shape))
            return blocks[-1].array

        if self._model is None:
            return Failed(request.id, self._why_none)
        try:
            analysis = self._model.analyze(
                request.text,
                top_k=request.top_k,
                layer=request.layer,
                wanted=request.wanted,
                allocate=allocate,
                cancelled=lambda: self._inbox.is_cancelled(request.id),
            )
        except Cancelled:
            return GaveUp(request.id)
        except UserError as error:
            return Failed(request.id, str(error))
        except Exception as error:  # a model may do anything; this process is needed for the next
            cause = f"The model could not run on this text: {_cause(error)}"
            return Failed(request.id, cause)
        return Analyzed(request.id, analysis)


def _cause(error: Exception) -> str:
    return clean(str(error).partition("\n")[0]) or type(error).__name__


def list_models(outbox: Outbox) -> None:
    """Say which models the hub's local cache holds."""
    from tui.model.hub.cache import cached_models

    outbox.send(ModelList(tuple(cached_models())))


def main() -> None:
    """Serve the app at the other end of the socket whose descriptor is the last argument."""
    connection = socket.socket(fileno=int(sys.argv[-1]))
    outbox = Outbox(connection)
    inbox = Inbox(connection, lambda: list_models(outbox))
    inbox.start()
    try:
        Worker(outbox, inbox).run()
    except OSError:  # the app is gone in the middle of an answer
        os._exit(0)


if __name__ == "__main__":
    main()
