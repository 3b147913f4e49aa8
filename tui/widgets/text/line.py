"""One line of text that is drawn as it is given: tokens and errors are never markup."""

from __future__ import annotations

from typing import Literal

from rich.segment import Segment
from rich.text import Text
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget


class Line(Widget, can_focus=False):
    """A line with something at its left and something at its right.

    Args:
        keep: the side that stays whole where there is not enough room; the other is cut.
    """

    left: reactive[Text] = reactive(Text, layout=False)
    """The text at the left."""

    right: reactive[Text] = reactive(Text, layout=False)
    """The text at the right."""

    def __init__(self, *, keep: Literal["left", "right"] = "right", id: str | None = None) -> None:
        super().__init__(id=id)
        self._keep = keep

    def render_line(self, y: int) -> Strip:
        """The line, cut to the widget's width."""
        width = self.size.width
        left, right = self.left.copy(), self.right.copy()
        gap = 2 if left.cell_len and right.cell_len else 0
        if self._keep == "left":
            room = width - left.cell_len - gap
            # Cut to no columns at all, a text is left whole.
            right.truncate(max(1, room), overflow="ellipsis")
            if room < 1:
                right, gap = Text(), 0
        else:
            right.truncate(max(1, width), overflow="ellipsis")
        left.truncate(max(0, width - right.cell_len - gap), overflow="ellipsis")
        space = width - left.cell_len - right.cell_len
        segments = [
            *self._segments(left),
            Segment(" " * max(0, space), self.rich_style),
            *self._segments(right),
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _segments(self, text: Text) -> list[Segment]:
        text.end = ""
        text.stylize_before(self.rich_style)
        # An empty segment may have no style, which Textual's filters do not expect.
        return [segment for segment in text.render(self.app.console) if segment.text]
