"""A sentence in the place of everything where there is not enough room."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget


class TooSmall(Widget, can_focus=False):
    """Covers the screen and says how much room is needed.

    Args:
        columns: columns that are needed.
        lines: lines that are needed.
    """

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__()
        self._needed = f"{columns}×{lines}"

    def render(self) -> Text:
        """One sentence, wrapped as the terminal wants it."""
        columns, lines = self.app.size
        return Text(f"{columns}×{lines} is too small: bertmask-tui needs {self._needed}.")
