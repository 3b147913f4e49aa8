"""The third page of the lens: the parts that add up to the chosen candidate's logit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect, Redraw
from tui.session.events import Part, action
from tui.text import visible

if TYPE_CHECKING:  # imported when they are first asked for
    from tui.experiments.direct import DirectParts, LogitPart
    from tui.experiments.logit_parts import TakenApart
    from tui.experiments.sweep import Sweep
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

PARTS = "parts"
"""The job that takes a logit apart."""


class PartsState(Part):
    """The parts of the chosen candidate's logit, or of its lead over the runner-up.

    Attributes:
        found: the parts, None before they are there, and once they are of something else.
        problem: why there are none, in a sentence; empty if there are, or they are on their way.
        of_lead: those of the lead are shown, which effects of cuts are comparable to; else those
            of the logit.
        by_size: the largest are first, whatever their sign; else they are in the model's order.
        row: the line at hand, counted from 0.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: TakenApart | None = None
        self.problem = ""
        self.of_lead = self.by_size = True
        self.row = 0

    @property
    def sums(self) -> DirectParts | None:
        """The sum that is shown."""
        if self.found is None:
            return None
        return self.found.lead if self.of_lead else self.found.logit

    @property
    def listed(self) -> list[LogitPart]:
        """Its parts in the order on screen."""
        parts = self.sums.listed() if self.sums is not None else []
        return sorted(parts, key=lambda one: -abs(one.value)) if self.by_size else parts

    @property
    def at_hand(self) -> LogitPart | None:
        """The part on the line at hand."""
        return self.listed[self.row] if self.row < len(self.listed) else None

    @property
    def measured(self) -> Sweep | None:
        """The effects of cutting each head, if those of this very run and candidate are known."""
        found, sweep = self.found, self.session.effects.found
        return sweep if found and sweep and found.is_measured_by(sweep) else None

    def effect(self, part: LogitPart) -> float | None:
        """By how much the lead falls if a head is cut; None of other parts, or if not measured."""
        if self.measured is None or part.layer is None or part.head is None:
            return None
        if not self.measured.has((part.layer, part.head)):
            return None
        return float(self.measured.effects["logit-diff"][part.layer, part.head])

    @property
    def whose(self) -> str:
        """The sum that is shown, in words: `“cat” over “dog”`, or `the logit of “cat”`."""
        if self.found is None:
            return ""
        if self.of_lead:
            return self.found.lead_named
        return f"the logit of “{self.found.word}”"

    def move(self, down: int) -> None:
        """Go to another line."""
        self.row = min(max(self.row + down, 0), max(0, len(self.listed) - 1))

    @action
    def turn_sum(self) -> Iterable[Effect]:
        """Show the parts of the logit, or those of its lead again."""
        self._keep_part_while("of_lead")
        yield Redraw.BOARD

    @action
    def turn_order(self) -> Iterable[Effect]:
        """Show the parts in the model's order, or the largest first again."""
        self._keep_part_while("by_size")
        yield Redraw.BOARD

    @action
    def measure(self) -> Iterable[Effect]:
        """Have each head cut alone; what is measured already is said.

        Raises:
            RequestError: effects are on a word of several pieces, and no part of its logit.
        """
        if word := self.session.filling.word:
            raise RequestError(
                f"Effects are on “{visible(word)}” now, a word of several pieces: J and K choose a "
                "candidate, whose effects stand beside its parts."
            )
        if self.measured is None or not self.measured.is_whole:
            yield from self.session.effects.measure_all()
        else:
            self.session.effects.tell()
            yield Redraw.BOARD

    def _keep_part_while(self, turned: str) -> None:
        """Turn one of the two; the line at hand stays that of the same part."""
        before = self.at_hand
        setattr(self, turned, not getattr(self, turned))
        if before is not None:
            self.row = [one.name for one in self.listed].index(before.name)

    def ask(self) -> Iterator[Effect]:
        """Have the logit taken apart; what is under way is no longer wanted."""
        from tui.experiments.logit_parts import TakeApart

        yield from self.forget()
        answer, filling = self.session.answer, self.session.filling
        job = TakeApart(
            answer.text, answer.model.name, mask=filling.mask, token=filling.target.token,
            interventions=answer.interventions,
        )  # fmt: skip
        yield from self.session.jobs.start(PARTS, job, "taking the logit apart", self._taken)

    def forget(self) -> Iterator[Effect]:
        """Let go of parts, and of a job that nobody waits for."""
        self.found, self.problem = None, ""
        yield from self.session.jobs.forget(PARTS)

    def _taken(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """It is taken apart, or cannot be."""
        from tui.experiments.logit_parts import TakenApart

        if isinstance(end, JobFailed):
            self.problem = end.message or "Cancelled."
            self.session.say(self.problem)
            return
        assert isinstance(end.result, TakenApart)
        self.found = end.result
        self.row = min(self.row, len(self.listed) - 1)
