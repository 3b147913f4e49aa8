"""What the grid is told to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.lazy import np
from tui.render.shading import Shading

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class GridCell:
    """A place in the grid: the token that attends, and the token attended to."""

    query: int
    key: int


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
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]
    weights: NDArray[np.float32]
    brightness: Callable[[int], NDArray[np.float32]]
    queries: tuple[int, ...]
    keys: tuple[int, ...]
    hidden: NDArray[np.float32] | None = None
    second: int | None = None

    def has_frame_of(self, other: GridContent) -> bool:
        """Whether only cells differ, and labels and layout stay."""
        return self._frame == other._frame

    @property
    def _frame(self) -> tuple[object, ...]:
        has_gutter = self.hidden is not None
        return self.labels, self.masks, self.queries, self.keys, has_gutter, self.second


@dataclass(frozen=True, slots=True)
class Looks:
    """How the grid draws.

    Attributes:
        shading: glyphs or colours.
        numbers: write each weight into its cell.
        overview: two rows a line, one column a cell, so that as much as can be is seen.
    """

    shading: Shading = field(default_factory=Shading)
    numbers: bool = False
    overview: bool = False

    @property
    def cell(self) -> int | None:
        """Columns of a cell, or None if that depends on the room there is."""
        return 3 if self.numbers else 1 if self.overview else None

    @property
    def stack(self) -> int:
        """Rows in a line."""
        return 2 if self.overview and not self.numbers else 1
