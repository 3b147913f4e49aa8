"""How everything is drawn: in glyphs or colours, with numbers, in overview, as a list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from tui.errors import RequestError
from tui.render.depth import Depth
from tui.render.shading import Shading

if TYPE_CHECKING:
    from tui.render.ramps import Ramp


Shape: TypeAlias = tuple[int, int]
"""A cell's columns and lines: about as wide as it is high on the screen."""

SHAPES: tuple[Shape, ...] = ((6, 3), (4, 2), (2, 1), (1, 1))
"""The shapes of a cell, the largest first; the last is narrow, for where there is no room."""

NUMBERED: tuple[Shape, ...] = ((6, 3), (3, 1))
"""The shapes of a cell that holds a number."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How the grid draws.

    Attributes:
        shading: glyphs or colours.
        numbers: write each weight into its cell.
        overview: two rows a line, one column a cell, so that as much as can be is seen.
        size: the shape that cells have, by its place among `SHAPES`; None for what fits.
    """

    shading: Shading = field(default_factory=Shading)
    numbers: bool = False
    overview: bool = False
    size: int | None = None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes that cells may have: the first with which everything fits is taken."""
        if self.numbers:
            return NUMBERED if self.size is None else (NUMBERED[min(self.size, 1)],)
        if self.overview:
            return SHAPES[-1:]
        return SHAPES if self.size is None else (SHAPES[self.size],)

    def resized(self, shown: int, step: int, fitting: int) -> Looks:
        """The same with larger (-1) or smaller (1) cells than are shown.

        Args:
            shown: the columns of a cell now.
            step: which way.
            fitting: the columns of a cell that would be taken by itself: wished for, nothing is.

        Raises:
            RequestError: there are none.
        """
        if self.overview and not self.numbers:
            raise RequestError("An overview has the smallest cells there are; z leaves it.")
        offered = NUMBERED if self.numbers else SHAPES
        at = next(at for at, shape in enumerate(offered) if shape[0] == shown) + step
        if not 0 <= at < len(offered):
            raise RequestError(f"Cells are as {'large' if step < 0 else 'small'} as they can be.")
        return replace(self, size=None if offered[at][0] == fitting else at)

    @property
    def stack(self) -> int:
        """Rows in a line."""
        return 2 if self.overview and not self.numbers else 1

    @property
    def is_plain(self) -> bool:
        """Whether neither half blocks nor colours can be drawn."""
        return not self.shading.has_blocks or self.shading.depth is Depth.NONE

    def with_ramp(self, name: str) -> Looks:
        """The same in the colours of a ramp, if there is one of that name and there are colours."""
        if not name or self.shading.depth is Depth.NONE:
            return self
        from tui.render.ramps import RAMPS  # not needed where there is no colour

        ramp = next((ramp for ramp in RAMPS if ramp.name == name), None)
        return replace(self, shading=replace(self.shading, ramp=ramp))

    def next_ramp(self) -> tuple[Looks, Ramp | None]:
        """The same in the next colour ramp, and which that is; after the last, glyphs alone.

        Raises:
            RequestError: there are no colours.
        """
        shading = self.shading
        if shading.depth is Depth.NONE:
            raise RequestError(
                "Colours are off (NO_COLOR, TERM or --color none): glyphs and # show everything."
            )
        from tui.render.ramps import RAMPS  # not needed for the first frame

        ramps = (None, *RAMPS)
        following = ramps[(ramps.index(shading.ramp) + 1) % len(ramps)]
        return replace(self, shading=replace(shading, ramp=following)), following
