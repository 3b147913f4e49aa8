"""From a weight to brightness: what counts as full in the grid, the picture and the legend.

A scale gives every head a ceiling, the weight that is drawn full. Brightness above 1 means that a
weight lies over the ceiling: whoever draws it marks it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.analysis.hiding import shown
from tui.analysis.runs import runs
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


LOG_FLOOR = 1e-3
"""The logarithmic scale is dark at and below this weight: 0.001, three decades under 1."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadMatrix:
    """One head's matrix and what a scale may know besides.

    Attributes:
        matrix: attention weights, `[query, key]`, 0..1.
        special: which tokens are special, `[token]`.
        peak: the largest weight of any layer and head outside the columns of special tokens.
    """

    matrix: NDArray[np.float32]
    special: NDArray[np.bool_]
    peak: float


def ordinary_peaks(
    attention: NDArray[np.float32], special: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The largest weight of each matrix outside the columns of special tokens.

    Where every token is special, no column is left out. What is not a number is passed over.

    Args:
        attention: weights, `[..., query, key]`.
        special: which tokens are special, `[token]`.

    Returns:
        One weight for each matrix, `[...]`.
    """
    keys = shown(special)
    if not keys.size:
        return np.zeros(attention.shape[:-2], dtype=np.float32)
    parts = [attention[..., run] for run in runs(keys)]
    peaks = np.maximum.reduce([part.max(axis=(-2, -1)) for part in parts])
    if np.isnan(peaks).any():  # passing over what is not a number is several times slower
        peaks = np.fmax.reduce([np.fmax.reduce(part, axis=(-2, -1)) for part in parts])
    return np.asarray(peaks, dtype=np.float32)


def _absolute(head: HeadMatrix) -> NDArray[np.float32]:
    return np.ones((1, 1), dtype=np.float32)


def _per_head(head: HeadMatrix) -> NDArray[np.float32]:
    # Of nothing but what is not a number nothing is bright.
    return np.nan_to_num(ordinary_peaks(head.matrix, head.special), nan=0.0).reshape(1, 1)


def _all_heads(head: HeadMatrix) -> NDArray[np.float32]:
    return np.full((1, 1), head.peak, dtype=np.float32)


def _per_row(head: HeadMatrix) -> NDArray[np.float32]:
    return ordinary_peaks(head.matrix[:, np.newaxis, :], head.special)[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class Scale:
    """One way to turn a weight into brightness.

    Attributes:
        name: what people read.
        slug: what a file's name says.
        meaning: what it does, for the help screen.
        ceiling: the weight that is drawn full, `[1, 1]`, or `[query, 1]` where each row has its
            own.
        logarithmic: brightness is the logarithm of the weight between `LOG_FLOOR` and the ceiling.
        for_shares: it means something only where no number is over 1, as in rows that sum to 1.
        each_row: each row has a ceiling of its own, which nothing outside the row can change.
    """

    name: str
    slug: str
    meaning: str
    ceiling: Callable[[HeadMatrix], NDArray[np.float32]]
    logarithmic: bool = False
    for_shares: bool = False
    each_row: bool = False

    def brightness(self, head: HeadMatrix) -> NDArray[np.float32]:
        """How bright each weight is drawn.

        Returns:
            `[query, key]`: 0 dark, 1 full, above 1 over the ceiling, which a weight over a ceiling
            of 0 is too. What is not a number is dark.
        """
        return self._shade(head.matrix, self.ceiling(head))

    def by_row(self, head: HeadMatrix) -> Callable[[int], NDArray[np.float32]]:
        """The same brightness, a row at a time: who shows forty rows of 512 computes no more.

        Returns:
            A function from a query to `[key]`.
        """
        whole = None if self.each_row else self.ceiling(head)

        def row(query: int) -> NDArray[np.float32]:
            part = replace(head, matrix=head.matrix[query : query + 1])
            shade = self._shade(part.matrix, self.ceiling(part) if whole is None else whole)
            return np.asarray(shade[0], dtype=np.float32)

        return row

    def _shade(
        self, matrix: NDArray[np.float32], ceiling: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.logarithmic:
                shade = np.log(matrix / LOG_FLOOR) / np.log(ceiling / LOG_FLOOR)
            else:
                shade = matrix / ceiling
        shade = np.maximum(np.nan_to_num(shade, nan=0.0), 0.0)
        return np.asarray(shade, dtype=np.float32)

    def full_weight(self, head: HeadMatrix) -> float | None:
        """The weight that is drawn full, or None where each row has its own."""
        ceiling = self.ceiling(head)
        return float(ceiling[0, 0]) if ceiling.size == 1 else None

    def weight_at(self, brightness: float, full: float) -> float:
        """The weight that a brightness stands for where `full` is drawn full."""
        if self.logarithmic:
            return float(LOG_FLOOR * (full / LOG_FLOOR) ** brightness)
        return brightness * full


ABSOLUTE = Scale(
    "absolute",
    "absolute",
    "a weight of 1 is full: grey level = weight × 255, the same in every picture",
    _absolute,
    for_shares=True,
)
PER_HEAD = Scale(
    "per head",
    "perhead",
    "this head's largest weight outside the columns of special tokens is full",
    _per_head,
)
ALL_HEADS = Scale(
    "all heads",
    "allheads",
    "the largest weight of any head outside the columns of special tokens is full, "
    "so that heads compare",
    _all_heads,
)
PER_ROW = Scale(
    "per row",
    "perrow",
    "each row's largest weight outside the columns of special tokens is full",
    _per_row,
    each_row=True,
)
LOGARITHMIC = Scale(
    "logarithmic",
    "log",
    f"from {LOG_FLOOR:g}, dark, to 1, full: each factor of ten is a third of the way",
    _absolute,
    logarithmic=True,
    for_shares=True,
)

SCALES: tuple[Scale, ...] = (PER_HEAD, ABSOLUTE, ALL_HEADS, PER_ROW, LOGARITHMIC)
"""Every scale, in the order in which the key cycles them; the first is the default."""


def shared(scale: Scale, heads: Sequence[HeadMatrix]) -> Scale:
    """A scale with one ceiling for several heads that are looked at side by side: the highest.

    Where it has that already, or each row has its own, it is the scale itself.
    """
    if scale.each_row or scale.for_shares:
        return scale
    highest = max(float(scale.ceiling(head)[0, 0]) for head in heads)
    return replace(scale, ceiling=lambda _: np.full((1, 1), highest, dtype=np.float32))
