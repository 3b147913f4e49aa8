"""The scores of all word pieces at a text's masks, of one run, and how two runs differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The scores of every word piece at each mask, of one run of a model.

    Attributes:
        logits: `[mask, vocabulary]`, float32.
        interventions: what was changed inside the model.
        hidden: the hidden states, `[layer + 1, token, hidden size]`, if they were to be kept: a run
            that is the same up to some layer may begin there.
    """

    logits: NDArray[np.float32]
    interventions: Interventions = NONE
    hidden: NDArray[np.float32] | None = None
    _sums: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    def log_probabilities(self, mask: int) -> NDArray[np.float64]:
        """The logarithms of the softmax over the vocabulary, `[vocabulary]`, in nats."""
        with np.errstate(all="ignore"):
            found: NDArray[np.float64] = self.logits[mask].astype(np.float64) - self._sum(mask)
        return found

    def probability(self, mask: int, token: int) -> float:
        """A word piece's probability, 0..1; NaN if scores are no numbers."""
        with np.errstate(all="ignore"):
            return float(np.exp(np.float64(self.logits[mask, token]) - self._sum(mask)))

    def _sum(self, mask: int) -> float:
        """The logarithm of Σ exp of all scores at a mask, worked out once."""
        known = self._sums.get(mask)
        if known is None:
            with np.errstate(all="ignore"):
                logits = self.logits[mask].astype(np.float64)
                highest = logits.max()
                known = float(highest + np.log(np.exp(logits - highest).sum()))
            self._sums[mask] = known
        return known

    def rank(self, mask: int, token: int) -> float:
        """A word piece's place among all, counted from 1; of equal ones the first comes first.

        It is NaN if scores are no numbers.
        """
        logits = self.logits[mask]
        if np.isnan(logits).any():
            return float("nan")
        own = logits[token]
        better = np.count_nonzero(logits > own) + np.count_nonzero(logits[:token] == own)
        return float(1 + better)

    def runner_up(self, mask: int, token: int) -> int:
        """The best of all other word pieces: of one that is not the first, the first."""
        others = self.logits[mask].copy()
        others[token] = -np.inf
        return int(others.argmax())

    def lead(self, mask: int, token: int, over: int) -> float:
        """By how much a word piece's logit is over another's."""
        logits = self.logits[mask]
        return float(logits[token]) - float(logits[over])

    def divergence(self, mask: int, other: Scores) -> float:
        """KL(this ‖ other) of the distributions at a mask, in nats."""
        own, others = self.log_probabilities(mask), other.log_probabilities(mask)
        there = own > -np.inf  # what has no probability adds nothing
        with np.errstate(all="ignore"):
            return float((np.exp(own[there]) * (own[there] - others[there])).sum())
