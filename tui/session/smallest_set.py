"""The smallest set of heads that keeps a candidate's rank: looked for, and put in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from tui.analysis.wanted import Target
from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import CloseBoard, Effect, Open, Redraw, Write
from tui.session.events import Part, action
from tui.session.model_state import short_name
from tui.text import MASK

if TYPE_CHECKING:  # imported when a set is first asked for
    from tui.experiments.set_over_list import SetOverList
    from tui.experiments.smallest_set import FindSmallestSet, SmallestSet
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

PRUNING = "pruning"
"""The job that looks for the set."""

TRYING = "trying a set"
"""The job that tries it on other sentences."""


class Pruning(Part):
    """A set is the chosen candidate's in one sentence: one that comes too late is dropped.

    Attributes:
        found: the set that was found last, None before the first.
        over_list: how it does on the other sentences of the list, None if that is not known.
        is_open: its screen is open.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: SmallestSet | None = None
        self.over_list: SetOverList | None = None
        self.is_open = False
        self._asked: FindSmallestSet | None = None

    @action
    def find(self) -> Iterable[Effect]:
        """Look for a smallest set of heads with which the chosen candidate keeps its rank.

        Where it is found and in force, show how it was: the curve of the pruning.
        """
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
        if self._is_in_force and not session.jobs.is_under_way(PRUNING):
            self.is_open = True
            yield Open("smallest-set")
            if self.over_list is None and self._other_sentences:
                yield from self._try_list()
            return
        asked = FindSmallestSet(
            answer.text,
            answer.model.name,
            by=session.cutting.by,
            mask=target.mask,
            token=target.token,
        )
        if session.jobs.is_under_way(PRUNING) and asked == self._asked:
            session.say("Heads are being pruned one by one: esc on the main screen cancels.")
            yield Redraw.STATUS
            return
        yield from session.jobs.forget(PRUNING)
        self._asked = asked
        yield from session.jobs.start(PRUNING, self._asked, "pruning heads", self._found)

    @action
    def close(self) -> Iterable[Effect]:
        """Back to the grid; what the set does elsewhere is not waited for."""
        yield from self._close()

    @action
    def save(self) -> Iterable[Effect]:
        """Save the curve as a picture."""
        from tui.evidence.smallest_set import SetPicture

        if self.found is not None:
            picture = SetPicture(self.found, self.over_list)
            folder = self.session.options.save_folder
            yield Write(partial(picture.save, folder), self.session.keeping.saved, can_wait=True)

    @action
    def try_list(self) -> Iterable[Effect]:
        """Try the set on the other sentences of the list."""
        if not self._other_sentences:
            raise RequestError(
                "There is no other sentence in the list yet: notes on heads (a) make it longer."
            )
        yield from self._try_list()

    @property
    def _other_sentences(self) -> tuple[str, ...]:
        """The sentences of the list but the one that the set was found in."""
        own = self.found.text if self.found is not None else ""
        return tuple(text for text in self.session.sentences.listed if text != own)

    def _try_list(self) -> Iterator[Effect]:
        from tui.experiments.set_over_list import TrySetOverList

        found = self.found
        assert found is not None
        job = TrySetOverList(self._other_sentences, found.model, found.kept, found.by)
        yield from self.session.jobs.forget(TRYING)
        yield from self.session.jobs.start(
            TRYING, job, "trying the set", partial(self._tried, found)
        )

    def _tried(self, tried: SmallestSet, end: JobDone | JobFailed, _: UnderWay) -> None:
        """It is known what the set does on other sentences, or cannot be."""
        from tui.experiments.set_over_list import SetOverList

        if isinstance(end, JobFailed):
            self.session.say(end.message or "Cancelled.")
        elif tried is self.found:
            assert isinstance(end.result, SetOverList)
            self.over_list = end.result
            self.session.say(end.result.said)

    def _close(self) -> Iterator[Effect]:
        self.is_open = False
        yield CloseBoard()
        yield from self.session.jobs.forget(TRYING)
        yield Redraw.EVERYTHING

    @property
    def _is_in_force(self) -> bool:
        """Whether the set that was found is what the answer on screen is left with."""
        found, session = self.found, self.session
        if found is None or session.analysis is None or session.question is not None:
            return False
        answer = session.answer
        return (
            (answer.text, answer.model.name) == (found.text, found.model)
            and set(answer.interventions) == set(found.interventions)
            and session.filling.target == Target(found.mask, found.token)
            and session.cutting.by == found.by
        )

    def adapt(self) -> Iterator[Effect]:
        """Give up looking once the set would be another sentence's, or another candidate's."""
        if self.is_open and not self._is_in_force:
            yield from self._close()
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
            self.found, self.over_list = end.result, None
            session.say(end.result.said)
            yield from session.cutting.keep_only(end.result.kept, end.result.by)
