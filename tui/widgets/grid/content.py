"""One head as the grid draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.session.difference import Seen


@dataclass(frozen=True, slots=True, eq=False)
class GridContent:
    """One head as the grid draws it. Tokens are counted from 0 over the whole sentence.

    Attributes:
        labels: the n tokens, safe to be shown.
        masks: positions of the masks: their rows and columns stand out.
        weights: the numbers behind the cells, `[query, key]`.
        brightness: how bright a query's weights are drawn, `[key]`; asked for visible rows only.
        queries: the tokens that have a row.
        keys: the tokens that have a column.
        hidden: how much of each row is not shown, `[query]`, or None where nothing is hidden.
        second: the first token of a pair's second sentence, whose labels have another colour; None
            if there is but one sentence.
        signed: there are numbers below 0, and the sign of each is seen.
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]
    weights: NDArray[np.float32]
    brightness: Callable[[int], NDArray[np.float32]]
    queries: tuple[int, ...]
    keys: tuple[int, ...]
    hidden: NDArray[np.float32] | None = None
    second: int | None = None
    signed: bool = False

    @classmethod
    def of(cls, viewing: Seen) -> GridContent | None:
        """The head that is looked at; None while its layer's attention is not there."""
        if viewing.analysis is None or not viewing.is_held:
            return None
        displayed = viewing.displayed
        return cls(
            labels=viewing.labels,
            masks=viewing.masks,
            weights=displayed.matrix,
            brightness=viewing.drawn_scale.by_row(displayed.head),
            queries=displayed.tokens,
            keys=displayed.tokens,
            hidden=displayed.hidden,
            second=viewing.units.boundary,
            signed=viewing.view.signed,
        )

    def has_frame_of(self, other: GridContent) -> bool:
        """Whether only cells differ, and labels and layout stay."""
        return self._frame == other._frame

    @property
    def _frame(self) -> tuple[object, ...]:
        has_gutter = self.hidden is not None
        return self.labels, self.masks, self.queries, self.keys, has_gutter, self.second
