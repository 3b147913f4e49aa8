"""The candidates of two runs for one mask, put together: each stands beside itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.ranking_at_mask import Place

if TYPE_CHECKING:
    from tui.analysis.analysis import Candidate
    from tui.analysis.ranking_at_mask import RankingAtMask


@dataclass(frozen=True, slots=True)
class MergedCandidate:
    """One candidate of two lists, and where each run has it.

    Attributes:
        candidate: as the first list has it, or the second if that alone does.
        a: its probability in the first run; where it has no rank there, it has at most so much.
        b: its probability in the second run; likewise.
        rank_a: its rank in the first run, counted from 1; None where it is not known.
        rank_b: its rank in the second run; likewise.
        is_of_a: it is in the first list.
    """

    candidate: Candidate
    a: float
    b: float
    rank_a: int | None
    rank_b: int | None
    is_of_a: bool = True

    @classmethod
    def of(cls, candidate: Candidate, a: Place, b: Place, *, is_of_a: bool) -> MergedCandidate:
        """A candidate with its place in either run."""
        return cls(candidate, a.probability, b.probability, a.rank, b.rank, is_of_a)

    @property
    def change(self) -> float | None:
        """Its log-odds in the first run less those in the second, in nats.

        None where it is not known in both, or where both are certain.
        """
        if self.rank_a is None or self.rank_b is None:
            return None
        change = log_odds(self.a) - log_odds(self.b)
        return None if math.isnan(change) else change


def log_odds(probability: float) -> float:
    """The logarithm of p / (1 - p), in nats; infinite at the ends."""
    if probability <= 0:
        return -math.inf
    return math.inf if probability >= 1 else math.log(probability / (1 - probability))


def merged(a: RankingAtMask, b: RankingAtMask) -> tuple[MergedCandidate, ...]:
    """Those of the first list in their order, then those that the second alone has, in theirs.

    One that a list does not have is looked up among all scores of its run, if these are held.

    Args:
        a: what one run says at a mask.
        b: what another run with the same vocabulary says.
    """
    return _merged(a, b, lambda one: one.id)


def merged_by(
    a: RankingAtMask, b: RankingAtMask, key: Callable[[Candidate], Hashable]
) -> tuple[MergedCandidate, ...]:
    """As `merged`, of two vocabularies: of one that a list does not have there is but a bound.

    A list may have several of one key, such as a word with a blank before it and without: each
    stands beside the other list's of the same label, else beside its next of the key, or its last.

    Args:
        a: what one run says at a mask.
        b: what another run says.
        key: makes the same of a candidate in either list.
    """
    return _merged(a.without_scores, b.without_scores, key)


def _merged(
    a: RankingAtMask, b: RankingAtMask, key: Callable[[Candidate], Hashable]
) -> tuple[MergedCandidate, ...]:
    of_a, of_b = _Listed(a, key), _Listed(b, key)
    found, beside = [], set()
    for rank, one in enumerate(a.candidates, 1):
        partner = of_b.place_of(one, of_a)
        beside.add(partner.rank)
        found.append(MergedCandidate.of(one, Place(one.probability, rank), partner, is_of_a=True))
    for rank, one in enumerate(b.candidates, 1):
        if rank not in beside:
            partner, place = of_a.place_of(one, of_b), Place(one.probability, rank)
            found.append(MergedCandidate.of(one, partner, place, is_of_a=False))
    return tuple(found)


class _Listed:
    """The candidates of one list by their keys, those of one key in the order of the list."""

    def __init__(self, ranking: RankingAtMask, key: Callable[[Candidate], Hashable]) -> None:
        self._ranking = ranking
        self._key = key
        self._found: dict[Hashable, list[tuple[int, Candidate]]] = {}
        for rank, one in enumerate(ranking.candidates, 1):
            self._found.setdefault(key(one), []).append((rank, one))

    def place_of(self, one: Candidate, listed: _Listed) -> Place:
        """Where the list has the partner of another list's candidate, or a bound if it has none.

        Args:
            one: the candidate.
            listed: the list that it is of.
        """
        key = self._key(one)
        partners = self._found.get(key)
        if not partners:
            return self._ranking.place_outside(one.id)
        same = [(rank, other) for rank, other in partners if other.label == one.label]
        if not same:
            at = [other.id for _, other in listed._found[key]].index(one.id)
            same = [partners[min(at, len(partners) - 1)]]
        rank, other = same[0]
        return Place(other.probability, rank)
