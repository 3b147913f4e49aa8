"""Comparing: a second run, B, beside the one on screen, A; which side is seen, and how they align.

B is chosen once and then follows A: its cuts, what the view needs of the model, and, where it is
the same sentence, the sentence. While B is on its way, A is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tui.analysis.interventions import NONE, CutHead, ordered
from tui.errors import RequestError
from tui.lazy import np
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect, ListModels, Open, Redraw, Write
from tui.session.events import Part, action, event
from tui.session.model_state import short_name
from tui.session.viewing import Viewing
from tui.text import visible

if TYPE_CHECKING:  # imported when something is first compared
    from numpy.typing import NDArray

    from tui.analysis.alignment import Alignment
    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import Column
    from tui.analysis.comparison import Comparison
    from tui.analysis.merged_candidates import MergedCandidate
    from tui.analysis.units import Units
    from tui.experiments.beside import AnalyzeBeside
    from tui.session.choice import Again, Choice, Fillers
    from tui.session.difference import Difference, Seen
    from tui.session.jobs import UnderWay
    from tui.session.session import Session
    from tui.session.walking import CellIndex

BESIDE = "beside"
"""The job that analyses B."""

LET_GO = "let-go"
"""The job that gives another model's memory back."""

Side = Literal["A", "B", "A−B"]
"""The run on screen, the other one, or the one less the other."""

SIDES: tuple[Side, ...] = ("A", "B", "A−B")
"""In the order in which the key turns them."""


