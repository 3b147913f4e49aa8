"""How everything is drawn: in glyphs or colours, with numbers, in overview, as a list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.render.depth import Depth
from tui.render.shading import Shading

if TYPE_CHECKING:
    from tui.render.ramps import Ramp


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
