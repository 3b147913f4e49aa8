"""The first page of the lens: a line a layer, its best word pieces, and one that is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text

from tui.terminal.textual_internals import cell_len
from tui.text import visible
from tui.widgets.text.bar_list import bar
from tui.widgets.text.fitting import align_left, align_right
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

if TYPE_CHECKING:
    from tui.experiments.lens import Lens, LensCandidate, LensLayer

NUMBER = 6
"""Columns of a layer's number."""

FOLLOWED = 14
"""Columns of the probability and the rank of the candidate that is followed."""

BAR = 8
"""Columns of its bar, at least."""

CANDIDATE, WIDEST = 14, 26
"""Columns of a candidate, at least and at most."""


class LensLayersPage(Page):
    """Draws as many lines and candidates as fit.

    Args:
        ascii_only: bars are drawn in ASCII.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lens--title", "lens--layer", "lens--cursor", "lens--word", "lens--chosen", "lens--bar",
    }  # fmt: skip

    def __init__(self, *, ascii_only: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only
        self._content: Lens | None = None
        self._cursor = self._first = 0

    def show_layers(self, content: Lens | None, cursor: int) -> None:
        """Draw a reading.

        Args:
            content: the reading; None draws nothing.
            cursor: the layer at hand, 0 the embeddings.
        """
        self._content, self._cursor = content, cursor
        self._draw()

    def restyle(self) -> None:
        """Draw the same in other colours."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the page to its new size."""
        self._draw()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"lens--{name}", partial=name == "cursor")

    def _draw(self) -> None:
        content = self._content
        if content is None or not self.size.area:
            self.show(())
            return
        room = self.size.width - NUMBER - FOLLOWED - BAR
        count = max(1, min(len(content.layers[0].candidates), room // CANDIDATE))
        width = min(WIDEST, max(CANDIDATE - 1, room // count))
        rows = max(1, self.size.height - 1)
        self._first = first_shown(self._first, self._cursor, rows, len(content.layers))
        title = Text().append(" layer".ljust(NUMBER), self._style("title"))
        title.append(align_left(" best", count * width), self._style("title"))
        title.append(align_right("rank ", 8), self._style("title"))
        title.append(f" p of {visible(content.chosen.label)}", self._style("chosen"))
        shown = content.layers[self._first : self._first + rows]
        self.show([title, *(self._line(layer, content, count, width) for layer in shown)])

    def _line(self, layer: LensLayer, content: Lens, count: int, width: int) -> Text:
        text = Text()
        mark = "▸" if layer.layer == self._cursor else " "
        name = str(layer.layer) if layer.layer else "emb."
        text.append(f"{mark}{name:>4} ", self._style("layer"))
        for candidate in layer.candidates[:count]:
            is_chosen = candidate.id == content.chosen.id
            text.append(_cell(candidate, width), self._style("chosen" if is_chosen else "word"))
        text.append(f"{layer.rank:>7,} {layer.probability:.3f} ", self._style("layer"))
        room = max(0, self.size.width - text.cell_len - 1)
        text.append(bar(layer.probability, room, ascii_only=self._ascii), self._style("bar"))
        if layer.layer == self._cursor:
            text.append(" " * max(0, self.size.width - text.cell_len))
            text.stylize(self._style("cursor"))
        return text


def _cell(candidate: LensCandidate, width: int) -> str:
    """A candidate with its probability, in exactly so many columns, the last one blank."""
    number = f" {candidate.probability:.3f} "
    return f"{align_left(visible(candidate.label), width - cell_len(number))}{number}"
