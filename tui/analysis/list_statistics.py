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
    mean, spread = {}, {}
    for name in sentences[0]:
        numbers = np.stack([numbers[name] for numbers in sentences]).astype(np.float64)
        known = np.isfinite(numbers)
        count = known.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.where(known, numbers, 0).sum(axis=0) / count
            squares = np.where(known, (numbers - middle) ** 2, 0).sum(axis=0) / count
        mean[name] = middle.astype(np.float32)
        spread[name] = np.sqrt(squares).astype(np.float32)
    return ListStatistics(mean, spread, len(sentences))