class Comparing(Part):
    """Holds B, and says what of A and B is looked at.

    Attributes:
        choice: how B was chosen; None while nothing is compared.
        side: which side is wished for; `shown` is what can be.
        before: the choice before, let go of or replaced.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.choice: Choice | None = None
        self.side: Side = "A"
        self.before: Choice | None = None
        self._found: tuple[AnalyzeBeside, Analysis] | None = None
        self._asked: AnalyzeBeside | None = None  # of what is under way
        self._b = Viewing()
        session.viewing.beside = self._viewing_b_if_there
        # Of which answers, as the texts say by themselves, and as it is corrected by hand.
        self._aligned: tuple[Analysis, Analysis, Alignment, Alignment] | None = None
        # Of which rows and columns, and of which alignment of their word pieces.
        self._aligned_units: tuple[tuple[Units, Units, Alignment], Alignment] | None = None
        self._difference: Difference | None = None
        self._followed: tuple[Analysis | None, CellIndex] = None, (-1, -1)  # A's, by B's cursor
        self._changes: tuple[tuple[object, ...], NDArray[np.float32]] | None = None
        self._holds_other_model = False

    # What is known

    @property
    def b(self) -> Analysis | None:
        """The run that is compared with, None while it is not there.

        One that was made of another sentence than is on screen now, or of other cuts, is not it.
        """
        analysis = self.session.analysis
        if self.choice is None or self._found is None or analysis is None:
            return None
        made, found = self._found
        wished = self._job()
        # Another model's is the same whichever model is in use; any other is the model's in use.
        asked_by = wished.model if made.other else made.model
        is_current = replace(made, wanted=wished.wanted, model=asked_by) == wished
        return found if is_current else None

    @property
    def is_awaited(self) -> bool:
        """Whether B is on its way."""
        return self.session.jobs.is_under_way(BESIDE)

    @property
    def alignment(self) -> Alignment:
        """Which token of A stands for which of B, both being there; corrected if it was."""
        return self._alignments[1]

    @property
    def automatic_alignment(self) -> Alignment:
        """The same, as it is without corrections."""
        return self._alignments[0]

    @property
    def _alignments(self) -> tuple[Alignment, Alignment]:
        from tui.analysis.comparison import align_units
        from tui.analysis.units import Units

        a, b = self.session.answer, self.b
        assert b is not None
        known = self._aligned
        if known is None or known[0] is not a or known[1] is not b:
            found = align_units(Units.of(a, words=False), Units.of(b, words=False))
            self._aligned = known = a, b, found, self._corrected_as_before(found)
        return known[2], known[3]

    @property
    def alignment_of_units(self) -> Alignment:
        """The same of the rows and columns that are looked at: word pieces, or words."""
        from tui.analysis.comparison import align_corrected_units

        automatic, by_hand = self._alignments
        made_of = self.session.viewing.units, self._b.units, by_hand
        if self._aligned_units is None or self._aligned_units[0] != made_of:
            a, b, _ = made_of
            self._aligned_units = made_of, align_corrected_units(a, b, automatic, by_hand)
        return self._aligned_units[1]

    def correct(self, alignment: Alignment) -> Iterator[Effect]:
        """Take another alignment, for as long as these texts are compared: all of it follows."""
        a, b = self.session.answer, self.b
        assert b is not None
        self._aligned = a, b, self.automatic_alignment, alignment
        self._followed = None, (-1, -1)  # B's cursor goes to another partner
        yield Redraw.EVERYTHING
        yield from self._measure_changes()
        self.session.heads.ask_again(a)
        yield from self.session.cutting.follow_alignment()
        yield from self.session.from_b.follow()

    @property
    def comparison(self) -> Comparison | None:
        """A and B, by word pieces; None while B is not there."""
        from tui.analysis.comparison import Comparison

        b = self.b
        return None if b is None else Comparison.of(self.session.answer, b, self.alignment)

    def _corrected_as_before(self, found: Alignment) -> Alignment:
        """An alignment as it was corrected by hand, where the same texts are aligned again."""
        if self._aligned is None:
            return found
        a, b, _, alignment = self._aligned
        now = self.session.answer, self.b
        assert now[1] is not None
        same = a.tokens == now[0].tokens and b.tokens == now[1].tokens
        return alignment if same else found

    @property
    def has_head(self) -> bool:
        """Whether B has the layer and head that are looked at."""
        viewing, b = self.session.viewing, self.b
        return b is not None and viewing.layer < b.model.layers and viewing.head < b.model.heads

    @property
    def shown(self) -> Seen:
        """The side that the grid shows: A, B, or A − B."""
        if self.side == "A" or not self.has_head or not self.session.viewing.is_held:
            return self.session.viewing
        return self.viewing_b if self.side == "B" else self.difference

    @property
    def shown_side(self) -> Side | None:
        """Which side that is; None while nothing is compared."""
        if self.choice is None or self.b is None:
            return None
        shown = self.shown
        return "A" if shown is self.session.viewing else self.side

    def _viewing_b_if_there(self) -> Viewing | None:
        return self.viewing_b if self.has_head else None

    @property
    def viewing_b(self) -> Viewing:
        """B as A is seen: the same head, view, scale and switches, its cursor at A's partner."""
        a, b, found = self.session.viewing, self._b, self.b
        assert found is not None
        if b.analysis is not found:
            b.analysis = found
            b.beside = lambda: self.session.viewing
        b.layer, b.head = a.layer, a.head
        b.scale, b.wish, b.hides, b.words, b.block = a.scale, a.wish, a.hides, a.words, a.block
        if self._followed != (found, a.cursor):
            b.put_cursor((self._partner(a.cursor[0]), self._partner(a.cursor[1])))
            self._followed = found, a.cursor
        return b

    @property
    def difference(self) -> Difference:
        """A − B, in the frame of the tokens that both have."""
        from tui.session.difference import Difference

        b = self.viewing_b
        known = self._difference
        alignment = self.alignment_of_units
        if known is None or not known.is_of(self.session.viewing, b, alignment):
            known = self._difference = Difference(self.session.viewing, b, alignment)
        return known

    @property
    def candidates(self) -> tuple[MergedCandidate, ...]:
        """The candidates of A and B for the mask looked at; none where B has no mask there."""
        comparison, filling = self.comparison, self.session.filling
        if comparison is None or filling.is_filled or filling.position is None:
            return ()
        has_partner = comparison.masks[filling.mask][1] is not None
        return comparison.candidates(filling.mask) if has_partner else ()

    # All heads

    @property
    def columns(self) -> Mapping[str, NDArray[np.float32]]:
        """The numbers that the comparison has of each head, by the names of its columns."""
        from tui.analysis.columns import CHANGE, DELTA

        comparison = self.comparison
        if comparison is None or comparison.refusal:
            return {}
        found = {DELTA.name: self._deltas(comparison)}
        if self._changes is not None and self._changes[0] == self._made_of:
            found[CHANGE.name] = self._changes[1]
        return found

    def made_of(self, column: object) -> tuple[object, ...]:
        """The things that a column's numbers are made of: of the same it looks the same."""
        from tui.analysis.columns import DELTA

        changes = self._changes[1] if self._changes else None
        return (changes, object() if column is DELTA else None)  # the cursor may have moved

    def named(self, column: Column) -> str:
        """The words for a column of the comparison; empty for any other."""
        from tui.analysis.columns import CHANGE, DELTA

        if column is CHANGE:
            return "change between A and B, a correlation and no cause"
        if column is not DELTA or self.b is None:
            return ""
        viewing = self.session.viewing
        query, key = (viewing.labels[at] for at in viewing.cursor)
        return f"{query} → {key}, A − B"

    @action
    def rank(self) -> Iterable[Effect]:
        """Rank heads, or shade them, by how much they differ; again: by the next of its numbers."""
        from tui.analysis.columns import OF_PAIR
        from tui.session.boards import HeadMapState, HeadsTableState

        if self.choice is None:
            raise RequestError(
                "Nothing is compared: = on the main screen chooses what this run is compared with."
            )
        if (comparison := self.comparison) is not None and comparison.refusal:
            raise RequestError(comparison.refusal)
        offered = [column for column in OF_PAIR if column.name in self.session.measured]
        if not offered:
            raise RequestError("The other run is not there yet.")
        heads = self.session.heads
        board = heads.board
        if isinstance(board, HeadsTableState):
            at = offered.index(heads.search.column) if heads.search.column in offered else -1
            heads.search.column = offered[(at + 1) % len(offered)]
            board.over = board.cursor = None
        elif isinstance(board, HeadMapState):
            at = next((at for at, one in enumerate(offered) if board.is_shaded_by(one)), -1)
            board.shade_by(offered[(at + 1) % len(offered)])
        yield Redraw.EVERYTHING

    @property
    def _made_of(self) -> tuple[object, ...]:
        return self.session.answer, self.b, self.alignment

    def _deltas(self, comparison: Comparison) -> NDArray[np.float32]:
        """The weight from the cursor's token to the other in A less that in B, `[layer, head]`."""
        a, b = comparison.a.analysis, comparison.b.analysis
        query, key = self.session.viewing.tokens_at_cursor
        places = [comparison.alignment.right_of(at) for at in (query, key)]
        if None in places:  # it has no partner: all that has none is one cell
            pairs = {left: at for at, (left, _) in enumerate(comparison.alignment.pairs)}
            return comparison.changes_of_cell(*(pairs.get(at, len(pairs)) for at in (query, key)))
        return np.asarray(a.attention[:, :, query, key] - b.attention[:, :, places[0], places[1]])

    def _measure_changes(self) -> Iterator[Effect]:
        """Have every head's change measured, where it holds up nobody."""
        comparison = self.comparison
        if comparison is None or comparison.refusal:
            return
        made_of = self._made_of
        yield Write(comparison.changes, lambda found: self.changes_measured(made_of, found))

    @event
    def changes_measured(self, made_of: tuple[object, ...], found: object) -> Iterable[Effect]:
        """Every head's change is measured, of a comparison that may be gone by now."""
        if self.b is None or self._made_of != made_of or isinstance(found, Exception):
            return
        self._changes = made_of, np.asarray(found)
        self.session.heads.ask_again(self.session.answer)
        yield Redraw.EVERYTHING

    # Cursors

    def moved(self) -> None:
        """The cursor of what is shown has moved: A's follows B's, where its token has a partner."""
        if self.shown is self._b:
            self.session.viewing.put_cursor(self._to_a(self._b.cursor))
            self._followed = self.b, self.session.viewing.cursor

    def _partner(self, unit: int) -> int:
        """B's unit for one of A's, or the nearest that has one."""
        pairs = self.alignment_of_units.pairs
        return min(pairs, key=lambda pair: abs(pair[0] - unit))[1] if pairs else 0

    def _to_a(self, cell: tuple[int, int]) -> tuple[int, int]:
        pairs = self.alignment_of_units.pairs
        if not pairs:
            return self.session.viewing.cursor
        query, key = (min(pairs, key=lambda pair: abs(pair[1] - at))[0] for at in cell)
        return query, key

    # Choosing

    @action
    def open(self) -> Iterable[Effect]:
        """Ask what to compare with."""
        self._check()
        yield ListModels()
        yield Open("compare")

    @action
    def choose(self, compared: Choice | Fillers | Again) -> Iterable[Effect]:
        """Compare with this."""
        from tui.session.choice import Again, Fillers

        self._check()
        if isinstance(compared, Again):
            yield from self._choose(self._choice_before())
        elif isinstance(compared, Fillers):
            yield from self._fill(compared)
        else:
            yield from self._choose(compared)

    def _choice_before(self) -> Choice:
        from tui.session.choice import Choice

        if self.before is not None:
            return self.before
        text = self.session.sentences.earlier(self.session.answer.text)
        if text is None:
            raise RequestError("There is no sentence before this one: choose one from the list.")
        return Choice.of_text(text)

    def _fill(self, fillers: Fillers) -> Iterator[Effect]:
        """Fill one candidate in on screen, and compare with another one; A's answer is awaited."""
        from tui.session.choice import Choice

        filling = self.session.filling
        places = {candidate.id: at for at, candidate in enumerate(filling.candidates)}
        if filling.mask != fillers.mask or not {fillers.first, fillers.second} <= places.keys():
            raise RequestError("Those candidates are not there any more: press = again.")
        other = filling.candidates[places[fillers.second]]
        filling.choose(places[fillers.first])
        yield from self.session.effects.follow()
        yield from self.session.from_b.follow()
        yield from self.session.put(filling.filling())
        yield from self._choose(Choice("filled", other.sentence, word=visible(other.label)))

    @action
    def turn(self) -> Iterable[Effect]:
        """Look at A, at B, or at A − B."""
        if self.choice is None:
            raise RequestError("Nothing is compared: = chooses what this run is compared with.")
        if self.b is None:
            raise RequestError("The other run is not there yet.")
        if not self.has_head:
            model, viewing = self.b.model, self.session.viewing
            raise RequestError(
                f"{short_name(model.name)} has no layer {viewing.layer + 1}, head "
                f"{viewing.head + 1}: it has {model.layers} layers of {model.heads} heads."
            )
        self.side = SIDES[(SIDES.index(self.side) + 1) % len(SIDES)]
        yield Redraw.EVERYTHING

    @action
    def let_go(self) -> Iterable[Effect]:
        """Compare with nothing any more."""
        if self.choice is None:
            raise RequestError("Nothing is compared: = chooses what this run is compared with.")
        self.session.say("Nothing is compared any more.")
        yield from self._let_go()

    def _choose(self, choice: Choice) -> Iterator[Effect]:
        if self.choice not in (None, choice):
            self.before = self.choice
        self.choice = choice
        if self.side == "A":
            self.side = "A−B"
        yield Redraw.EVERYTHING
        yield from self.session.from_b.follow()
        yield from self.follow()

    def _let_go(self) -> Iterator[Effect]:
        self.before, self.choice = self.choice, None
        self.side, self._found, self._aligned, self._difference = "A", None, None, None
        self._aligned_units = None
        self._b = Viewing()
        self.session.cutting.stop_transplanting()
        yield from self.session.jobs.forget(BESIDE)
        yield from self.session.from_b.follow()
        yield from self._let_go_of_other_model()
        yield Redraw.EVERYTHING

    def _let_go_of_other_model(self) -> Iterator[Effect]:
        """Have the memory of another model given back, if it may be held."""
        from tui.experiments.beside import LetGoOfOther

        if self._holds_other_model:
            self._holds_other_model = False
            job = LetGoOfOther(self.session.model.name)
            yield from self.session.jobs.start(LET_GO, job, "tidying up", lambda *_: None)

    def _check(self) -> None:
        self.session.need_all_heads()

    # Following A

    def follow(self) -> Iterator[Effect]:
        """Have B there as the run on screen asks for it, if it is not."""
        session, jobs = self.session, self.session.jobs
        if self.choice is None or session.analysis is None:
            return
        if session.question is not None and not session.question.compares:
            return  # it follows the answer that is awaited
        analysis = session.analysis
        if len(analysis.held) < analysis.model.layers:
            session.say("Of so long a text one layer is held at a time: nothing is compared.")
            yield from self._let_go()
            return
        if analysis.model.name != session.model.name and session.model.only_text is None:
            return  # its model is not in use any more, and will not answer
        job = self._job()
        if (self._found is not None and self._found[0] == job) or (
            jobs.is_under_way(BESIDE) and self._asked == job
        ):
            return
        yield from jobs.forget(BESIDE)
        self._asked = job
        if job.other:
            self._holds_other_model = True  # from now on, whatever comes of it
        else:
            yield from self._let_go_of_other_model()
        yield from jobs.start(BESIDE, job, "analysing B", self._take)

    def _job(self) -> AnalyzeBeside:
        """B as the run on screen asks for it."""
        from tui.experiments.beside import AnalyzeBeside

        session, choice = self.session, self.choice
        assert choice is not None
        answer, options = session.answer, session.options
        is_other = choice.kind in ("model", "saved")
        heads = () if is_other or choice.kind == "whole" else answer.interventions
        target = session.filling.target
        if is_other:
            target = replace(target, token=None)  # another vocabulary's number
        return AnalyzeBeside(
            text=choice.text
            if choice.kind in ("text", "filled")
            else ("" if choice.kind == "saved" else answer.text),
            model=answer.model.name,
            other=choice.model,
            top_k=options.top_k,
            wanted=session.viewing.wanted(target),
            interventions=ordered(one for one in heads if isinstance(one, CutHead)) or NONE,
            offline=options.offline,
            device=options.device,
            dtype=options.dtype,
        )

    def _take(self, end: JobDone | JobFailed, _: UnderWay) -> Iterator[Effect]:
        """B is there, or cannot be had."""
        from tui.analysis.analysis import Analysis

        session, asked = self.session, self._asked
        if isinstance(end, JobFailed):
            why = end.message and f"B cannot be analysed: {end.message}"
            if self.b is None:
                yield from self._let_go()
                session.say(why or "Cancelled: nothing is compared.")
            else:
                session.say(why or "Cancelled: B stays as it was.")
                yield from session.from_b.follow()
            return
        assert isinstance(end.result, Analysis)
        assert asked is not None
        b = end.result
        if len(b.held) < b.model.layers:
            session.say("Of so long a text one layer is held at a time: nothing is compared.")
            yield from self._let_go()
            return
        self._found = asked, b
        if (comparison := self.comparison) is not None:
            told = [one for one in comparison.told if one not in session.answer.told]
            session.say(" ".join(told) or session.message)
            yield from self._measure_changes()
        yield Redraw.EVERYTHING
        yield from session.from_b.follow()
        yield from self.follow()
