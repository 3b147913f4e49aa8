"""The session: the one owner of what was asked, what came, and where the reader is.

Its methods are the events of the program: something that the person did (`action`), an answer, a
file that is written (`event`). Each changes the session and returns effects for whoever runs it to
carry out. It knows no screen, and an answer that comes late is an event like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import RequestError, SaveError
from tui.model.names import is_saved
from tui.model.worker.protocol import (
    Analyzed,
    Died,
    Downloading,
    Event,
    Failed,
    JobDone,
    JobFailed,
    JobProgress,
    JobSoFar,
    Loaded,
    LoadFailed,
    ModelList,
    StartingTorch,
    TakingMeans,
)
from tui.session.aligning import Aligning
from tui.session.comparing import Comparing
from tui.session.cutting import Cutting
from tui.session.effects import (
    Ask,
    Effect,
    FocusGrid,
    FocusSentence,
    GiveUp,
    GiveUpModel,
    Redraw,
    RedrawLater,
    ShowSentence,
    Skip,
    UseTheme,
    Write,
)
from tui.session.effects_of_heads import EffectsOfHeads
from tui.session.events import action, event
from tui.session.filling import Filling, filled_instead, filled_otherwise
from tui.session.from_b import FromB
from tui.session.heads import AllHeads
from tui.session.jobs import Jobs
from tui.session.keeping import Keeping
from tui.session.lens import LensState
from tui.session.likely_arrows import LikelyArrows
from tui.session.looking import Looking
from tui.session.model_state import LOADING, ModelState
from tui.session.models import Models
from tui.session.options import Options
from tui.session.own_word import OwnWord
from tui.session.question import Question, changed_neighbours
from tui.session.residual_grid import ResidualGrid
from tui.session.sentences import Sentences, example_head
from tui.session.smallest_set import Pruning
from tui.session.viewing import Viewing
from tui.storage import history
from tui.text import clean

if TYPE_CHECKING:  # what all heads and files need is imported when they are first asked for
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import Column, HeadIndex
    from tui.analysis.statistics import Statistic
    from tui.experiments.so_far import SoFar
    from tui.lazy import np
    from tui.session.walking import CellIndex
    from tui.storage.kept_place import KeptPlace

NOTICE_AFTER = 0.15
"""Seconds after which a pending analysis is announced; most are done by then."""


class Session:
    """Owns the question, the answer and the reader's place; its parts know the rest.

    Args:
        options: what the command line asked for.
        sentences: the sentences at hand.

    Attributes:
        options: as given.
        sentences: as given.
        viewing: which cell of which head is looked at, and how.
        filling: which mask's candidates are shown, and the way back.
        question: the text that was asked about and is not answered yet.
        message: a sentence for the person, empty when there is none.
        copies: the text that is copied while the message stands, if not the readout.
        field: tells what stands in the sentence field, which owns what is typed there.
        looking: events on what is looked at.
        models: events on models.
        heads: events on all heads.
        jobs: the long jobs of the worker.
        cutting: what is cut inside the model.
        effects: the effect of cutting each head alone.
        arrows: the likely arrows, and the effect of cutting each.
        pruning: the smallest set of heads that is looked for.
        own_word: a word that the person asks for.
        comparing: the run that is held beside the one on screen.
        aligning: which tokens of the two are partners, looked at and corrected.
        from_b: heads that are transplanted from that other run.
        residual: what layers get, transplanted from it.
        keeping: events on pictures, notes and the clipboard.
    """

    def __init__(self, options: Options, sentences: Sentences) -> None:
        self.options = options
        self.sentences = sentences
        kept = options.place
        self.viewing = Viewing(
            options.layer if options.layer is not None else kept.layer or 0,
            options.head if options.head is not None else kept.head or 0,
        )
        self.filling = Filling(self.viewing)
        self.question: Question | None = None
        self.message = ""
        self.copies = ""
        self._hinted_at_layouts = False
        self.field: Callable[[], str] = lambda: self.first_text
        self._request: int | None = None  # the number of the question, as the worker has it
        self._field_when_asked = ""
        self._kept = kept
        self._to_restore: KeptPlace | None = kept
        self.looking = Looking(self)
        self.models = Models(self)
        self.heads = AllHeads(self)
        self.lens = LensState(self)
        self.jobs = Jobs(self)
        self.cutting = Cutting(self)
        self.effects = EffectsOfHeads(self)
        self.arrows = LikelyArrows(self)
        self.pruning = Pruning(self)
        self.own_word = OwnWord(self)
        self.comparing = Comparing(self)
        self.aligning = Aligning(self)
        self.from_b = FromB(self)
        self.residual = ResidualGrid(self)
        self.keeping = Keeping(self)

    @property
    def session(self) -> Session:
        """The session itself, as its parts have it."""
        return self

    @property
    def is_asked(self) -> bool:
        """Whether there is something to read from the beginning, and nothing has to be typed."""
        return self.options.text is not None or is_saved(self.options.model)

    @property
    def model(self) -> ModelState:
        """Which model answers, and which is on its way."""
        return self.models.state

    @property
    def analysis(self) -> Analysis | None:
        """The answer on screen, None before the first."""
        return self.viewing.analysis

    @property
    def head(self) -> HeadIndex:
        """The layer and head on screen, counted from 0."""
        return self.viewing.layer, self.viewing.head

    @property
    def first_text(self) -> str:
        """The sentence to begin with."""
        if self.options.text is not None:
            return clean(self.options.text)
        return clean(self._kept.text or self.sentences.latest)

    @property
    def key(self) -> range:
        """The tokens of the cursor's column: one, or all pieces of a word."""
        return self.viewing.tokens_of_column

    @property
    def noted(self) -> frozenset[HeadIndex]:
        """The heads that have notes."""
        return self.keeping.state.noted(self.model.name)

    @property
    def measured(self) -> Mapping[str, NDArray[np.float32]]:
        """Numbers that took more runs, `[layer, head]`, by the names of their columns."""
        return {**self.effects.columns, **self.comparing.columns, **self.from_b.columns}

    @property
    def so_far(self) -> Mapping[str, SoFar]:
        """How far those of them have come that are not all measured yet."""
        return {**self.effects.so_far, **self.from_b.so_far}

    @property
    def told_so_far(self) -> tuple[str, ...]:
        """The same for whatever goes out, a sentence each."""
        return tuple(f"{name}: {one.said}." for name, one in self.so_far.items())

    def measured_of(self, column: Column | Statistic | None) -> tuple[object, ...]:
        """The things that a column's numbers are made of: of the same it looks the same."""
        found = self.effects.found, self.effects.shown, self.from_b.found
        return *found, *self.comparing.made_of(column)

    def named(self, column: Column) -> str:
        """The words for a measured column: whose numbers these are; empty if it is not measured."""
        of_pair = self.comparing.named(column) or self.from_b.named(column)
        return of_pair or self.effects.named(column)

    @property
    def answer(self) -> Analysis:
        """The answer on screen.

        Raises:
            RequestError: there is none yet.
        """
        if self.analysis is None:
            raise RequestError("There is nothing to show yet: no sentence is analysed.")
        return self.analysis

    def say(self, message: str, *, copies: str = "") -> None:
        """Put a sentence where the person reads it, until they do the next thing.

        Args:
            message: the sentence; empty takes the one before away.
            copies: what `copy` copies meanwhile, such as a path that the message tells.
        """
        self.message, self.copies = message, copies

    def show_head(self) -> Iterator[Effect]:
        """Show another head, scale or view.

        Of a text over the memory's budget another layer has to be asked for.
        """
        yield Redraw.EVERYTHING
        if not self.viewing.is_held:
            yield from self.put(Question(self.answer.text, self.filling.trail))

    def need_answer(self) -> None:
        """Raise RequestError before the first answer."""
        assert self.answer is not None

    def need_all_heads(self) -> None:
        """Raise RequestError unless there is an answer, with the attention of all layers."""
        self.need_answer()
        self.viewing.check_whole()

    # Beginning

    @event
    def begin(self) -> Iterable[Effect]:
        """The screen is up: ask about the sentence to begin with, and look for notes."""
        yield from self.keeping.read_notes()
        if self.looking.contrast:
            yield UseTheme(True, self.looking.light)
        known = (self.options.layer, self.options.head, self.options.place.layer)
        if all(number is None for number in known):
            self._open_example(self.first_text)
        if not is_saved(self.options.model):  # which has a text of its own
            yield from self.put(Question(self.first_text, typed=self.options.text is not None))
        yield Redraw.EVERYTHING

    # Asking

    @action
    def ask(self, text: str) -> Iterable[Effect]:
        """Analyse what was typed; the focus moves now, not when the answer arrives."""
        text = clean(text)
        if text:
            yield FocusGrid()
        self._open_example(text)
        yield from self.put(Question(text, typed=True))

    @action
    def too_long(self) -> Iterable[Effect]:
        """The sentence field is full."""
        raise RequestError(
            "The sentence field is full: no model reads a text that long; shorten it."
        )

    @event
    def typed_in_another_alphabet(self, letter: str) -> Iterable[Effect]:
        """A key does nothing that would be another letter on a Latin keyboard: say why, once."""
        if not self._hinted_at_layouts:
            self._hinted_at_layouts = True
            self.say(
                f"{letter} is no key here: the letter keys are those of a Latin layout, and this "
                "terminal does not tell which of them was pressed; switch layouts for them."
            )
        return ()

    @action
    def step_sentence(self, step: int) -> Iterable[Effect]:
        """Analyse the next or previous sentence of the list."""
        text = self.question.text if self.question else self.field()
        text = self.sentences.step(text, step)
        yield ShowSentence(text)
        self._open_example(text)
        yield from self.put(Question(text), field=text)

    def _open_example(self, text: str) -> None:
        """On the model that the examples are known for, an example opens on its head."""
        if head := example_head(text, self.model.name):
            self.viewing.layer, self.viewing.head = head

    def put(
        self,
        question: Question,
        *,
        field: str | None = None,
        interventions: Interventions | None = None,
    ) -> Iterator[Effect]:
        """Ask the model, or say why not; what is on screen stays until the answer is there.

        Args:
            question: the text and how one came to it.
            field: the sentence field as it will be, by default as it is.
            interventions: what is changed inside the model, by default what stays cut.
        """
        if not question.text:
            raise RequestError(
                "There is no text: type a sentence, with [MASK] where a word is wanted."
            )
        if interventions is None:
            interventions = self.cutting.staying(question.text)
        question = replace(question, interventions=interventions)
        if not question.again:
            question = replace(question, wanted=self._wishes(Target()))
        self.question, self._request = question, None
        self._field_when_asked = self.field() if field is None else field
        yield Ask(question.text, self.viewing.layer, question.wanted, interventions)
        yield RedrawLater(NOTICE_AFTER)
        if question.typed:
            self.sentences.add(question.text)
            if self.options.history_file:
                yield Write(
                    partial(history.add, self.options.history_file, question.text), self.written
                )

    def ask_with(self, interventions: Interventions) -> Iterator[Effect]:
        """Ask what is asked, or was, with something else changed inside the model."""
        question, analysis = self.question, self.answer
        if question is not None and not question.again:
            yield from self.put(
                replace(question, typed=False),
                field=self._field_when_asked,
                interventions=interventions,
            )
        elif interventions == self.cutting.latest:
            return
        elif interventions == self.cutting.in_force and analysis.model.name == self.model.name:
            self.question = None  # it is on screen
            yield GiveUp()
            yield from self.want()
        else:
            yield from self.put(self._more, interventions=interventions)

    def ask_another_model(self) -> Iterator[Effect]:
        """Put the question to another model than it was meant for: nothing is cut in it.

        One that was asked again of the answer on screen is a new one for it.
        """
        question = self.question
        if question is None or not (question.interventions or question.compares or question.again):
            return
        if question.again:
            question = Question(self.answer.text)
        yield from self.put(
            replace(question, typed=False), field=self._field_when_asked, interventions=NONE
        )

    @event
    def asked(self, number: int) -> Iterable[Effect]:
        """The question was put to the worker, under this number."""
        self._request = number
        return ()

    def _wishes(self, target: Target) -> WantedQuantities:
        """The quantities that the view, the words and the ranking need of the model."""
        return self.viewing.wanted(target).joined(self.heads.wanted(target))

    @property
    def _more(self) -> Question:
        """The question for more about the text on screen.

        To a model that has not answered it yet, its answer having been given up, it is a new one.
        """
        analysis = self.answer
        if analysis.model.name != self.model.name:
            return Question(analysis.text)
        wanted = self._wishes(self.filling.target)
        return Question(analysis.text, self.filling.trail, again=True, wanted=wanted)

    def want(self) -> Iterator[Effect]:
        """Ask for what is needed and has not come."""
        if self.question and not self.question.again:
            return  # its answer brings it along
        analysis, wanted = self.analysis, self._wishes(self.filling.target)
        if analysis is None:
            return
        if analysis.derived.answers(wanted):
            if self.question is None:
                yield from self.cutting.compare()
                yield from self.comparing.follow()
            return
        if self.question and not self.question.compares and self.question.wanted == wanted:
            return  # it is asked for already
        yield from self.put(self._more)

    # What the worker says

    @event
    def take(self, said: Event) -> Iterable[Effect]:
        """The worker says something; what is on screen stays as far as it can."""
        match said:
            case Loaded():
                yield from self.models.take_model(said.info)
            case LoadFailed():
                yield from self.models.take_failed_load(said)
            case Downloading():
                self.model.download = said
                yield Redraw.STATUS
            case StartingTorch():
                self.model.torch_wait = said.seconds
                yield Redraw.STATUS
            case TakingMeans():
                self.model.means_taken = said
                yield Redraw.STATUS
            case ModelList():
                self.models.cached = said.models
                yield Redraw.EVERYTHING
            case Analyzed():
                if self.question and said.id == self._request:
                    yield from self._take_answer(said.analysis, self.question)
            case Failed():
                if self.question and said.id == self._request:
                    yield from self._take_no_answer(said.message)
            case Died():
                self.model.settle()
                if said.restarted:
                    self.model.note = LOADING
                yield from self._take_no_answer(said.message)
            case JobProgress() | JobSoFar() | JobDone() | JobFailed():
                yield from self.jobs.take(said)

    def _take_answer(self, analysis: Analysis, question: Question) -> Iterator[Effect]:
        self.question = self.model.torch_wait = self.model.means_taken = None
        viewing, filling = self.viewing, self.filling
        self.cutting.keep(analysis)
        if question.compares:
            yield Redraw.EVERYTHING
            yield from self.want()
            return
        if question.again:
            is_cut_otherwise = analysis.interventions != self.cutting.in_force
            chosen = filling.target.token
            viewing.show(analysis)
            if is_cut_otherwise:
                filling.follow(chosen)
                yield from self.effects.adapt()
                yield from self.lens.adapt()
                self.heads.ask_again(analysis)
        else:
            self.say(" ".join(self._notes_about(analysis, question)))
            before = filling.anchor if viewing.analysis is not None else None
            cursor = viewing.cursor
            viewing.show(analysis)
            filling.take(question, analysis)
            self._place_cursor(question, before, cursor)
            if self.field() == self._field_when_asked:  # else somebody is typing
                yield ShowSentence(analysis.text)
            yield from self.effects.adapt()
            yield from self.heads.adapt(analysis)
            yield from self.lens.adapt()
        yield from self.arrows.adapt()
        yield from self.from_b.follow()
        yield from self.pruning.adapt()
        self.refuse_what_is_missing(analysis)
        yield from self.show_head()  # another layer may be looked at by now
        yield from self.want()

    def _notes_about(self, analysis: Analysis, question: Question) -> list[str]:
        """The sentences that the person has to read about an answer."""
        notes = [*analysis.notes]
        if dropped := self.cutting.dropped(analysis):
            notes.append(dropped)
        if moved := self.viewing.missing_head(analysis.model):
            notes.append(moved)
        if read_anew := changed_neighbours(question, analysis):
            notes.append(read_anew)
        if otherwise := filled_otherwise(question):
            notes.append(otherwise)
        if instead := filled_instead(question):
            notes.append(instead)
        return notes

    def _place_cursor(self, question: Question, before: int | None, cursor: CellIndex) -> None:
        """Put the cursor on the mask's row at its strongest ordinary token.

        If it had been moved off the mask's row, it stays at the same place relative to the mask.

        Args:
            question: what was asked.
            before: the row that the mask had in the answer before, if there was one.
            cursor: where the cursor stood there.
        """
        viewing, after = self.viewing, self.filling.anchor
        kept, self._to_restore = self._to_restore, None
        if question.back_to is not None:
            viewing.put_cursor(question.back_to.cursor)
            return
        masked = bool(question.trail) and question.trail[-1].kind == "masked"
        if before is None or cursor[0] == before or masked:
            viewing.put_cursor(viewing.strongest_ordinary(after))
        else:
            viewing.put_cursor((cursor[0] - before + after, cursor[1] - before + after))
        if kept and kept.text == viewing.answer.text and self.options.text is None:
            self.filling.mask = (
                kept.mask if kept.mask and kept.mask < len(viewing.answer.masks) else 0
            )
            if kept.query is not None and kept.key is not None:
                viewing.put_cursor((kept.query, kept.key))

    def refuse_what_is_missing(self, analysis: Analysis) -> None:
        """Say why a view cannot be had, and look at the one that can."""
        viewing = self.viewing
        reason = analysis.derived.missing.get(viewing.wish.needs) if viewing.wish.needs else None
        if reason and viewing.view is not viewing.wish:
            refused = viewing.wish.name
            viewing.look_at(viewing.view)
            self.say(f"{reason} Instead of {refused} there is {viewing.view.name}; v: others.")
        self.heads.say_what_is_missing(analysis)

    def _take_no_answer(self, message: str) -> Iterator[Effect]:
        """There is no answer: say why. If more was asked of the one there is, do without."""
        question = self.question
        self.question = self.model.torch_wait = self.model.means_taken = None
        if question is not None and question.compares:
            self.cutting.do_without()
        elif question is not None and question.again and self._lacks(question):
            self.viewing.look_at(self.viewing.view)
            self.heads.do_without()
        self.say(message)
        yield Redraw.EVERYTHING

    def _lacks(self, question: Question) -> bool:
        """Whether a question that has no answer was for more than is known."""
        analysis = self.analysis
        return analysis is None or not analysis.derived.answers(question.wanted)

    @action
    def cancel(self) -> Iterable[Effect]:
        """Cancel what is under way; if nothing is, the key is free for others."""
        cancelled = list(self._cancel())
        return cancelled or [Skip()]

    @action
    def escape(self) -> Iterable[Effect]:
        """Cancel what is under way, else go to the sentence."""
        return list(self._cancel()) or [FocusSentence()]

    def _cancel(self) -> Iterator[Effect]:
        """Give up the question, or else the model on its way, or else a job."""
        if self.question is not None:
            yield from self.give_up()
        elif self.model.is_on_its_way:
            self.model.settle()
            kept = f"{self.model.name} stays." if self.model.info else "o chooses a model."
            self.say(f"Cancelled; {kept}")
            yield GiveUpModel()
            yield Redraw.EVERYTHING
        else:
            yield from self.jobs.cancel()

    def give_up(self) -> Iterator[Effect]:
        """Give up the question; what is on screen stays."""
        if self.question is not None and self.question.compares:
            self.cutting.do_without()
        self.question = None
        self.say("Cancelled.")
        yield GiveUp()
        yield Redraw.STATUS

    # Keeping the place

    @event
    def written(self, result: object) -> Iterable[Effect]:
        """Something is written that nobody has to be told of, or cannot be."""
        if isinstance(result, SaveError):
            raise result
        return ()

    @event
    def leave(self) -> Iterable[Effect]:
        """The program ends: what was typed at last is kept."""
        yield from self.keeping.leave()

    def place_to_keep(self) -> KeptPlace | None:
        """Where the reader is, if that has changed since this was asked last."""
        place = self._place()
        if place == self._kept:
            return None
        self._kept = place
        return place

    def _place(self) -> KeptPlace:
        analysis = self.analysis
        if analysis is None or self._to_restore is not None:
            return self._kept
        viewing = self.viewing
        query, key = viewing.cursor
        return replace(
            self._kept,
            text=analysis.text,
            model=self.model.name if self.model.only_text is None else self.options.model,
            layer=viewing.layer,
            head=viewing.head,
            query=query,
            key=key,
            mask=self.filling.mask,
            view=viewing.wish.name,
            scale=viewing.scale.name,
            toggles=self.looking.toggles,
        )
