"""A head in a line of words: what it does in this text, from what is measured and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.analysis.labels import FEWEST
from tui.lazy import np

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex


def head_in_words(analysis: Analysis, head: HeadIndex) -> str:
    """A head's doing in a text, such as `next token (0.88, all heads: 0.06)`.

    A head with a label is said by it and by the number that earned it, beside the mean of all
    heads; any other by its strongest weight.

    Args:
        analysis: the answer, with the attention of all layers.
        head: the layer and head, counted from 0.
    """
    statistics = analysis.statistics
    label = statistics.labels.get(head)
    if label is None:
        why = "nothing stands out"
        if statistics.no_labels:
            why = f"no label in fewer than {FEWEST} tokens"
        strongest = strongest_arrow(analysis, head)
        return f"{why}; strongest: {strongest}" if strongest else why
    numbers = statistics.numbers[label.statistic]
    own, every = float(numbers[head]), float(np.nanmean(numbers))
    alike = f", one of {label.alike[0]} of {label.alike[1]}" if label.alike else ""
    return f"{label.words} ({own:.2f}, all heads: {every:.2f}){alike}"


def strongest_arrow(analysis: Analysis, head: HeadIndex) -> str:
    """A head's largest weight on an ordinary token, such as `[MASK] → cat 0.31`; empty if none."""
    layer, place = head
    weights = analysis.attention[layer - analysis.first_layer, place]
    ordinary = np.where(analysis.special[np.newaxis, :], np.float32(-1.0), weights)
    query, key = np.unravel_index(int(np.nan_to_num(ordinary, nan=-1.0).argmax()), weights.shape)
    weight = float(ordinary[query, key])
    if not weight >= 0:
        return ""
    names = [analysis.tokens[at].label for at in (int(query), int(key))]
    return f"{names[0]} → {names[1]} {weight:.2f}"
