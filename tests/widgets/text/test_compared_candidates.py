"""Candidates of two runs beside each other: by hand, and whatever the lists are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.analysis import Candidate
from tui.analysis.merged_candidates import log_odds, merged
from tui.analysis.ranking_at_mask import RankingAtMask
from tui.analysis.scores import Scores
from tui.widgets.text.compared_candidates import ComparedCandidate, beside, shown_columns
from tui.widgets.text.compared_candidates import compared as compared_rows


def ranked(*words: tuple[str, float]) -> tuple[Candidate, ...]:
    """Candidates, their numbers made of their words."""
    return tuple(
        Candidate(word, sum(map(ord, word)), probability, 0.0, word) for word, probability in words
    )


def compared(
    now: tuple[Candidate, ...], before: tuple[Candidate, ...]
) -> tuple[ComparedCandidate, ...]:
    """Of two runs of which nothing but the lists is known."""
    return compared_rows(merged(RankingAtMask(now), RankingAtMask(before)))


def scored(seed: int, count: int = 3) -> tuple[RankingAtMask, list[float]]:
    """A run over 3,000 word pieces, its list, and all probabilities."""
    logits = np.random.default_rng(seed).normal(0, 4, 3000)
    shares = (np.exp(logits) / np.exp(logits).sum()).tolist()
    listed = tuple(
        Candidate(f"w{id_}", id_, shares[id_], 0.0, "")
        for id_ in np.argsort(-logits)[:count].tolist()
    )
    return RankingAtMask(listed, Scores(logits[None].astype(np.float32))), shares


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


def test_where_all_scores_are_known_nothing_is_a_bound() -> None:
    (now, shares), (before, shares_before) = scored(1), scored(2)
    together = merged(now, before)
    assert len(together) == 6, "the lists have nothing in common"
    for one in together:
        place = one.candidate.id
        assert one.a == pytest.approx(shares[place], rel=1e-4)
        assert one.b == pytest.approx(shares_before[place], rel=1e-4)
        assert one.rank_a == 1 + sum(share > shares[place] for share in shares)
        assert one.rank_b == 1 + sum(share > shares_before[place] for share in shares_before)
        assert one.change == pytest.approx(log_odds(one.a) - log_odds(one.b))
    assert [one.is_of_a for one in together] == [True] * 3 + [False] * 3
    for rows in (compared_rows(together), beside(together)):
        for room in (14, 26, 99):
            columns = shown_columns(rows, room)
            assert sum(column.width + 1 for column in columns) <= room
            for column in columns:
                said = [column.said(row) for row in rows]
                assert not any("<" in one or "–" in one or not one for one in said)
                assert max(map(len, said)) <= column.width
        assert len(shown_columns(rows, 26)) == 4


def test_where_one_run_has_scores_the_other_s_bounds_stay() -> None:
    (now, shares), (before, _) = scored(1), scored(2)
    together = merged(now, before.without_scores)
    for one in together[:3]:
        assert (one.b, one.rank_b, one.change) == (before.candidates[-1].probability, None, None)
    for one in together[3:]:
        assert one.a == pytest.approx(shares[one.candidate.id], rel=1e-4)
        assert one.change is not None


def test_scores_that_are_no_numbers_leave_the_bound() -> None:
    now, _ = scored(1)
    broken = RankingAtMask(NOW, Scores(np.full((1, 3000), np.nan, np.float32)))
    assert broken.place_of(now.candidates[0].id) == broken.bound


def test_one_outside_the_list_is_behind_it() -> None:
    """Scores may differ where probabilities of float32 do not."""
    listed = ranked(("a", 0.5))
    scores = Scores(np.array([[1.0, 2.0]], np.float32))
    assert RankingAtMask(listed, scores).place_outside(1).rank == 2


def test_ranks_are_shortened_before_a_column_is_left_out() -> None:
    row = ComparedCandidate("a", 0.5, 2e-7, 3, 14_312, 9.5)
    titles = ["now", "whole", "change", "rank"]
    for room, said in ((30, "14312 → 3"), (27, "14312→3"), (25, "14k→3")):
        columns = shown_columns([row], room)
        assert [column.title for column in columns] == titles
        assert columns[3].said(row) == said
        assert columns[1].said(row) == "2e-07"
    assert len(shown_columns([row], 24)) == 2


def test_where_there_is_little_room_those_of_now_and_the_ranks_stay() -> None:
    rows = compared(NOW, BEFORE)
    assert [column.title for column in shown_columns(rows, 14)] == ["now", "rank"]


def test_of_nothing_there_is_nothing() -> None:
    assert compared((), ()) == ()


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
