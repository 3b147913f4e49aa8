"""The lens stands on the answer that is there, whenever readings and answers come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.session.made import MadeModel
from tests.session.player import SHORT, TEXT, Player
from tui.experiments.lens import Lens, LensCandidate, LensCells, LensLayer, ReadLens
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import CloseBoard, GiveUpJob, Open, RunJob
from tui.session.lens import LENS, LensPage


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path).begins()


def read(player: Player) -> ReadLens:
    """The reading that the worker was asked for last."""
    job = player.of(RunJob)[-1].job
    assert isinstance(job, ReadLens)
    return job


def made(player: Player) -> Lens:
    """A reading, as the worker would have it."""
    job, answer = read(player), player.session.answer
    chosen = LensCandidate(job.token or 0, "cat", 0.5, "cat")
    layers = tuple(LensLayer(at, (chosen,), 0.5, 1) for at in range(answer.model.layers + 1))
    labels = tuple(token.label for token in answer.tokens)
    shares = np.full((len(layers), len(labels)), 0.5, np.float32)
    cells = LensCells(labels, (labels,) * len(layers), shares) if job.every_token else None
    place = answer.masks[job.mask]
    return Lens(job.text, job.model, job.mask, place, len(answer.masks), chosen, layers, cells)


def ends(player: Player) -> None:
    """The worker is done with the reading that is under way."""
    ((number, _),) = player.jobs.items()
    player.jobs.clear()
    player.does(player.session.take(JobDone(number, made(player))))


def turns_to(player: Player, page: LensPage) -> None:
    """Turn pages until it is this one; nothing that is asked for on the way is answered."""
    while player.session.lens.page is not page:
        player.does(player.session.lens.turn_page())


def found(player: Player) -> Lens | None:
    """The reading on screen."""
    return player.session.lens.found


def test_it_asks_for_the_chosen_candidate_and_shows_what_comes(player: Player) -> None:
    session = player.session
    player.does(session.looking.choose(1))
    player.does(session.lens.open())
    assert player.of(Open)[-1].name == "lens"
    chosen = session.filling.candidates[1].id
    assert read(player) == ReadLens(TEXT, "made", mask=0, token=chosen)
    assert found(player) is None
    assert session.jobs.said == "reading layers…"
    ends(player)
    shown = found(player)
    assert shown is not None
    assert shown.chosen.id == chosen
    assert session.jobs.said == ""


def test_all_tokens_are_read_when_they_are_first_looked_at(player: Player) -> None:
    session = player.session
    player.does(session.lens.open())
    ends(player)
    player.does(session.lens.turn_page())
    assert read(player).every_token
    ends(player)
    turns_to(player, LensPage.LAYERS)
    jobs = len(player.of(RunJob))
    turns_to(player, LensPage.TOKENS)
    assert len(player.of(RunJob)) == jobs, "they are there"
    player.does(session.lens.choose(1))
    assert not read(player).every_token, "they do not depend on the candidate"
    ends(player)
    shown = found(player)
    assert shown is not None
    assert shown.cells is not None


def test_a_candidate_chosen_meanwhile_is_the_one_that_is_read(player: Player) -> None:
    session = player.session
    player.does(session.lens.open())
    (first,) = player.jobs
    player.does(session.lens.choose(1))
    assert player.of(GiveUpJob) == [GiveUpJob(first)]
    assert read(player).token == session.filling.candidates[1].id
    late = made(player)
    player.does(session.take(JobDone(first, replace(late, text="late"))))
    assert found(player) is None, "nobody waits for the first"
    ends(player)
    shown = found(player)
    assert shown is not None
    assert shown.text == TEXT


def test_another_mask_is_read(player: Player) -> None:
    session = player.session
    player.asks("a [MASK] and a [MASK]")
    player.settles()
    player.does(session.lens.open())
    player.does(session.lens.turn_mask(1))
    assert read(player).mask == 1
    assert session.lens.token == session.answer.masks[1]


def test_an_answer_that_comes_under_it_is_read(player: Player) -> None:
    session = player.session
    player.asks(SHORT)
    player.does(session.lens.open())
    ends(player)
    player.does(session.lens.turn_page())
    ends(player)
    player.answers()
    assert found(player) is None, "what was found is of another sentence"
    assert read(player).text == SHORT
    assert read(player).every_token
    assert session.lens.token < len(session.answer.tokens)
    ends(player)
    assert found(player) is not None
    player.does(session.lens.move(9, 9))
    assert session.lens.token == len(session.answer.tokens) - 1
    assert session.lens.layer == session.answer.model.layers


def test_an_answer_without_a_mask_says_so_and_stays_open(player: Player) -> None:
    session = player.session
    player.asks("no mask here")
    player.does(session.lens.open())
    player.answers()
    assert "There is no [MASK]" in session.lens.problem
    assert session.lens.is_open
    assert not session.jobs.is_under_way(LENS)
    player.does(session.lens.turn_page())
    assert session.lens.problem, "there is still nothing to read"
    assert not session.jobs.is_under_way(LENS)
    player.does(session.lens.choose(1))
    player.does(session.lens.turn_mask(1))
    assert not session.jobs.is_under_way(LENS)


def test_a_smaller_model_answers_under_it(player: Player) -> None:
    session = player.session
    player.does(session.lens.open())
    ends(player)
    player.loads(MadeModel("small", layers=1, heads=1))
    player.settles()
    assert session.lens.layer <= 1
    assert read(player).model == "small"
    ends(player)


def test_without_a_mask_it_does_not_open(player: Player) -> None:
    player.asks("no mask here")
    player.settles()
    player.does(player.session.lens.open())
    assert "There is no [MASK]" in player.session.message
    assert not player.of(Open)


def test_it_does_not_open_before_the_first_answer(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.does(player.session.begin())
    player.does(player.session.lens.open())
    assert "nothing to show yet" in player.session.message
    assert not player.session.lens.is_open


def test_what_cannot_be_read_is_said(player: Player) -> None:
    session = player.session
    player.does(session.lens.open())
    ((number, _),) = player.jobs.items()
    player.does(session.take(JobFailed(number, "The layers are gone; choose another model.")))
    assert session.lens.problem == session.message == "The layers are gone; choose another model."
    assert session.lens.is_open


def test_closing_it_gives_the_reading_up(player: Player) -> None:
    session = player.session
    player.does(session.lens.open())
    (number,) = player.jobs
    late = made(player)
    player.does(session.lens.close())
    assert player.of(CloseBoard)
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    player.does(session.take(JobDone(number, late)))
    assert found(player) is None
    player.asks(SHORT)
    player.settles()
    assert len(player.of(RunJob)) == 1, "a screen that is closed reads nothing"
