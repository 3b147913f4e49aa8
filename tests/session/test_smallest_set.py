"""A smallest set is put in force when it comes, if it still is about what is on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.session.made import MadeModel, made_set
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.interventions import NONE, CutHead, all_but
from tui.experiments.set_over_list import SentenceKept, SetOverList, TrySetOverList
from tui.experiments.smallest_set import FindSmallestSet
from tui.model.worker.protocol import JobDone, JobFailed, JobProgress
from tui.session.effects import GiveUpJob, RunJob

KEPT = ((0, 0), (0, 1))


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path).begins()


def job(player: Player) -> FindSmallestSet:
    """What the worker was asked for last."""
    asked = player.of(RunJob)[-1].job
    assert isinstance(asked, FindSmallestSet)
    return asked


def ends(player: Player) -> None:
    """The worker has found the set, and what follows happens."""
    (number,) = player.jobs
    player.jobs.clear()
    found = made_set(job(player), layers=3, heads=2)
    assert found.kept == KEPT
    player.does(player.session.take(JobDone(number, found)))
    player.settles()


def test_all_other_heads_are_cut_when_it_is_there(player: Player) -> None:
    session = player.session
    player.does(session.pruning.find())
    token = session.filling.candidates[0].id
    assert job(player) == FindSmallestSet(TEXT, "made", mask=0, token=token)
    assert session.jobs.said == "pruning heads…"
    (number,) = player.jobs
    player.does(session.take(JobProgress(number, 4, 6)))
    assert session.jobs.said == "pruning heads 4 of 6"
    assert session.cutting.in_force == NONE
    ends(player)
    assert session.cutting.in_force == all_but(KEPT, 3, 2)
    assert session.message == "“cat” stays first with 2 of 6 heads: 1·1, 1·2; one set of many."
    assert session.jobs.said == ""
    player.does(session.cutting.restore())
    player.settles()
    assert session.cutting.in_force == NONE


def test_it_is_the_chosen_candidates_and_cuts_as_heads_are_cut(player: Player) -> None:
    session = player.session
    player.does(session.cutting.turn_way())
    player.does(session.looking.choose(2))
    player.does(session.pruning.find())
    assert (job(player).token, job(player).by) == (session.filling.candidates[2].id, "zero")
    ends(player)
    assert session.cutting.in_force == all_but(KEPT, 3, 2, "zero")


def test_cuts_that_are_there_make_room_for_it(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_head(0, 0))
    player.does(session.cutting.cut_arrow())
    player.settles()
    player.does(session.pruning.find())
    ends(player)
    assert session.cutting.in_force == all_but(KEPT, 3, 2)


def another_sentence(player: Player) -> None:
    player.asks(SHORT)


def another_sentence_that_is_there(player: Player) -> None:
    player.asks(SHORT)
    player.settles()


def another_candidate(player: Player) -> None:
    player.does(player.session.looking.choose(1))


def another_model(player: Player) -> None:
    player.loads(MadeModel("small", layers=1, heads=1))


def a_filling(player: Player) -> None:
    player.does(player.session.looking.fill())
    player.settles()


CHANGES: tuple[Callable[[Player], None], ...] = (
    another_sentence,
    another_sentence_that_is_there,
    another_candidate,
    another_model,
    a_filling,
)


@pytest.mark.parametrize("change", CHANGES)
def test_one_that_comes_too_late_cuts_nothing(
    player: Player, change: Callable[[Player], None]
) -> None:
    player.does(player.session.pruning.find())
    (number,) = player.jobs
    change(player)
    late = made_set(job(player), layers=3, heads=2)
    player.jobs.clear()
    player.does(player.session.take(JobDone(number, late)))
    assert "stays first" not in player.session.message
    player.settles()
    assert player.session.cutting.in_force == NONE
    assert player.session.jobs.said == ""


def test_another_sentence_on_screen_ends_the_search(player: Player) -> None:
    player.does(player.session.pruning.find())
    (number,) = player.jobs
    another_sentence_that_is_there(player)
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    assert player.session.jobs.said == ""


def test_a_head_cut_meanwhile_does_not_end_it(player: Player) -> None:
    session = player.session
    player.does(session.pruning.find())
    player.does(session.cutting.cut_head(2, 1))
    player.settles()
    assert session.cutting.in_force == (CutHead(2, 1),)
    ends(player)
    assert session.cutting.in_force == all_but(KEPT, 3, 2)


def test_escape_stops_it(player: Player) -> None:
    session = player.session
    player.does(session.pruning.find())
    (number,) = player.jobs
    player.does(session.escape())
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    player.does(session.take(JobFailed(number, "")))
    assert session.message == "Cancelled."
    assert session.cutting.in_force == NONE


def test_why_there_is_none_is_said(player: Player) -> None:
    player.does(player.session.pruning.find())
    (number,) = player.jobs
    player.does(player.session.take(JobFailed(number, "Heads of made cannot be changed.")))
    assert player.session.message == "Heads of made cannot be changed."


def test_a_second_press_leaves_it_to_go_on(player: Player) -> None:
    player.does(player.session.pruning.find())
    (first,) = player.jobs
    player.does(player.session.take(JobProgress(first, 4, 6)))
    player.does(player.session.pruning.find())
    assert not player.of(GiveUpJob)
    assert list(player.jobs) == [first]
    assert player.session.jobs.said == "pruning heads 4 of 6"
    assert player.session.message.startswith("Heads are being pruned one by one: esc")
    ends(player)
    assert player.session.cutting.in_force == all_but(KEPT, 3, 2)


def test_heads_cut_another_way_are_looked_for_anew(player: Player) -> None:
    player.does(player.session.pruning.find())
    (first,) = player.jobs
    player.does(player.session.cutting.turn_way())
    player.does(player.session.pruning.find())
    assert player.of(GiveUpJob) == [GiveUpJob(first)]
    assert job(player).by == "zero"
    assert len(player.jobs) == 1


def opens_curve(player: Player) -> None:
    player.does(player.session.pruning.find())
    ends(player)
    player.does(player.session.pruning.find())


def test_again_it_shows_the_curve_of_what_is_in_force(player: Player) -> None:
    session = player.session
    opens_curve(player)
    assert player.opened == ["smallest-set"]
    assert session.pruning.is_open
    assert session.pruning.found is not None
    assert session.pruning.found.kept == KEPT
    player.does(session.pruning.close())
    assert (player.opened, session.pruning.is_open) == ([], False)
    player.does(session.cutting.cut_head(2, 1))
    player.settles()
    player.does(session.pruning.find())
    assert player.opened == [], "something else is in force: it is looked for anew"
    assert session.jobs.said == "pruning heads…"


@pytest.mark.parametrize("change", CHANGES)
def test_the_curve_of_another_sentence_closes(
    player: Player, change: Callable[[Player], None]
) -> None:
    opens_curve(player)
    change(player)
    player.settles()
    if change is another_model:  # which is asked by enter, and has not been
        player.asks(SHORT)
        player.settles()
    player.does(player.session.looking.turn_head(1))
    assert not player.session.pruning.is_open or change is another_candidate
    player.does(player.session.pruning.close())
    assert not player.opened


def test_it_is_tried_on_the_other_sentences_of_the_list(player: Player) -> None:
    session = player.session
    session.sentences.listed = (TEXT, SHORT, "the [MASK] ran")
    opens_curve(player)
    ((number, asked),) = player.jobs.items()
    assert asked == TrySetOverList((SHORT, "the [MASK] ran"), "made", KEPT, "mean")
    player.jobs.clear()
    tried = SetOverList(
        "made", KEPT, "mean", (SentenceKept(SHORT, "cat", 1), SentenceKept("x", "cat", 3))
    )
    player.does(session.take(JobDone(number, tried)))
    assert session.pruning.over_list is tried
    assert session.message.startswith(
        "The set keeps the first candidate in 1 of 2 other sentences of the list (50%, 95 % "
    )
    player.does(session.pruning.close())
    player.does(session.pruning.find())
    assert not player.jobs, "that is known"
    player.does(session.pruning.try_list())
    assert len(player.jobs) == 1
    player.does(session.pruning.close())
    assert not player.jobs, "nobody waits for it"


def test_without_another_sentence_there_is_nothing_to_try(player: Player) -> None:
    player.session.sentences.listed = (TEXT,)
    opens_curve(player)
    assert not player.jobs
    player.does(player.session.pruning.try_list())
    assert "no other sentence in the list" in player.session.message


def test_there_must_be_a_candidate_and_a_model(player: Player) -> None:
    session = player.session
    session.model.info = replace(player.model.info, only_text=TEXT)
    player.does(session.pruning.find())
    assert "saved attention" in session.message
    session.model.info = player.model.info
    player.asks("the cat sat")
    player.settles()
    player.does(session.pruning.find())
    assert "no [MASK] in this sentence" in session.message
    assert not player.of(RunJob)
