"""Partners corrected by hand: what is typed, what follows, and how long it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.session.player import SPLIT, TEXT, Player
from tests.session.test_comparing import OTHER, b_answers, compare, text
from tui.analysis.columns import CHANGE
from tui.analysis.interventions import Transplant
from tui.session.aligning import Aligning
from tui.session.choice import Choice


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    compare(player, text(OTHER))
    player.settles()
    player.does(player.session.aligning.open())
    return player


def aligning(player: Player) -> Aligning:
    return player.session.aligning


def types(player: Player, typed: str) -> None:
    """Type numbers, and press enter."""
    for character in typed:
        player.does(aligning(player).type(character))
    player.does(aligning(player).enter())


def names(player: Player) -> list[tuple[str, str]]:
    """The lines, by the tokens' names."""
    b = player.session.comparing.b
    assert b is not None
    return [
        (
            "" if line.a is None else player.session.answer.tokens[line.a].text,
            "" if line.b is None else b.tokens[line.b].text,
        )
        for line in aligning(player).lines
    ]


def test_it_lists_every_token_once_in_order(player: Player) -> None:
    assert player.opened == ["alignment"]
    assert names(player) == [
        ("[CLS]", "[CLS]"), ("the", "the"), ("cat", ""), ("", "smal"), ("", "##l"), ("", "dog"),
        ("sat", "sat"), ("on", "on"), ("[MASK]", "[MASK]"), ("toda", "toda"), ("##y", "##y"),
        ("[SEP]", "[SEP]"),
    ]  # fmt: skip
    assert not any(line.by_hand for line in aligning(player).lines)
    assert aligning(player).lines[aligning(player).cursor].a == player.session.viewing.cursor[0]


def test_two_numbers_pair_two_tokens_and_everything_follows(player: Player) -> None:
    comparing = player.session.comparing
    before, change = comparing.difference, player.session.measured[CHANGE.name]
    types(player, "3 5")
    assert ("cat", "dog") in names(player)
    assert "A's 3 “cat” and B's 5 “dog” are partners now" in player.session.message
    assert [line.by_hand for line in aligning(player).lines].count(True) == 1
    assert "cat/dog" in comparing.difference.labels
    assert comparing.difference is not before
    assert comparing.viewing_b.answer.tokens[5 - 1].text == "dog"
    player.settles()
    assert not np.array_equal(player.session.measured[CHANGE.name], change)


def test_a_pair_takes_those_away_that_contradict_it(player: Player) -> None:
    types(player, "2 6")
    assert "No pairs any more, as they contradict it: 2 2, 4 6" in player.session.message
    assert ("the", "sat") in names(player)


@pytest.mark.parametrize("how", ["0", "minus", "minus at hand", "backspace"])
def test_a_token_is_left_alone(player: Player, how: str) -> None:
    part = aligning(player)
    if how == "0":
        types(player, "4 0")
    else:
        player.does(part.type("4"))
        if how != "minus":
            player.does(part.erase())
            assert part.typed == ""
            assert ("sat", "sat") in names(player)
        player.does(part.erase() if how == "backspace" else part.leave_alone())
    assert ("sat", "") in names(player)
    assert ("", "sat") in names(player)
    assert "are alone now" in player.session.message
    player.does(part.restore())
    assert ("sat", "sat") in names(player)
    player.does(part.restore())
    assert "Nothing is corrected" in player.session.message


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("99 1", "There is no token 99 in A: it has 9"),
        ("0 1", "There is no token 0 in A"),
        ("1 99", "There is no token 99 in B: it has 11"),
        ("4", "Type a number of A and one of B"),
        ("", "Type a number of A and one of B"),
        ("2 2", "are partners already"),
        ("3 0", "“cat” is alone already"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(
    player: Player, typed: str, said: str
) -> None:
    before = player.session.comparing.alignment
    types(player, typed)
    assert said in player.session.message
    assert player.session.comparing.alignment == before
    assert aligning(player).typed == ""


def test_what_is_typed_has_an_end(player: Player) -> None:
    for _ in range(40):
        player.does(aligning(player).type("9"))
    assert len(aligning(player).typed) == 12
    player.does(aligning(player).leave_alone())
    assert "There is no token 999999999999" in player.session.message


def test_corrections_hold_while_the_same_texts_are_compared(player: Player) -> None:
    types(player, "3 5")
    player.does(aligning(player).close())
    player.does(player.session.cutting.cut_head(0, 0))
    player.settles()
    b_answers(player)
    assert ("cat", "dog") in names(player)
    player.asks(SPLIT)
    player.settles()
    b_answers(player)
    assert ("cat", "dog") not in names(player)
    assert not any(line.by_hand for line in aligning(player).lines)


def test_what_is_transplanted_follows_the_partners(player: Player) -> None:
    cutting = player.session.cutting
    for _ in range(2):
        player.does(cutting.turn_way())
    player.does(cutting.cut_head(0, 0))
    player.settles()
    types(player, "3 5")
    player.settles()
    [one] = cutting.in_force
    assert isinstance(one, Transplant)
    assert (2, 4) in one.pairs
    for at in range(1, 10):
        types(player, f"{at} 0")
        player.settles()
    assert not player.session.comparing.alignment.pairs
    assert not cutting.in_force
    player.does(cutting.cut_head(0, 0))
    assert "No token of A has a partner in B" in player.session.message


def test_b_may_be_gone_while_it_is_open(player: Player) -> None:
    types(player, "3 5")
    player.does(player.session.comparing.choose(text(SPLIT)))
    assert aligning(player).problem == "The other run is not there yet."
    assert not aligning(player).lines
    for press in (aligning(player).enter, aligning(player).erase, aligning(player).restore):
        player.does(press())
        assert player.session.message == "The other run is not there yet."
    b_answers(player, fails="It cannot be had.")
    assert "Nothing is compared" in aligning(player).problem
    player.does(aligning(player).move(1))


def test_the_key_says_why_not(tmp_path: Path) -> None:
    player = Player(tmp_path).begins()
    player.does(player.session.aligning.open())
    assert "Nothing is compared" in player.session.message
    player.does(player.session.comparing.choose(Choice.of_text(OTHER)))
    player.does(player.session.aligning.open())
    assert player.session.message == "The other run is not there yet."
    assert not player.opened
    assert player.session.answer.text == TEXT
