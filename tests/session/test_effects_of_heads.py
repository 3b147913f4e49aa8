"""Effects are of what is on screen, or gone, whenever they and the answers come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.session.made import MadeModel, made_sweep, partly
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.columns import EFFECT, HEAD
from tui.analysis.interventions import CutHead
from tui.analysis.statistics import STATISTICS
from tui.experiments import time_left
from tui.experiments.measures import MEASURES
from tui.experiments.sweep import SweepHeads
from tui.model.worker.protocol import JobDone, JobFailed, JobProgress, JobSoFar
from tui.session.boards import HeadMapState, HeadsTableState
from tui.session.effects import GiveUpJob, Redraw, RunJob
from tui.session.effects_of_heads import SWEEP


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    player.effects.clear()
    return player


def job(player: Player) -> SweepHeads:
    """The measuring that the worker was asked for last."""
    asked = player.of(RunJob)[-1].job
    assert isinstance(asked, SweepHeads)
    return asked


def ends(player: Player) -> None:
    """The worker has cut every head."""
    ((number, asked),) = player.jobs.items()
    assert isinstance(asked, SweepHeads)
    player.jobs.clear()
    player.does(player.session.take(JobDone(number, made_sweep(asked, player.model))))


def presses(player: Player) -> None:
    """Press e."""
    player.does(player.session.effects.measure_all())


def measured(player: Player) -> Player:
    presses(player)
    ends(player)
    return player


def test_it_asks_for_what_is_on_screen_and_takes_what_comes(player: Player) -> None:
    session = player.session
    player.does(session.looking.choose(1))
    presses(player)
    chosen = session.filling.candidates[1].id
    assert job(player) == SweepHeads(TEXT, "made", by="mean", mask=0, token=chosen)
    assert session.effects.said == ""
    ((number, _),) = player.jobs.items()
    player.does(session.take(JobProgress(number, 2, 6)))
    assert session.jobs.said == "cutting heads 2 of 6"
    ends(player)
    assert session.jobs.said == ""
    assert session.effects.found is not None
    assert session.message.startswith("Effect on dog over cat, logit difference, heads cut to ")
    assert "the single effects add up to" in session.message


def test_the_way_and_what_is_cut_are_those_in_force(player: Player) -> None:
    player.does(player.session.cutting.turn_way())
    player.does(player.session.cutting.cut_head(1, 1))
    player.settles()
    presses(player)
    assert job(player).by == "zero"
    assert job(player).interventions == (CutHead(1, 1, "zero"),)


def test_a_second_press_waits(player: Player) -> None:
    presses(player)
    presses(player)
    assert len(player.of(RunJob)) == 1
    assert "esc on the main screen cancels" in player.session.message


def test_the_measure_turns_and_comes_round(player: Player) -> None:
    effects = measured(player).session.effects
    for measure in (*MEASURES[1:], MEASURES[0]):
        presses(player)
        assert effects.measure is measure
        assert effects.found is not None
        assert effects.numbers is not None
        np.testing.assert_allclose(effects.numbers, effects.found.effects[measure.slug])
        assert measure.name in player.session.message
    assert len(player.of(RunJob)) == 1


def test_the_table_is_ranked_by_it(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    presses(player)
    assert session.heads.search.column is EFFECT
    assert "effect" not in session.heads.table.numbers
    ends(player)
    numbers = session.heads.table.numbers["effect"]
    shown = [numbers[head] for head in session.heads.order]
    assert shown == sorted(shown, reverse=True)
    assert session.effects.of(session.heads.order[2]).split(", ")[1] == "3rd of 6"
    player.does(session.heads.rank(HEAD))
    presses(player)
    assert session.effects.measure is MEASURES[0], "it is ranked before the measure turns"
    assert session.heads.search.column is EFFECT


def test_the_map_is_shaded_by_it_and_walks_past_it(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_map())
    board = session.heads.board
    assert isinstance(board, HeadMapState)
    presses(player)
    assert board.statistic(thumbnails=True, measured=()) is None
    ends(player)
    assert board.statistic(thumbnails=True, measured=[EFFECT.name]) is EFFECT
    presses(player)
    assert session.effects.measure is MEASURES[1]
    board.turn_statistic(-1, thumbnails=True, measured=[EFFECT.name])
    assert board.statistic(thumbnails=True, measured=[EFFECT.name]) is STATISTICS[-1]
    presses(player)
    assert session.effects.measure is MEASURES[1], "it is shaded before the measure turns"
    board.turn_statistic(1, thumbnails=True, measured=[EFFECT.name])
    assert board.statistic(thumbnails=True, measured=[EFFECT.name]) is None


def test_map_and_table_say_what_was_measured_when_they_open(player: Player) -> None:
    session = measured(player).session
    for opens in (session.heads.open_map, session.heads.open_table):
        player.does(opens())
        assert session.message == session.effects.said != ""
        player.does(session.heads.close())
        assert session.message == ""


CHANGES: list[tuple[str, Callable[[Player], object]]] = [
    ("Another candidate", lambda player: player.does(player.session.looking.choose(1))),
    ("Another sentence", lambda player: player.asks(SHORT)),
    ("Another sentence", lambda player: player.does(player.session.looking.fill())),
    ("Something else is cut", lambda player: player.does(player.session.cutting.cut_head(0, 1))),
    ("Another way to cut", lambda player: player.does(player.session.cutting.turn_way())),
    ("Another model", lambda player: player.loads(MadeModel("other"))),
]


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize(("says", "change"), CHANGES)
def test_effects_of_something_else_go_and_that_is_said_once(
    player: Player, says: str, change: Callable[[Player], object], is_there: bool
) -> None:
    session = player.session
    player.does(session.heads.open_table())
    presses(player)
    number = next(iter(player.jobs))
    asked = job(player)
    if is_there and says == "Another way to cut":
        return  # both ways stand side by side, below
    if is_there:
        ends(player)
        player.does(session.heads.find("effect < 9"))
        assert session.heads.order
    change(player)
    player.settles()
    assert says in session.message
    assert "e measures anew" in session.message
    if is_there:
        assert session.message.count("press e first") == 1, "the query finds nothing any more"
    else:
        assert player.of(GiveUpJob) == [GiveUpJob(number)]
        player.does(session.take(JobDone(number, made_sweep(asked, player.model))))
    assert session.effects.found is None
    assert session.effects.numbers is None
    assert "effect" not in session.heads.table.numbers
    assert session.heads.search.column is HEAD
    player.does(session.looking.turn_head(1))
    assert session.message == ""
    presses(player)
    if not session.answer.masks:
        assert "There is no [MASK] in this sentence" in session.message
        return
    assert job(player) != asked
    ends(player)
    assert "effect" in session.heads.table.numbers


def test_both_ways_to_cut_stand_side_by_side(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    measured(player)
    by_mean = session.effects.found
    assert by_mean is not None
    player.does(session.cutting.turn_way())
    assert session.effects.found is by_mean
    assert "still those of heads cut to their mean: e measures these" in session.message
    assert "effect_mean" not in session.heads.table.numbers, "there is nothing beside it"
    player.does(session.looking.turn_head(1))
    assert session.message == "", "it is said once"
    measured(player)
    by_zero = session.effects.found
    assert by_zero is not None
    assert (by_mean.by, by_zero.by) == ("mean", "zero")
    assert f"{by_zero.agreement(by_mean, MEASURES[0]):.2f} (Spearman's" in session.message
    shown = session.heads.table.numbers
    assert [name for name in shown if name.startswith("effect")] == ["effect_mean", "effect_zero"]
    for name, sweep in (("effect_mean", by_mean), ("effect_zero", by_zero)):
        np.testing.assert_allclose(shown[name], sweep.effects["logit-diff"], rtol=1e-5)
    numbers = [shown["effect_zero"][head] for head in session.heads.order]
    assert numbers == sorted(numbers, reverse=True), "ranked by the way in force"
    player.does(session.heads.find("effect_mean > 0 and effect_zero > 0"))
    both = (by_mean.effects["logit-diff"] > 0.005) & (by_zero.effects["logit-diff"] > 0.005)
    assert sorted(session.heads.order) == [tuple(at) for at in np.argwhere(both).tolist()]
    player.does(session.cutting.turn_way())
    assert session.effects.found is by_mean
    assert "Spearman" in session.message
    assert len(player.of(RunJob)) == 2
    player.does(session.looking.choose(1))
    assert not session.effects.sweeps
    assert session.heads.search.column is HEAD


def test_the_first_way_stays_when_the_second_is_given_up(player: Player) -> None:
    session = measured(player).session
    by_mean = session.effects.found
    player.does(session.cutting.turn_way())
    presses(player)
    ((number, asked),) = player.jobs.items()
    player.does(session.cutting.turn_way())
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    assert "the heads are not cut to the end" in session.message
    assert isinstance(asked, SweepHeads)
    player.does(session.take(JobDone(number, made_sweep(asked, player.model))))
    assert session.effects.sweeps == (by_mean,)
    player.does(session.cutting.turn_way())
    presses(player)
    ((number, _),) = player.jobs.items()
    player.does(session.take(JobFailed(number, "")))
    assert session.message == "Cancelled."
    assert session.effects.sweeps == (by_mean,)
    player.asks(SHORT)
    player.settles()
    assert not session.effects.sweeps


def test_another_mask_is_another_candidate(player: Player) -> None:
    player.asks("a [MASK] and a [MASK]")
    player.settles()
    session = measured(player).session
    player.does(session.looking.turn_mask(1))
    assert session.effects.found is None
    assert session.message == "Another mask: those effects are gone; e measures anew."


def test_a_press_before_the_answer_measures_what_is_on_screen_and_then_goes(
    player: Player,
) -> None:
    player.asks(SHORT)
    presses(player)
    assert job(player).text == TEXT
    player.answers()
    assert not player.session.jobs.is_under_way(SWEEP)
    assert player.session.effects.found is None


def test_the_same_again_keeps_the_effects(player: Player) -> None:
    session = measured(player).session
    found = session.effects.found
    player.asks(TEXT)
    player.settles()
    player.does(session.looking.turn_head(1))
    assert session.effects.found is found


def test_escape_cancels(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    presses(player)
    player.does(session.heads.close())
    ((number, _),) = player.jobs.items()
    player.does(session.escape())
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    player.does(session.take(JobFailed(number, "")))
    assert session.message == "Cancelled."
    assert session.heads.search.column is HEAD
    presses(player)
    assert len(player.of(RunJob)) == 2


def test_heads_that_cannot_be_cut_are_said_to_be_so(player: Player) -> None:
    presses(player)
    ((number, _),) = player.jobs.items()
    player.does(player.session.take(JobFailed(number, "Heads of made cannot be changed.")))
    assert player.session.message == "Heads of made cannot be changed."
    assert player.session.effects.found is None


def test_without_a_mask_it_says_so(player: Player) -> None:
    player.asks("a cat")
    player.settles()
    presses(player)
    assert "There is no [MASK] in this sentence" in player.session.message
    assert not player.of(RunJob)


def test_a_query_for_effects_says_that_they_come_first(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    player.does(session.heads.find("prev > .1 and effect > .2"))
    assert session.message == (
        "At character 15: effect is not measured here: press e first, which cuts each head in turn."
    )
    measured(player)
    player.does(session.heads.find("effect > .2"))
    effects = session.effects.numbers
    assert effects is not None
    assert sorted(session.heads.order) == [tuple(at) for at in np.argwhere(effects > 0.2).tolist()]
    presses(player)
    turned = session.effects.numbers
    assert turned is not None
    assert sorted(session.heads.order) == [tuple(at) for at in np.argwhere(turned > 0.2).tolist()]


def test_over_a_list_there_is_this_sentence_again(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    board = session.heads.board
    assert isinstance(board, HeadsTableState)
    presses(player)
    assert board.over is None
    assert board.cursor is None


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"only_text": TEXT}, "This is saved attention, and nothing can be cut in it"),
        ({"has_head": False}, "has no trained masked-LM head"),
    ],
)
def test_what_has_no_effects_says_why(
    player: Player, facts: dict[str, object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = player.session
    info = replace(player.model.info, **facts)  # type: ignore[arg-type]
    monkeypatch.setattr(session.viewing, "analysis", replace(session.answer, model=info))
    presses(player)
    assert says in session.message
    assert not player.of(RunJob)


def test_a_text_of_which_one_layer_is_held_is_refused(player: Player) -> None:
    player.loads(MadeModel("huge", holds_one_layer=True))
    player.settles()
    presses(player)
    assert "one layer is held at a time" in player.session.message
    assert not player.of(RunJob)


def test_before_the_first_answer_there_is_nothing_to_measure(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.does(player.session.begin())
    presses(player)
    assert "no sentence is analysed" in player.session.message


def test_the_lens_may_lead_to_another_candidate(player: Player) -> None:
    session = measured(player).session
    player.does(session.lens.open())
    player.does(session.lens.choose(1))
    assert session.effects.found is None


def test_how_long_it_takes_is_said_once_the_first_heads_are_cut(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 30.0])
    monkeypatch.setattr(time_left, "monotonic", lambda: next(seconds))
    presses(player)
    ((number, _),) = player.jobs.items()
    player.does(player.session.take(JobProgress(number, 0, 6)))
    assert player.session.jobs.said == "cutting heads 0 of 6"
    player.does(player.session.take(JobProgress(number, 1, 6)))
    assert player.session.jobs.said == "cutting heads 1 of 6, about 2 min left"


# Before the end


def comes(player: Player, *heads: tuple[int, int]) -> int:
    """The worker tells of these heads; returns the number of its job."""
    ((number, asked),) = player.jobs.items()
    assert isinstance(asked, SweepHeads)
    part = partly(made_sweep(asked, player.model), *heads)
    player.does(player.session.take(JobSoFar(number, part)))
    return number


def gives_up(player: Player, said: str = "") -> None:
    """The job has come to nothing more."""
    number = next(iter(player.jobs), None) or player.of(GiveUpJob)[-1].number
    player.jobs.pop(number, None)
    player.does(player.session.take(JobFailed(number, said)))


def test_what_is_measured_is_shown_before_the_end(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    presses(player)
    comes(player, (0, 1), (2, 0))
    assert player.effects[-1] is Redraw.BOARD
    numbers = session.heads.table.numbers["effect"]
    assert np.argwhere(np.isfinite(numbers)).tolist() == [[0, 1], [2, 0]]
    assert {*session.heads.order[:2]} == {(0, 1), (2, 0)}, "what has no number comes last"
    assert numbers[session.heads.order[0]] >= numbers[session.heads.order[1]]
    assert session.so_far["effect"].said == "2 of 6 heads measured"
    assert session.told_so_far == ("effect: 2 of 6 heads measured.",)
    best, second, *_ = session.heads.order
    assert session.effects.of(best).endswith(", 1st of 2 measured")
    assert session.effects.of(second).endswith(", 2nd of 2 measured")
    assert session.effects.of((1, 1)) == "effect not measured yet"
    assert session.effects.said.endswith(": 2 of 6 heads measured.")
    assert "add up" not in session.effects.said
    comes(player, (0, 1), (2, 0), (1, 1))
    assert "1st of 3 measured" in " ".join(session.effects.of(one) for one in [best, (1, 1)])
    ends(player)
    assert session.so_far == {}
    assert "add up" in session.message
    assert session.effects.of(session.heads.order[0]).split(", ")[1] == "1st of 6"


def test_a_query_over_a_part_meets_what_is_measured_alone(player: Player) -> None:
    session = player.session
    presses(player)
    comes(player, (0, 1))
    player.does(session.heads.open_table())
    for query in ("effect > -99", "not effect > 99", "effect < 99 and layer > 0"):
        player.does(session.heads.find(query))
        assert session.heads.order == [(0, 1)], query
    comes(player, (0, 1), (1, 0))
    assert sorted(session.heads.order) == [(0, 1), (1, 0)], "it is put to what comes"


def test_a_query_that_a_part_cannot_answer_says_so_once(player: Player) -> None:
    session = measured(player).session
    player.does(session.cutting.turn_way())
    measured(player)
    player.does(session.heads.find("effect_mean > effect_zero"))
    player.does(session.looking.choose(1))
    presses(player)
    said = session.message
    comes(player, (0, 1), (1, 0))
    assert session.heads.search.found is None
    assert session.message == said, "it is not said again with each part"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", "2 of 6 heads were cut before it was cancelled; e goes on."),
        ("It is broken.", "It is broken. 2 of 6 heads were cut before; e goes on."),
    ],
)
def test_what_is_measured_stays_and_e_goes_on(player: Player, said: str, shown: str) -> None:
    session = player.session
    session.viewing.layer = 2
    player.does(session.heads.open_table())
    presses(player)
    assert job(player).known is None
    assert job(player).layer_first == 2
    comes(player, (0, 1), (2, 0))
    player.does(session.cancel())
    gives_up(player, said)
    assert session.message == shown
    known = session.effects.found
    assert known is not None
    assert not known.is_whole
    assert session.heads.search.column is EFFECT
    assert "effect" in session.heads.table.numbers
    player.does(session.looking.turn_head(1))
    assert session.effects.found is known
    presses(player)
    assert session.effects.measure is MEASURES[0], "it does not turn before all are measured"
    assert job(player).known is known
    assert session.effects.found is known
    ends(player)
    assert session.effects.found is not None
    assert session.effects.found.is_whole


def test_cancelled_before_anything_was_measured(player: Player) -> None:
    presses(player)
    player.does(player.session.cancel())
    gives_up(player)
    assert player.session.message == "Cancelled."
    assert player.session.effects.found is None


@pytest.mark.parametrize("is_cancelled", [True, False])
@pytest.mark.parametrize(("says", "change"), CHANGES)
def test_a_part_of_something_else_goes_and_a_late_one_is_dropped(
    player: Player, says: str, change: Callable[[Player], object], is_cancelled: bool
) -> None:
    session = player.session
    presses(player)
    number, asked = comes(player, (0, 1)), job(player)
    model = player.model
    if is_cancelled:
        player.does(session.cancel())
        gives_up(player)
    change(player)
    player.settles()
    late = JobSoFar(number, partly(made_sweep(asked, model), (0, 1), (1, 1)))
    before = session.effects.found
    player.does(session.take(late))
    assert session.effects.found is before
    if says == "Another way to cut":
        assert before is not None, "it is still what it is of, and says so"
        assert before.by == "mean"
        assert "those of heads cut to their mean" in session.message
        return
    assert before is None
    assert says in session.message
    done = "those effects are gone" if is_cancelled else "the heads are not cut to the end"
    assert done in session.message
    assert "effect" not in session.measured


def test_a_part_may_come_under_any_screen(player: Player) -> None:
    session = player.session
    presses(player)
    heads = session.heads
    for opens in (heads.open_map, heads.open_table, heads.open_focus, session.lens.open):
        player.does(opens())
        sweeps = {at: one for at, one in player.jobs.items() if isinstance(one, SweepHeads)}
        player.jobs = {**sweeps}
        comes(player, (0, 1), (2, 0))
        assert session.effects.of((0, 1)) != ""
        if heads.board is not None:
            player.does(heads.close())


def test_the_second_way_comes_beside_the_first(player: Player) -> None:
    session = measured(player).session
    player.does(session.cutting.turn_way())
    presses(player)
    comes(player, (0, 1), (2, 0))
    assert [one.by for one in session.effects.sweeps] == ["zero", "mean"]
    assert {*session.so_far} == {"effect", "effect_zero"}
    assert np.isfinite(session.effects.columns["effect_mean"]).all()
    assert np.isfinite(session.effects.columns["effect_zero"]).sum() == 2
    assert "rank alike" not in session.effects.said
    player.does(session.cancel())
    gives_up(player)
    player.does(session.cutting.turn_way())
    assert session.so_far.keys() == {"effect_zero"}, "the whole one is in front again"
    player.does(session.looking.choose(1))
    assert session.effects.found is None
    assert "those effects are gone" in session.message


def test_a_note_says_of_how_many_it_ranks(player: Player) -> None:
    session = player.session
    presses(player)
    comes(player, (0, 1), (2, 0))
    session.viewing.layer, session.viewing.head = 0, 1
    [line] = session.keeping._experiments()
    assert " of the 2 heads that are measured, of 6, of cutting this head alone" in line
    session.viewing.layer, session.viewing.head = 1, 1
    assert session.keeping._experiments() == [], "of a head that is not cut nothing is known"
