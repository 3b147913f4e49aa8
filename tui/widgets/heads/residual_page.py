"""The grid of layers and tokens: how far each place's transplant takes the answer, as shades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.color import Color
from rich.style import Style
from rich.text import Text

from tui.analysis.columns import NO_NUMBER
from tui.lazy import np
from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import align_left
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.render.shading import Shading

NARROWEST, WIDEST = 5, 12
"""Columns of a cell, the mark before it included, at least and at most."""

HEADER = 2
"""Lines of labels: A's tokens, and those of B that are others."""


@dataclass(frozen=True, slots=True, eq=False)
class ResidualCells:
    """The shares and the names around them.

    Attributes:
        shares: `[layer, token]`; NaN where there is none.
        tokens: A's tokens, safe to be shown.
        partners: of each the partner in B, safe to be shown; empty where it is called alike, and
            `–` where there is none.
    """

    shares: NDArray[np.float64]
    tokens: Sequence[str]
    partners: Sequence[str]


class ResidualPage(Page):
    """Draws the cells that fit around the one at hand: tokens across, layers down.

    Args:
        plain: the cursor's marks are drawn in ASCII.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "residual--label", "residual--other", "residual--cursor", "residual--cells",
        "residual--mark", "residual--faint",
    }  # fmt: skip

    def __init__(self, *, plain: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plain = plain
        self._cells: ResidualCells | None = None
        self._shading: Shading | None = None
        self._cursor = (0, 0)
        self._first_layer = self._first_token = 0

    def show_cells(
        self, cells: ResidualCells | None, cursor: tuple[int, int], shading: Shading
    ) -> None:
        """Draw shares.

        Args:
            cells: the shares; None draws nothing.
            cursor: the layer and token at hand, counted from 0.
            shading: how brightness is drawn.
        """
        self._cells, self._cursor, self._shading = cells, cursor, shading
        self._draw()

    def on_resize(self) -> None:
        """Fit the cells to the new size."""
        self._draw()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"residual--{name}")

    def _draw(self) -> None:
        cells = self._cells
        if cells is None or not self.size.area:
            self.show(())
            return
        layers, tokens = cells.shares.shape
        label = len(str(layers)) + 1
        room = max(NARROWEST, self.size.width - label - 1)
        longest = max(map(cell_len, (*cells.tokens, *cells.partners)))
        # As wide as the names want where all of them fit; else narrower, before any is scrolled.
        width = max(NARROWEST, min(WIDEST, longest + 1, room // tokens))
        columns, rows = max(1, room // width), max(1, self.size.height - HEADER)
        layer, token = self._cursor
        self._first_token = first_shown(self._first_token, token, columns, tokens)
        self._first_layer = first_shown(self._first_layer, layer, rows, layers)
        shown = range(self._first_token, min(self._first_token + columns, tokens))
        lines = [
            self._names(names, style, shown, label, width)
            for names, style in ((cells.tokens, "label"), (cells.partners, "other"))
        ]
        lines += (
            self._line(cells, one, shown, label, width)
            for one in range(self._first_layer, min(self._first_layer + rows, layers))
        )
        self.show(lines)

    def _names(
        self, names: Sequence[str], style: str, tokens: range, label: int, width: int
    ) -> Text:
        text = Text(" " * label)
        for token in tokens:
            name = "cursor" if token == self._cursor[1] else style
            text.append(" ").append(align_left(names[token], width - 1), self._style(name))
        return text

    def _line(
        self, cells: ResidualCells, layer: int, tokens: range, label: int, width: int
    ) -> Text:
        name = "cursor" if layer == self._cursor[0] else "label"
        text = Text(str(layer + 1).rjust(label), self._style(name))
        for token in tokens:
            text.append(self._mark(layer, token), self._style("mark"))
            text.append_text(self._cell(float(cells.shares[layer, token]), width - 1))
        return text.append(self._mark(layer, tokens.stop), self._style("mark"))

    def _mark(self, layer: int, token: int) -> str:
        """The edges of the cell at hand, in the columns before it and behind it."""
        if (layer, token) == self._cursor:
            return "[" if self._plain else "▐"
        if (layer, token - 1) == self._cursor:
            return "]" if self._plain else "▌"
        return " "

    def _cell(self, share: float, width: int) -> Text:
        """A share: blank is 0, full is 1; below 0 and over 1 it has other signs."""
        shading = self._shading
        assert shading is not None
        if np.isnan(share):
            return Text(NO_NUMBER.ljust(width), self._style("faint"))
        arm = shading.arms[share < 0]
        size = np.array([min(abs(share), 1.0) if share < 0 else share], dtype=np.float32)
        level = int(arm.levels(size)[0])
        if shading.ramp is None:
            glyph = (arm.glyphs.shades + arm.glyphs.over)[level]
            return Text(glyph * width, self._style("cells"))
        paint = arm.paint(level)
        style = Style(color=Color.from_rgb(*paint.ink), bgcolor=Color.from_rgb(*paint.ground))
        return Text(paint.glyph * width, style)
