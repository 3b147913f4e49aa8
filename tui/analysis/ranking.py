"""Logits over a vocabulary become probabilities, an order and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


_STRETCH = 64
"""Values of which the best is looked for first: a tenth of the time that parting all takes."""


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities, `[…, vocabulary]`; with a score that is no number, or infinite, none is."""
    with np.errstate(invalid="ignore"):
        raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
        probabilities: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return probabilities


def log_probability(logits: NDArray[np.float32], place: int) -> float:
    """The natural logarithm of one probability: its logit less log Σ exp of all, `[vocabulary]`."""
    with np.errstate(invalid="ignore"):
        exact = logits.astype(np.float64)
        highest = exact.max()
        return float(exact[place] - highest - np.log(np.exp(exact - highest).sum()))


def best_places(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The places of the largest values, the largest first, and of equal ones the first.

    What is no number counts as the largest.
    """
    keys = np.where(np.isnan(values), -np.inf, -values)
    kept = np.arange(len(keys))
    stretches = len(keys) // _STRETCH
    if 0 < count < stretches:  # most of a vocabulary need not be sorted
        # So many stretches have a key up to this one, so that the best places have none above it.
        lowest = keys[: stretches * _STRETCH].reshape(stretches, _STRETCH).min(axis=1)
        kept = np.flatnonzero(keys <= np.partition(lowest, count - 1)[count - 1])
    return kept[np.argsort(keys[kept], kind="stable")][:count]


def rank_of(values: NDArray[np.float32], place: int) -> int:
    """How many places `best_places` gives up to this one: 1 is the best."""
    keys = np.where(np.isnan(values), -np.inf, -values)
    return 1 + int((keys < keys[place]).sum()) + int((keys[:place] == keys[place]).sum())
