"""All heads of one answer as rows of numbers: measured, ranked, asked for by a query."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.analysis import Analysis
from tui.analysis.decimals import HEAD_DECIMALS
from tui.analysis.interventions import CUTS, CutBy
from tui.analysis.likeness import MEANING as LIKENESS_MEANING
from tui.analysis.statistics import STATISTICS
from tui.analysis.words import weights_between
from tui.lazy import np
from tui.text import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray


HeadIndex = tuple[int, int]
"""A layer and a head, counted from 0."""

NO_NUMBER = "–"
"""The sign for a head that has no number."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number a head, as the table shows and sorts it.

    Attributes:
        name: a word, as queries and the command line write it.
        meaning: what it is, with its formula and source.
        unit: what it is counted in; empty for a share or a weight.
        rising: the least comes first, as with what is unlike the head at hand.
        by_size: it is ranked by its size whatever its sign.
    """

    name: str
    meaning: str
    unit: str = ""
    rising: bool = False
    by_size: bool = False


HEAD = Column("head", "In the order of layers and heads.")
TO_TOKEN = Column(
    "to_cursor", f"The weight from the {MASK} whose candidates are shown to the cursor's column."
)
LIKENESS = Column("unlike", LIKENESS_MEANING, "nats", rising=True)
IMPORTANCE = Column(
    "importance",
    "Estimated: Σ A ⊙ ∂ log p/∂A, to first order what log p of the candidate loses with the head "
    "gated; of one sentence (Michel et al. 2019: loss over data).",
    "nats",
    by_size=True,
)
MARGIN = Column(
    "margin",
    "Estimated: as importance, of the candidate's logit minus its runner-up's (the most probable "
    "other word piece): what the lead loses with the head gated.",
    "logits",
    by_size=True,
)

EFFECT = Column(
    "effect",
    "Measured, not estimated (e): the measure of the whole model minus that with this head cut "
    "alone, positive if the head had helped; heads do not act one by one (McGrath et al. 2023).",
)

EFFECT_BY: dict[CutBy, Column] = {
    by: Column(
        f"effect_{by}",
        f"The effect of heads cut to {'their mean' if by == 'mean' else by}, once both ways are "
        "measured (e, Z, e).",
    )
    for by in CUTS
}
"""The effect of each way to cut a head, where one stands beside the other."""

CHANGE = Column(
    "change",
    "How much the head's attention differs between A and B (=): Jensen-Shannon divergence of "
    "aligned rows, their mean; a correlation, and no cause (Lin 1991).",
    "nats",
)
DELTA = Column("delta", "The weight under the cursor in A less that in B (=).", by_size=True)
SHARE = Column(
    "share",
    "Transplanted from B alone (R): the share of the way that the logit difference of two words "
    "goes from A's, 0, to B's, 1 (Zhang & Nanda 2024).",
    by_size=True,
)

OF_CANDIDATE = (IMPORTANCE, MARGIN)
"""What is estimated of a candidate: one stands beside the other, and both are asked for at once."""

COLUMNS: tuple[Column, ...] = (
    HEAD,
    *(Column(one.name, one.meaning, one.unit) for one in STATISTICS),
    TO_TOKEN,
    LIKENESS,
    *OF_CANDIDATE,
)
"""Everything that one answer has of each head, in the order in which the table offers it."""

OF_PAIR = (CHANGE, DELTA, SHARE)
"""What is known of each head once two runs are compared."""

MEASURED: tuple[Column, ...] = (EFFECT, *EFFECT_BY.values(), *OF_PAIR)
"""What takes another run, or a run for each head."""

EVERY_COLUMN: tuple[Column, ...] = (*COLUMNS, *MEASURED)
"""All of them, in the order in which the table offers them."""


def numbers_of(
    analysis: Analysis,
    *,
    mask: int | None = None,
    key: range | None = None,
    measured: Mapping[str, NDArray[np.float32]] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """The numbers that are known of each head, by the names of the columns.

    Args:
        analysis: the answer.
        mask: the position of the mask that is looked at, if there is one.
        key: the tokens of the cursor's column, if there are any.
        measured: what is measured besides, `[layer, head]`, by the names of its columns, of
            `MEASURED`; None if nothing is.

    Returns:
        `[layer, head]` each; what was not asked of the model, or is not there, has no entry.
    """
    found = dict(analysis.statistics.numbers)
    if mask is not None and key is not None:
        found[TO_TOKEN.name] = weights_between(analysis.attention, range(mask, mask + 1), key)
    if analysis.derived.likeness is not None:
        found[LIKENESS.name] = analysis.derived.likeness
    if analysis.derived.gradient is not None:
        found[IMPORTANCE.name] = analysis.derived.gradient.importance
        if analysis.derived.gradient.margin is not None:
            found[MARGIN.name] = analysis.derived.gradient.margin
    return found | dict(measured or {})


def ranked(
    column: Column, numbers: NDArray[np.float32] | None, among: NDArray[np.bool_]
) -> list[HeadIndex]:
    """Heads in the order of a column; those without a number come last.

    Args:
        column: what they are ranked by.
        numbers: the column's numbers, `[layer, head]`; None ranks by layer and head.
        among: which heads, `[layer, head]`.
    """
    places = np.argwhere(among)
    if numbers is not None and column is not HEAD:
        keys = np.abs(numbers[among]) if column.by_size else numbers[among]
        places = places[np.argsort(keys if column.rising else -keys, kind="stable")]
    return [(int(layer), int(head)) for layer, head in places]


def table_number(value: float) -> str:
    """A head's number as tables have it, or a sign that there is none."""
    return NO_NUMBER if math.isnan(value) else f"{value:.{HEAD_DECIMALS}f}"


def bound_said(bound: float) -> str:
    """That a probability is at most so much, such as `<0.013`; it is rounded up, and so holds."""
    if math.isnan(bound):
        return NO_NUMBER
    thousandths = math.ceil(round(bound * 1000, 6))  # 12.000000001 is rounding of our own
    return f"<{max(thousandths, 1) / 1000:.3f}"


def probability_said(probability: float) -> str:
    """A probability in five columns, such as `0.031`, or `2e-07` of a small one."""
    if math.isnan(probability):
        return NO_NUMBER
    return f"{probability:.0e}" if 1e-99 < probability < 0.0005 else f"{probability:.3f}"
