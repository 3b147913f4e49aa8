"""The third page of the lens: parts are of what is on screen, whenever they and answers come."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.session.made import MadeModel, made_parts, made_sweep
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.interventions import CutHead
from tui.experiments.direct import LogitPart
from tui.experiments.logit_parts import TakeApart
from tui.experiments.sweep import SweepHeads
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import GiveUpJob, RunJob
from tui.session.effects_of_heads import SWEEP
from tui.session.lens import LENS, LensPage
from tui.session.logit_parts import PARTS, PartsState


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path).begins()


def number(player: Player, kind: type) -> int:
    """The number of the job of a kind that is under way."""
    [found] = [at for at, job in player.jobs.items() if isinstance(job, kind)]
    return found


def job(player: Player) -> TakeApart:
    """The job that the worker has."""
    found = player.jobs[number(player, TakeApart)]
    assert isinstance(found, TakeApart)
    return found


def ends(player: Player) -> None:
    """The worker has taken the logit apart."""
    at = number(player, TakeApart)
    asked = player.jobs.pop(at)
    assert isinstance(asked, TakeApart)
    player.does(player.session.take(JobDone(at, made_parts(asked, player.model))))


def measures(player: Player) -> None:
    """Press e, and have the heads cut."""
    player.does(player.session.lens.parts.measure())
    at = number(player, SweepHeads)
    asked = player.jobs.pop(at)
    assert isinstance(asked, SweepHeads)
    player.does(player.session.take(JobDone(at, made_sweep(asked, player.model))))


def parts(player: Player) -> PartsState:
    return player.session.lens.parts


def opened(player: Player) -> Player:
    """The third page, whose parts are still to come."""
    player.does(player.session.lens.open())
    while player.session.lens.page is not LensPage.PARTS:
        player.does(player.session.lens.turn_page())
    return player


def test_they_are_asked_for_when_they_are_first_looked_at(player: Player) -> None:
    session = player.session
    player.does(session.looking.choose(1))
    player.does(session.lens.open())
    assert not session.jobs.is_under_way(PARTS)
    opened(player)
    assert job(player) == TakeApart(TEXT, "made", token=session.filling.candidates[1].id)
    assert parts(player).found is None
    ends(player)
    assert parts(player).sums is not None
    count = len(player.of(RunJob))
    player.does(session.lens.turn_page())
    opened_again = len(player.of(RunJob))
    while session.lens.page is not LensPage.PARTS:
        player.does(session.lens.turn_page())
    assert not session.jobs.is_under_way(PARTS), "they are there"
    assert opened_again == count


def test_order_and_sum_turn_and_the_line_stays_on_its_part(player: Player) -> None:
    session = opened(player).session
    ends(player)
    state = parts(player)
    sizes = [abs(one.value) for one in state.listed]
    assert sizes == sorted(sizes, reverse=True)
    player.does(session.lens.move(3, 0))
    at_hand = state.at_hand
    assert isinstance(at_hand, LogitPart)
    player.does(state.turn_order())
    assert state.at_hand == at_hand
    assert state.listed[0].kind == "embeddings"
    assert state.listed[-1].kind == "biases"
    assert "over" in state.whose
    player.does(state.turn_sum())
    assert state.at_hand is not None
    assert state.at_hand.name == at_hand.name
    assert state.whose.startswith("the logit of")
    assert state.found is not None
    assert state.sums is state.found.logit
    player.does(session.lens.move(999, 0))
    assert state.row == len(state.listed) - 1
    player.does(session.lens.move(-999, 0))
    assert state.row == 0


def test_effects_of_the_same_run_stand_beside_heads_alone(player: Player) -> None:
    session = opened(player).session
    ends(player)
    state = parts(player)
    head = next(one for one in state.listed if one.kind == "head")
    assert state.effect(head) is None
    measures(player)
    assert session.effects.found is not None
    wanted = session.effects.found.effects["logit-diff"][head.layer, head.head]
    assert state.effect(head) == wanted
    block = next(one for one in state.listed if one.kind == "feed-forward")
    assert state.effect(block) is None
    jobs, measure = len(player.of(RunJob)), session.effects.measure
    player.does(state.measure())
    assert len(player.of(RunJob)) == jobs, "they are measured"
    assert session.effects.measure is measure
    assert session.effects.said == session.message


def test_another_candidate_takes_parts_and_effects_along(player: Player) -> None:
    session = opened(player).session
    ends(player)
    measures(player)
    player.does(session.lens.choose(1))
    assert parts(player).found is None
    assert parts(player).listed == []
    assert job(player).token == session.filling.candidates[1].id
    assert session.jobs.is_under_way(LENS), "the first page follows it too"
    ends(player)
    assert parts(player).measured is None, "the effects were on the other one"
    assert not session.jobs.is_under_way(SWEEP)


def test_a_late_answer_of_another_candidate_is_not_shown(player: Player) -> None:
    session = opened(player).session
    first, asked = number(player, TakeApart), job(player)
    player.does(session.lens.choose(1))
    assert GiveUpJob(first) in player.of(GiveUpJob)
    player.does(session.take(JobDone(first, made_parts(asked, player.model))))
    assert parts(player).found is None
    ends(player)
    shown = parts(player).found
    assert shown is not None
    assert shown.token == session.filling.candidates[1].id


def test_an_answer_that_comes_under_it_is_taken_apart(player: Player) -> None:
    player.asks(SHORT)
    opened(player)
    ends(player)
    player.answers()
    assert parts(player).found is None
    assert job(player).text == SHORT


def test_a_cut_that_comes_under_it_is_taken_apart(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_head(0, 1))
    opened(player)
    ends(player)
    shown = parts(player).found
    assert shown is not None
    assert not shown.interventions
    player.settles()
    assert job(player).interventions == (CutHead(0, 1),)


def test_an_answer_without_a_mask_says_so(player: Player) -> None:
    session = player.session
    player.asks("no mask here")
    opened(player)
    ends(player)
    player.answers()
    assert "There is no [MASK]" in session.lens.problem
    assert parts(player).found is None
    assert not session.jobs.is_under_way(PARTS)


def test_a_smaller_model_answers_under_it(player: Player) -> None:
    session = opened(player).session
    ends(player)
    player.does(session.lens.move(999, 0))
    player.loads(MadeModel("small", layers=1, heads=1))
    player.settles()
    ends(player)
    assert parts(player).row < len(parts(player).listed)


@pytest.mark.parametrize("said", ["It is none; choose another model.", ""])
def test_what_cannot_be_is_said_and_the_other_pages_stay(player: Player, said: str) -> None:
    session = opened(player).session
    player.does(session.take(JobFailed(number(player, TakeApart), said)))
    assert parts(player).problem == session.message == (said or "Cancelled.")
    assert session.lens.is_open
    assert session.lens.problem == ""
    assert session.jobs.is_under_way(LENS)


def test_closing_it_gives_it_up(player: Player) -> None:
    session = opened(player).session
    at, asked = number(player, TakeApart), job(player)
    player.does(session.lens.close())
    assert GiveUpJob(at) in player.of(GiveUpJob)
    player.does(session.take(JobDone(at, made_parts(asked, player.model))))
    assert parts(player).found is None
