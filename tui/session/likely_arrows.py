"""The likely arrows: what stands on their screen, and the cutting of them that is under way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tui.analysis.views import RAW
from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import CloseBoard, Effect, Open, Redraw
from tui.session.events import Part, action
from tui.session.jobs import why_not_all
from tui.session.model_state import short_name
from tui.text import MASK

if TYPE_CHECKING:  # imported when arrows are first asked for
    from tui.experiments.arrows import ArrowSweep, SweepArrows, SweptArrow
    from tui.experiments.measures import Measure
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

ARROWS = "arrows"
"""The job that cuts them."""


class ArrowOrder(NamedTuple):
    """An order of the list.

    Attributes:
        name: the column that it is by.
        number: (an arrow, the measure in force) → its number there; the largest comes first,
            whatever its sign.
    """

    name: str
    number: Callable[[SweptArrow, Measure], float]


ORDERS = (
    ArrowOrder("effect", lambda one, measure: one.effects[measure.slug]),
    ArrowOrder("estimate", lambda one, measure: one.estimate(measure)),
    ArrowOrder("weight", lambda one, _: one.weight),
)
"""The orders, the usual one first."""


class LikelyArrows(Part):
    """Arrows are those of the answer on screen, or they are measured anew.

    Attributes:
        is_open: their screen is open.
        found: what was measured, None before, and once it is of something else.
        problem: why there is nothing, in a sentence; empty if there is, or it is on its way.
        renormalised: the rest of an arrow's row is scaled so that it sums to 1 again.
        cursor: the line at hand, counted from 0.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.is_open = False
        self.found: ArrowSweep | None = None
        self.problem = ""
        self.renormalised = False
        self.cursor = 0
        self._order = 0
        self._asked: SweepArrows | None = None  # of what is found, or under way

    # What is known

    @property
    def order(self) -> ArrowOrder:
        """The order of the list."""
        return ORDERS[self._order]

    @property
    def lines(self) -> list[SweptArrow]:
        """The arrows in the order of the list; what has no number comes last."""
        if self.found is None:
            return []
        measure, number = self.session.effects.measure, self.order.number

        def rank(one: SweptArrow) -> tuple[bool, float]:
            size = abs(number(one, measure))
            return math.isnan(size), -size

        return sorted(self.found.arrows, key=rank)

    @property
    def at_hand(self) -> SweptArrow | None:
        """The arrow at the cursor, if there is one."""
        lines = self.lines
        return lines[min(self.cursor, len(lines) - 1)] if lines else None

    # The screen

    @action
    def open(self) -> Iterable[Effect]:
        """Show the likely arrows, measured if they are not yet."""
        self._check()
        self.is_open, self.problem = True, ""
        yield Open("arrows")
        if self.found is None or not self.found.is_whole or self._asked != self._job:
            yield from self._ask()

    @action
    def close(self) -> Iterable[Effect]:
        """Back to the grid; what is being measured is not waited for."""
        yield from self._close()

    @action
    def move(self, step: int) -> Iterable[Effect]:
        """Go some lines down the list, or up."""
        self.cursor = max(0, min(self.cursor + step, len(self.lines) - 1))
        yield Redraw.BOARD

    @action
    def turn_order(self) -> Iterable[Effect]:
        """List them in the next order; the cursor stays at its arrow."""
        at_hand, self._order = self.at_hand, (self._order + 1) % len(ORDERS)
        self._go_to(at_hand)
        self.session.say(f"The largest {self.order.name} first, whatever its sign.")
        yield Redraw.BOARD

    @action
    def turn_measure(self) -> Iterable[Effect]:
        """Show the next measure; one with an estimate of its own proposes other arrows."""
        at_hand = self.at_hand
        self.session.effects.turn_measure()
        self._go_to(at_hand)
        yield Redraw.BOARD
        if self._asked != self._job:
            yield from self._ask()

    @action
    def turn_row(self) -> Iterable[Effect]:
        """Leave an arrow's row as it is, or renormalise it, and measure anew."""
        self.renormalised = not self.renormalised
        yield Redraw.BOARD
        yield from self._ask()

    @action
    def go(self) -> Iterable[Effect]:
        """Back to the grid, to the head of the arrow at hand, the cursor on its cell."""
        if (one := self.at_hand) is None:
            return
        yield from self._close()
        viewing, arrow = self.session.viewing, one.arrow
        viewing.layer, viewing.head = arrow.layer, arrow.head
        if viewing.view.of != "head":
            viewing.look_at(RAW)
        cell = viewing.units.unit_of(arrow.query), viewing.units.unit_of(arrow.key)
        viewing.put_cursor(cell)
        if viewing.cursor != cell:
            viewing.hides, viewing.block = False, None
            self.session.say("All tokens are shown again: this arrow's were hidden.")
        yield from self.session.show_head()

    @action
    def cut(self) -> Iterable[Effect]:
        """Cut the arrow at hand: with the answer that comes, what is left is measured anew."""
        if (one := self.at_hand) is not None:
            yield from self.session.cutting.turn_arrows([one.arrow])

    def adapt(self) -> Iterator[Effect]:
        """Have the arrows be those of the answer on screen."""
        if self.is_open and self._asked != self._job:
            with suppress(RequestError):  # the screen says it
                yield from self._ask()

    def _go_to(self, one: SweptArrow | None) -> None:
        self.cursor = self.lines.index(one) if one is not None else 0

    def _close(self) -> Iterator[Effect]:
        self.is_open, self.problem = False, ""
        yield CloseBoard()
        yield from self.session.jobs.forget(ARROWS)
        if self.found is not None and not self.found.is_whole:
            self.found, self.cursor = None, 0
        yield Redraw.EVERYTHING

    # Measuring

    def _check(self) -> None:
        """Raise RequestError unless there is a candidate, and a model whose arrows can be cut."""
        session = self.session
        session.cutting.need_a_model()
        session.need_all_heads()
        answer = session.answer
        if not answer.model.has_head:
            raise RequestError(
                f"{short_name(answer.model.name)} has no trained masked-LM head, so that there is "
                "no candidate to cut arrows for: o chooses another model."
            )
        if not answer.masks:
            raise RequestError(
                f"There is no {MASK} in this sentence, so that there is no candidate to cut arrows "
                "for: w masks the cursor's token."
            )

    @property
    def _job(self) -> SweepArrows:
        """What measures the arrows of what is on screen."""
        from tui.experiments.arrows import SweepArrows
        from tui.experiments.measures import MEASURES
        from tui.experiments.sweep import ESTIMATED

        session = self.session
        answer, target = session.answer, session.filling.target
        measure = session.effects.measure.slug
        if measure not in ESTIMATED:  # those of another measure are shown, with its effects
            measure = self._asked.measure if self._asked is not None else MEASURES[0].slug
        return SweepArrows(
            answer.text,
            answer.model.name,
            interventions=answer.interventions,
            mask=target.mask,
            token=target.token,
            renormalised=self.renormalised,
            measure=measure,
        )

    def _ask(self) -> Iterator[Effect]:
        """Have the arrows cut, or say why not; what is under way is no longer wanted."""
        jobs = self.session.jobs
        yield from jobs.forget(ARROWS)
        self.found, self.problem, self.cursor = None, "", 0
        try:
            self._check()
        except RequestError as error:
            self._asked, self.problem = None, str(error)
            raise
        self._asked = self._job
        said = "cutting arrows"
        yield from jobs.start(ARROWS, self._asked, said, self._measured, self._take)

    def _measured(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """The arrows are cut, or cannot be."""
        if isinstance(end, JobFailed):
            so_far = self.found.so_far if self.found is not None else None
            anew = "opened again (E) they are cut anew"
            self.problem = why_not_all(end.message, so_far, "cut", anew)
            self.session.say(self.problem)
            return
        self._take(end.result)

    def _take(self, found: object) -> None:
        """Some arrows more are cut, or all: the cursor stays at its arrow, or on the first line."""
        from tui.experiments.arrows import ArrowSweep

        assert isinstance(found, ArrowSweep)
        at_hand = self.at_hand if self.cursor else None
        self.found = found
        if at_hand is not None:
            self.cursor = [one.arrow for one in self.lines].index(at_hand.arrow)
