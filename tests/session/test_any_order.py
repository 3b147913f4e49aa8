"""Whatever is pressed, in whatever order, and whenever the answers come: the session is sound."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.session.made import (
    MadeModel,
    arrows_so_far,
    made_arrows,
    made_parts,
    made_residual,
    made_set,
    made_sweep,
    made_transplants,
    partly,
    shares_so_far,
)
from tests.session.player import SHORT, SPLIT, TEXT, Player
from tui.analysis.columns import EVERY_COLUMN, Column
from tui.analysis.interventions import Transplant, TransplantResidual
from tui.analysis.views import VIEWS, View
from tui.analysis.wanted import WEIGHTS_ALONE
from tui.errors import UserError
from tui.experiments.arrows import SweepArrows
from tui.experiments.beside import AnalyzeBeside
from tui.experiments.logit_parts import TakeApart
from tui.experiments.residual import SweepResidual
from tui.experiments.smallest_set import FindSmallestSet
from tui.experiments.sweep import SweepHeads
from tui.experiments.transplant import SweepTransplants
from tui.experiments.words import ScoredWord, ScoreWords
from tui.model.worker.protocol import (
    Died,
    Failed,
    JobDone,
    JobFailed,
    JobSoFar,
    Loaded,
    LoadFailed,
)
from tui.session.boards import HeadMapState, HeadsTableState, TokenFocusState
from tui.session.choice import Again, Choice, Fillers
from tui.session.likely_arrows import ARROWS
from tui.session.residual_grid import RESIDUAL

TEXTS = (TEXT, SHORT, SPLIT, "a cat ||| it was [MASK] unbelievably", "x", "", "[MASK] [MASK] dog")
MODELS = (
    MadeModel(),
    MadeModel("small", layers=1, heads=1),
    MadeModel("long", layers=4, heads=3, holds_one_layer=True),
    MadeModel("poor", refuses=frozenset({"gradient", "values"})),
    MadeModel("whole", cannot_be_cut=True),
)
STEPS = st.sampled_from((-1, 1))

LOOKING = (
    "open_go_to", "next_scale", "toggle_hiding", "toggle_words", "next_block", "open_views",
    "view_back", "next_strongest", "fill", "mask", "step_back", "next_ramp", "toggle_numbers",
    "toggle_overview", "toggle_bars", "turn_bars", "toggle_contrast", "open_help",
)  # fmt: skip


class AnyOrder(RuleBasedStateMachine):
    """Presses keys and lets answers, writes and deaths come in between."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.player = Player(Path(self.folder.name), history_file=None, model_file=None)
        self.session = self.player.session
        self.player.does(self.session.begin())

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(text=st.sampled_from(TEXTS), answered=st.booleans())
    def begins(self, text: str, answered: bool) -> None:
        """Mostly with an answer: most of what can be done needs one."""
        self.player.does(self.session.take(Loaded(1, MODELS[0].info)))
        if text:
            self.player.asks(text)
        if answered:
            self.player.answers()

    # The person

    @rule(text=st.sampled_from(TEXTS))
    def asks(self, text: str) -> None:
        self.player.asks(text)

    @rule(name=st.sampled_from(LOOKING))
    def looks(self, name: str) -> None:
        self.player.does(getattr(self.session.looking, name)())

    @rule(step=STEPS, name=st.sampled_from(("turn_head", "turn_layer", "turn_mask", "choose")))
    def turns(self, step: int, name: str) -> None:
        self.player.does(getattr(self.session.looking, name)(step))

    @rule(down=st.integers(-9, 9), right=st.integers(-9, 9))
    def moves(self, down: int, right: int) -> None:
        self.player.does(self.session.looking.move_cursor(down, right))

    @rule(query=st.integers(-1, 12), key=st.integers(-1, 12))
    def points(self, query: int, key: int) -> None:
        self.player.does(self.session.looking.put_cursor(query, key))

    @rule(layer=st.integers(0, 5), head=st.integers(0, 4))
    def goes(self, layer: int, head: int) -> None:
        self.player.does(self.session.looking.go_to(layer, head))

    @rule(view=st.sampled_from(VIEWS))
    def looks_at(self, view: View) -> None:
        self.player.does(self.session.looking.look_at(view))

    @rule(step=STEPS)
    def steps(self, step: int) -> None:
        self.player.does(self.session.step_sentence(step))

    @rule(text=st.sampled_from(TEXTS), kind=st.sampled_from(("text", "whole", "model", "again")))
    def compares(self, text: str, kind: str) -> None:
        comparing = self.session.comparing
        choices: dict[str, Choice | Again] = {
            "text": Choice.of_text(text or "another"),
            "whole": Choice("whole"),
            "model": Choice("model", model=MODELS[-1].name),
            "again": Again(),
        }
        self.player.does(comparing.choose(choices[kind]))

    @rule(first=st.integers(0, 4), second=st.integers(0, 4))
    def compares_fillers(self, first: int, second: int) -> None:
        filling = self.session.filling
        ids = [one.id for one in filling.candidates]
        one, other = (ids[at] if at < len(ids) else at for at in (first, second))
        self.player.does(self.session.comparing.choose(Fillers(filling.mask, one, other)))

    @rule(name=st.sampled_from(("turn", "let_go", "rank", "open")))
    def turns_sides(self, name: str) -> None:
        self.player.does(getattr(self.session.comparing, name)())
        self.player.opened[:] = [one for one in self.player.opened if one != "compare"]

    @rule(fails=st.booleans())
    def b_answers(self, fails: bool) -> None:
        for at, job in [*self.player.jobs.items()]:
            if not isinstance(job, AnalyzeBeside):
                continue
            del self.player.jobs[at]
            model = next((one for one in MODELS if one.name == (job.other or job.model)), MODELS[0])
            try:
                result = model.analyze(job.text, job.wanted, interventions=job.interventions)
            except UserError as error:
                fails, message = True, str(error)
            else:
                message = "It cannot be had."
            end = JobFailed(at, message) if fails else JobDone(at, result)
            self.player.does(self.session.take(end))

    @invariant()
    def whatever_is_compared_can_be_seen(self) -> None:
        shown, session = self.session.comparing.shown, self.session
        if session.analysis is None or not shown.is_held:
            return
        assert {*shown.cursor} <= {*shown.displayed.tokens} or not shown.displayed.tokens
        assert len(shown.labels) == len(shown.units) == len(shown.displayed.matrix)
        assert shown.drawn_scale.brightness(shown.head_matrix).shape == shown.displayed.matrix.shape
        assert session.measured is not None
        assert session.comparing.candidates is not None

    @property
    def is_main_free(self) -> bool:
        """Whether nothing but a screen about all heads lies over the main screen."""
        session = self.session
        parts = session.lens, session.arrows, session.aligning, session.residual
        return not any(one.is_open for one in parts)

    @rule(text=st.sampled_from((SHORT, SPLIT, "the dog sat on [MASK] today", TEXT)))
    def compares_at_once(self, text: str) -> None:
        self.player.does(self.session.comparing.choose(Choice.of_text(text)))
        self.b_answers(fails=False)

    @rule()
    def transplants_from_b(self) -> None:
        if self.is_main_free:
            self.player.does(self.session.from_b.measure())

    @rule(fails=st.booleans(), which=st.sampled_from((SweepTransplants, SweepResidual)))
    def has_transplanted(
        self, fails: bool, which: type[SweepTransplants] | type[SweepResidual]
    ) -> None:
        for number, job in list(self.player.jobs.items()):
            if not isinstance(job, which):
                continue
            del self.player.jobs[number]
            model = next(one for one in MODELS if one.name == job.model)
            if fails or model.cannot_be_cut:
                self.player.does(self.session.take(JobFailed(number, "It cannot be done.")))
            elif isinstance(job, SweepTransplants):
                self.player.does(self.session.take(JobDone(number, made_transplants(job, model))))
            else:
                self.player.does(self.session.take(JobDone(number, made_residual(job, model))))

    @rule()
    def transplants_at_once(self) -> None:
        self.transplants_from_b()
        self.has_transplanted(fails=False, which=SweepTransplants)

    @precondition(lambda self: self.session.residual.is_open)
    @rule(name=st.sampled_from(("close", "move", "go")), down=STEPS, right=st.integers(-9, 9))
    def moves_between_layers(self, name: str, down: int, right: int) -> None:
        residual = self.session.residual
        self.player.does(getattr(residual, name)(*((down, right) if name == "move" else ())))

    @rule()
    def looks_at_partners(self) -> None:
        if self.session.heads.board is None and self.is_main_free:
            self.player.does(self.session.aligning.open())

    @precondition(lambda self: self.session.aligning.is_open)
    @rule(
        typed=st.sampled_from(("4 6", "2 2", "3 0", "1", "", "99 1", "2 1", "5 4")),
        name=st.sampled_from(("enter", "leave_alone", "erase", "restore", "close")),
    )
    def corrects_partners(self, typed: str, name: str) -> None:
        aligning = self.session.aligning
        for character in typed:
            self.player.does(aligning.type(character))
        self.player.does(getattr(aligning, name)())

    @invariant()
    def partners_are_listed_once(self) -> None:
        aligning, comparing = self.session.aligning, self.session.comparing
        if comparing.b is None:
            assert not aligning.lines
            return
        lines = aligning.lines
        for side, count in (("a", len(self.session.answer.tokens)), ("b", len(comparing.b.tokens))):
            listed = [getattr(line, side) for line in lines]
            assert [at for at in listed if at is not None] == list(range(count))
        assert aligning.cursor < len(lines)

    @invariant()
    def shares_are_of_what_is_compared(self) -> None:
        session, found = self.session, self.session.from_b.found
        residual = session.residual
        for one in (found, residual.found):
            if one is None:
                continue
            way, answer, b = one.way, session.answer, session.comparing.b
            assert b is not None
            assert (way.text, way.model, way.source) == (answer.text, answer.model.name, b.text)
            assert way.interventions == answer.interventions
            assert way.token == session.filling.target.token != way.other
            assert way.pairs == session.comparing.alignment.pairs
        if residual.is_open:
            is_whole = residual.found is not None and residual.found.is_whole
            problem, is_under_way = residual.problem, session.jobs.is_under_way(RESIDUAL)
            assert is_whole + bool(problem) + is_under_way == 1
            assert residual.layer < session.answer.model.layers
            assert residual.token < len(session.answer.tokens)

    @invariant()
    def transplants_stand_in_the_text_they_were_made_in(self) -> None:
        session = self.session
        if (answer := session.analysis) is None:
            return
        for one in answer.interventions:
            if isinstance(one, Transplant):
                assert all(here < len(answer.tokens) for here, _ in one.pairs)
        assert session.cutting.way in session.cutting.ways
        assert not session.cutting.transplanted & session.cutting.heads

    @rule()
    def looks_at_likely_arrows(self) -> None:
        if self.session.heads.board is None and self.is_main_free:
            self.player.does(self.session.arrows.open())

    @precondition(lambda self: self.session.arrows.is_open)
    @rule(
        name=st.sampled_from(
            ("close", "move", "turn_order", "turn_measure", "turn_row", "go", "cut")
        ),
        step=STEPS,
    )
    def moves_among_arrows(self, name: str, step: int) -> None:
        arrows = self.session.arrows
        self.player.does(getattr(arrows, name)(*((step,) if name == "move" else ())))
        assert 0 <= arrows.cursor <= max(0, len(arrows.lines) - 1)

    @rule(fails=st.booleans())
    def has_cut_the_arrows(self, fails: bool) -> None:
        for number, job in list(self.player.jobs.items()):
            if not isinstance(job, SweepArrows):
                continue
            del self.player.jobs[number]
            model = next((one for one in MODELS if one.name == job.model), MODELS[0])
            if fails or model.cannot_be_cut or model.holds_one_layer:
                self.player.does(self.session.take(JobFailed(number, "It cannot be done.")))
            else:
                end = JobDone(number, made_arrows(job, model))
                self.player.does(self.session.take(end))

    @invariant()
    def arrows_are_of_the_answer_or_on_their_way(self) -> None:
        arrows, answer = self.session.arrows, self.session.analysis
        if not arrows.is_open or answer is None:
            return
        found = arrows.found
        is_whole = found is not None and found.is_whole
        is_under_way = self.session.jobs.is_under_way(ARROWS)
        assert is_whole + bool(arrows.problem) + is_under_way == 1
        if found is not None:
            assert (found.text, found.model) == (answer.text, answer.model.name)
            assert found.interventions == answer.interventions

    @rule()
    def looks_through_the_lens(self) -> None:
        if self.session.heads.board is None and self.is_main_free:
            self.player.does(self.session.lens.open())

    @precondition(lambda self: self.session.lens.is_open)
    @rule(
        name=st.sampled_from(("close", "turn_page", "move", "choose", "turn_mask")), step=STEPS,
        right=st.integers(-9, 9),
    )  # fmt: skip
    def moves_in_the_lens(self, name: str, step: int, right: int) -> None:
        lens = self.session.lens
        arguments = {"move": (step, right), "choose": (step,), "turn_mask": (step,)}
        self.player.does(getattr(lens, name)(*arguments.get(name, ())))
        answer = self.session.answer
        assert 0 <= lens.layer <= answer.model.layers
        assert 0 <= lens.token < len(answer.tokens)

    @precondition(lambda self: self.session.lens.is_open)
    @rule(name=st.sampled_from(("turn_order", "turn_sum", "measure")), ends=st.booleans())
    def reads_parts(self, name: str, ends: bool) -> None:
        parts = self.session.lens.parts
        self.player.does(getattr(parts, name)())
        jobs = [*self.player.jobs.items()] if ends else []
        for at, job in jobs:
            if not isinstance(job, TakeApart):
                continue
            del self.player.jobs[at]
            self.player.does(
                self.session.take(
                    JobDone(
                        at, made_parts(job, next(one for one in MODELS if one.name == job.model))
                    )
                )
            )
            assert parts.row < len(parts.listed)

    @rule()
    def escapes(self) -> None:
        jobs = {**self.player.jobs}
        self.player.does(self.session.escape())
        for number in {*jobs} - {*self.player.jobs}:  # the worker has given them up
            self.player.does(self.session.take(JobFailed(number, "")))

    @rule(which=st.sampled_from(("open_map", "open_table", "open_focus")))
    def opens(self, which: str) -> None:
        if self.session.heads.board is None and self.is_main_free:
            self.player.does(getattr(self.session.heads, which)())

    @precondition(lambda self: self.session.heads.board is not None)
    @rule(first=st.integers(-3, 3), second=st.integers(-3, 3))
    def moves_on_the_board(self, first: int, second: int) -> None:
        board, heads = self.session.heads.board, self.session.heads
        answer = self.session.viewing.answer
        if isinstance(board, HeadsTableState):
            self.player.does(heads.change(lambda: board.move(heads.order, first)))
        elif isinstance(board, (HeadMapState, TokenFocusState)):
            self.player.does(heads.change(lambda: board.move(answer, first, second)))

    @precondition(lambda self: isinstance(self.session.heads.board, HeadMapState))
    @rule(step=STEPS, thumbnails=st.booleans())
    def shades(self, step: int, thumbnails: bool) -> None:
        board = self.session.heads.board
        assert isinstance(board, HeadMapState)
        self.player.does(
            self.session.heads.change(lambda: board.turn_statistic(step, thumbnails=thumbnails))
        )

    @precondition(lambda self: isinstance(self.session.heads.board, TokenFocusState))
    @rule(turns=st.booleans())
    def focuses(self, turns: bool) -> None:
        board, answer = self.session.heads.board, self.session.viewing.answer
        assert isinstance(board, TokenFocusState)
        change = board.turn if turns else lambda: board.next_strongest(answer)
        self.player.does(self.session.heads.change(change))

    @precondition(lambda self: isinstance(self.session.heads.board, HeadsTableState))
    @rule(column=st.sampled_from(EVERY_COLUMN))
    def ranks(self, column: Column) -> None:
        self.player.does(self.session.heads.rank(column))

    @rule(
        query=st.sampled_from(
            ("prev > .1", "mask->cat > 0", "layer = 2", "effect > 0", "", "nonsense (")
        )
    )
    def queries(self, query: str) -> None:
        self.player.does(self.session.heads.find(query))

    @rule(step=STEPS)
    def walks(self, step: int) -> None:
        self.player.does(self.session.heads.match(step))

    @precondition(lambda self: self.session.heads.board is not None)
    @rule(opens=st.booleans())
    def closes(self, opens: bool) -> None:
        board = self.session.heads.board
        head = board.cursor if isinstance(board, HeadMapState) and opens else None
        self.player.does(self.session.heads.close(head))

    @rule(layer=st.integers(0, 3), head=st.integers(0, 2), at_hand=st.booleans())
    def cuts(self, layer: int, head: int, at_hand: bool) -> None:
        if (analysis := self.session.analysis) is None or at_hand:
            self.player.does(self.session.cutting.cut_head())
            return
        model = analysis.model
        self.player.does(self.session.cutting.cut_head(layer % model.layers, head % model.heads))

    @rule(press=st.sampled_from(("cut_arrow", "restore", "turn_way")))
    def changes_what_is_cut(self, press: str) -> None:
        self.player.does(getattr(self.session.cutting, press)())

    @rule()
    def measures_effects(self) -> None:
        if self.is_main_free:
            self.player.does(self.session.effects.measure_all())

    @precondition(lambda self: self.sweeps)
    @rule(fails=st.booleans())
    def has_cut_every_head(self, fails: bool) -> None:
        number, job = self.sweeps[0]
        del self.player.jobs[number]
        model = next((one for one in MODELS if one.name == job.model), MODELS[0])
        if fails or model.cannot_be_cut:
            self.player.does(self.session.take(JobFailed(number, "It cannot be done.")))
        else:
            self.player.does(self.session.take(JobDone(number, made_sweep(job, model))))

    @rule()
    def measures_effects_at_once(self) -> None:
        self.measures_effects()
        if self.sweeps:
            self.has_cut_every_head(fails=False)

    @property
    def sweeps(self) -> list[tuple[int, SweepHeads]]:
        jobs = self.player.jobs.items()
        return [(number, job) for number, job in jobs if isinstance(job, SweepHeads)]

    @rule(count=st.integers(1, 3))
    def has_found_some_of_it(self, count: int) -> None:
        for number, job in list(self.player.jobs.items()):
            model = next((one for one in MODELS if one.name == job.model), MODELS[0])  # type: ignore[attr-defined]
            if model.cannot_be_cut or model.holds_one_layer:
                continue
            result: object
            if isinstance(job, SweepHeads):
                places = [divmod(at, model.heads) for at in range(model.layers * model.heads)]
                result = partly(made_sweep(job, model), *places[-count:])
            elif isinstance(job, SweepArrows):
                result = arrows_so_far(made_arrows(job, model), count)
            elif isinstance(job, SweepTransplants):
                result = shares_so_far(made_transplants(job, model), count)
            elif isinstance(job, SweepResidual):
                result = shares_so_far(made_residual(job, model), count, "places")
            else:
                continue
            self.player.does(self.session.take(JobSoFar(number, result)))

    @rule()
    def prunes(self) -> None:
        if self.session.heads.board is None and self.is_main_free:
            self.player.does(self.session.pruning.find())

    @rule(kept=st.integers(0, 2))
    def prunes_to_the_end(self, kept: int) -> None:
        for number, job in list(self.player.jobs.items()):
            if isinstance(job, FindSmallestSet):
                del self.player.jobs[number]
                self.player.does(self.session.take(JobDone(number, made_set(job, kept=kept))))

    @rule(word=st.sampled_from(("cat", "", "unbelievable")))
    def asks_for_a_word(self, word: str) -> None:
        self.player.does(self.session.own_word.open())
        self.player.does(self.session.own_word.score(word))

    @rule(count=st.integers(1, 2))
    def follows_a_word(self, count: int) -> None:
        self.player.does(self.session.own_word.score("unbelievable"))
        for number, job in list(self.player.jobs.items()):
            if isinstance(job, ScoreWords):
                del self.player.jobs[number]
                pieces = job.words * count
                found = ScoredWord(
                    job.words[0], (3,) * count, pieces, -1.0, 1 if count == 1 else None
                )
                self.player.does(self.session.take(JobDone(number, (found,))))
        self.player.does(self.session.own_word.follow())

    @invariant()
    def effects_are_on_what_is_followed(self) -> None:
        found, filling = self.session.effects.found, self.session.filling
        if found is not None:
            assert (found.token is None) == bool(filling.word)
            assert found.word == filling.word or found.token == filling.target.token
            assert self.session.effects.shown in found.measures

    @rule(which=st.sampled_from(("save", "save_all", "note")))
    def keeps(self, which: str) -> None:
        self.player.does(getattr(self.session.keeping, which)())

    # The worker

    @precondition(lambda self: self.player.is_asked)
    @rule()
    def answers(self) -> None:
        self.player.answers()

    @precondition(lambda self: self.player.is_asked)
    @rule()
    def fails(self) -> None:
        number, _ = self.player._asked.popleft()
        self.player.does(self.session.take(Failed(number, "It cannot be done.")))

    @rule(restarted=st.booleans())
    def dies(self, restarted: bool) -> None:
        self.player._asked.clear()
        for number in list(self.player.jobs):
            del self.player.jobs[number]
            self.player.does(self.session.take(JobFailed(number, "It is gone.")))
        self.player.does(self.session.take(Died("It is gone.", restarted)))

    @rule(model=st.sampled_from(MODELS))
    def loads(self, model: MadeModel) -> None:
        self.player.loads(model)

    @rule()
    def cannot_load(self) -> None:
        self.player.does(self.session.take(LoadFailed(3, "none", "There is none.")))

    # What holds at any time

    @invariant()
    def what_is_looked_at_is_there(self) -> None:
        session, viewing = self.session, self.session.viewing
        if session.analysis is None:
            return
        answer = session.analysis
        assert viewing.layer < answer.model.layers
        assert viewing.head < answer.model.heads
        units = len(viewing.units)
        if viewing.is_held:
            displayed = viewing.displayed
            assert displayed.matrix.shape == (units, units)
            query, key = viewing.cursor
            assert query in displayed.tokens
            assert key in displayed.tokens
            viewing.scale.brightness(displayed.head)
            viewing.tokens_at_cursor  # noqa: B018
        assert 0 <= session.filling.chosen < max(1, len(session.filling.candidates))
        assert session.filling.mask < max(1, len(answer.masks))

    @invariant()
    def what_is_asked_is_what_is_said_to_be(self) -> None:
        question, cutting = self.session.question, self.session.cutting
        if question is not None and self.player.is_asked:
            _, ask = self.player._asked[0]
            assert ask.interventions == question.interventions
            assert ask.text == question.text
            if cutting.awaited is not None:
                assert cutting.awaited == ask.interventions
        else:
            assert cutting.awaited is None

    @invariant()
    def what_is_cut_is_there(self) -> None:
        answer, cutting = self.session.analysis, self.session.cutting
        if answer is None:
            return
        assert cutting.in_force == answer.interventions
        for layer, head in cutting.heads:
            assert layer < answer.model.layers
            assert head < answer.model.heads
        if question := self.session.question:
            model = self.player.model
            assert all(
                one.layer < model.layers
                and (isinstance(one, TransplantResidual) or one.head < model.heads)
                for one in question.interventions
            )
        cutting.is_arrow_cut(*self.session.viewing.cursor)
        if before := cutting.before:
            assert answer.interventions
            whole = self.session.model.name == answer.model.name
            if whole:
                made = self.player.model.analyze(answer.text, WEIGHTS_ALONE, top_k=10)
                assert before == made.candidates[self.session.filling.mask]

    @invariant()
    def whatever_is_not_whole_says_so(self) -> None:
        session = self.session
        for name, so_far in session.so_far.items():
            numbers = session.measured[name]
            assert np.array_equal(np.isnan(numbers) & so_far.to_come, so_far.to_come)
            assert 0 < so_far.count <= so_far.of
        found = session.effects.found
        if found is not None:
            assert found.is_whole is ("effect" not in session.so_far)
            for layer, head in np.argwhere(
                np.isnan(found.effects[session.effects.shown.slug])
            ).tolist():
                assert session.effects.of((layer, head)) == "effect not measured yet"

    @invariant()
    def effects_are_of_what_is_on_screen(self) -> None:
        session, effects = self.session, self.session.effects
        found = effects.found
        if found is None:
            assert effects.numbers is None
            return
        answer, filling = session.answer, session.filling
        assert (found.text, found.model) == (answer.text, answer.model.name)
        assert found.interventions == answer.interventions
        assert found.mask == filling.mask
        if session.question is None:  # those of the way in force come first, once it is measured
            measured = {one.by for one in effects.sweeps}
            assert found.by == session.cutting.by or session.cutting.by not in measured
        assert effects.numbers is not None
        assert effects.numbers.shape == (answer.model.layers, answer.model.heads)

    @invariant()
    def what_is_open_can_be_shown(self) -> None:
        session, board = self.session, self.session.heads.board
        if board is None:
            return
        answer = session.viewing.answer
        assert len(answer.held) == answer.model.layers
        if isinstance(board, TokenFocusState):
            assert np.isfinite(board.weights(answer)[board.cursor])
            assert max(board.cell) < len(answer.tokens)
        elif isinstance(board, HeadMapState):
            assert answer.statistics.thumbnails[board.cursor] is not None
        else:
            table = session.heads.table
            assert all(values.shape == answer.peaks.shape for values in table.numbers.values())
            assert board.index(table.order) < max(1, len(table.order))


