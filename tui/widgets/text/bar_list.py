"""The base of lists with bars: how they tell of their width, and how a bar is drawn."""

from __future__ import annotations

from rich.style import Style
from textual.message import Message
from textual.widget import Widget

_EIGHTHS = " ▏▎▍▌▋▊▉█"


class BarList(Widget, can_focus=False):
    """A list with a bar in each line.

    Args:
        ascii_only: bars are drawn in ASCII.
        id: the widget's id.
    """

    class Resized(Message):
        """It has another width now, also where a dialog lies over it."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only
        self._ground: Style | None = None

    @property
    def ground(self) -> Style:
        """The style of what is blank, for which Textual walks to the root of the screen."""
        if self._ground is None:
            self._ground = self.rich_style
        return self._ground

    def notify_style_update(self) -> None:
        """Draw in the colours of another theme."""
        super().notify_style_update()
        self._ground = None

    def on_resize(self) -> None:
        """Tell: what stands above is as wide."""
        self.post_message(self.Resized())

    def bar(self, share: float, width: int) -> str:
        """A bar of a share, 0..1, of some columns, exact to an eighth of one."""
        return bar(share, width, ascii_only=self._ascii)


def bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """A bar of a share, 0..1, of some columns, exact to an eighth of one; in ASCII to a whole."""
    if not 0 <= share <= 1:  # also what is not a number
        share = float(share > 1)
    if ascii_only:
        return "=" * round(share * width)
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
