"""The effect of cutting each head alone on the chosen candidate: asked for, there, or gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.lazy import np
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect, Redraw
from tui.session.events import Part, action
from tui.session.model_state import short_name
from tui.text import MASK, visible

if TYPE_CHECKING:  # imported when effects are first asked for
    from numpy.typing import NDArray

    from tui.analysis.columns import HeadIndex
    from tui.experiments.measures import Measure
    from tui.experiments.sweep import Sweep, SweepHeads
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

SWEEP = "sweep"
"""The job that cuts each head."""


class EffectsOfHeads(Part):
    """Effects are of the text, the model, the cuts and the candidate on screen, or they go.

    Attributes:
        found: the effects, None before they are measured, and once they are of something else.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: Sweep | None = None
        self._asked: SweepHeads | None = None  # of what is found, or under way
        self._measure = 0  # which of the measures is shown

    # What is known

    @property
    def measure(self) -> Measure:
        """How effects are measured."""
        from tui.experiments.measures import MEASURES

        return MEASURES[self._measure]

    @property
    def numbers(self) -> NDArray[np.float32] | None:
        """The effect of each head, `[layer, head]`, None if it is not known."""
        if self.found is None:
            return None
        return self.found.effects[self.measure.slug].astype(np.float32)

    @property
    def named(self) -> str:
        """Whose effect it is and how it is measured, in a few words; empty if it is not known."""
        found, measure = self.found, self.measure
        if found is None:
            return ""
        over = f" over {visible(found.runner_up_word)}" if measure.slug == "logit-diff" else ""
        gives = "their mean" if found.by == "mean" else "zero"
        return f"effect on {visible(found.word)}{over}, {measure.name}, heads cut to {gives}"

    @property
    def said(self) -> str:
        """A sentence on what was measured, and what single effects come to; empty before."""
        if self.found is None:
            return ""
        named, compared = self.named, self.found.compared(self.measure)
        return f"{named[0].upper()}{named[1:]}: {compared[0].lower()}{compared[1:]}"

    def of(self, head: HeadIndex) -> str:
        """A head's effect and its rank, such as `effect 0.31, 3rd of 72`; empty if not known."""
        from tui.analysis.columns import EFFECT, ranked, table_number

        if (numbers := self.numbers) is None:
            return ""
        order = ranked(EFFECT, numbers, np.ones(numbers.shape, dtype=bool))
        place = _ordinal(order.index(head) + 1)
        return f"effect {table_number(float(numbers[head]))}, {place} of {numbers.size}"

    def tell(self) -> None:
        """Say what was measured, if anything was."""
        if self.found is not None:
            self.session.say(self.said)

    # Measuring

    @action
    def measure_all(self) -> Iterable[Effect]:
        """Have each head cut alone; once that is done, take the next measure.

        On the table heads are ranked by it, and on the map shaded; if they are not yet, they are
        before the measure turns.
        """
        self._check()
        shown = self._show_on_board()
        yield Redraw.EVERYTHING
        jobs = self.session.jobs
        if jobs.is_under_way(SWEEP):
            self.session.say("Heads are being cut one by one: esc on the main screen cancels.")
        elif self.found is None:
            self._asked = self._job
            yield from jobs.start(SWEEP, self._asked, "cutting heads", self._measured)
        else:
            if shown:
                self._turn_measure()
            self.tell()
            self.session.heads.ask_again(self.session.answer)

    def turn_measure(self) -> None:
        """Take the next measure, wherever effects are shown."""
        self._turn_measure()
        if self.found is not None:
            self.session.heads.ask_again(self.session.answer)

    def _show_on_board(self) -> bool:
        """Have the screen that is open show effects; returns whether it did already."""
        from tui.analysis.columns import EFFECT
        from tui.session.boards import HeadMapState, HeadsTableState

        heads = self.session.heads
        board = heads.board
        if isinstance(board, HeadsTableState):
            shown = heads.search.column is EFFECT and board.over is None
            heads.search.column, board.over = EFFECT, None
            if not shown:
                board.cursor = None
            return shown
        if isinstance(board, HeadMapState):
            shown = board.is_shaded_by_effect
            board.shade_by_effect()
            return shown
        return True

    def _turn_measure(self) -> None:
        from tui.experiments.measures import MEASURES

        self._measure = (self._measure + 1) % len(MEASURES)

    def _check(self) -> None:
        """Raise RequestError unless there is a candidate, and a model whose heads can be cut."""
        session = self.session
        session.need_all_heads()
        answer = session.answer
        if answer.model.only_text is not None:
            raise RequestError(
                "This is saved attention, and nothing can be cut in it: o chooses a model."
            )
        if answer.model.name != session.model.name:
            asked, answered = session.model.name, answer.model.name
            raise RequestError(
                f"The answer on screen is {short_name(answered)}'s: heads of {short_name(asked)} "
                "can be cut when it has answered."
            )
        if not answer.model.has_head:
            raise RequestError(
                f"{short_name(answer.model.name)} has no trained masked-LM head, so that there is "
                "no candidate to measure effects on: o chooses another model."
            )
        if not answer.masks:
            raise RequestError(
                f"There is no {MASK} in this sentence, so that there is no candidate to measure "
                "effects on: w masks the cursor's token."
            )

    @property
    def _job(self) -> SweepHeads:
        """What measures the effects on what is on screen."""
        from tui.experiments.sweep import SweepHeads

        session = self.session
        answer, target = session.answer, session.filling.target
        return SweepHeads(
            answer.text,
            answer.model.name,
            by=session.cutting.by,
            interventions=answer.interventions,
            mask=target.mask,
            token=target.token,
        )

    def _measured(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """Every head was cut, or cannot be."""
        from tui.experiments.sweep import Sweep

        if isinstance(end, JobFailed):
            self._asked = None
            self.session.heads.do_without_effect()
            self.session.say(end.message or "Cancelled.")
            return
        assert isinstance(end.result, Sweep)
        self.found = end.result
        self.tell()
        self.session.heads.ask_again(self.session.answer)

    # What is on screen changes

    def adapt(self) -> Iterator[Effect]:
        """Let go of effects that are not those on what is on screen, and say so."""
        asked = self._asked
        if asked is None or (changed := self._changed(asked)) is None:
            return
        was_there, self._asked, self.found = self.found is not None, None, None
        yield from self.session.jobs.forget(SWEEP)
        self.session.heads.do_without_effect()
        done = "those effects are gone" if was_there else "the heads are not cut to the end"
        said = f"{changed}: {done}; e measures anew."
        self.session.say(f"{self.session.message} {said}".strip())

    def follow(self) -> Iterator[Effect]:
        """The same where the answer stays, and a query asks it for effects."""
        asked = self._asked
        yield from self.adapt()
        if asked is not self._asked:
            self.session.heads.ask_again(self.session.answer)

    def _changed(self, asked: SweepHeads) -> str | None:
        """What is another on screen than what was measured, None if it is the same."""
        now = self._job
        if asked.model != now.model:
            return "Another model"
        if asked.text != now.text:
            return "Another sentence"
        if asked.interventions != now.interventions:
            return "Something else is cut"
        if asked.mask != now.mask:
            return "Another mask"
        if asked.token != now.token:
            return "Another candidate"
        return "Another way to cut heads" if asked.by != now.by else None


def _ordinal(number: int) -> str:
    """A number as a place: `1st`, `12th`, `23rd`."""
    if number // 10 % 10 == 1:
        return f"{number}th"
    return str(number) + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
