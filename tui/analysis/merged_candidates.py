"""The candidates of two runs for one mask, put together: each stands beside itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.analysis.analysis import Candidate


@dataclass(frozen=True, slots=True)
class MergedCandidate:
    """One candidate in two lists; of one that a list does not have, a bound is known.

    Attributes:
        candidate: as the first list has it, or the second if that alone does.
        a: its probability in the first list; one that is not in it has at most the last one's.
        b: its probability in the second list; likewise.
        rank_a: its rank in the first list, counted from 1; None if it is not in it.
        rank_b: its rank in the second list; likewise.
    """

    candidate: Candidate
    a: float
    b: float
    rank_a: int | None
    rank_b: int | None

    @property
    def change(self) -> float | None:
        """Its log-odds in the first list less those in the second, in nats.

        None where it is not in both, or where both are certain.
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


def merged(
    a: Sequence[Candidate],
    b: Sequence[Candidate],
    *,
    key: Callable[[Candidate], Hashable] = lambda one: one.id,
) -> tuple[MergedCandidate, ...]:
    """Those of the first list in their order, then those that the second alone has, in theirs.

    Args:
        a: candidates of one mask, most probable first.
        b: those of another run.
        key: makes the same of a candidate in either list: within one vocabulary its number.
    """
    others = {key(one): (rank, one) for rank, one in reversed([*enumerate(b, 1)])}
    least_a, least_b = (many[-1].probability if many else math.nan for many in (a, b))
    found = []
    for rank, one in enumerate(a, 1):
        rank_b, other = others.pop(key(one), (None, None))
        probability = least_b if other is None else other.probability
        found.append(MergedCandidate(one, one.probability, probability, rank, rank_b))
    left = sorted(others.values(), key=lambda ranked: ranked[0])
    found += [MergedCandidate(one, least_a, one.probability, None, rank) for rank, one in left]
    return tuple(found)
