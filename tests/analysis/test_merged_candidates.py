"""Candidates of two vocabularies: none is lost, and a bound is of what is not listed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.analysis import Candidate
from tui.analysis.merged_candidates import MergedCandidate, merged_by
from tui.analysis.ranking_at_mask import RankingAtMask


def word(candidate: Candidate) -> str:
    return candidate.label.strip()


def ranked(*labels: str) -> RankingAtMask:
    """A list in which each is half as probable as the one before."""
    return RankingAtMask(
        tuple(Candidate(one, at, 0.5 ** (at + 1), 0.0, one) for at, one in enumerate(labels))
    )


def places(found: tuple[MergedCandidate, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(one.candidate.label, one.rank_a, one.rank_b) for one in found]


def test_a_word_listed_twice_stands_beside_the_same_label_first() -> None:
    found = merged_by(ranked(" foo", "bar", "foo"), ranked("foo", " foo", "new"), word)
    assert places(found) == [
        (" foo", 1, 2), ("bar", 2, None), ("foo", 3, 1), ("new", None, 3),
    ]  # fmt: skip


def test_a_word_that_one_list_has_once_stands_beside_it_each_time() -> None:
    found = merged_by(ranked(" foo", "foo", "bar"), ranked("foo", "bar"), word)
    assert places(found) == [(" foo", 1, 1), ("foo", 2, 1), ("bar", 3, 2)]
    found = merged_by(ranked("foo"), ranked("foo", " foo"), word)
    assert places(found) == [("foo", 1, 1), (" foo", 1, 2)]


labels = st.lists(
    st.sampled_from(("foo", " foo", "foo ", "bar", " bar", "new", "##s")), unique=True, max_size=6
)


@given(labels, labels)
def test_nobody_is_lost_and_a_bound_is_only_of_what_is_not_listed(
    of_a: list[str], of_b: list[str]
) -> None:
    a, b = ranked(*of_a), ranked(*of_b)
    found = merged_by(a, b, word)
    ranks_a = [one.rank_a for one in found if one.is_of_a]
    assert ranks_a == [*range(1, len(of_a) + 1)]
    assert {one.rank_b for one in found} >= set(range(1, len(of_b) + 1))
    listed = {one.strip() for one in of_a}, {one.strip() for one in of_b}
    for one in found:
        known = word(one.candidate)
        assert (one.rank_a is None) == (known not in listed[0])
        assert (one.rank_b is None) == (known not in listed[1])
