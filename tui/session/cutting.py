"""Cutting heads and arrows: what is in force, how heads are cut, and what the whole model said.

While the run on screen is compared with another sentence, a head can be transplanted from that one
in place of being cut.

What is in force is what the answer on screen was made with: nothing is kept beside it that could
say otherwise. A press asks anew; the next one, before the answer, builds on what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from tui.analysis.interventions import (
    CUTS,
    NONE,
    CutArrow,
    CutBy,
    CutHead,
    Intervention,
    Interventions,
    Transplant,
    all_but,
    changed_heads,
    cut_heads,
    ordered,
)
from tui.errors import RequestError
from tui.session.effects import Effect, Redraw
from tui.session.events import Part, action
from tui.session.model_state import short_name
from tui.session.question import Question

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.columns import HeadIndex
    from tui.session.session import Session

CUT_SIGN = "×"
"""Marks a head that is cut, wherever heads are shown; the terminal makes an x of it in ASCII."""

TRANSPLANT_SIGN = "←"
"""Marks a head that is transplanted from another sentence; in ASCII it is a <."""

HeadWay: TypeAlias = CutBy | Literal["transplant"]
"""What becomes of a head: it is cut in one of the ways, or transplanted from B."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeRun:
    """The answer of the model as it is, kept for comparison without its attention.

    Attributes:
        text: the text.
        model: the model's name.
        candidates: for each mask its candidates, most probable first.
    """

    text: str
    model: str
    candidates: tuple[tuple[Candidate, ...], ...]


