"""The process that owns the models: it loads one, answers one analysis at a time, and runs jobs.

Started by name (see `process`); the module that is started calls `serve` with what runs jobs, which
lies above this package. Its last argument is the descriptor of its socket. A thread reads requests,
so that a cancel or the app's end is seen while torch is at work: the app's end is this process's,
whatever its threads are doing.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from threading import Condition, Lock
from typing import TYPE_CHECKING, TypeAlias

from tui.errors import Cancelled, UserError
from tui.model.masked_lm import MaskedLM
from tui.model.memory import imported_torch, let_go, trim
from tui.model.names import is_saved
from tui.model.opening import fetch
from tui.model.saved.saved_model import SavedModel
from tui.model.worker.jobs import JobThread
from tui.model.worker.protocol import (
    Analyze,
    Analyzed,
    Cancel,
    CancelJob,
    CancelLoad,
    Downloading,
    Event,
    Failed,
    GaveUp,
    ListCachedModels,
    Load,
    Loaded,
    LoadFailed,
    ModelList,
    Request,
    StartingTorch,
    StartJob,
    TakingMeans,
)
from tui.model.worker.shared_arrays import AnswerArrays, SharedArray
from tui.model.worker.threads import start_thread
from tui.model.worker.turns import ForwardPassTurns
from tui.model.worker.wire import Receiver, send
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.model.hub.download import Progress
    from tui.model.worker.jobs import AnyRunner


LARGE = 16 << 20
"""Bytes of attention from which on the memory that an analysis took is tidied up after it."""


InTurn: TypeAlias = Load | Analyze | StartJob
"""A request that is carried out after those that were made before it."""


class EventSender:
    """Sends events to the app, one after the other, from whatever thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = Lock()

    def send(self, event: Event, arrays: Iterable[SharedArray] = ()) -> None:
        """Send an event, and with it the arrays that it shares.

        Raises:
            OSError: the app is gone.
        """
        with self._lock:
            send(self._connection, event, arrays)


