"""Heads and what layers get, transplanted from B: in force, measured, and gone in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.session.made import WORDS, MadeModel, made_residual, made_transplants, shares_so_far
from tests.session.player import SHORT, SPLIT, TEXT, Player
from tests.session.test_comparing import OTHER, SAME_LENGTH, b_answers, compare, fillers, text
from tui.analysis.columns import EFFECT, HEAD, SHARE
from tui.analysis.interventions import CutHead, Transplant
from tui.experiments.residual import SweepResidual
from tui.experiments.transplant import SweepTransplants
from tui.model.worker.protocol import JobDone, JobFailed, JobSoFar
from tui.session.boards import HeadMapState
from tui.session.choice import Choice
from tui.session.effects import RunJob
from tui.widgets.text.cut_line import cut_keys, cut_words


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    player.effects.clear()
    return player


@pytest.fixture
def beside(player: Player) -> Player:
    """A, and another sentence of as many tokens beside it."""
    compare(player, text(SAME_LENGTH))
    player.settles()
    return player


def turns_to(player: Player, way: str) -> None:
    """Press Z until heads are changed in this way."""
    for _ in range(3):
        if player.session.cutting.way != way:
            player.does(player.session.cutting.turn_way())
            player.settles()
            b_answers(player)
    assert player.session.cutting.way == way


def transplants(player: Player, layer: int = 0, head: int = 0) -> None:
    turns_to(player, "transplant")
    player.does(player.session.cutting.cut_head(layer, head))
    player.settles()
    b_answers(player)


def presses(player: Player) -> None:
    """Press R."""
    player.does(player.session.from_b.measure())


def asked(player: Player) -> SweepTransplants | SweepResidual:
    """The sweep that the worker was asked for last."""
    jobs = [one.job for one in player.of(RunJob)]
    sweeps = [one for one in jobs if isinstance(one, SweepTransplants | SweepResidual)]
    return sweeps[-1]


def ends(player: Player, *, fails: str = "") -> None:
    """Every sweep that the worker has comes to an end."""
    for number, job in list(player.jobs.items()):
        if not isinstance(job, SweepTransplants | SweepResidual):
            continue
        del player.jobs[number]
        end: JobDone | JobFailed = JobFailed(number, fails)
        if not fails and isinstance(job, SweepTransplants):
            end = JobDone(number, made_transplants(job, player.model))
        elif not fails and isinstance(job, SweepResidual):
            end = JobDone(number, made_residual(job, player.model))
        player.does(player.session.take(end))


def measured(player: Player) -> Player:
    presses(player)
    ends(player)
    assert player.session.from_b.found is not None
    return player


def has_grid(player: Player) -> bool:
    """Whether the shares of the grid are there."""
    return player.session.residual.found is not None


def test_a_note_says_the_share_of_a_head_that_has_one(beside: Player) -> None:
    keeping, viewing = beside.session.keeping, beside.session.viewing
    beside.does(beside.session.cutting.cut_head(0, 1))
    beside.settles()
    b_answers(beside)
    measured(beside)
    viewing.layer, viewing.head = 0, 0
    assert any(line.startswith("share ") for line in keeping._experiments())
    viewing.head = 1
    lines = keeping._experiments()
    assert lines, "that it is cut"
    assert not any(line.startswith("share ") for line in lines)


# A transplant as a way to cut


def test_the_third_way_is_there_while_another_sentence_is_compared(player: Player) -> None:
    cutting = player.session.cutting
    assert "transplant" not in cutting.ways
    compare(player, Choice("whole"))
    assert "transplant" not in cutting.ways
    compare(player, text(OTHER))
    seen = [cutting.way]
    for _ in range(3):
        player.does(cutting.turn_way())
        seen.append(cutting.way)
    assert seen == ["mean", "zero", "transplant", "mean"]
    player.does(player.session.comparing.let_go())
    assert "transplant" not in cutting.ways


def test_space_transplants_the_head_and_again_restores_it(beside: Player) -> None:
    transplants(beside, 1, 1)
    cutting = beside.session.cutting
    assert cutting.in_force == (Transplant(1, 1, SAME_LENGTH),)
    assert cutting.transplanted == {(1, 1)}
    assert not cutting.heads
    beside.does(cutting.cut_head(1, 1))
    beside.settles()
    assert not cutting.in_force


def test_of_another_length_the_partners_are_told(player: Player) -> None:
    found = compare(player, text(OTHER))
    transplants(player)
    [one] = player.session.cutting.in_force
    assert isinstance(one, Transplant)
    assert one.pairs == found.alignment.pairs != ()


def test_a_head_that_is_cut_is_restored_before_it_is_transplanted(beside: Player) -> None:
    cutting = beside.session.cutting
    beside.does(cutting.cut_head(0, 0))
    beside.settles()
    b_answers(beside)
    transplants(beside, 0, 0)
    assert not cutting.in_force
    transplants(beside, 0, 0)
    transplants(beside, 2, 1)
    turns_to(beside, "mean")
    beside.does(cutting.cut_head(1, 0))
    beside.settles()
    b_answers(beside)
    turns_to(beside, "zero")
    assert cutting.in_force == (
        CutHead(1, 0, "zero"), Transplant(0, 0, SAME_LENGTH), Transplant(2, 1, SAME_LENGTH)
    )  # fmt: skip


def test_it_is_always_said_what_is_transplanted_and_d_restores(beside: Player) -> None:
    transplants(beside, 1, 1)
    assert cut_words(beside.session, 70) == "from B: 2·2"
    assert cut_keys(beside.session) == "D restores all · Z transplant → mean"
    beside.does(beside.session.cutting.cut_head(0, 1))
    assert cut_words(beside.session, 70) == "asking: from B: 1·2, 2·2…"
    beside.settles()
    beside.does(beside.session.cutting.restore())
    beside.settles()
    assert not beside.session.cutting.in_force
    assert beside.session.cutting.way == "transplant"


def test_letting_go_of_b_leaves_the_run_and_makes_no_new_ones(beside: Player) -> None:
    transplants(beside)
    answer = beside.session.answer
    beside.does(beside.session.comparing.let_go())
    beside.settles()
    assert beside.session.answer is answer
    assert cut_words(beside.session, 70) == f"transplanted: 1·1 from “{SAME_LENGTH}”"
    beside.does(beside.session.cutting.cut_head(1, 1))
    beside.settles()
    assert CutHead(1, 1, "zero") in beside.session.cutting.in_force


def test_another_sentence_is_asked_without_them_and_says_so(beside: Player) -> None:
    transplants(beside)
    beside.asks(TEXT)
    beside.settles()
    assert beside.session.cutting.transplanted == {(0, 0)}
    beside.asks(SPLIT)
    beside.settles()
    assert not beside.session.cutting.in_force
    assert "Heads were transplanted into the sentence before" in beside.session.message


def test_none_is_made_while_b_or_another_answer_is_awaited(player: Player) -> None:
    player.does(player.session.comparing.choose(text(OTHER)))
    turns_to_transplant = [player.session.cutting.turn_way() for _ in range(2)]
    for effects in turns_to_transplant:
        player.does(effects)
    player.jobs.clear()
    assert player.session.cutting.way == "transplant"
    player.does(player.session.cutting.cut_head(0, 0))
    assert player.session.message == "The other run is not there yet."
    assert not player.is_asked


def test_effects_are_measured_beside_what_is_transplanted(beside: Player) -> None:
    transplants(beside)
    beside.does(beside.session.effects.measure_all())
    job = [one.job for one in beside.of(RunJob)][-1]
    assert getattr(job, "interventions", None) == (Transplant(0, 0, SAME_LENGTH),)


# Shares


def test_shares_are_of_both_texts_their_words_and_partners(player: Player) -> None:
    found = compare(player, text(OTHER))
    player.settles()
    player.does(player.session.looking.choose(1))
    presses(player)
    assert asked(player) == SweepTransplants(TEXT, OTHER, "made", (1, 0), found.alignment.pairs)
    ends(player)
    assert SHARE.name in player.session.measured
    assert f"logit({WORDS[1]}) - logit({WORDS[0]})" in player.session.message
    assert "first word too" not in player.session.message


def test_if_both_say_the_same_word_the_next_one_is_taken_and_said(beside: Player) -> None:
    measured(beside)
    assert asked(beside).tokens == (0, 1)
    assert "“cat” is B's first word too" in beside.session.message
    assert "“dog”" in beside.session.message


def test_heads_are_ranked_and_asked_for_by_their_share(beside: Player) -> None:
    session = beside.session
    beside.does(session.heads.open_table())
    presses(beside)
    assert session.heads.search.column is SHARE
    ends(beside)
    shares = session.measured[SHARE.name]
    assert abs(shares[session.heads.order[0]]) == np.abs(shares).max()
    beside.does(session.heads.find("share > .2"))
    assert len(session.heads.order) == (shares > 0.2).sum()
    beside.does(session.heads.find(""))
    beside.does(session.heads.rank(HEAD))
    turned = []
    for _ in range(3):
        beside.does(session.comparing.rank())
        turned.append(session.heads.search.column)
    assert SHARE in turned


def test_a_query_says_which_key_brings_shares(beside: Player) -> None:
    beside.does(beside.session.heads.find("share > .2"))
    assert "R first" in beside.session.message


def test_the_map_is_shaded_by_them(beside: Player) -> None:
    session = beside.session
    beside.does(session.heads.open_map())
    measured(beside)
    board = session.heads.board
    assert isinstance(board, HeadMapState)
    assert board.statistic(thumbnails=True, measured=session.measured) is SHARE
    assert session.named(SHARE) == "share of the way from A's answer to B's"
    assert session.named(EFFECT) == ""


@pytest.mark.parametrize("change", ["candidate", "cut", "a", "b", "let go", "partners", "model"])
def test_they_go_with_what_they_are_of_and_it_is_said(beside: Player, change: str) -> None:
    session = beside.session
    beside.does(session.heads.open_table())
    measured(beside)
    beside.does(session.heads.close())
    if change == "candidate":
        beside.does(session.looking.choose(1))
    elif change == "cut":
        beside.does(session.cutting.cut_head(0, 0))
    elif change == "a":
        beside.asks(SHORT)
    elif change == "b":
        beside.does(session.comparing.choose(text(OTHER)))
    elif change == "let go":
        beside.does(session.comparing.let_go())
    elif change == "partners":
        beside.does(session.aligning.open())
        beside.does(session.aligning.leave_alone())
    else:
        beside.loads(MadeModel("other"))
    beside.settles()
    assert session.from_b.found is None
    assert "the shares are gone; R measures anew" in session.message
    assert SHARE.name not in session.measured
    assert session.heads.search.column is HEAD


def test_what_changes_while_it_is_measured_is_given_up(beside: Player) -> None:
    presses(beside)
    presses(beside)
    assert "being transplanted" in beside.session.message
    beside.does(beside.session.comparing.let_go())
    assert "not transplanted to the end" in beside.session.message
    assert not beside.jobs
    assert beside.session.from_b.found is None


def test_shares_that_come_after_b_is_gone_are_nobodys(beside: Player) -> None:
    presses(beside)
    [(number, job)] = beside.jobs.items()
    assert isinstance(job, SweepTransplants)
    beside.does(beside.session.comparing.let_go())
    beside.does(beside.session.take(JobDone(number, made_transplants(job, beside.model))))
    assert beside.session.from_b.found is None


def test_a_sweep_that_fails_says_why_and_can_be_asked_for_again(beside: Player) -> None:
    presses(beside)
    ends(beside, fails="It cannot be done.")
    assert beside.session.message == "It cannot be done."
    measured(beside)


def test_what_cannot_be_measured_says_what_to_do(player: Player) -> None:
    presses(player)
    assert "= on the main screen chooses" in player.session.message
    compare(player, Choice("whole"))
    presses(player)
    assert "another sentence of the same model" in player.session.message
    compare(player, text("the cat sat on it today"))
    presses(player)
    assert "one [MASK] each" in player.session.message
    compare(player, fillers(player, 0, 1))
    presses(player)
    assert "one [MASK] each" in player.session.message
    assert not [one for one in player.of(RunJob) if isinstance(one.job, SweepTransplants)]


# The grid of layers and tokens


def test_once_more_opens_the_grid_in_the_place_of_the_board(beside: Player) -> None:
    session, residual = beside.session, beside.session.residual
    beside.does(session.heads.open_map())
    measured(beside)
    presses(beside)
    assert session.heads.board is None
    assert residual.is_open
    assert beside.opened == ["residual"]
    job = asked(beside)
    assert isinstance(job, SweepResidual)
    assert (job.text, job.source, job.tokens) == (TEXT, SAME_LENGTH, (0, 1))
    assert not has_grid(beside)
    ends(beside)
    assert has_grid(beside)
    assert session.answer.tokens[residual.token].text == "cat"  # the first that differs
    beside.does(residual.close())
    presses(beside)
    assert has_grid(beside)  # it is not measured anew


def test_enter_goes_to_the_layer_and_the_row(beside: Player) -> None:
    residual, viewing = beside.session.residual, beside.session.viewing
    measured(beside)
    presses(beside)
    ends(beside)
    beside.does(residual.move(2, 1))
    token = residual.token
    beside.does(residual.go())
    assert not residual.is_open
    assert viewing.layer == 2
    assert viewing.cursor[0] == token
    presses(beside)
    beside.does(residual.move(9, 99))
    assert (residual.layer, residual.token) == (2, len(viewing.answer.tokens) - 1)


def test_enter_shows_a_token_that_was_hidden(beside: Player) -> None:
    residual, viewing = beside.session.residual, beside.session.viewing
    beside.does(beside.session.looking.toggle_hiding())
    measured(beside)
    presses(beside)
    ends(beside)
    beside.does(residual.move(0, -99))
    beside.does(residual.go())
    assert not viewing.hides
    assert viewing.cursor[0] == 0


def test_the_grid_is_measured_anew_once_b_has_changed(beside: Player) -> None:
    session, residual = beside.session, beside.session.residual
    measured(beside)
    beside.does(session.cutting.cut_head(0, 0))  # its answer is on its way
    presses(beside)
    ends(beside)
    assert has_grid(beside)
    beside.settles()
    assert not has_grid(beside)
    assert residual.problem == "The other run is not there yet."
    b_answers(beside)
    assert not residual.problem
    ends(beside)
    assert residual.found is not None
    assert residual.found.way.interventions == session.cutting.in_force


def test_a_grid_that_ends_after_it_is_closed_is_nobodys(beside: Player) -> None:
    residual = beside.session.residual
    measured(beside)
    presses(beside)
    [(number, job)] = [(no, job) for no, job in beside.jobs.items()]
    assert isinstance(job, SweepResidual)
    beside.does(residual.close())
    beside.does(beside.session.take(JobDone(number, made_residual(job, beside.model))))
    assert not has_grid(beside)
    presses(beside)
    ends(beside, fails="It cannot be done.")
    assert residual.problem == "It cannot be done."


# Before the end


def comes(player: Player, count: int) -> int:
    """The worker has measured so many; returns the number of its job."""
    ((number, job),) = player.jobs.items()
    if isinstance(job, SweepTransplants):
        part: object = shares_so_far(made_transplants(job, player.model), count)
    else:
        assert isinstance(job, SweepResidual)
        part = shares_so_far(made_residual(job, player.model), count, "places")
    player.does(player.session.take(JobSoFar(number, part)))
    return number


def test_shares_are_shown_before_the_end_and_stay_when_it_is_cancelled(beside: Player) -> None:
    session = beside.session
    beside.does(session.heads.open_table())
    presses(beside)
    number = comes(beside, 2)
    assert np.isfinite(session.measured[SHARE.name]).sum() == 2
    assert session.so_far[SHARE.name].said == "2 of 6 heads measured"
    assert {*session.heads.order[:2]} == {(0, 0), (0, 1)}
    assert session.from_b.of((2, 1)) == "share not measured yet"
    assert session.from_b.of((0, 1)).startswith("share ")
    session.viewing.layer, session.viewing.head = 0, 1
    [line] = session.keeping._experiments()
    assert line.endswith(" (2 of 6 heads measured).")
    session.viewing.layer = 2
    assert session.keeping._experiments() == [], "of this head nothing is known"
    beside.does(session.heads.find("share > -99"))
    assert sorted(session.heads.order) == [(0, 0), (0, 1)]
    beside.does(session.cancel())
    beside.does(session.take(JobFailed(number, "")))
    assert session.message == ("2 of 6 heads were transplanted before it was cancelled; R goes on.")
    known = session.from_b.found
    assert known is not None
    presses(beside)
    job = asked(beside)
    assert isinstance(job, SweepTransplants)
    assert job.known is known
    ends(beside)
    assert session.from_b.found is not None
    assert session.from_b.found.is_whole
    assert session.so_far == {}


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_some_shares_go_with_what_they_are_of(beside: Player, is_cancelled: bool) -> None:
    session = beside.session
    presses(beside)
    number, job = comes(beside, 2), asked(beside)
    assert isinstance(job, SweepTransplants)
    if is_cancelled:
        beside.does(session.cancel())
        beside.does(session.take(JobFailed(number, "")))
    beside.does(session.comparing.let_go())
    done = "the shares are gone" if is_cancelled else "not transplanted to the end"
    assert done in session.message
    late = shares_so_far(made_transplants(job, beside.model), 4)
    beside.does(session.take(JobSoFar(number, late)))
    assert session.from_b.found is None
    assert SHARE.name not in session.measured


def test_the_grid_fills_and_goes_on_when_it_is_opened_again(beside: Player) -> None:
    session, residual = beside.session, beside.session.residual
    measured(beside)
    presses(beside)
    number, job = comes(beside, 4), asked(beside)
    assert isinstance(job, SweepResidual)
    assert residual.found is not None
    assert np.isfinite(residual.found.shares).sum() == 4
    beside.does(residual.close())
    known = residual.found
    late = shares_so_far(made_residual(job, beside.model), 7, "places")
    beside.does(session.take(JobSoFar(number, late)))
    assert residual.found is known, "nobody waits for it any more"
    presses(beside)
    again = asked(beside)
    assert isinstance(again, SweepResidual)
    assert again.known is known
    comes(beside, 7)
    beside.does(residual.close())
    beside.does(session.looking.choose(1))
    assert residual.found is None, "they are another word's"


def test_some_of_the_grid_stays_when_it_fails(beside: Player) -> None:
    residual = beside.session.residual
    measured(beside)
    presses(beside)
    comes(beside, 4)
    ends(beside, fails="It is broken.")
    assert residual.problem.startswith("It is broken. 4 of ")
    assert residual.problem.endswith(" places were measured before; opened again (R) it goes on.")
    assert has_grid(beside)
