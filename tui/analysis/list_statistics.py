"""A statistic over several sentences: what a hypothesis about a head has to stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ListStatistics:
    """Every statistic's mean and spread.

    Attributes:
        mean: by the statistic's name, the mean over the sentences that have the number,
            `[layer, head]`; NaN where none has it.
        spread: the standard deviation over the same sentences, with their number as denominator.
        count: how many sentences there are.
    """

    mean: Mapping[str, NDArray[np.float32]]
    spread: Mapping[str, NDArray[np.float32]]
    count: int


def compute_list_statistics(
    sentences: Sequence[Mapping[str, NDArray[np.float32]]],
) -> ListStatistics:
    """Put the statistics of several sentences together.

    Args:
        sentences: for each sentence its statistics by their names, `[layer, head]`; at least one.
    """
    mean: dict[str, NDArray[np.float32]] = {}
    spread: dict[str, NDArray[np.float32]] = {}
    for name in sentences[0]:
        numbers = np.stack([numbers[name] for numbers in sentences]).astype(np.float64)
        numbers[np.isinf(numbers)] = np.nan
        mean[name] = np.full(numbers.shape[1:], np.nan, dtype=np.float32)
        spread[name] = mean[name].copy()
        known = ~np.isnan(numbers).all(axis=0)  # numpy warns of a mean of nothing
        mean[name][known] = np.nanmean(numbers[:, known], axis=0)
        spread[name][known] = np.nanstd(numbers[:, known], axis=0)
    return ListStatistics(mean, spread, len(sentences))
