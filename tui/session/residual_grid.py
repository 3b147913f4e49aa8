"""Where it is kept: what goes into each layer at each token, transplanted alone from B."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.analysis.views import RAW
from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import CloseBoard, Effect, Open, Redraw
from tui.session.events import Part, action
from tui.session.heads import MEASURE
from tui.session.jobs import why_not_all

if TYPE_CHECKING:  # imported when the grid is first asked for
    from tui.experiments.residual import ResidualTransplants, SweepResidual
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

RESIDUAL = "residual"
"""The job that transplants between layers."""


class ResidualGrid(Part):
    """Shares are those of what is compared on screen, or they are measured anew.

    Attributes:
        is_open: its screen is open.
        found: what was measured, None before, and once it is of something else.
        problem: why there is nothing, in a sentence; empty if there is, or it is on its way.
        layer: the layer at hand, counted from 0.
        token: the token at hand, counted from 0.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.is_open = False
        self.found: ResidualTransplants | None = None
        self.problem = ""
        self.layer = self.token = 0
        self._asked: SweepResidual | None = None  # of what is found, or under way

    def open(self) -> Iterator[Effect]:
        """Show it in the place of whatever lies over the main screen, measured if it is not yet."""
        job, session = self._need_job(), self.session
        if session.heads.board is not None:
            session.heads.board = None
            yield CloseBoard()
            yield from session.jobs.forget(MEASURE)
        self.is_open, self.problem = True, ""
        yield Open("residual")
        if self._asked == job and self.found is not None:
            if not self.found.is_whole:
                yield from self._ask()
        else:
            self.found = None
            self.layer, self.token = 0, self._first_that_differs
            yield from self._ask()

    @action
    def close(self) -> Iterable[Effect]:
        """Back to the main screen; what is being measured is not waited for."""
        yield from self._close()

    @action
    def move(self, down: int, right: int) -> Iterable[Effect]:
        """Go to another layer (down) or another token (right)."""
        answer = self.session.answer
        self.layer = min(max(self.layer + down, 0), answer.model.layers - 1)
        self.token = min(max(self.token + right, 0), len(answer.tokens) - 1)
        yield Redraw.BOARD

    @action
    def go(self) -> Iterable[Effect]:
        """Back to the grid, to the layer at hand, with the cursor on the token's row."""
        viewing, found = self.session.viewing, self.found
        if found is None:
            return
        yield from self._close()
        viewing.layer = self.layer
        if viewing.view.of == "model":
            viewing.look_at(RAW)
        row = viewing.units.unit_of(self.token)
        if row not in viewing.displayed.tokens:
            viewing.hides, viewing.block = False, None
            self.session.say("All tokens are shown again: this one was hidden.")
        viewing.put_cursor(viewing.strongest_ordinary(row))
        yield from self.session.show_head()

    def adapt(self) -> Iterator[Effect]:
        """Have the shares be those of what is on screen, or say why there are none."""
        now = None
        try:
            now = self._need_job()
        except RequestError as error:
            problem = str(error)
        if now is not None and now == self._asked:
            return
        yield from self.session.jobs.forget(RESIDUAL)
        self._asked = self.found = None
        if not self.is_open:
            return
        answer = self.session.answer
        self.layer = min(self.layer, answer.model.layers - 1)
        self.token = min(self.token, len(answer.tokens) - 1)
        if now is None:
            self.problem = problem
            yield Redraw.BOARD
            return
        yield from self._ask()

    @property
    def _first_that_differs(self) -> int:
        """The first token whose partner is another, or the mask."""
        comparing, answer = self.session.comparing, self.session.answer
        b = comparing.b
        assert b is not None
        for left, right in comparing.alignment.pairs:
            if answer.tokens[left].text != b.tokens[right].text:
                return left
        return answer.masks[0]

    def _need_job(self) -> SweepResidual:
        from tui.experiments.residual import SweepResidual

        of = self.session.from_b.need_job()
        return SweepResidual(of.text, of.source, of.model, of.tokens, of.pairs, of.interventions)

    def _ask(self) -> Iterator[Effect]:
        """Have it measured, or the rest of it; what is under way is no longer wanted."""
        jobs = self.session.jobs
        yield from jobs.forget(RESIDUAL)
        self.problem, self._asked = "", replace(self._need_job(), known=self.found)
        yield Redraw.BOARD
        said = "transplanting between layers"
        yield from jobs.start(RESIDUAL, self._asked, said, self._measured, self._came)

    def _came(self, found: object) -> None:
        """Some places more are measured."""
        from tui.experiments.residual import ResidualTransplants

        assert isinstance(found, ResidualTransplants)
        self.found = found

    def _measured(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """It is measured, or cannot be."""
        from tui.experiments.residual import ResidualTransplants

        if isinstance(end, JobFailed):
            so_far = self.found.so_far if self.found is not None else None
            again = "opened again (R) it goes on"
            self.problem = why_not_all(end.message, so_far, "measured", again)
            self.session.say(self.problem)
            return
        assert isinstance(end.result, ResidualTransplants)
        self.found = end.result

    def _close(self) -> Iterator[Effect]:
        self.is_open, self.problem = False, ""
        yield from self.session.jobs.forget(RESIDUAL)
        yield CloseBoard()
        yield Redraw.EVERYTHING
