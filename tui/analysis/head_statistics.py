"""All heads at a glance: what is computed of each beside the model and comes with the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.labels import TOO_SHORT, Label, labels, why_no_labels
from tui.analysis.roles import Roles
from tui.analysis.statistics import STATISTICS, measure
from tui.analysis.thumbnails import thumbnails
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class HeadStatistics:
    """All heads of one answer at a glance.

    Attributes:
        numbers: every statistic by its name, `[layer, head]`, in the order of `STATISTICS`.
        thumbnails: each head in a few pixels, `[layer, head, y, x]`, 0 dark to 255 full.
        labels: for each (layer, head), counted from 0, that earned a label, the label.
        no_labels: a sentence if the text is too short for any head to earn one; else empty.
    """

    numbers: Mapping[str, NDArray[np.float32]]
    thumbnails: NDArray[np.uint8]
    labels: Mapping[tuple[int, int], Label]
    no_labels: str = ""

    def label(self, head: tuple[int, int], *, brief: bool = False) -> str:
        """A head's label, or why no head has one; empty if it earned none.

        Args:
            head: the layer and head, counted from 0.
            brief: there is little room.
        """
        if self.no_labels:
            return TOO_SHORT
        label = self.labels.get(head)
        if label is None:
            return ""
        return label.brief if brief else str(label)


def compute_head_statistics(
    attention: NDArray[np.float32],
    peaks: NDArray[np.float32],
    roles: Roles,
    tokens: Sequence[str],
) -> HeadStatistics:
    """Look at every head, a layer at a time, so that no copy of all weights is ever made.

    Args:
        attention: weights, `[layer, head, query, key]`.
        peaks: the weight of each head that its thumbnail draws full, `[layer, head]`.
        roles: the tokens' roles.
        tokens: the word pieces.
    """
    measured = np.stack([measure(weights, roles) for weights in attention], axis=1)
    pictures = [thumbnails(*pair) for pair in zip(attention, peaks, strict=True)]
    names = (statistic.name for statistic in STATISTICS)
    numbers = dict(zip(names, measured, strict=True))
    found = labels(numbers, roles, tokens)
    return HeadStatistics(numbers, np.stack(pictures), found, why_no_labels(roles))


def unknown_head_statistics(layers: int, heads: int) -> HeadStatistics:
    """The statistics of an answer whose heads are not all there: every number is missing."""
    missing = np.full((layers, heads), np.nan, dtype=np.float32)
    numbers = {statistic.name: missing for statistic in STATISTICS}
    return HeadStatistics(numbers, np.zeros((layers, heads, 1, 1), dtype=np.uint8), {})
