"""Walking from cell to cell of whatever is displayed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.displayed import DisplayedMatrix

CellIndex: TypeAlias = tuple[int, int]
"""A cell of the grid: query and key, counted from 0 among the units, hidden ones included."""


class Walked(ABC):
    """A matrix with a cursor on one of its cells."""

    _strongest: CellIndex | None = None

    @property
    @abstractmethod
    def is_held(self) -> bool:
        """Whether there are numbers to walk on."""

    @property
    @abstractmethod
    def displayed(self) -> DisplayedMatrix:
        """The numbers, and the units that are shown."""

    @property
    @abstractmethod
    def cursor(self) -> CellIndex:
        """The cell that the cursor is on, one that is shown."""

    @abstractmethod
    def put_cursor(self, cell: CellIndex) -> None:
        """Put the cursor on a cell, or on the nearest there is."""

    def move_cursor(self, down: int, right: int) -> None:
        """Move the cursor by rows and columns that are shown, no farther than to the last."""
        if not self.is_held:
            return
        shown, (query, key) = self.displayed.tokens, self.cursor
        row, column = shown.index(query) + down, shown.index(key) + right
        last = len(shown) - 1
        self.put_cursor((shown[min(max(row, 0), last)], shown[min(max(column, 0), last)]))

    def next_strongest(self) -> None:
        """Go to the row's strongest key; from there to the next weaker one, and round again."""
        if not self.is_held:
            return
        shown, (query, key) = np.array(self.displayed.tokens), self.cursor
        row = np.nan_to_num(self._strength(query)[shown], nan=-np.inf)
        order: list[int] = shown[np.argsort(-row, kind="stable")].tolist()
        walks_on = self.cursor == self._strongest
        following = order[(order.index(key) + 1) % len(order)] if walks_on else order[0]
        self._strongest = query, following
        self.put_cursor(self._strongest)

    def _strength(self, query: int) -> NDArray[np.float32]:
        """The numbers that a row's keys are ranked by, `[key]`."""
        return np.asarray(self.displayed.matrix[query])


def nearest(units: tuple[int, ...], unit: int) -> int:
    """The unit of these that is nearest to another one; 0 if there is none."""
    return min(units, key=lambda one: abs(one - unit), default=0)
