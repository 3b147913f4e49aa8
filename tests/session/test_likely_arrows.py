"""Likely arrows are those of the answer on screen, whenever they and the answers come."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.session.made import MadeModel, arrows_so_far, made_arrows
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.interventions import CutArrow, CutHead
from tui.analysis.views import RAW, VIEWS
from tui.experiments.arrows import SweepArrows
from tui.experiments.measures import MEASURES
from tui.model.worker.protocol import Died, JobDone, JobFailed, JobProgress, JobSoFar
from tui.session.effects import CloseBoard, GiveUpJob, Open, RunJob
from tui.session.likely_arrows import ARROWS, ORDERS


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    player.effects.clear()
    return player


def job(player: Player) -> SweepArrows:
    """The measuring that the worker was asked for last."""
    asked = player.of(RunJob)[-1].job
    assert isinstance(asked, SweepArrows)
    return asked


def ends(player: Player) -> None:
    """The worker has cut the arrows."""
    ((number, asked),) = player.jobs.items()
    assert isinstance(asked, SweepArrows)
    player.jobs.clear()
    player.does(player.session.take(JobDone(number, made_arrows(asked, player.model))))


def opened(player: Player) -> Player:
    player.does(player.session.arrows.open())
    ends(player)
    return player


def test_it_asks_for_what_is_on_screen_and_takes_what_comes(player: Player) -> None:
    session = player.session
    player.does(session.looking.choose(1))
    player.does(session.cutting.cut_head(1, 1))
    player.settles()
    player.does(session.arrows.open())
    assert player.of(Open)[-1].name == "arrows"
    chosen, cut = session.filling.target.token, (CutHead(1, 1),)
    assert job(player) == SweepArrows(TEXT, "made", cut, token=chosen)
    assert session.arrows.lines == []
    ((number, _),) = player.jobs.items()
    player.does(session.take(JobProgress(number, 20, 50)))
    assert session.jobs.said == "cutting arrows 20 of 50"
    ends(player)
    assert session.jobs.said == ""
    assert len(session.arrows.lines) == 5


def test_the_orders_come_round_and_the_cursor_stays_at_its_arrow(player: Player) -> None:
    arrows = opened(player).session.arrows
    player.does(arrows.move(2))
    at_hand = arrows.at_hand
    for order in (*ORDERS[1:], ORDERS[0]):
        player.does(arrows.turn_order())
        assert arrows.order is order
        assert arrows.at_hand is at_hand
        sizes = [abs(order.number(one, MEASURES[0])) for one in arrows.lines]
        known = [size for size in sizes if not math.isnan(size)]
        assert known == sorted(known, reverse=True)
        assert not any(map(math.isnan, sizes[: len(known)])), "what is no number comes last"
    assert player.session.message == "The largest effect first, whatever its sign."


def test_the_cursor_stays_in_the_list(player: Player) -> None:
    arrows = opened(player).session.arrows
    player.does(arrows.move(99))
    assert arrows.cursor == 4
    player.does(arrows.move(-99))
    assert arrows.cursor == 0


def test_a_measure_with_an_estimate_proposes_its_own(player: Player) -> None:
    session = opened(player).session
    player.does(session.arrows.turn_measure())
    assert session.effects.measure.slug == job(player).measure == "log-prob"
    assert session.arrows.found is None
    ends(player)
    for slug in ("kl", "rank"):
        player.does(session.arrows.turn_measure())
        assert session.effects.measure.slug == slug
        assert session.arrows.found is not None, "the same arrows, with other effects"
    player.does(session.arrows.turn_measure())
    assert session.effects.measure.slug == job(player).measure == "logit-diff"
    assert len(player.of(RunJob)) == 3


def test_rows_are_renormalised_and_measured_anew(player: Player) -> None:
    session = opened(player).session
    player.does(session.arrows.turn_row())
    assert job(player).renormalised
    assert session.arrows.found is None
    player.does(session.arrows.turn_row())
    assert not job(player).renormalised
    assert len(player.of(GiveUpJob)) == 1, "the one under way is no longer wanted"
    ends(player)
    assert session.arrows.found is not None


def test_enter_goes_to_the_cell(player: Player) -> None:
    session = opened(player).session
    session.viewing.hides = True
    session.viewing.look_at(next(view for view in VIEWS if view.of == "model"))
    for at in range(5):
        player.does(session.arrows.open())
        session.arrows.cursor = at
        one = session.arrows.at_hand
        assert one is not None
        player.does(session.arrows.go())
        arrow = one.arrow
        assert session.head == (arrow.layer, arrow.head)
        assert session.viewing.tokens_at_cursor == (arrow.query, arrow.key)
        assert session.viewing.view is RAW
        assert not session.arrows.is_open
    assert len(player.of(RunJob)) == 1, "they are those on screen, and known"


def test_it_cuts_the_arrow_at_hand_and_measures_anew(player: Player) -> None:
    session = opened(player).session
    player.does(session.arrows.turn_row())
    ends(player)
    one = session.arrows.at_hand
    assert one is not None
    player.does(session.arrows.cut())
    player.answers()
    assert session.cutting.in_force == (one.arrow,)
    assert one.arrow.renormalised
    assert job(player).interventions == (one.arrow,)
    assert not session.arrows.lines
    ends(player)
    assert session.arrows.lines
    player.does(session.arrows.close())
    arrow = one.arrow
    session.viewing.layer, session.viewing.head = arrow.layer, arrow.head
    session.viewing.put_cursor((arrow.query, arrow.key))
    player.does(session.cutting.cut_arrow())
    player.settles()
    assert not session.cutting.in_force, "on the grid the same key restores it"


def test_an_arrow_that_is_cut_otherwise_is_cut(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_arrow())
    player.settles()
    (cut,) = session.cutting.in_force
    assert isinstance(cut, CutArrow)
    again = CutArrow(cut.layer, cut.head, cut.query, cut.key, renormalised=True)
    player.does(list(session.cutting.turn_arrows([again])))
    player.settles()
    assert session.cutting.in_force == ()


CHANGES: list[Callable[[Player], object]] = [
    lambda player: player.asks(SHORT),
    lambda player: player.does(player.session.cutting.cut_head(0, 1)),
    lambda player: player.loads(MadeModel("other")),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("is_there", [True, False])
def test_an_answer_that_comes_under_it_is_measured(
    player: Player, change: Callable[[Player], object], is_there: bool
) -> None:
    session = player.session
    player.does(session.arrows.open())
    ((number, _),) = player.jobs.items()
    before, model = job(player), player.model
    if is_there:
        ends(player)
    change(player)
    player.settles()
    assert session.arrows.is_open
    assert not session.arrows.lines
    assert job(player) != before
    player.does(session.take(JobDone(number, made_arrows(before, model))))
    assert not session.arrows.lines, "nobody waits for the first"
    ends(player)
    assert session.arrows.found is not None
    assert session.arrows.found.text == session.answer.text


def test_an_answer_without_a_mask_says_so_until_one_has_one(player: Player) -> None:
    session = opened(player).session
    player.asks("no mask here")
    player.answers()
    assert "There is no [MASK]" in session.arrows.problem
    assert session.arrows.is_open
    assert session.arrows.lines == []
    for press in (session.arrows.turn_row, session.arrows.cut, session.arrows.go):
        player.does(press())
        assert not session.jobs.is_under_way(ARROWS)
    player.asks(SHORT)
    player.answers()
    assert session.arrows.problem == ""
    ends(player)
    assert session.arrows.lines


def test_a_closed_list_measures_nothing_and_is_known_if_it_is_the_same(player: Player) -> None:
    session = opened(player).session
    player.does(session.arrows.close())
    assert player.of(CloseBoard)
    player.does(session.arrows.open())
    player.does(session.arrows.close())
    assert len(player.of(RunJob)) == 1
    player.asks(SHORT)
    player.settles()
    assert len(player.of(RunJob)) == 1
    player.does(session.arrows.open())
    assert job(player).text == SHORT
    ends(player)
    player.does(session.arrows.close())
    player.does(session.looking.choose(1))
    player.does(session.arrows.open())
    assert job(player).token == session.filling.target.token
    assert session.arrows.found is None


def test_closing_it_gives_the_measuring_up(player: Player) -> None:
    session = player.session
    player.does(session.arrows.open())
    ((number, asked),) = player.jobs.items()
    player.does(session.arrows.close())
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    assert isinstance(asked, SweepArrows)
    player.does(session.take(JobDone(number, made_arrows(asked, player.model))))
    assert session.arrows.found is None
    player.does(session.arrows.open())
    assert len(player.of(RunJob)) == 2


@pytest.mark.parametrize(
    ("said", "shown"), [("It is broken.", "It is broken."), ("", "Cancelled.")]
)
def test_what_cannot_be_measured_is_said(player: Player, said: str, shown: str) -> None:
    session = player.session
    player.does(session.arrows.open())
    ((number, _),) = player.jobs.items()
    player.jobs.clear()
    player.does(session.take(JobFailed(number, said)))
    assert session.arrows.problem == session.message == shown
    assert session.arrows.is_open
    player.does(session.arrows.turn_row())
    assert session.arrows.problem == ""
    ends(player)
    assert session.arrows.lines


def test_the_model_dies_under_it(player: Player) -> None:
    session = opened(player).session
    player.does(session.arrows.turn_row())
    ((number, _),) = player.jobs.items()
    player.jobs.clear()
    player.does(session.take(JobFailed(number, "The model's process ended.")))
    player.does(session.take(Died("The model's process ended.", restarted=True)))
    assert session.arrows.problem == "The model's process ended."
    player.does(session.arrows.cut())
    player.does(session.arrows.close())
    assert not session.arrows.is_open


def test_without_a_mask_or_an_answer_it_does_not_open(player: Player, tmp_path: Path) -> None:
    player.asks("a cat")
    player.settles()
    player.does(player.session.arrows.open())
    assert "There is no [MASK] in this sentence" in player.session.message
    fresh = Player(tmp_path)
    fresh.does(fresh.session.begin())
    fresh.does(fresh.session.arrows.open())
    assert "nothing to show yet" in fresh.session.message
    for one in (player, fresh):
        assert not one.of(Open)
        assert not one.of(RunJob)
        assert not one.session.arrows.is_open


def test_of_a_long_text_it_says_so(tmp_path: Path) -> None:
    player = Player(tmp_path, model=MadeModel("long", holds_one_layer=True)).begins()
    player.does(player.session.arrows.open())
    assert "one layer is held at a time" in player.session.message
    assert not player.of(Open)


# Before the end


def comes(player: Player, count: int) -> int:
    """The worker has cut so many of the arrows; returns the number of its job."""
    ((number, asked),) = player.jobs.items()
    assert isinstance(asked, SweepArrows)
    part = arrows_so_far(made_arrows(asked, player.model), count)
    player.does(player.session.take(JobSoFar(number, part)))
    return number


def test_what_is_cut_is_shown_before_the_end(player: Player) -> None:
    arrows = player.session.arrows
    player.does(arrows.open())
    comes(player, 0)
    assert len(arrows.lines) == 5
    assert all(math.isnan(one.effects["kl"]) for one in arrows.lines)
    assert arrows.found is not None
    assert arrows.found.compared(MEASURES[0]) == "0 of 5 arrows measured, – not yet"
    comes(player, 2)
    known = [one for one in arrows.lines if arrows.found.has(one.arrow)]
    assert arrows.lines[:2] == known, "those with a truth come first"
    assert arrows.cursor == 0, "the first line stays at hand until one goes elsewhere"
    player.does(arrows.move(3))
    at_hand = arrows.at_hand
    assert at_hand is not None
    comes(player, 4)
    ends(player)
    assert arrows.at_hand is not None
    assert arrows.at_hand.arrow == at_hand.arrow
    assert arrows.found.is_whole
    assert "correlate" in arrows.found.compared(MEASURES[0])


def test_arrows_that_come_late_are_nobodys(player: Player) -> None:
    session = player.session
    player.does(session.arrows.open())
    number, before = comes(player, 2), job(player)
    late = JobSoFar(number, arrows_so_far(made_arrows(before, player.model), 3))
    player.asks(SHORT)
    player.answers()
    assert session.arrows.found is None
    player.does(session.take(late))
    assert session.arrows.found is None
    comes(player, 1)
    player.does(session.arrows.close())
    assert session.arrows.found is None, "a part is not kept, and measured anew"
    player.does(session.take(late))
    assert session.arrows.found is None


def test_what_was_cut_stays_when_it_fails(player: Player) -> None:
    arrows = player.session.arrows
    player.does(arrows.open())
    number = comes(player, 2)
    player.jobs.clear()
    player.does(player.session.take(JobFailed(number, "It is broken.")))
    assert arrows.problem.startswith("It is broken. 2 of 5 arrows were cut before; ")
    assert len(arrows.lines) == 5
    player.does(arrows.close())
    player.does(arrows.open())
    assert len(player.of(RunJob)) == 2
