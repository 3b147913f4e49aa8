"""One token against all heads: a column a head, a row a token, the layers apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text

from tui.lazy import np
from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import align_right
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER = 2
"""Lines above the cells: the layers' numbers, and the heads'."""


@dataclass(frozen=True, slots=True, eq=False)
class FocusContent:
    """One token against all heads, to be drawn.

    Attributes:
        labels: the n tokens, safe to be shown.
        masks: positions of the masks.
        token: the token that all heads are looked at for.
        brightness: how bright each cell is, `[layer, head, token]`, 0..1.
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]
    token: int
    brightness: NDArray[np.float32]


class TokenFocus(Page):
    """Draws the cells that fit; the cursor is a cross-hair on the labels.

    Args:
        shades: characters from blank to full.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "focus--label",
        "focus--mask",
        "focus--cursor",
        "focus--cells",
    }

    def __init__(self, shades: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.content: FocusContent | None = None
        self.cursor = (0, 0, 0)
        self._shades = shades
        self._first_token = 0
        self._first_column = 0

    def show_tokens(self, content: FocusContent, cursor: tuple[int, int, int]) -> None:
        """Draw the cells.

        Args:
            content: all of them.
            cursor: the layer, head and token at hand, counted from 0.
        """
        self.content, self.cursor = content, cursor
        self._draw()

    def restyle(self) -> None:
        """Draw the same in other colours."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the cells to the new size."""
        self._draw()

    # Drawing

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"focus--{name}")

    def _draw(self) -> None:
        content = self.content
        if content is None or not self.size.area:
            self.show(())
            return
        layers, heads, tokens = content.brightness.shape
        label = min(max(map(cell_len, content.labels)), max(6, self.size.width // 4))
        room = max(1, self.size.width - label - 1)
        # Two columns a cell if all fit so, one between layers either way.
        cell = 2 if layers * (2 * heads + 1) - 1 <= room else 1
        columns = self._columns(layers, heads, cell, room)
        rows = max(1, self.size.height - HEADER)
        self._first_token = first_shown(self._first_token, self.cursor[2], rows, tokens)
        lines = self._header(columns, label, cell)
        for token in range(self._first_token, min(self._first_token + rows, tokens)):
            lines.append(self._row(token, columns, label, cell))
        self.show(lines)

    def _columns(
        self, layers: int, heads: int, cell: int, room: int
    ) -> list[tuple[int, int] | None]:
        """The (layer, head) of each column on screen; None between two layers."""
        columns: list[tuple[int, int] | None] = []
        for layer in range(layers):
            columns += [None] * bool(columns) + [(layer, head) for head in range(heads)]
        at = columns.index(self.cursor[:2])
        fits = max(1, (room + (cell - 1)) // cell)
        self._first_column = first_shown(self._first_column, at, fits, len(columns))
        shown, left = [], room
        for column in columns[self._first_column :]:
            if (left := left - (1 if column is None else cell)) < 0:
                break
            shown.append(column)
        return shown

    def _header(self, columns: list[tuple[int, int] | None], label: int, cell: int) -> list[Text]:
        """The layers' numbers over their heads, and the last digit of each head's."""
        space = " " * (label + 1)
        layers, heads = Text(space), Text(space)
        named = None
        for column in columns:
            if column is None:
                heads.append(" ")
                continue
            layer, head = column
            if layer != named:
                # The number begins over the layer's first column on screen.
                at = heads.cell_len
                layers.append(" " * (at - layers.cell_len))
                layers.append(
                    f"{layer + 1}",
                    self._style("cursor" if layer == self.cursor[0] else "label"),
                )
                named = layer
            here = (layer, head) == self.cursor[:2]
            heads.append(
                str((head + 1) % 10).ljust(cell), self._style("cursor" if here else "label")
            )
        return [layers, heads]

    def _row(
        self, token: int, columns: list[tuple[int, int] | None], label: int, cell: int
    ) -> Text:
        assert self.content is not None
        content = self.content
        name = "cursor" if token == self.cursor[2] else "label"
        if name == "label" and token in content.masks:
            name = "mask"
        text = Text().append(align_right(content.labels[token], label), self._style(name))
        last = len(self._shades) - 1
        levels = np.rint(np.clip(content.brightness[:, :, token], 0, 1) * last).astype(int)
        cells = "".join(
            " " if column is None else self._shades[levels[column]] * cell for column in columns
        )
        text.append(" ").append(cells, self._style("cells"))
        return text
