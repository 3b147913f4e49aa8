"""Candidates of two runs beside each other: by hand, and whatever the lists are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.analysis import Candidate
from tui.analysis.merged_candidates import log_odds
from tui.widgets.text.compared_candidates import compared, shown_columns


def ranked(*words: tuple[str, float]) -> tuple[Candidate, ...]:
    """Candidates, their numbers made of their words."""
    return tuple(
        Candidate(word, sum(map(ord, word)), probability, 0.0, word) for word, probability in words
    )


NOW = ranked(("b", 0.5), ("new", 0.25), ("a", 0.125))
BEFORE = ranked(("a", 0.5), ("gone", 0.25), ("b", 0.2))


def test_each_has_its_numbers_now_and_before() -> None:
    b, new, a, gone = compared(NOW, BEFORE)
    assert (b.token, b.now, b.before, b.ranks) == ("b", 0.5, 0.2, "3 → 1")
    assert b.change == pytest.approx(0.0 - math.log(0.2 / 0.8))
    assert (a.ranks, a.is_left) == ("1 → 3", False)
    assert a.change == pytest.approx(math.log(0.125 / 0.875))
    assert (new.ranks, new.change, new.before) == ("– → 2", None, 0.2)
    assert (gone.ranks, gone.change, gone.is_left) == ("2 → –", None, True)


def test_a_bound_is_said_to_be_one() -> None:
    rows = compared(NOW, BEFORE)
    said = {column.title: [column.said(one) for one in rows] for column in shown_columns(rows, 99)}
    assert said == {
        "now": ["0.500", "0.250", "0.125", "<.125"],
        "whole": ["0.200", "<.200", "0.500", "0.250"],
        "change": ["+1.39", "", "-1.95", ""],
        "rank": ["3 → 1", "– → 2", "1 → 3", "2 → –"],
    }


def test_where_there_is_little_room_those_of_now_and_the_ranks_stay() -> None:
    rows = compared(NOW, BEFORE)
    assert [column.title for column in shown_columns(rows, 14)] == ["now", "rank"]


def test_without_a_before_nothing_is_compared() -> None:
    assert compared(NOW, ()) == ()
    assert compared((), BEFORE) == ()


def test_the_same_list_twice_has_not_changed() -> None:
    for one in compared(NOW, NOW):
        assert one.ranks == "="
        assert one.change == 0


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_a_certain_probability_breaks_nothing(sure: float) -> None:
    (one,) = compared(ranked(("a", sure)), ranked(("a", sure)))
    assert one.change is None
    (one,) = compared(ranked(("a", sure)), ranked(("a", 0.5)))
    assert one.change == log_odds(sure)
    assert abs(log_odds(sure)) == math.inf


words = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True)


@given(now=words, before=words)
def test_every_candidate_is_there_once_in_the_order_of_now(
    now: list[str], before: list[str]
) -> None:
    rows = compared(
        ranked(*((word, 0.5 ** (at + 1)) for at, word in enumerate(now))),
        ranked(*((word, 0.5 ** (at + 1)) for at, word in enumerate(before))),
    )
    assert [one.token for one in rows] == now + [word for word in before if word not in now]
    assert [one.is_left for one in rows] == [one.token not in now for one in rows]
    assert all((one.change is None) == (one.token not in set(now) & set(before)) for one in rows)
