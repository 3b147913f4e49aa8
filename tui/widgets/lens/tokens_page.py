"""The second page of the lens: a line a token, a column a layer, in each cell the best word."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text

from tui.terminal.textual_internals import cell_len
from tui.text import visible
from tui.widgets.text.fitting import align_left, align_right
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

if TYPE_CHECKING:
    from tui.experiments.lens import LensCells

NARROWEST, WIDEST = 8, 14
"""Columns of a cell, at least and at most: a shade, the word, a blank."""


class LensTokensPage(Page):
    """Draws the cells that fit around the one at hand.

    Args:
        shades: characters from blank to full, for probabilities.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lens--title", "lens--layer", "lens--cursor", "lens--word", "lens--chosen", "lens--faint",
    }  # fmt: skip

    def __init__(self, shades: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shades = shades
        self._content: LensCells | None = None
        self._mask = 0
        self._cursor = (0, 0)
        self._first_layer = self._first_token = 0

    def show_tokens(self, content: LensCells | None, mask: int, cursor: tuple[int, int]) -> None:
        """Draw a reading.

        Args:
            content: the cells; None draws nothing.
            mask: the token that is the mask whose row the first page shows.
            cursor: the layer and token at hand.
        """
        self._content, self._mask, self._cursor = content, mask, cursor
        self._draw()

    def restyle(self) -> None:
        """Draw the same in other colours."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the cells to the new size."""
        self._draw()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"lens--{name}")

    def _draw(self) -> None:
        content = self._content
        if content is None or not self.size.area:
            self.show(())
            return
        layers, tokens = content.probabilities.shape
        label = min(max(map(cell_len, map(visible, content.tokens))), max(6, self.size.width // 5))
        room = max(NARROWEST, self.size.width - label - 2)
        width = min(WIDEST, max(NARROWEST, room // layers))
        columns = max(1, room // width)
        rows = max(1, self.size.height - 1)
        layer, token = self._cursor
        self._first_layer = first_shown(self._first_layer, layer, columns, layers)
        self._first_token = first_shown(self._first_token, token, rows, tokens)
        shown = range(self._first_layer, min(self._first_layer + columns, layers))
        title = Text(" " * (label + 2))
        for one in shown:
            name = f" {one}" if one else " emb."
            title.append(
                align_left(name, width), self._style("cursor" if one == layer else "title")
            )
        lines = (
            self._line(content, one, shown, label, width)
            for one in range(self._first_token, min(self._first_token + rows, tokens))
        )
        self.show([title, *lines])

    def _line(self, content: LensCells, token: int, layers: range, label: int, width: int) -> Text:
        name = "chosen" if token == self._mask else "layer"
        if token == self._cursor[1]:
            name = "cursor"
        text = Text(" ").append(
            align_right(visible(content.tokens[token]), label), self._style(name)
        )
        text.append(" ")
        last = len(self._shades) - 1
        for layer in layers:
            share = float(content.probabilities[layer, token])
            share = min(max(share, 0.0), 1.0) if share == share else 0.0
            shade = self._shades[round(share * last)]
            word = align_left(visible(content.words[layer][token]), width - 2)
            style = "word" if share >= 0.5 / last else "faint"
            if (layer, token) == self._cursor:
                style = "cursor"
            text.append(f"{shade}{word} ", self._style(style))
        return text
