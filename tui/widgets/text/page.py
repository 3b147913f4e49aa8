"""Lines that fill a widget: whoever shows them says what stands in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Page(Widget, can_focus=True):
    """Draws lines as they are given, and anew only those that changed.

    Args:
        focusable: keys may be meant for it.
    """

    def __init__(self, *, focusable: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self.can_focus = focusable
        self._lines: Sequence[Strip] = ()
        self._given: Sequence[Text | Strip] = ()
        self._drawn_in = ""

    def notify_style_update(self) -> None:
        """Draw in the colours of another theme: they are in the lines."""
        super().notify_style_update()
        before, self._drawn_in = self._drawn_in, self.app.theme
        if before != self._drawn_in and self._given:
            self.call_later(self.restyle)

    def restyle(self) -> None:
        """Draw the same anew, as the styles are by now."""
        self.show(self._given)

    @property
    def lines(self) -> Sequence[Strip]:
        """The lines that are drawn, from the top."""
        return self._lines

    def show(self, lines: Iterable[Text | Strip]) -> None:
        """Draw these lines; a strip is drawn as it is, so it has a background of its own."""
        before, self._given = self._lines, list(lines)
        ground = self.rich_style  # which walks to the root of the screen
        self._lines = [
            self._strip(line, ground) if isinstance(line, Text) else line for line in self._given
        ]
        both = min(len(before), len(self._lines))
        changed = [y for y in range(both) if before[y] is not self._lines[y] != before[y]]
        changed += range(both, max(len(before), len(self._lines)))
        self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _strip(self, text: Text, ground: Style) -> Strip:
        text = text.copy()
        text.end = ""
        text.stylize_before(ground)
        # Rich gives nothing at all a segment without a style, which NO_COLOR's filter dies of.
        return Strip(segment for segment in text.render(self.app.console) if segment.text)

    def render_line(self, y: int) -> Strip:
        """One line."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        return self._lines[y].adjust_cell_length(self.size.width, self.rich_style)


class Runs:
    """A line under construction: neighbours of one style become one segment."""

    def __init__(self) -> None:
        self._parts: list[tuple[list[str], Style]] = []

    def append(self, text: str, style: Style) -> None:
        """Add a text at the end."""
        if self._parts and self._parts[-1][1] is style:
            self._parts[-1][0].append(text)
        else:
            self._parts.append(([text], style))

    @property
    def strip(self) -> Strip:
        """The line."""
        return Strip([Segment("".join(texts), style) for texts, style in self._parts])
