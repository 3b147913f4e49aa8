"""All heads of one answer as rows of numbers: measured, ranked, asked for by a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.attention.likeness import MEANING as LIKENESS_MEANING
from tui.attention.statistics import STATISTICS
from tui.lazy import np
from tui.model.analysis import Analysis
from tui.text import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.query.heads import Heads

HeadPlace = tuple[int, int]
"""A layer and a head, counted from 0."""


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
    "Σ A ⊙ ∂y/∂A over all rows and columns, y the logit of the chosen candidate: to first order, "
    "how much of the logit goes when the head is gated (Michel et al. 2019, who take its size); "
    "ranked by its size.",
    "logits",
    by_size=True,
)

COLUMNS: tuple[Column, ...] = (
    HEAD,
    *(Column(one.name, one.meaning, one.unit) for one in STATISTICS),
    TO_TOKEN,
    LIKENESS,
    IMPORTANCE,
)
"""What heads can be ranked by, in the order in which the table offers it."""


def numbers_of(
    analysis: Analysis, *, mask: int | None = None, key: int | None = None
) -> dict[str, NDArray[np.float32]]:
    """What is known of each head, by the names of the columns.

    Args:
        analysis: the answer.
        mask: the position of the mask that is looked at, if there is one.
        key: the token under the cursor, if there is one.

    Returns:
        `[layer, head]` each; what was not asked of the model, or is not there, has no entry.
    """
    found = dict(analysis.survey.numbers)
    if mask is not None and key is not None:
        found[TO_TOKEN.name] = analysis.attention[:, :, mask, key]
    if analysis.extras.likeness is not None:
        found[LIKENESS.name] = analysis.extras.likeness
    if analysis.extras.gradient is not None:
        found[IMPORTANCE.name] = analysis.extras.gradient.importance
    return found


def ranked(
    column: Column, numbers: NDArray[np.float32] | None, among: NDArray[np.bool_]
) -> list[HeadPlace]:
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


def query_heads(analysis: Analysis, *, mask: int | None = None, key: int | None = None) -> Heads:
    """What a query is asked of.

    Args:
        analysis: the answer.
        mask: the position of the mask that `mask` stands for, if there is one.
        key: the token under the cursor, if there is one.
    """
    from tui.query.heads import CLOSING, OPENING, Heads
    from tui.query.heads import MASK as MASK_WORD

    roles = analysis.roles
    parts: dict[str, int] = {}
    if mask is not None:
        parts[MASK_WORD] = mask
    if roles.opening is not None:
        parts[OPENING] = roles.opening
    if roles.closing.any():
        parts[CLOSING] = int(np.flatnonzero(roles.closing)[-1])
    counted = np.indices(analysis.attention.shape[:2]).astype(np.float32) + np.float32(1)
    numbers = numbers_of(analysis, mask=mask, key=key)
    return Heads(
        numbers={**numbers, "layer": counted[0], "head": counted[1]},
        attention=analysis.attention,
        tokens=[token.text for token in analysis.tokens],
        spelt=_spelt(analysis),
        parts=parts,
    )


def _spelt(analysis: Analysis) -> Sequence[str]:
    return [analysis.text[token.start : token.end] for token in analysis.tokens]
