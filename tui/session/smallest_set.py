"""The smallest set of heads that keeps a candidate's rank: looked for, and put in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.analysis.wanted import Target
from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect
from tui.session.events import Part, action
from tui.session.model_state import short_name
from tui.text import MASK

if TYPE_CHECKING:  # imported when a set is first asked for
    from tui.experiments.smallest_set import FindSmallestSet
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

PRUNING = "pruning"
"""The job that looks for the set."""


class Pruning(Part):
    """A set is the chosen candidate's in one sentence: one that comes too late is dropped."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._asked: FindSmallestSet | None = None

    @action
    def find(self) -> Iterable[Effect]:
        """Look for a smallest set of heads with which the chosen candidate keeps its rank."""
        from tui.experiments.smallest_set import FindSmallestSet

        session = self.session
        session.cutting.need_a_model()
        answer, target = session.answer, session.filling.target
        if not answer.model.has_head:
            raise RequestError(
                f"{short_name(answer.model.name)} has no trained masked-LM head, so no candidate "
                "has a rank to keep: press o to choose another model."
            )
        if target.token is None:
            raise RequestError(
                f"There is no {MASK} in this sentence with a candidate to keep: w masks the "
                "cursor's token."
            )
        yield from session.jobs.forget(PRUNING)
        self._asked = FindSmallestSet(
            answer.text,
            answer.model.name,
            by=session.cutting.by,
            mask=target.mask,
            token=target.token,
        )
        yield from session.jobs.start(PRUNING, self._asked, "pruning heads", self._found)

    def adapt(self) -> Iterator[Effect]:
        """Give up looking once the set would be another sentence's, or another candidate's."""
        if self.session.jobs.is_under_way(PRUNING) and not self._is_wanted:
            yield from self.session.jobs.forget(PRUNING)

    @property
    def _is_wanted(self) -> bool:
        """Whether what was asked for is about what is on screen, and nothing else is awaited."""
        session, job = self.session, self._asked
        answer, question = session.answer, session.question
        if job is None or (question is not None and not question.again):
            return False
        names = {answer.model.name, session.model.name}
        return (
            answer.text == job.text
            and names == {job.model}
            and session.filling.target == Target(job.mask, job.token)
        )

    def _found(self, end: JobDone | JobFailed, _: UnderWay) -> Iterator[Effect]:
        """The set is there, or cannot be had."""
        from tui.experiments.smallest_set import SmallestSet

        session = self.session
        if isinstance(end, JobFailed):
            session.say(end.message or "Cancelled.")
        elif not self._is_wanted:
            session.say("What is on screen has changed since F was pressed: press it anew.")
        else:
            assert isinstance(end.result, SmallestSet)
            session.say(end.result.said)
            yield from session.cutting.keep_only(end.result.kept, end.result.by)
