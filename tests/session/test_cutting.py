"""Cutting heads and arrows: what is in force is what the answer on screen was made with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.session.made import MadeModel
from tests.session.player import SHORT, SPLIT, TEXT, Player
from tui.analysis.interventions import NONE, CutArrow, CutHead, Interventions
from tui.analysis.views import GRADIENT, ROLLOUT
from tui.model.worker.protocol import Analyzed, Died, Failed
from tui.session.cutting import Cutting
from tui.session.effects import Ask, GiveUp, Write
from tui.storage.kept_place import KeptPlace

FIRST: Interventions = (CutHead(0, 0),)


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    player.effects.clear()
    return player


def cut(player: Player, *heads: tuple[int, int]) -> Cutting:
    """Cut heads, and let the model answer."""
    for head in heads:
        player.does(player.session.cutting.cut_head(*head))
    player.settles()
    return player.session.cutting


def now(player: Player) -> Interventions:
    """The interventions in force."""
    return player.session.cutting.in_force


def awaited(player: Player) -> Interventions | None:
    """The interventions that are awaited, if they are others."""
    return player.session.cutting.awaited


def way(player: Player) -> str:
    """How heads are cut."""
    return player.session.cutting.by


def asked(player: Player) -> list[tuple[object, ...]]:
    """The interventions of everything asked, in order."""
    return [ask.interventions for ask in player.of(Ask)]


# A press, and another one


def test_a_head_is_cut_by_the_answer_and_not_before(player: Player) -> None:
    session = player.session
    before = session.viewing.answer
    cursor, head = session.viewing.cursor, session.head
    player.does(session.cutting.cut_head())
    assert session.viewing.answer is before
    assert now(player) == NONE
    assert awaited(player) == FIRST
    player.answers()
    assert now(player) == FIRST == session.viewing.answer.interventions
    assert awaited(player) is None
    assert (session.viewing.cursor, session.head) == (cursor, head)
    assert not player.of(Write)  # it is no sentence for the history
    assert [ask.text for ask in player.of(Ask)] == [TEXT]


def test_again_restores_it_and_the_answer_is_the_one_before(player: Player) -> None:
    before = player.session.viewing.answer
    cutting = cut(player, (1, 1))
    assert cutting.heads == {(1, 1)}
    assert (player.session.viewing.answer.attention != before.attention).any()
    cut(player, (1, 1))
    assert now(player) == NONE
    assert (player.session.viewing.answer.attention == before.attention).all()
    assert player.session.viewing.answer.candidates == before.candidates


def test_a_second_press_before_the_answer_builds_on_the_first(player: Player) -> None:
    cutting = player.session.cutting
    player.does(cutting.cut_head(0, 0))
    player.does(cutting.cut_head(2, 1))
    assert cutting.awaited == (CutHead(0, 0), CutHead(2, 1))
    player.settles()
    assert now(player) == (CutHead(0, 0), CutHead(2, 1))


def test_the_same_key_twice_before_the_answer_asks_for_nothing(player: Player) -> None:
    cutting = player.session.cutting
    player.does(cutting.cut_head())
    player.does(cutting.cut_head())
    assert player.of(GiveUp)
    assert not player.is_asked
    assert player.session.question is None
    assert cutting.awaited is None


def test_an_answer_to_the_first_press_that_comes_late_is_none(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_head(0, 0))
    number, ask = player._asked[0]
    late = player.model.analyze(ask.text, ask.wanted, interventions=ask.interventions)
    player.does(session.cutting.cut_head(1, 0))
    player.does(session.take(Analyzed(number, late)))
    assert now(player) == NONE
    player.settles()
    assert now(player) == (CutHead(0, 0), CutHead(1, 0))


def test_escape_leaves_what_was_in_force(player: Player) -> None:
    cutting = cut(player, (0, 0))
    player.does(cutting.cut_head(1, 0))
    player.does(player.session.escape())
    assert player.session.message == "Cancelled."
    assert now(player) == FIRST
    assert cutting.awaited is None
    cut(player, (2, 0))  # builds on what is on screen
    assert now(player) == (CutHead(0, 0), CutHead(2, 0))


def test_everything_is_put_back_at_once(player: Player) -> None:
    cutting = cut(player, (0, 0), (1, 1))
    player.does(cutting.cut_arrow())
    player.settles()
    assert len(cutting.in_force) == 3
    player.does(cutting.restore())
    player.settles()
    assert now(player) == NONE
    player.does(cutting.restore())
    assert "Nothing is cut" in player.session.message
    assert not player.is_asked


def test_all_heads_can_be_cut_and_it_is_said(player: Player) -> None:
    cutting = cut(player, *((layer, head) for layer in range(3) for head in range(2)))
    assert len(cutting.heads) == 6
    assert "All 6 heads are cut" in player.session.message


# The way


def test_heads_are_cut_to_the_mean_unless_it_is_turned(player: Player) -> None:
    cutting = player.session.cutting
    assert way(player) == "mean"
    player.does(cutting.turn_way())
    assert way(player) == "zero"
    assert "zero" in player.session.message
    assert not player.is_asked
    cut(player, (0, 0))
    assert now(player) == (CutHead(0, 0, "zero"),)


def test_turning_the_way_asks_anew_about_what_is_cut(player: Player) -> None:
    cutting = cut(player, (0, 0), (1, 0))
    player.does(cutting.cut_arrow())
    player.settles()
    arrow = cutting.in_force[-1]
    player.does(cutting.turn_way())
    assert way(player) == "zero"
    player.settles()
    assert now(player) == (CutHead(0, 0, "zero"), CutHead(1, 0, "zero"), arrow)


def test_a_way_that_was_cancelled_is_not_taken(player: Player) -> None:
    cutting = cut(player, (0, 0))
    player.does(cutting.turn_way())
    player.does(player.session.escape())
    assert way(player) == "mean"
    cut(player, (1, 0))
    assert now(player) == (CutHead(0, 0), CutHead(1, 0))


# Arrows


def test_the_arrow_under_the_cursor_is_cut_and_restored(player: Player) -> None:
    session, cutting = player.session, player.session.cutting
    query, key = session.viewing.tokens_at_cursor
    player.does(cutting.cut_arrow())
    player.settles()
    assert now(player) == (CutArrow(0, 0, query, key, renormalised=False),)
    assert cutting.is_arrow_cut(*session.viewing.cursor)
    assert not cutting.is_arrow_cut(0, 0)
    player.does(cutting.cut_arrow())
    player.settles()
    assert now(player) == NONE


def test_of_words_the_arrows_of_all_pieces_are_cut(player: Player) -> None:
    session, cutting = player.session, player.session.cutting
    player.asks(SPLIT)
    player.settles()
    player.does(session.looking.toggle_words())
    player.does(session.looking.put_cursor(2, 2))
    pieces = session.viewing.units.tokens_of(2)
    assert len(pieces) > 1
    player.does(cutting.cut_arrow())
    player.settles()
    assert len(cutting.in_force) == len(pieces) ** 2
    player.does(cutting.cut_arrow())
    player.settles()
    assert now(player) == NONE


def test_no_arrow_is_cut_in_a_sentence_that_is_not_there_yet(player: Player) -> None:
    player.asks(SHORT)
    player.does(player.session.cutting.cut_arrow())
    assert "on its way" in player.session.message
    player.settles()
    assert now(player) == NONE


def test_a_view_without_heads_has_none_to_cut(player: Player) -> None:
    player.does(player.session.looking.look_at(ROLLOUT))
    player.settles()
    player.effects.clear()
    player.does(player.session.cutting.cut_head())
    player.does(player.session.cutting.cut_arrow())
    assert "no single head" in player.session.message
    assert not player.of(Ask)


# Another sentence


@pytest.mark.parametrize("way", ["typed", "next", "masked", "filled"])
def test_heads_stay_cut_in_another_sentence_and_arrows_do_not(player: Player, way: str) -> None:
    session = player.session
    cut(player, (0, 0))
    player.does(session.cutting.cut_arrow())
    player.settles()
    if way == "typed":
        player.asks(SHORT)
    elif way == "next":
        player.does(session.step_sentence(1))
    elif way == "masked":
        player.does(session.looking.put_cursor(2, 2))
        player.does(session.looking.mask())
    else:
        player.does(session.looking.fill())
    player.answers()
    assert session.viewing.answer.text != TEXT
    assert now(player) == FIRST
    assert "arrows" in session.message


def test_the_same_sentence_again_keeps_its_arrows(player: Player) -> None:
    player.does(player.session.cutting.cut_arrow())
    player.settles()
    before = player.session.cutting.in_force
    player.asks(TEXT)
    player.settles()
    assert now(player) == before


def test_a_head_that_is_cut_while_a_sentence_is_awaited_is_cut_in_it(player: Player) -> None:
    player.asks(SHORT)
    player.does(player.session.cutting.cut_head(1, 1))
    player.settles()
    assert player.session.viewing.answer.text == SHORT
    assert now(player) == (CutHead(1, 1),)
    assert player.field == SHORT


def test_a_view_that_is_chosen_while_a_cut_is_awaited_keeps_it(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_head())
    player.does(session.looking.look_at(GRADIENT))
    player.settles()
    assert now(player) == FIRST
    assert session.viewing.view is GRADIENT


def test_a_layer_of_a_long_text_is_asked_for_with_what_is_cut(tmp_path: Path) -> None:
    player = Player(tmp_path, model=MadeModel(holds_one_layer=True)).begins()
    player.does(player.session.cutting.cut_head())
    player.settles()
    player.does(player.session.cutting.cut_arrow())
    player.settles()
    before = player.session.cutting.in_force
    player.does(player.session.looking.turn_layer(1))
    player.settles()
    assert player.session.viewing.is_held
    assert now(player) == before


# Another model


def test_in_another_model_nothing_is_cut(player: Player) -> None:
    cut(player, (2, 1))
    player.loads(MadeModel("small", layers=1, heads=1))
    player.settles()
    assert player.session.viewing.answer.model.name == "small"
    assert now(player) == NONE
    assert "Nothing is cut in small" in player.session.message


@pytest.mark.parametrize("awaits", ["cut", "sentence", "whole"])
def test_another_model_is_never_asked_with_the_cuts_of_the_one_before(
    player: Player, awaits: str
) -> None:
    session = player.session
    cut(player, (2, 1))
    if awaits == "cut":
        player.does(session.cutting.cut_head(2, 0))
    else:
        player.asks(SHORT)
    if awaits == "whole":
        player.answers()
        assert session.question is not None
        assert session.question.compares
    player.effects.clear()
    player.loads(MadeModel("small", layers=1, heads=1))
    assert asked(player) == [()]
    player.settles()
    assert session.viewing.answer.model.name == "small"
    assert now(player) == NONE
    assert session.cutting.before == ()


def test_what_another_model_was_not_asked_is_not_cut_in_it(player: Player) -> None:
    cutting = cut(player, (2, 1))
    small = MadeModel("small", layers=1, heads=1)
    player.loads(small)
    player.does(player.session.escape())  # the answer of the model before stays on screen
    player.effects.clear()
    player.does(cutting.cut_head(0, 0))
    assert "when it has answered" in player.session.message
    assert not player.of(Ask)
    player.asks(TEXT)
    player.settles()
    assert player.session.viewing.answer.model.name == "small"
    assert now(player) == NONE


# No answer


def test_a_model_that_cannot_be_cut_says_so_and_nothing_is(tmp_path: Path) -> None:
    player = Player(tmp_path, model=MadeModel(cannot_be_cut=True)).begins()
    before = player.session.viewing.answer
    player.does(player.session.cutting.cut_head())
    player.settles()
    assert "cannot be changed" in player.session.message
    assert now(player) == NONE
    assert player.session.viewing.answer is before
    assert player.session.cutting.awaited is None


def test_a_cut_that_fails_leaves_the_view_as_it_is(player: Player) -> None:
    session = player.session
    player.does(session.looking.look_at(GRADIENT))
    player.settles()
    cut(player, (0, 0))
    player.does(session.cutting.cut_head(1, 0))
    number, _ = player._asked.popleft()
    player.does(session.take(Failed(number, "It cannot be done.")))
    assert session.message == "It cannot be done."
    assert session.viewing.view is GRADIENT
    assert now(player) == FIRST


def test_a_death_leaves_what_is_on_screen(player: Player) -> None:
    cutting = cut(player, (0, 0))
    player.does(cutting.cut_head(1, 0))
    player._asked.clear()
    player.does(player.session.take(Died("It is gone.", restarted=True)))
    assert now(player) == FIRST
    assert cutting.awaited is None


def test_nothing_is_cut_in_saved_attention(player: Player) -> None:
    player.session.model.info = replace(player.model.info, only_text=TEXT)
    for press in ("cut_head", "cut_arrow", "restore", "turn_way"):
        player.does(getattr(player.session.cutting, press)())
        assert "saved attention" in player.session.message
    assert not player.of(Ask)


# The whole model's answer beside it


def test_what_the_whole_model_said_stays_beside_the_answer(player: Player) -> None:
    whole = player.session.viewing.answer.candidates
    cutting = cut(player, (0, 0))
    assert cutting.before == whole[0]
    assert player.session.filling.candidates != whole[0]
    assert len(player.of(Ask)) == 1  # it was known
    cut(player, (0, 0))
    assert cutting.before == ()


def test_of_another_sentence_the_whole_model_is_asked_behind_the_answer(player: Player) -> None:
    cutting = cut(player, (0, 0))
    player.effects.clear()
    player.asks(SHORT)
    player.answers()
    assert player.session.viewing.answer.text == SHORT
    assert cutting.before == ()
    assert cutting.awaited is None
    player.answers()
    assert asked(player) == [FIRST, ()]
    assert now(player) == FIRST
    assert cutting.before == player.model.analyze(SHORT, player.of(Ask)[1].wanted).candidates[0]


def test_it_is_kept_without_attention(player: Player) -> None:
    cutting = cut(player, (0, 0))
    assert not hasattr(cutting._whole, "attention")


def test_a_press_while_it_is_awaited_goes_first(player: Player) -> None:
    cutting = cut(player, (0, 0))
    player.asks(SHORT)
    player.answers()
    player.does(cutting.cut_head(1, 0))
    player.answers()
    assert now(player) == (CutHead(0, 0), CutHead(1, 0))
    player.settles()
    assert cutting.before
    assert now(player) == (CutHead(0, 0), CutHead(1, 0))


def test_it_is_not_asked_again_once_it_was_given_up(player: Player) -> None:
    cutting = cut(player, (0, 0))
    player.asks(SHORT)
    player.answers()
    player.does(player.session.escape())
    player.effects.clear()
    player.does(player.session.looking.toggle_words())
    assert not player.of(Ask)
    assert cutting.before == ()
    assert now(player) == FIRST


def test_the_chosen_candidate_stays_chosen(player: Player) -> None:
    session = player.session
    player.does(session.looking.choose(2))
    chosen = session.filling.candidates[session.filling.chosen].token
    cut(player, (0, 0))
    assert session.filling.candidates[session.filling.chosen].token == chosen


def test_a_sentence_without_a_mask_is_cut_and_compared_with_nothing(player: Player) -> None:
    player.asks("the cat sat")
    player.settles()
    player.effects.clear()
    cutting = cut(player, (0, 0))
    assert now(player) == FIRST
    assert cutting.before == ()
    assert asked(player) == [FIRST]


def test_the_way_back_is_asked_with_what_is_cut(player: Player) -> None:
    session = player.session
    player.does(session.looking.fill())
    player.settles()
    cut(player, (1, 0))
    player.does(session.looking.step_back())
    player.settles()
    assert session.viewing.answer.text == TEXT
    assert now(player) == (CutHead(1, 0),)
    assert session.cutting.before


def test_cuts_are_not_kept(player: Player) -> None:
    cut(player, (0, 0))
    assert "cut" not in repr(player.kept or KeptPlace()).lower()