class RequestQueue:
    """The requests that wait to be carried out, and which of them have been given up.

    A thread of its own reads them from the socket; the app's end is the process's end.

    Args:
        connection: where requests come from.
        list_models: called, in a thread of its own, when the models of the cache are asked for: who
            asks may be waiting for a long download.
        cancel_job: told the number of a job that is given up.
    """

    def __init__(
        self,
        connection: socket.socket,
        list_models: Callable[[], None],
        cancel_job: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._list_models = list_models
        self._cancel_job = cancel_job
        self._waiting: deque[InTurn] = deque()
        self._changed = Condition()
        self._cancelled_up_to = -1
        self._loads_cancelled_up_to = -1

    def start(self) -> None:
        """Begin to read."""
        start_thread(self._read, "requests")

    def next(self) -> InTurn:
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
        while True:
            for request in receiver.receive():
                self._take(request)

    def _take(self, request: Request) -> None:
        if isinstance(request, Cancel):
            self._cancelled_up_to = max(self._cancelled_up_to, request.id)
        elif isinstance(request, CancelLoad):
            self._loads_cancelled_up_to = max(self._loads_cancelled_up_to, request.id)
        elif isinstance(request, CancelJob):
            self._cancel_job(request.id)
        elif isinstance(request, ListCachedModels):
            start_thread(self._list_models, "list-models")
        else:
            with self._changed:
                self._waiting.append(request)
                self._changed.notify()


class ModelHolder:
    """Holds the model that is loaded, and carries requests out in their order.

    Args:
        sender: takes the events.
        requests: gives the requests.
        jobs: runs jobs, each with the model that is held when its turn comes.
        turns: who may run a model.
    """

    def __init__(
        self,
        sender: EventSender,
        requests: RequestQueue,
        jobs: JobThread,
        turns: ForwardPassTurns,
    ) -> None:
        self._sender = sender
        self._requests = requests
        self._jobs = jobs
        self._turns = turns
        self._model: MaskedLM | SavedModel | None = None
        self._why_none = "No model is loaded: press o to choose one."
        self._has_torch = False

    def run(self) -> None:
        """Answer requests for as long as the app lives."""
        while True:
            request = self._requests.next()
            if isinstance(request, Load):
                has_one_already = self._model is not None
                answer = self._load(request)
                if isinstance(answer, LoadFailed):
                    self._why_none = answer.message or self._why_none
                if has_one_already:
                    let_go()  # of the model before, or of what was loaded in vain
                self._sender.send(answer)
            elif isinstance(request, StartJob):
                self._jobs.add(request, self._model, self._why_none)
            else:
                self._send_analysis(request)
            if not self._has_torch and imported_torch() is not None:
                # Its million objects live as long as this process: the collector need not look.
                gc.freeze()
                self._has_torch = True

    def _load(self, request: Load) -> Loaded | LoadFailed:
        """Load a model in the place of the one before, which stays if that fails."""
        shown = visible(request.name)

        def cancelled() -> bool:
            return self._requests.is_load_cancelled(request.id)

        try:
            if is_saved(request.name):
                self._model = SavedModel.load(request.name)
                return Loaded(request.id, self._model.info)
            model = self._read_model(request, cancelled)
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

    def _read_model(self, request: Load, cancelled: Callable[[], bool]) -> MaskedLM:
        def report(progress: Progress) -> None:
            shown = visible(request.name)
            self._sender.send(
                Downloading(request.id, shown, progress.done, progress.total, progress.rate)
            )

        def waits(seconds: float) -> None:
            self._sender.send(StartingTorch(seconds))

        if self._model is not None:  # else no job can be under way, and nothing need be waited for
            # A job goes on during a long download, but not while the model is made.
            fetch(request.name, offline=request.offline, report=report, cancelled=cancelled)
        with self._turns.for_reader(cancelled):
            return MaskedLM.load(
                request.name,
                offline=request.offline,
                device=request.device,
                dtype=request.dtype,
                report=report,
                cancelled=cancelled,
                waits=waits,
            )

    def _send_analysis(self, request: Analyze) -> None:
        with AnswerArrays() as arrays:
            self._sender.send(self._analyze(request, arrays), arrays)
            size = arrays.nbytes
        if size > LARGE:
            trim()  # of what the pass took besides the array

    def _analyze(self, request: Analyze, arrays: AnswerArrays) -> Analyzed | Failed | GaveUp:
        """Carry out a request; the attention lies in the arrays, which the caller closes."""

        def cancelled() -> bool:
            return self._requests.is_cancelled(request.id)

        if self._model is None:
            return Failed(request.id, self._why_none)
        try:
            self._model.prepare(  # in nobody's turn but its passes: jobs go on meanwhile
                request.wanted,
                request.interventions,
                cancelled=cancelled,
                progress=lambda done, of: self._sender.send(TakingMeans(done, of)),
                turn=lambda: self._turns.for_reader(cancelled),
            )
            with self._turns.for_reader(cancelled):
                analysis = self._model.analyze(
                    request.text,
                    top_k=request.top_k,
                    layer=request.layer,
                    wanted=request.wanted,
                    interventions=request.interventions,
                    allocate=arrays.allocate,
                    cancelled=cancelled,
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


def list_models(sender: EventSender) -> None:
    """Say which models the hub's local cache holds; none, if that cannot be found out."""
    try:
        from tui.model.hub.cache import cached_models

        found = tuple(cached_models())
    except Exception:  # the app would ask the next process too, and end that in the same way
        traceback.print_exc()
        found = ()
    sender.send(ModelList(found))


def serve(find_runners: Callable[[], Mapping[type, AnyRunner]]) -> None:
    """Serve the app at the other end of the socket whose descriptor is the last argument.

    Args:
        find_runners: gives for each type of job what runs it; called when a job is to be run.
    """
    connection = socket.socket(fileno=int(sys.argv[-1]))
    sender = EventSender(connection)
    turns = ForwardPassTurns()
    jobs = JobThread(sender, turns, find_runners)
    requests = RequestQueue(connection, lambda: list_models(sender), jobs.cancel)
    jobs.start()
    requests.start()
    try:
        ModelHolder(sender, requests, jobs, turns).run()
    except OSError:  # the app is gone in the middle of an answer
        os._exit(0)
