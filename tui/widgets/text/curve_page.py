"""A curve in as much room as there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.text.page import Page

if TYPE_CHECKING:
    from tui.render.curve import Curve

NO_ROOM = "There is no room for the curve: make the window larger."


class CurvePage(Page):
    """Draws a curve with its axes, and anew in another room.

    Args:
        ascii_only: it is drawn in ASCII.
    """

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(focusable=False, id=id)
        self._ascii_only = ascii_only
        self._curve: Curve | None = None

    def show_curve(self, curve: Curve) -> None:
        """Draw a curve."""
        self._curve = curve
        self._draw()

    def on_resize(self) -> None:
        """Draw it in the room that there is now."""
        self._draw()

    def _draw(self) -> None:
        if self._curve is None or not self.size.width:
            return
        from tui.render.curve import curve_lines  # with the first curve

        room = self.size.width - 2, self.size.height
        lines = curve_lines(self._curve, *room, ascii_only=self._ascii_only)
        self.show([Text(f" {line}") for line in lines or [NO_ROOM]])
