"""From brightness to glyphs: the blocks that the grid is drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.attention.scales import Head, Scale
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 5
"""Steps of shading, from blank to full."""

OVER = LEVELS
"""The level of a weight over the scale's ceiling."""

_STEPS = tuple((level + 0.5) / (LEVELS - 1) for level in range(LEVELS - 1))
# A weight that equals the ceiling may come out a rounding error above it.
_FULL = 1.0 + 1e-5


def levels(brightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The shading level of each brightness: the nearest of `LEVELS` even steps, or `OVER`.

    Glyphs of 0, 25, 50, 75 and 100 % ink are even steps of brightness, so the nearest is taken.

    Args:
        brightness: any shape; 0 dark, 1 full.

    Returns:
        Levels of the same shape.
    """
    level = np.searchsorted(np.array(_STEPS, np.float32), brightness, side="left")
    return np.where(brightness > _FULL, OVER, level).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of the shading levels, each one column wide.

    Attributes:
        shades: one character a level, from blank to full.
        over: what stands for a weight over the ceiling.
    """

    shades: str
    over: str

    @property
    def full(self) -> str:
        """The character of a full cell."""
        return self.shades[-1]

    def line(self, row: NDArray[np.uint8], width: int) -> str:
        """One row of levels, `[key]`, as text, each cell `width` columns wide."""
        alphabet = self.shades + self.over
        return "".join([alphabet[level] * width for level in row.tolist()])

    def legend(self, scale: Scale, head: Head) -> str:
        """What the glyphs stand for, in weights, such as `per head, █ = 0.97, ^ above`."""
        full = scale.full_weight(head)
        if full is None:
            return f"{scale.name}, {self.full} = the row's largest"
        over = bool((head.matrix > full * _FULL).any())
        return f"{scale.name}, {self.full} = {_number(full)}" + (
            f", {self.over} above" if over else ""
        )


def _number(weight: float) -> str:
    """Two decimals, or two digits where these would be nought."""
    return f"{weight:.2f}" if weight >= 0.1 else f"{weight:.2g}"


BLOCKS = Glyphs(" ░▒▓█", "▲")
ASCII = Glyphs(" .:+#", "^")
