"""How far a sweep has come that is not at its end: it travels with whatever is measured by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.lazy import np


@dataclass(frozen=True, slots=True, eq=False)
class SoFar:
    """The part of a sweep that is measured.

    Attributes:
        to_come: what is still to be measured, of the shape of the sweep's numbers, which are NaN
            there.
        of: how many things are measured by the end.
        things: what they are called, such as `heads`.
    """

    to_come: NDArray[np.bool_]
    of: int
    things: str

    @property
    def count(self) -> int:
        """How many are measured."""
        return self.of - int(self.to_come.sum())

    @property
    def counted(self) -> str:
        """How many, in words: `38 of 72 heads`."""
        return f"{self.count} of {self.of} {self.things}"

    @property
    def said(self) -> str:
        """The same as whatever goes out must say it: `38 of 72 heads measured`."""
        return f"{self.counted} measured"

    @property
    def legend(self) -> str:
        """The same, with the sign of those that are still to come, if any are."""
        return f"{self.said}, {NO_NUMBER} not yet" if self.count < self.of else self.said