AnyOrder.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyOrder = AnyOrder.TestCase


def test_the_place_between_layers_is_in_the_sentence_that_comes() -> None:
    """Also where that one cannot be compared, so that there is no grid to be seen."""
    state = AnyOrder()
    state.begins(text="the cat sat on [MASK] today", answered=True)
    state.compares_at_once(text="a [MASK]")
    state.transplants_at_once()
    state.transplants_from_b()
    assert state.session.residual.is_open
    state.moves_between_layers("move", 1, 9)
    assert state.session.residual.token > 2
    state.asks(text="x")
    state.answers()
    assert state.session.residual.is_open
    state.shares_are_of_what_is_compared()
    state.teardown()


def test_more_about_the_sentence_is_asked_of_another_model_as_if_anew() -> None:
    """Whose first answer was given up: what is known is of the model before."""
    state = AnyOrder()
    state.begins(text="the cat sat on [MASK] today", answered=True)
    state.looks_through_the_lens()
    state.player.does(state.session.lens.close())
    state.measures_effects_at_once()
    assert state.session.effects.found is not None
    other = next(model for model in MODELS if model.name == "small")
    state.loads(model=other)
    state.escapes()
    assert state.session.question is None
    state.looks_at(view=next(view for view in VIEWS if view.of == "layer"))
    state.answers()
    assert state.session.answer.model.name == "small"
    state.effects_are_of_what_is_on_screen()
    state.what_is_looked_at_is_there()
    state.teardown()


def test_arrows_that_are_left_half_way_leave_no_cursor_behind() -> None:
    state = AnyOrder()
    state.begins(text="the cat sat on [MASK] today", answered=True)
    state.looks_at_likely_arrows()
    state.has_found_some_of_it(count=1)
    state.moves_among_arrows("move", 1)
    assert state.session.arrows.cursor
    state.moves_among_arrows("close", 1)
    assert state.session.arrows.found is None
    state.teardown()