class Cutting(Part):
    """Heads stay cut from sentence to sentence; arrows and transplants do not.

    Another model is whole.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._by: CutBy = CUTS[0]  # for the next head, while none is cut
        self._transplants = False  # the next head is transplanted, where one can be
        self._whole: WholeRun | None = None
        self._without: tuple[str, str] | None = None  # the text and model whose whole was given up

    # What is in force, and what is asked for

    @property
    def in_force(self) -> Interventions:
        """The interventions that the answer on screen was made with."""
        analysis = self.session.analysis
        return analysis.interventions if analysis is not None else NONE

    @property
    def awaited(self) -> Interventions | None:
        """The interventions that are asked for, None if they are those in force."""
        question = self.session.question
        if question is None or question.compares or question.interventions == self.in_force:
            return None
        return question.interventions

    @property
    def latest(self) -> Interventions:
        """The interventions that were asked for last, which a new press changes."""
        session = self.session
        if session.question is not None and not session.question.compares:
            return session.question.interventions
        return self.in_force if self._is_of_the_model() else NONE

    @property
    def by(self) -> CutBy:
        """How heads are cut."""
        return next((one.by for one in self.latest if isinstance(one, CutHead)), self._by)

    @property
    def ways(self) -> tuple[HeadWay, ...]:
        """The ways to change a head, in the order in which the key turns them."""
        return (*CUTS, "transplant") if self.session.from_b.offers_transplants else CUTS

    @property
    def way(self) -> HeadWay:
        """The way in which the next head is changed."""
        can_be = self._transplants and self.session.from_b.offers_transplants
        return "transplant" if can_be else self.by

    @property
    def heads(self) -> frozenset[HeadIndex]:
        """The heads that are cut on screen, layer and head counted from 0."""
        return cut_heads(self.in_force)

    @property
    def transplanted(self) -> frozenset[HeadIndex]:
        """The heads that are transplanted on screen, layer and head counted from 0."""
        return changed_heads(self.in_force) - self.heads

    def staying(self, text: str) -> Interventions:
        """The interventions that stay when a text is asked about.

        Heads are the model's and stay cut; an arrow is between two tokens of one text, and a head
        is transplanted into one.
        """
        session, latest = self.session, self.latest
        if session.question and not session.question.compares and session.question.text == text:
            return latest
        heads = [one for one in latest if isinstance(one, CutHead)]
        same = session.analysis is not None and session.analysis.text == text
        others = self.in_force if same and self._is_of_the_model() else NONE
        return ordered([*heads, *(one for one in others if not isinstance(one, CutHead))])

    def is_arrow_cut(self, query: int, key: int) -> bool:
        """Whether an arrow of the head on screen is cut; both are units of the grid."""
        return bool(self.in_force) and _are_cut(self._arrows_at(query, key), self.in_force)

    # Cutting and restoring

    @action
    def cut_head(self, layer: int | None = None, head: int | None = None) -> Iterable[Effect]:
        """Cut or transplant a head, or restore it if it is; by default the one on screen."""
        self.need_a_model()
        session, latest = self.session, self.latest
        if layer is None or head is None:
            self._need_a_head()
            layer, head = session.head
        if (layer, head) in changed_heads(latest):
            changes = CutHead | Transplant
            kept = (o for o in latest if not isinstance(o, changes) or _place(o) != (layer, head))
            yield from self._ask(kept)
            return
        if self.way == "transplant":
            yield from self._transplant(layer, head)
            return
        cut = (*latest, CutHead(layer, head, self.by))
        model = session.answer.model
        if len(cut_heads(cut)) == model.layers * model.heads:
            session.say(f"All {model.layers * model.heads} heads are cut: no attention is left.")
        yield from self._ask(cut)

    def _transplant(self, layer: int, head: int) -> Iterator[Effect]:
        question = self.session.question
        if question is not None and not question.again:
            raise RequestError(
                "Another answer is on its way: heads can be transplanted into it when it is there."
            )
        pairs = self.session.from_b.need_pairs()
        transplant = Transplant(layer, head, self.session.from_b.need_source().text, pairs)
        yield from self._ask((*self.latest, transplant))

    def follow_alignment(self) -> Iterator[Effect]:
        """Have what is transplanted from B stand at the tokens that are partners by now."""
        b, session, latest = self.session.comparing.b, self.session, self.latest
        if b is None or (session.question is not None and not session.question.again):
            return
        of_b = [one for one in latest if isinstance(one, Transplant) and one.text == b.text]
        others = [one for one in latest if one not in of_b]
        try:
            pairs = session.from_b.need_pairs()
        except RequestError as error:
            if of_b:
                session.say(f"{session.message} Nothing is transplanted now: {error}".strip())
            of_b, pairs = [], ()
        moved = ordered([*others, *(replace(one, pairs=pairs) for one in of_b)])
        if moved != latest:
            yield from self._ask(moved)

    def stop_transplanting(self) -> None:
        """Heads are cut from now on, as nothing is there that they could be transplanted from."""
        self._transplants = False

    @action
    def cut_arrow(self) -> Iterable[Effect]:
        """Cut the arrow under the cursor in the head on screen, or restore it if it is cut."""
        self.need_a_model()
        self._need_a_head()
        self.session.viewing.check_held()
        yield from self.turn_arrows(self._arrows_at(*self.session.viewing.cursor))

    def turn_arrows(self, arrows: Iterable[CutArrow]) -> Iterator[Effect]:
        """Cut arrows of the text on screen, or restore them if all are cut, however they are."""
        self.need_a_model()
        question = self.session.question
        if question is not None and not question.again:
            raise RequestError(
                "Another answer is on its way: its arrows can be cut when it is there."
            )
        turned, latest = list(arrows), self.latest
        spots = {_spot(one) for one in turned}
        others = [one for one in latest if not (isinstance(one, CutArrow) and _spot(one) in spots)]
        yield from self._ask(others if _are_cut(turned, latest) else (*others, *turned))

    @action
    def restore(self) -> Iterable[Effect]:
        """Put everything back: the model as it is."""
        self.need_a_model()
        if not self.latest:
            raise RequestError("Nothing is cut: space cuts the head at hand, X an arrow.")
        self._by = self.by
        yield from self._ask(NONE)

    @action
    def turn_way(self) -> Iterable[Effect]:
        """Change heads in the next way: what is cut is cut anew, what is transplanted stays."""
        self.need_a_model()
        latest, ways = self.latest, self.ways
        by = ways[(ways.index(self.way) + 1) % len(ways)]
        self._transplants = by == "transplant"
        if by == "transplant":
            self._by = self.by
            self.session.say("space transplants the head at hand from B now; what is cut stays so.")
            yield Redraw.EVERYTHING
            return
        self._by = by
        if not cut_heads(latest):
            gives = "its mean" if by == "mean" else "zero"
            self.session.say(f"A head that is cut now gives {gives}, whatever it attends to.")
            yield Redraw.EVERYTHING
            yield from self.session.effects.turn_way()
            return
        yield from self._ask(
            replace(one, by=by) if isinstance(one, CutHead) else one for one in latest
        )

    def keep_only(self, heads: Iterable[HeadIndex], by: CutBy) -> Iterator[Effect]:
        """Cut all heads but some, and nothing else."""
        model = self.session.answer.model
        yield from self._ask(all_but(heads, model.layers, model.heads, by))

    def _ask(self, interventions: Iterable[Intervention]) -> Iterator[Effect]:
        yield Redraw.EVERYTHING
        yield from self.session.ask_with(ordered(interventions))

    def need_a_model(self) -> None:
        """Raise RequestError unless the answer on screen is of a model that can be cut now."""
        self.session.need_answer()
        if self.session.model.only_text is not None:
            raise RequestError(
                "This is saved attention, and nothing can be cut in it: o chooses a model."
            )
        if not self._is_of_the_model():
            asked, answered = self.session.model.name, self.session.answer.model.name
            raise RequestError(
                f"The answer on screen is {short_name(answered)}'s: heads of {short_name(asked)} "
                "can be cut when it has answered."
            )

    def _need_a_head(self) -> None:
        view = self.session.viewing.view
        if view.of != "head":
            raise RequestError(f"The view {view.name} shows no single head; v chooses another.")

    def _arrows_at(self, query: int, key: int) -> list[CutArrow]:
        """The arrows of a cell of the head on screen: of words those between all their pieces."""
        units, (layer, head) = self.session.viewing.units, self.session.head
        return [
            CutArrow(layer, head, one, other)
            for one in units.tokens_of(query)
            for other in units.tokens_of(key)
        ]

    def _is_of_the_model(self) -> bool:
        """Whether the answer on screen is of the model that answers now."""
        analysis = self.session.analysis
        return analysis is not None and analysis.model.name == self.session.model.name

    # What comes of it

    def keep(self, analysis: Analysis) -> None:
        """Keep what the whole model said, if this is it."""
        if not analysis.interventions:
            self._whole = WholeRun(analysis.text, analysis.model.name, analysis.candidates)

    def dropped(self, analysis: Analysis) -> str | None:
        """A sentence if an answer comes without what is cut on screen."""
        before = self.session.analysis
        if before is None or not before.interventions:
            return None
        if before.model.name != analysis.model.name:
            return f"Nothing is cut in {short_name(analysis.model.name)}: it is another model."
        gone = {type(one) for one in before.interventions}
        gone -= {type(one) for one in analysis.interventions}
        said = []
        if CutArrow in gone:
            said.append("The arrows that were cut belong to the sentence before: here none is.")
        if Transplant in gone:
            said.append("Heads were transplanted into the sentence before: here none is.")
        return " ".join(said) or None

    # What the whole model said

    @property
    def before(self) -> tuple[Candidate, ...]:
        """The candidates of the whole model for the mask looked at; none if nothing is cut."""
        session, whole = self.session, self._whole
        if not self.in_force or whole is None or not self._is_compared():
            return ()
        at = session.filling.mask
        filled = session.filling.is_filled
        return whole.candidates[at] if not filled and at < len(whole.candidates) else ()

    def compare(self) -> Iterator[Effect]:
        """Ask the whole model about the text on screen, if it is not known what it says."""
        session = self.session
        analysis = session.analysis
        if analysis is None or not analysis.interventions or not any(analysis.candidates):
            return
        if session.model.only_text is not None or not self._is_of_the_model():
            return
        if self._is_compared() or self._without == (analysis.text, analysis.model.name):
            return
        question = Question(analysis.text, again=True, compares=True)
        yield from session.put(question, interventions=NONE)

    def do_without(self) -> None:
        """The whole model is not asked about the text on screen again."""
        if (analysis := self.session.analysis) is not None:
            self._without = analysis.text, analysis.model.name

    def _is_compared(self) -> bool:
        whole, analysis = self._whole, self.session.viewing.answer
        return whole is not None and (whole.text, whole.model) == (
            analysis.text,
            analysis.model.name,
        )


def _place(one: CutHead | Transplant) -> HeadIndex:
    return one.layer, one.head


def _spot(arrow: CutArrow) -> tuple[int, int, int, int]:
    """Where an arrow is, whatever becomes of its row."""
    return arrow.layer, arrow.head, arrow.query, arrow.key


def _are_cut(arrows: Iterable[CutArrow], interventions: Interventions) -> bool:
    return {_spot(one) for one in arrows} <= {_spot(one) for one in _arrows(interventions)}


def _arrows(interventions: Interventions) -> list[CutArrow]:
    return [one for one in interventions if isinstance(one, CutArrow)]
