"""One line of text that is drawn as it is given: tokens and errors are never markup."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget


class Line(Widget, can_focus=False):
    """A line with something at its left and something at its right; the left gives way."""

    left: reactive[Text] = reactive(Text, layout=False)
    """What stands at the left."""

    right: reactive[Text] = reactive(Text, layout=False)
    """What stands at the right, whole as long as there is room for it."""

    def render_line(self, y: int) -> Strip:
        """The line, cut to the widget's width."""
        width = self.size.width
        right = self.right if self.right.cell_len + 2 <= width else Text()
        room = width - right.cell_len - (2 if right.cell_len else 0)
        left = self.left.copy()
        left.truncate(max(0, room), overflow="ellipsis", pad=True)
        segments = [
            *self._segments(left),
            Segment(" " * (width - room - right.cell_len), self.rich_style),
            *self._segments(right),
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _segments(self, text: Text) -> list[Segment]:
        styled = text.copy()
        styled.end = ""
        styled.stylize_before(self.rich_style)
        return list(styled.render(self.app.console))
