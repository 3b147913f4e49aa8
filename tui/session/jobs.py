"""The long jobs that the worker runs beside everything else: how far each is, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.experiments.time_left import TimeLeft
from tui.model.worker.protocol import JobDone, JobFailed, JobProgress, JobSoFar
from tui.session.effects import Effect, GiveUpJob, Redraw, RunJob
from tui.session.events import Part, event

if TYPE_CHECKING:
    from tui.experiments.so_far import SoFar
    from tui.model.worker.jobs import Job
    from tui.session.session import Session


@dataclass(slots=True)
class UnderWay:
    """A job that is under way.

    Attributes:
        ended: takes its end; what it returns is carried out.
        said: what it is called while it is under way, in a word or two.
        so_far: takes what it has found before its end; None if nobody asks for that.
        number: its number, once the worker has it.
        done: how many of its steps are done.
        of: how many there are, 0 while that is not known.
        left: guesses how long it will still take.
    """

    ended: Callable[[JobDone | JobFailed, UnderWay], Iterable[Effect] | None]
    said: str
    so_far: Callable[[object], Iterable[Effect] | None] | None = None
    number: int | None = None
    done: int = 0
    of: int = 0
    left: TimeLeft = field(default_factory=TimeLeft)


class Jobs(Part):
    """At most one job of each kind is under way."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._under_way: dict[str, UnderWay] = {}

    @property
    def said(self) -> str:
        """The job under way, in a few words, and how long it will take; empty if there is none."""
        for job in self._under_way.values():
            if not job.of:
                return f"{job.said}…"
            left = f", {job.left.said}" if job.left.said else ""
            return f"{job.said} {job.done} of {job.of}{left}"
        return ""

    def is_under_way(self, kind: str) -> bool:
        """Whether a job of this kind is under way."""
        return kind in self._under_way

    def start(
        self,
        kind: str,
        job: Job,
        said: str,
        ended: Callable[[JobDone | JobFailed, UnderWay], Iterable[Effect] | None],
        so_far: Callable[[object], Iterable[Effect] | None] | None = None,
    ) -> Iterator[Effect]:
        """Give the worker a job.

        Args:
            kind: what it is called here.
            job: the job.
            said: what it is called on screen.
            ended: takes its end, with how far it came; what it returns is carried out.
            so_far: takes what it has found before its end, likewise.
        """
        self._under_way[kind] = UnderWay(ended, said, so_far)
        yield RunJob(kind, job)
        yield Redraw.STATUS

    @event
    def started(self, kind: str, number: int) -> Iterable[Effect]:
        """A job was given to the worker, under this number."""
        if kind in self._under_way:
            self._under_way[kind].number = number
        return ()

    def cancel(self, kind: str | None = None) -> Iterator[Effect]:
        """Have a job given up, by default the oldest; it ends when the worker says so."""
        kind = kind if kind is not None else next(iter(self._under_way), None)
        if kind in self._under_way and (number := self._under_way[kind].number) is not None:
            yield GiveUpJob(number)

    def forget(self, kind: str) -> Iterator[Effect]:
        """Have a job given up whose end nobody waits for."""
        yield from self.cancel(kind)
        if self._under_way.pop(kind, None) is not None:
            yield Redraw.STATUS

    def take(self, said: JobProgress | JobSoFar | JobDone | JobFailed) -> Iterator[Effect]:
        """The worker says how far a job is, what it has found by now, or how it ended."""
        numbered = {job.number: kind for kind, job in self._under_way.items()}
        if (kind := numbered.get(said.id)) is None:
            return  # it was forgotten
        job = self._under_way[kind]
        if isinstance(said, JobProgress):
            job.done, job.of = said.done, said.of
            job.left.tell(said.done, said.of)
            yield Redraw.STATUS
        elif isinstance(said, JobSoFar):
            if job.so_far is not None:
                yield from job.so_far(said.result) or ()
                yield Redraw.BOARD
        else:
            del self._under_way[kind]
            yield from job.ended(said, job) or ()
            yield Redraw.EVERYTHING


def why_not_all(message: str, so_far: SoFar | None, done: str, then: str) -> str:
    """A sentence on a sweep that has come to nothing more, and on what is measured of it.

    Args:
        message: why; empty if it was cancelled.
        so_far: how far it came; None if nothing is measured, or nothing was left.
        done: what was done to the things that are measured.
        then: how one comes to the rest, such as `e goes on`.
    """
    if so_far is None:
        return message or "Cancelled."
    before = "before" if message else "before it was cancelled"
    return f"{message} {so_far.counted} were {done} {before}; {then}.".strip()
