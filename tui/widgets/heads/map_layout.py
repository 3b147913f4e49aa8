"""Where each head stands on the map, in columns and lines."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Size

from tui.widgets.window import first_shown

LEAST = (4, 2)
"""Columns and lines that a thumbnail needs at the least."""


@dataclass(frozen=True, slots=True)
class MapLayout:
    """The arithmetic of one size of the map and one number of layers and heads.

    A line of heads' numbers stands on top; each layer begins with its number. A column before each
    head, and one behind the last, has room for marks.

    Attributes:
        layers: how many layers there are.
        heads: how many heads each of them has.
        label: columns of a layer's number.
        width: columns of a head.
        lines: lines of a head.
        shown: how many layers are on screen at once.
    """

    layers: int
    heads: int
    label: int
    width: int
    lines: int
    shown: int

    @classmethod
    def fit(cls, size: Size, layers: int, heads: int) -> MapLayout:
        """Make the best of a size: heads about square, as large as they fit."""
        label = len(str(layers))
        width = max(1, (size.width - label - 1) // heads - 1)
        room = max(1, size.height - 1)
        lines = max(1, room // layers)
        # A column is half as wide as a line is high: twice as many columns as lines are square.
        width = min(width, max(LEAST[0], 3 * lines))
        lines = min(lines, max(1, (3 * width + 3) // 4))
        return cls(layers, heads, label, width, lines, min(layers, max(1, room // lines)))

    @property
    def has_thumbnails(self) -> bool:
        """Whether there is room for thumbnails."""
        return self.width >= LEAST[0] and self.lines >= LEAST[1]

    def first(self, layer: int, before: int) -> int:
        """The first layer on screen so that `layer` is, as near as can be to the one before."""
        return first_shown(before, layer, self.shown, self.layers)

    def head_at(self, x: int, y: int, first: int) -> tuple[int, int] | None:
        """The (layer, head) at a place of the widget, if one is there."""
        layer, head = first + (y - 1) // self.lines, (x - self.label) // (self.width + 1)
        if y < 1 or x < self.label or layer >= min(first + self.shown, self.layers):
            return None
        return (layer, head) if head < self.heads else None
