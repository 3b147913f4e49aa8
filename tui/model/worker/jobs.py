"""Jobs: what takes long with the model, one at a time, in a thread beside the one that answers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Condition
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from tui.errors import Cancelled, UserError
from tui.model.worker.other_model import OtherModelHolder
from tui.model.worker.protocol import JobDone, JobFailed, JobProgress, JobSoFar
from tui.model.worker.shared_arrays import AnswerArrays
from tui.model.worker.threads import start_thread
from tui.model.worker.turns import ForwardPassTurns, ModelInTurns
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel
    from tui.model.masked_lm import MaskedLM
    from tui.model.saved.saved_model import SavedModel
    from tui.model.worker.child import EventSender
    from tui.model.worker.protocol import StartJob

PROGRESS_EVERY = 0.1
"""Seconds between two words about how far a job is: each is drawn, and sent over a line."""

SO_FAR_EVERY = 0.25
"""Seconds between two partial results, of which each has a screen drawn anew."""


class Job(Protocol):
    """A picklable description of what is to be done with a model; its type decides what runs it."""

    @property
    def model(self) -> str:
        """The name of the model that is to do it."""


class Runner(Protocol):
    """Runs the jobs of one type."""

    def __call__(
        self,
        job: Any,
        model: LanguageModel,
        /,
        *,
        allocate: Callable[[tuple[int, ...]], Attention],
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> object:
        """Run a job.

        Args:
            job: the job.
            model: the model that the job names; it stays the same, whatever is loaded meanwhile.
            allocate: makes a float32 array of a shape, zeros at first. An array of the result that
                was made so is shared with the app; any other is copied.
            progress: to be told how many steps are done, and of how many, after each.
            cancelled: to be asked before each step.

        Returns:
            The result, picklable.

        Raises:
            Cancelled: it was given up.
            UserError: it cannot be done; the sentence says why.
        """


class TellingRunner(Protocol):
    """Runs the jobs of one type, and tells meanwhile what it has found."""

    def __call__(
        self,
        job: Any,
        model: LanguageModel,
        /,
        *,
        allocate: Callable[[tuple[int, ...]], Attention],
        progress: Callable[[int, int], None],
        so_far: Callable[[object], None],
        cancelled: Callable[[], bool],
    ) -> object:
        """Run a job: as `Runner`.

        Args:
            job: the job.
            model: the model that the job names.
            allocate: makes an array of the result, as `Runner` has it.
            progress: to be told how many steps are done, and of how many, after each.
            so_far: to be told what is found, picklable, as often as there is more of it: not all
                of it is sent. It must not change afterwards.
            cancelled: to be asked before each step.
        """


@dataclass(frozen=True, slots=True)
class Telling:
    """Marks a runner that tells what it has found before it is done."""

    run: TellingRunner


AnyRunner: TypeAlias = Runner | Telling


def run_job(
    runner: AnyRunner,
    job: Job,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention],
    progress: Callable[[int, int], None],
    so_far: Callable[[object], None],
    cancelled: Callable[[], bool],
) -> object:
    """Run a job by a runner of either kind; args, result and errors are those of the runner."""
    if isinstance(runner, Telling):
        return runner.run(
            job, model, allocate=allocate, progress=progress, so_far=so_far, cancelled=cancelled
        )
    return runner(job, model, allocate=allocate, progress=progress, cancelled=cancelled)


class _Waiting:
    """A job that waits for its turn, or runs."""

    def __init__(self, request: StartJob, model: MaskedLM | SavedModel) -> None:
        self.id = request.id
        self.job = request.job
        self.model = model


class JobThread:
    """Runs one job after the other.

    Args:
        sender: takes the events.
        turns: who may run a model.
        find_runners: gives for each type of job what runs it; called when one is to be run, so
            that nothing of it is imported before.
    """

    def __init__(
        self,
        sender: EventSender,
        turns: ForwardPassTurns,
        find_runners: Callable[[], Mapping[type, AnyRunner]],
    ) -> None:
        self._sender = sender
        self._turns = turns
        self._others = OtherModelHolder(turns)
        self._find_runners = find_runners
        self._waiting: deque[_Waiting] = deque()
        self._changed = Condition()
        self._cancelled: set[int] = set()

    def start(self) -> None:
        """Begin to run what comes."""
        start_thread(self._run_all, "jobs")

    def add(
        self, request: StartJob, model: MaskedLM | SavedModel | None, why_none: str = ""
    ) -> None:
        """Take a job, or say why it cannot be done.

        Args:
            request: what was asked for.
            model: the model that is loaded now: the job keeps it.
            why_none: a sentence for the user if there is none.
        """
        if model is None:
            self._sender.send(JobFailed(request.id, why_none))
        elif request.job.model != model.info.name:
            asked, held = visible(request.job.model), visible(model.info.name)
            self._sender.send(
                JobFailed(
                    request.id,
                    f"This is about {asked}, and {held} is loaded now: "
                    f"press enter to ask {held}, and try again.",
                )
            )
        else:
            with self._changed:
                is_wanted = request.id not in self._cancelled
                if is_wanted:
                    self._waiting.append(_Waiting(request, model))
                    self._changed.notify()
            if not is_wanted:
                self._sender.send(JobFailed(request.id, ""))

    def cancel(self, id_: int) -> None:
        """Give a job up: one that waits is done with at once, one that runs before its next step.

        It may be one that is still to come: requests are read before they are carried out.
        """
        with self._changed:
            self._cancelled.add(id_)
            waiting = [each for each in self._waiting if each.id == id_]
            for each in waiting:
                self._waiting.remove(each)
        for each in waiting:
            self._sender.send(JobFailed(each.id, ""))

    def _run_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                next_ = self._waiting.popleft()
            self._run(next_)
            del next_  # else its model stays until the next job

    def _run(self, waiting: _Waiting) -> None:
        """Run a job and say how it ended."""
        with AnswerArrays() as arrays:
            report = _JobReport(waiting.id, self._sender)
            event = self._end_of(waiting, arrays, report)
            report.send_last(is_done=isinstance(event, JobDone))
            try:
                self._sender.send(event, arrays)
            except OSError:
                raise
            except Exception as error:  # a result that cannot be pickled is its runner's fault
                self._sender.send(JobFailed(waiting.id, _failed(error)))

    def _end_of(
        self, waiting: _Waiting, arrays: AnswerArrays, report: _JobReport
    ) -> JobDone | JobFailed:
        def cancelled() -> bool:
            return waiting.id in self._cancelled

        try:
            result = run_job(
                self._find_runners()[type(waiting.job)],
                waiting.job,
                ModelInTurns(waiting.model, self._turns, cancelled, self._others),
                allocate=arrays.allocate,
                progress=report.progress,
                so_far=report.so_far,
                cancelled=cancelled,
            )
        except Cancelled:
            return JobFailed(waiting.id, "")
        except UserError as error:
            return JobFailed(waiting.id, str(error))
        except Exception as error:  # this process is needed for the next request
            return JobFailed(waiting.id, _failed(error))
        return JobDone(waiting.id, result)


class _JobReport:
    """Says how far a job is and what it has found, not too often, and not later than its end."""

    def __init__(self, id_: int, sender: EventSender) -> None:
        self._id = id_
        self._progress: _Seldom[JobProgress] = _Seldom(sender, PROGRESS_EVERY)
        self._so_far: _Seldom[JobSoFar] = _Seldom(sender, SO_FAR_EVERY)

    def progress(self, done: int, of: int) -> None:
        """So many steps are done."""
        self._progress.tell(JobProgress(self._id, done, of))

    def so_far(self, result: object) -> None:
        """So much is found."""
        self._so_far.tell(JobSoFar(self._id, result))

    def send_last(self, *, is_done: bool) -> None:
        """Send what was told last, if it has not been: a part of what is there whole is not."""
        if not is_done:
            self._so_far.send_last()
        self._progress.send_last()


E = TypeVar("E", JobProgress, JobSoFar)


class _Seldom(Generic[E]):
    """Sends the last of many events, some time after the one before.

    Args:
        sender: takes the events.
        every: seconds between two of them.
    """

    def __init__(self, sender: EventSender, every: float) -> None:
        self._sender = sender
        self._every = every
        self._unsent: E | None = None
        self._next = 0.0

    def tell(self, event: E) -> None:
        """Send it, if the one before is long enough ago."""
        self._unsent = event
        if time.monotonic() >= self._next:
            self.send_last()

    def send_last(self) -> None:
        """Send what was told last, if it has not been."""
        if self._unsent is not None:
            unsent, self._unsent = self._unsent, None
            self._sender.send(unsent)
            self._next = time.monotonic() + self._every


def _failed(error: Exception) -> str:
    cause = clean(str(error).partition("\n")[0]) or type(error).__name__
    return f"It failed half-way: {cause}; try again."
