"""Where one run has a word piece at a mask: in its list, by all its scores, or within bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.analysis.analysis import Candidate
    from tui.analysis.scores import Scores


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run has a word piece.

    Attributes:
        probability: softmax over the whole vocabulary at the mask, 0..1. Where there is no rank it
            is at most so large; NaN where nothing is known.
        rank: its place among all, counted from 1; None where that is not known.
    """

    probability: float
    rank: int | None


@dataclass(frozen=True, slots=True, eq=False)
class RankingAtMask:
    """One run at one mask: its list, and all scores, if they are held.

    Attributes:
        candidates: the list, most probable first.
        scores: all scores of the run, at each mask; None where they are not held.
        mask: which of its masks, counted from 0.
    """

    candidates: Sequence[Candidate] = ()
    scores: Scores | None = None
    mask: int = 0

    @property
    def without_scores(self) -> RankingAtMask:
        """The list alone: of a run whose vocabulary is another one, numbers mean other words."""
        return RankingAtMask(self.candidates)

    @property
    def bound(self) -> Place:
        """The place of a word piece of which no more is known than that it is not listed."""
        return Place(self.candidates[-1].probability if self.candidates else math.nan, None)

    def place_of(self, token: int) -> Place:
        """Where the run has a word piece, exactly if that can be known.

        Args:
            token: its number in the vocabulary.
        """
        for rank, one in enumerate(self.candidates, 1):
            if one.id == token:
                return Place(one.probability, rank)
        return self.place_outside(token)

    def place_outside(self, token: int) -> Place:
        """As `place_of`, of a word piece that is not listed."""
        scores = self.scores
        if scores is None or not 0 <= token < scores.logits.shape[-1]:
            return self.bound
        rank = scores.rank(self.mask, token)
        if math.isnan(rank):
            return self.bound
        # Probabilities of float32, by which the list is ranked, may be equal where scores are not.
        behind = max(int(rank), len(self.candidates) + 1)
        return Place(scores.probability(self.mask, token), behind)
