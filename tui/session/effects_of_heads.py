"""The effect of cutting each head alone on the chosen candidate: asked for, there, or gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.lazy import np
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect, Redraw
from tui.session.events import Part, action
from tui.session.jobs import why_not_all
from tui.session.model_state import short_name
from tui.text import MASK, mask_said, ordinal, visible

if TYPE_CHECKING:  # imported when effects are first asked for
    from numpy.typing import NDArray

    from tui.analysis.columns import Column, HeadIndex
    from tui.analysis.interventions import CutBy
    from tui.experiments.measures import Measure
    from tui.experiments.so_far import SoFar
    from tui.experiments.sweep import Sweep, SweepHeads
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

SWEEP = "sweep"
"""The job that cuts each head."""


class EffectsOfHeads(Part):
    """Effects are of the text, the model, the cuts and the candidate on screen, or they go.

    Those of another way to cut heads stay, beside those of the way in force.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._found: dict[CutBy, Sweep] = {}
        self._asked: SweepHeads | None = None  # of what is found, or under way
        self._measure = 0  # which of the measures is shown

    # What is known

    @property
    def measure(self) -> Measure:
        """How effects are measured, of heads and of arrows."""
        from tui.experiments.measures import MEASURES

        return MEASURES[self._measure]

    @property
    def shown(self) -> Measure:
        """How the effects that are known are measured: a word of several pieces has one way."""
        if self.found is None:
            return self.measure
        of_its = {measure.slug: measure for measure in self.found.measures}
        return of_its.get(self.measure.slug, self.found.measures[0])

    @property
    def found(self) -> Sweep | None:
        """The effects of the way to cut heads that is in force, or of another that is measured.

        None before any are measured, and once they are of something else.
        """
        by = self.session.cutting.by
        return self._found.get(by) or next(iter(self._found.values()), None)

    @property
    def sweeps(self) -> tuple[Sweep, ...]:
        """The effects of every way that is measured, that of `found` first."""
        first = self.found
        if first is None:
            return ()
        return first, *(one for one in self._found.values() if one is not first)

    @property
    def columns(self) -> Mapping[str, NDArray[np.float32]]:
        """The effects that are known, `[layer, head]`, by the names of their columns."""
        from tui.analysis.columns import EFFECT, EFFECT_BY

        if (numbers := self.numbers) is None:
            return {}
        slug = self.shown.slug
        beside = {
            EFFECT_BY[by].name: self._found[by].effects[slug].astype(np.float32)
            for by in EFFECT_BY
            if by in self._found
        }
        return {EFFECT.name: numbers, **(beside if len(beside) > 1 else {})}

    @property
    def so_far(self) -> Mapping[str, SoFar]:
        """How far the sweeps have come that are not at their end, by the names of the columns."""
        return {
            name: one.so_far
            for name, one in self._by_column.items()
            if one.so_far is not None and name in self.columns
        }

    @property
    def numbers(self) -> NDArray[np.float32] | None:
        """The effect of each head, `[layer, head]`, None if it is not known."""
        if self.found is None:
            return None
        return self.found.effects[self.shown.slug].astype(np.float32)

    def named(self, column: Column) -> str:
        """Whose effect a column has, how it is measured and heads are cut, in a few words.

        Empty if it is not known, and for any other column.
        """
        found = self._by_column.get(column.name)
        return "" if found is None else self._named(found)

    @property
    def _by_column(self) -> Mapping[str, Sweep]:
        """The sweeps that are known, by the names of their columns."""
        from tui.analysis.columns import EFFECT, EFFECT_BY

        if (found := self.found) is None:
            return {}
        return {EFFECT.name: found, **{EFFECT_BY[by].name: one for by, one in self._found.items()}}

    def _named(self, found: Sweep) -> str:
        from tui.experiments.effect_over_list import how_cut

        measure = self.shown
        over = f" over {visible(found.runner_up_word)}" if measure.slug == "logit-diff" else ""
        at = mask_said(found.mask, len(self.session.answer.masks))
        how = how_cut(found.by, found.means)
        measured_as = visible(found.measured_as(measure))
        return f"effect on {visible(found.word)}{over}{at}, {measured_as}, {how}"

    @property
    def said(self) -> str:
        """A sentence on what was measured, and what single effects come to; empty before."""
        if self.found is None:
            return ""
        return " ".join([self._said(self.found), *self.beside])

    @property
    def beside(self) -> tuple[str, ...]:
        """A sentence on the ranks of heads cut in one way beside those of another, if both are."""
        first, others = self.found, self.sweeps[1:]
        if first is None or not first.is_whole:
            return ()
        return tuple(first.beside(other, self.shown) for other in others if other.is_whole)

    def said_of(self, column: Column) -> str:
        """A sentence on what a column's effects are and come to; empty as of `named`."""
        found = self._by_column.get(column.name)
        return "" if found is None else self._said(found)

    def _said(self, found: Sweep) -> str:
        named, compared = self._named(found), found.compared(self.shown)
        return f"{named[0].upper()}{named[1:]}: {compared[0].lower()}{compared[1:]}"

    def of(self, head: HeadIndex) -> str:
        """A head's effect and its rank, such as `effect 0.31, 3rd of 72`; empty if not known.

        Behind it stands the effect of cutting all heads of its layer, once all are cut.
        """
        from tui.analysis.columns import EFFECT, ranked, table_number

        found = self.found
        if found is None or (numbers := self.numbers) is None:
            return ""
        if not found.has(head):
            return "effect not measured yet"
        order = ranked(EFFECT, numbers, np.ones(numbers.shape, dtype=bool))
        place = ordinal(order.index(head) + 1)
        said = f"effect {table_number(float(numbers[head]))}, {place} of"
        if found.so_far is not None:
            return f"{said} {found.so_far.count} measured"
        said = f"{said} {numbers.size}"
        layer = float(found.layers[self.shown.slug][head[0]])
        return f"{said}, its whole layer {table_number(layer)}"

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
        from tui.analysis.columns import EFFECT

        self._check()
        shown = self.session.heads.show(EFFECT)
        yield Redraw.EVERYTHING
        session, jobs = self.session, self.session.jobs
        if jobs.is_under_way(SWEEP):
            session.say("Heads are being cut one by one: esc on the main screen cancels.")
        elif (known := self._found.get(session.cutting.by)) is None or not known.is_whole:
            layer, _ = session.head
            self._asked = replace(self._job, layer_first=layer, known=known)
            yield from jobs.start(SWEEP, self._asked, "cutting heads", self._measured, self._came)
        else:
            is_only = len(known.measures) == 1
            if shown and not is_only:
                self._turn_measure()
            self.tell()
            if shown and is_only:
                only = f"{known.measures[0].name} is the only measure of a word of several pieces"
                session.say(f"{only[0].upper()}{only[1:]}. {session.message}")
            session.heads.ask_again(session.answer)

    def turn_measure(self) -> None:
        """Take the next measure, wherever effects are shown."""
        self._turn_measure()
        if self.found is not None:
            self.session.heads.ask_again(self.session.answer)

    @property
    def _all_columns(self) -> tuple[Column, ...]:
        from tui.analysis.columns import EFFECT, EFFECT_BY

        return EFFECT, *EFFECT_BY.values()

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
        if session.filling.word:
            from tui.experiments.word_chain import check_several

            check_several(answer.interventions)

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
            token=None if session.filling.word else target.token,
            word=session.filling.word,
        )

    def _came(self, found: object) -> None:
        """Some heads more are cut."""
        from tui.experiments.sweep import Sweep

        assert isinstance(found, Sweep)
        self._found[found.by] = found
        self.session.heads.ask_again(self.session.answer, says=False)

    def _measured(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """Every head was cut, or cannot be: what is measured by then stays."""
        from tui.experiments.sweep import Sweep

        if isinstance(end, JobFailed):
            known = self._found.get(self._asked.by) if self._asked is not None else None
            so_far = known.so_far if known is not None else None
            self._asked = self._of_what_is_found()
            if not self._found:
                self.session.heads.do_without(*self._all_columns)
            self.session.say(why_not_all(end.message, so_far, "cut", "e goes on"))
            return
        assert isinstance(end.result, Sweep)
        self._found[end.result.by] = end.result
        self.tell()
        self.session.heads.ask_again(self.session.answer)

    # What is on screen changes

    def adapt(self) -> Iterator[Effect]:
        """Let go of effects that are not those on what is on screen, and say so."""
        asked, session = self._asked, self.session
        if asked is None:
            return
        is_under_way = session.jobs.is_under_way(SWEEP)
        changed = self._changed(asked if is_under_way else replace(asked, by=self._job.by))
        if changed is None:
            return
        yield from session.jobs.forget(SWEEP)
        was_there, is_of_the_way = bool(self._found), replace(asked, by=self._job.by) == self._job
        if was_there and is_of_the_way:  # another way was being measured, and this one is there
            self._asked = self._of_what_is_found()
            session.say(f"{session.message} {changed}: the heads are not cut to the end.".strip())
            return
        was_whole = any(one.is_whole for one in self._found.values())
        self._asked = None
        self._found.clear()
        session.heads.do_without(*self._all_columns)
        done = "those effects are gone"
        if is_under_way and not was_whole:
            done = "the heads are not cut to the end"
        session.say(f"{session.message} {changed}: {done}; e measures anew.".strip())

    def follow(self) -> Iterator[Effect]:
        """The same where the answer stays, and a query asks it for effects."""
        asked = self._asked
        yield from self.adapt()
        if asked is not self._asked:
            self.session.heads.ask_again(self.session.answer)

    def turn_way(self) -> Iterator[Effect]:
        """Heads are cut in another way from now on: what is measured of it comes to the front."""
        session = self.session
        yield from self.follow()
        if (found := self.found) is None:
            return
        if session.cutting.by in self._found:
            said = self.said
        else:
            gives = "their mean" if found.by == "mean" else "zero"
            said = f"Effects are still those of heads cut to {gives}: e measures these beside them."
        session.say(f"{session.message} {said}".strip())
        session.heads.ask_again(session.answer)

    def _of_what_is_found(self) -> SweepHeads | None:
        """The job of the effects that are shown, None if there are none."""
        return replace(self._job, by=self.found.by) if self.found is not None else None

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
        if (asked.token, asked.word) != (now.token, now.word):
            return "Another candidate"
        return "Another way to cut heads" if asked.by != now.by else None
