"""The line that is always true, and what is said in its place: whole, however long it is."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.reactive import reactive
from textual.strip import Strip

from tui.widgets.text.fitting import wrap
from tui.widgets.text.line import Line

MOST_LINES = 5
"""Lines that a message may cover at the most."""


class StatusLine(Line):
    """A line at the bottom that grows upwards over what lies above it while a message is long."""

    said: reactive[str] = reactive("", layout=False)
    """A sentence for the user, which takes the place of the line; empty when there is none."""

    def watch_said(self) -> None:
        """Make room for all of it."""
        self._fit()

    def on_resize(self) -> None:
        """Break it anew."""
        self._fit()

    def _fit(self) -> None:
        height = max(1, min(MOST_LINES, len(self._lines)))
        if height != self.size.height:  # the same again would still lay the screen out anew
            self.styles.height = height

    @property
    def _lines(self) -> list[str]:
        """The sentence, broken for the width of the screen, which this line has too."""
        return wrap(self.said, self.app.size.width - 2) if self.said else []

    def render_line(self, y: int) -> Strip:
        """A line of the message, or the status."""
        if not self.said:
            return super().render_line(y)
        lines = self._lines
        text = Text(f" {lines[y]}" if y < len(lines) else "", style="bold")
        width = self.size.width
        segments = self._segments(text) or [Segment("", self.rich_style)]
        return Strip(segments).adjust_cell_length(width, self.rich_style)
