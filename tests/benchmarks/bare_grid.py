"""The baseline of the grid: a plain Static with rich text, a truecolor background for each cell.

Called with an .npz file that holds `attention`, `[layer, head, query, key]`; right goes to the next
head.
"""

from __future__ import annotations

import sys

import numpy as np
from rich.color import Color
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import Static

IS_UP = "head 1"


class BareGrid(App[None]):
    """One matrix as text."""

    BINDINGS = [("right", "turn", "next"), ("q", "quit", "quit")]  # noqa: RUF012

    def __init__(self, attention: np.ndarray) -> None:
        super().__init__()
        self._heads = attention.reshape(-1, *attention.shape[2:])
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Static(self._drawn())

    def action_turn(self) -> None:
        """The next head."""
        self._at = (self._at + 1) % len(self._heads)
        self.query_one(Static).update(self._drawn())

    def _drawn(self) -> Text:
        text = Text(f"head {self._at + 1}\n")
        matrix = self._heads[self._at]
        for row in (matrix / matrix.max() * 255).astype(int).tolist():
            for grey in row:
                text.append("  ", Style(bgcolor=Color.from_rgb(grey, grey, grey)))
            text.append("\n")
        return text


if __name__ == "__main__":
    BareGrid(np.load(sys.argv[1])["attention"]).run()
