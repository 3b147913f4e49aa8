"""The app's side of the model's process: start it, ask it, replace it when it dies.

Imports neither torch nor textual nor numpy: it runs before the interface is up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.model.names import AUTO, FLOAT32
from tui.model.worker.process import Process, why_not_started
from tui.model.worker.protocol import (
    Analyze,
    Analyzed,
    Cancel,
    CancelJob,
    CancelLoad,
    Died,
    Downloading,
    Event,
    Failed,
    GaveUp,
    JobDone,
    JobFailed,
    JobProgress,
    JobSoFar,
    ListCachedModels,
    Load,
    Loaded,
    LoadFailed,
    ModelList,
    Request,
    StartJob,
)
from tui.model.worker.wire import encode
from tui.text import visible

if TYPE_CHECKING:
    from tui.model.worker.jobs import Job

PATIENCE = 8.0
"""Seconds a process has to give up a cancelled request before it is replaced."""


class ModelClient:
    """Talks to the model's process. Requests may be made before a listener is there.

    A later analysis takes the place of an earlier one: the earlier is cancelled, and its answer is
    never passed on. Jobs run beside each other's requests, and each is asked for once: one whose
    process ends, for whatever reason, has failed. Events are passed on in the event loop that
    `listen` was called in.

    Args:
        entry: the module whose `main` the process runs.
    """

    def __init__(self, entry: str = "tui.worker_process") -> None:
        self._entry = entry
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_event: Callable[[Event], None] | None = None
        self._process: Process | None = None
        self._model: Load | None = None  # what the process holds
        self._loading: Load | None = None  # what it is to hold, from the request to the answer
        self._last_load = 0  # the number of the load asked for last
        self._loads_given_up: dict[int, Load] = {}  # until the process has followed
        self._next_id = 0
        self._asked: Analyze | None = None  # the last analysis asked for
        self._pending: int | None = None  # its number, until it is answered or given up
        self._given_up = 0  # the last one given up, until the process has followed
        self._lists = False  # the models of the cache have been asked for
        self._last_job = 0  # the number of the job asked for last
        self._jobs: dict[int, StartJob] = {}  # until they have ended
        self._jobs_given_up: set[int] = set()  # those of them that are to end
        self._replacement: asyncio.TimerHandle | None = None
        self._unheard: list[Event] = []  # what happened before anybody listened
        self._why_not_started = ""  # until it is told, or a process has been started

    @property
    def pid(self) -> int | None:
        """The process's number, or None when none runs."""
        return self._process.popen.pid if self._process else None

    @property
    def is_busy(self) -> bool:
        """Whether an analysis has been asked for and not been answered."""
        return self._pending is not None

    @property
    def is_loading(self) -> bool:
        """Whether a model has been asked for and is not there."""
        return self._loading is not None

    def load(
        self, name: str, *, offline: bool = False, device: str = AUTO, dtype: str = FLOAT32
    ) -> int:
        """Ask for a model; `Loaded`, `LoadFailed` or `Died` follows.

        A load that is still under way is given up: it may be a long download.

        Returns:
            The request's number, which the answer carries.
        """
        if self._loading and self._process and self._model is None:
            self._end_process()  # it has nothing that would be lost, and so there is no waiting
            for event in self._drop_jobs("another model is being loaded; try again with that."):
                self._pass_on_later(event)
        else:
            self.cancel_load()
        self._last_load += 1
        self._loading = Load(self._last_load, name, offline, device, dtype)
        self._ask(self._loading)
        return self._last_load

    def cancel_load(self) -> bool:
        """Give up the load under way, and keep the model before; returns whether there was one."""
        if self._loading is None:
            return False
        load, self._loading = self._loading, None
        if self._process:
            self._loads_given_up[load.id] = load
            self._ask(CancelLoad(load.id))
            self._watch()
        return True

    def list_models(self) -> None:
        """Ask which models the hub's local cache holds; `ModelList` follows, if all is well."""
        self._lists = True
        self._ask(ListCachedModels())

    def analyze(
        self,
        text: str,
        *,
        top_k: int,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Interventions = NONE,
    ) -> int:
        """Ask for the analysis of a text; `Analyzed`, `Failed` or `Died` follows.

        Args:
            text: what to analyse.
            top_k: candidates for each mask.
            layer: the layer, counted from 0, whose attention is held if not all can be.
            wanted: what is wanted beyond the attention weights.
            interventions: what is changed inside the model while it runs.

        Returns:
            The request's number, which the answer carries.
        """
        self.cancel()
        self._next_id += 1
        self._pending = self._next_id
        self._asked = Analyze(self._pending, text, top_k, layer, wanted, interventions)
        self._ask(self._asked)
        return self._pending

    def cancel(self) -> bool:
        """Give up the analysis under way; returns whether there was one."""
        if self._pending is None:
            return False
        self._given_up, self._pending = self._pending, None
        self._ask(Cancel(self._given_up))
        if self._replacement is None:
            self._watch()
        return True

    def start_job(self, job: Job) -> int:
        """Have a job run; `JobProgress` follows, and then `JobDone` or `JobFailed`.

        Of some jobs `JobSoFar` comes meanwhile.

        Args:
            job: what is to be done, with the model that it names.

        Returns:
            The job's number, which the events carry.
        """
        self._last_job += 1
        request = self._jobs[self._last_job] = StartJob(self._last_job, job)
        self._ask(request)
        return self._last_job

    def cancel_job(self, id_: int) -> bool:
        """Give a job up, and pass on how it ended; returns whether it was under way."""
        if id_ not in self._jobs or id_ in self._jobs_given_up:
            return False
        self._jobs_given_up.add(id_)
        if self._process:
            self._send(self._process, CancelJob(id_))
            if self._replacement is None:
                self._watch()
        return True

    def listen(self, on_event: Callable[[Event], None]) -> None:
        """Pass events on from now, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        if self._process:
            self._attach(self._process)
        while self._unheard:
            self._pass_on_later(self._unheard.pop(0))
        if self._why_not_started:
            self._loop.call_soon(self._tell_not_started)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._on_event = None
        self._pending = None
        self._end_process()
        self._drop_jobs("")

    # Sending

    def _ask(self, request: Request) -> None:
        if self._process:
            self._send(self._process, request)
        else:
            self._start()

    def _start(self) -> bool:
        """Start a fresh process and ask it for all that is still wanted.

        Returns:
            Whether there is one. If not, the listener is told later: who asks is not to hear of it
            in the middle of asking, and may have more luck by then.
        """
        try:
            process = self._process = Process(self._entry)
        except OSError as error:
            if self._loop and not self._why_not_started:
                self._loop.call_soon(self._tell_not_started)
            self._why_not_started = why_not_started(error)
            return False
        self._why_not_started = ""
        if self._loop:
            self._attach(process)
        if self._loading:
            self._send(process, self._loading)
        if self._lists:
            self._send(process, ListCachedModels())
        if self._asked and self._asked.id == self._pending:
            self._send(process, self._asked)
        for job in self._jobs.values():
            self._send(process, job)
        return True

    def _tell_not_started(self) -> None:
        """Tell the listener that there is no process, unless one has been started since."""
        if self._why_not_started:
            message, self._why_not_started = self._why_not_started, ""
            self._pending = None
            for event in self._drop_jobs(message, whole=True):
                self._pass_on(event)
            self._pass_on(Died(message, restarted=False))

    def _send(self, process: Process, request: Request) -> None:
        process.unsent += encode(request)
        self._flush(process)

    def _attach(self, process: Process) -> None:
        assert self._loop is not None
        self._loop.add_reader(process.connection, self._receive, process)
        if process.unsent:
            self._loop.add_writer(process.connection, self._flush, process)

    def _flush(self, process: Process) -> None:
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

    def _receive(self, process: Process) -> None:
        try:
            events = list(process.receiver.receive())
        except BlockingIOError:
            return
        except (EOFError, OSError):
            self._bury(process)
            return
        for event in events:
            if process is self._process:  # else the listener closed or replaced it just now
                self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, Loaded | LoadFailed | Downloading):
            if not self._take_about_load(event):
                return
        elif isinstance(event, Analyzed | Failed | GaveUp) and event.id >= self._given_up:
            self._given_up = 0
        self._watch()
        if isinstance(event, Analyzed | Failed | GaveUp):
            if event.id != self._pending:
                return  # it was given up, or a later request has taken its place
            self._pending = None
        elif isinstance(event, JobProgress | JobSoFar | JobDone | JobFailed):
            if event.id not in self._jobs:
                return
            if isinstance(event, JobDone | JobFailed):
                del self._jobs[event.id]
                self._jobs_given_up.discard(event.id)
                self._watch()
        elif isinstance(event, ModelList):
            self._lists = False
        self._pass_on(event)

    def _take_about_load(self, event: Loaded | LoadFailed | Downloading) -> bool:
        """Note what became of a load; returns whether the listener is to know of it."""
        if event.id in self._loads_given_up:
            if isinstance(event, Downloading):
                return False
            load = self._loads_given_up.pop(event.id)
            self._watch()
            if isinstance(event, LoadFailed):
                return False
            self._model = load  # it was too late to give it up
            # If nothing else is under way, the listener has to know that the model is another.
            return self._loading is None
        if self._loading is None or event.id != self._loading.id:
            return False
        if isinstance(event, Loaded):
            self._model, self._loading = self._loading, None
        elif isinstance(event, LoadFailed):
            self._loading = None  # the process keeps the model that it had
        return True

    def _pass_on(self, event: Event) -> None:
        if self._on_event:
            self._on_event(event)

    def _pass_on_later(self, event: Event) -> None:
        """Pass on what follows from a request, once who asked has the request's number."""
        if self._loop:
            self._loop.call_soon(self._pass_on, event)
        else:
            self._unheard.append(event)

    # Death and replacement

    def _watch(self) -> None:
        """Have a process replaced that, from now, takes too long to give up what it was told to.

        While it loads there is nothing to be interrupted: what was given up is then skipped.
        """
        self._stop_watching()
        given_up = (self._given_up or self._jobs_given_up) and not self._loading
        if self._loop and (given_up or self._loads_given_up):
            self._replacement = self._loop.call_later(PATIENCE, self._replace_hanging)

    def _stop_watching(self) -> None:
        if self._replacement:
            self._replacement.cancel()
            self._replacement = None

    def _replace_hanging(self) -> None:
        self._end_process()
        failed = self._drop_jobs("the model's process did not answer; try again.")
        has_started = self._start()
        for event in failed:
            self._pass_on(event)
        if has_started and self._pending is None:  # else its answer is still to come, only later
            message = "The model's process did not answer; a fresh one is loading."
            self._pass_on(Died(message, restarted=True))

    def _bury(self, process: Process) -> None:
        cause = process.cause_of_death()
        load, self._loading = self._loading, None
        had_model = self._model is not None
        if not had_model:
            self._loading = load
        self._pending = None  # what killed one process is not asked of the next
        self._end_process()
        failed = self._drop_jobs(f"the model's process {cause}; try again.")
        during = f" while loading {visible(load.name)}" if load else ""
        restarted = had_model and self._start()
        if restarted:
            rest = "; the model before" if load else "; a fresh one"
            rest += " is loading, press enter to ask again."
        else:
            rest = "; press enter to try again."
        for event in failed:
            self._pass_on(event)
        self._pass_on(Died(f"The model's process {cause}{during}{rest}", restarted))

    def _drop_jobs(self, why: str, *, whole: bool = False) -> list[JobFailed]:
        """Forget all jobs; returns what is to be said of them.

        Args:
            why: why they come to nothing.
            whole: that is a sentence of its own.
        """
        message = why if whole else f"Stopped: {why}"
        failed = [
            JobFailed(id_, "" if id_ in self._jobs_given_up else message) for id_ in self._jobs
        ]
        self._jobs.clear()
        self._jobs_given_up.clear()
        return failed

    def _end_process(self) -> None:
        """End the process; what it held or was loading is what the next one is to load."""
        self._stop_watching()
        self._given_up = 0
        self._loads_given_up.clear()
        self._loading, self._model = self._loading or self._model, None
        process, self._process = self._process, None
        if process is None:
            return
        if self._loop and not self._loop.is_closed():
            self._loop.remove_reader(process.connection)
            self._loop.remove_writer(process.connection)
        process.end()
