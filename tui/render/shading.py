"""From brightness to what a cell looks like: block characters, or the colours of a ramp.

A number's sign is seen too: below 0 it has glyphs of its own, and with colours a ramp of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.lazy import np
from tui.render.depth import Depth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.render.ramps import Paint, Ramp  # the first frame needs none

# A weight that equals the ceiling may come out a rounding error above it.
FULL = 1.0 + 1e-5
"""Brightness from which a weight is over the scale's ceiling."""


def levels(brightness: NDArray[np.float32], count: int) -> NDArray[np.uint8]:
    """The shading level of each brightness: the nearest of `count` even steps, or one above them.

    Args:
        brightness: any shape; 0 dark, 1 full.
        count: how many levels there are.

    Returns:
        Levels of the same shape: 0 to `count` - 1, and `count` for a weight over the ceiling.
    """
    steps = np.minimum(brightness * (count - 1) + 0.5, count - 1)
    level: NDArray[np.uint8] = steps.astype(np.uint8)
    level[brightness > FULL] = count
    return level


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of the shading levels, each one column wide.

    Their ink covers 0, 25, 50, 75 and 100 % of a cell, which are even steps of brightness.

    Attributes:
        shades: one character a level, from blank to full.
        over: what stands for a weight over the ceiling.
        below: the same as `shades` for numbers below 0.
        halves: what shows two rows in one line: none, the upper, the lower, both of them strong.
    """

    shades: str
    over: str
    below: str
    halves: str

    @property
    def full(self) -> str:
        """The character of a full cell."""
        return self.shades[-1]

    def line(
        self, row: NDArray[np.uint8], width: int, below: NDArray[np.bool_] | None = None
    ) -> str:
        """One row of levels, `[key]`, as text, each cell `width` columns wide.

        Args:
            row: the levels.
            width: columns of a cell.
            below: which cells stand for a number below 0, `[key]`, or None if none does.
        """
        alphabet = self.shades + self.over
        if below is None:
            return "".join([alphabet[level] * width for level in row.tolist()])
        alphabets = alphabet, self.below + self.over
        cells = zip(row.tolist(), below.tolist(), strict=True)
        return "".join([alphabets[sign][level] * width for level, sign in cells])


BLOCKS = Glyphs(" ░▒▓█", "▲", " ·-=≡", " ▀▄█")
ASCII = Glyphs(" .:+#", "^", " '-=%", " '.:")

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Shading:
    """How brightness is drawn.

    Attributes:
        glyphs: the characters of this terminal.
        ramp: the colours, or None for glyphs alone.
        depth: how many colours the terminal has.
    """

    glyphs: Glyphs = BLOCKS
    ramp: Ramp | None = None
    depth: Depth = Depth.TRUECOLOR

    @property
    def name(self) -> str:
        """The shading as people call it."""
        return self.ramp.name if self.ramp else "glyphs"

    @property
    def count(self) -> int:
        """How many levels there are, without the one above them."""
        return len(self.paints) if self.ramp else len(self.glyphs.shades)

    @property
    def paints(self) -> tuple[Paint, ...]:
        """How each level of the ramp is drawn."""
        return self._paints(plain=not self.has_blocks)

    @property
    def solid(self) -> tuple[Paint, ...]:
        """The same in colours alone, where a cell has no room for a character."""
        return self._paints(plain=True)

    def _paints(self, *, plain: bool) -> tuple[Paint, ...]:
        from tui.render.ramps import paints

        assert self.ramp is not None
        return paints(self.ramp, self.depth, plain=plain)

    @property
    def has_blocks(self) -> bool:
        """Whether block characters can be shown."""
        return not self.glyphs.shades.isascii()

    def levels(self, brightness: NDArray[np.float32], *, solid: bool = False) -> NDArray[np.uint8]:
        """The level of each brightness; `solid` asks for those of `solid`."""
        return levels(brightness, len(self.solid) if solid and self.ramp else self.count)

    def paint(self, level: int) -> Paint:
        """How a level of the ramp is drawn; the one above them is marked."""
        from tui.render.ramps import Paint

        if level < self.count:
            return self.paints[level]
        top = self.paints[-1]
        return Paint(self.glyphs.over, contrast(top), _mean(top))

    @property
    def arms(self) -> tuple[Shading, Shading]:
        """How signed numbers are drawn: what is not below 0, and what is.

        With a ramp they have the two arms of the diverging one, whichever it is; else glyphs.
        """
        if self.ramp is None:
            return self, replace(self, glyphs=replace(self.glyphs, shades=self.glyphs.below))
        from tui.render.ramps import ABOVE, BELOW

        return replace(self, ramp=ABOVE), replace(self, ramp=BELOW)

    def samples(self) -> list[tuple[float, Paint | str]]:
        """The samples of a legend: five brightnesses from dark to full and how they are drawn."""
        shares = [step / 4 for step in range(5)]
        if self.ramp is None:
            return list(zip(shares, self.glyphs.shades, strict=True))
        last = self.count - 1
        return [(share, self.paint(round(share * last))) for share in shares]


READ_ON = 49.5
"""The lightness (CIELAB L*) on which black and white are read equally well, at 4.58 : 1."""


def contrast(paint: Paint) -> tuple[int, int, int]:
    """Black or white, whichever can be read better on a paint."""
    return BLACK if paint.lab[0] > READ_ON else WHITE


def _mean(paint: Paint) -> tuple[int, int, int]:
    """The one of a mixture's colours that covers more of it."""
    return paint.ink if paint.glyph in "▓█" else paint.ground
