"""Actions on how the head is shown: in colours, in numbers, in overview, as a list."""

from __future__ import annotations

from dataclasses import replace

from tui.render.depth import Depth
from tui.screens import display
from tui.screens.reading_screen import ReadingScreen
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.grid.content import Looks


class Looking(ReadingScreen):
    """What is on screen can always be turned into numbers."""

    def action_hide(self) -> None:
        """Hide special tokens, or show them again."""
        if self._can(self._reading.toggle_hiding):
            self._show_head()

    def action_ramp(self) -> None:
        """Take the next colour ramp; after the last, glyphs alone."""
        shading = self._looks.shading
        if shading.depth is Depth.NONE:
            self.say(
                "Colours are off (NO_COLOR, TERM or --color none): glyphs and # show everything."
            )
            return
        from tui.render.ramps import RAMPS  # not needed for the first frame

        ramps = (None, *RAMPS)
        following = ramps[(ramps.index(shading.ramp) + 1) % len(ramps)]
        self._look(replace(self._looks, shading=replace(shading, ramp=following)))
        self.say(f"Colours: {following.name}." if following else "Glyphs alone.")

    def action_numbers(self) -> None:
        """Write the weights into the cells, or shade them."""
        self._look(replace(self._looks, numbers=not self._looks.numbers))

    def action_overview(self) -> None:
        """Show two rows a line, or one."""
        self._look(replace(self._looks, overview=not self._looks.overview))

    def _look(self, looks: Looks) -> None:
        self._looks = looks
        self._message = ""
        self._show_head()

    def action_bars(self) -> None:
        """Show the cursor's row as a list in the table's place, or the table again."""
        if self._can(lambda: None):
            self._incoming = False
            self._toggle_bars(shown=self._bars is None)

    def action_turn(self) -> None:
        """Turn the list from the cursor's row to its column, or back."""
        if self._can(lambda: None):
            self._incoming = self._bars is None or not self._incoming
            self._toggle_bars(shown=True)

    def _toggle_bars(self, *, shown: bool) -> None:
        if self._bars and not shown:
            self._bars.remove()
            self._bars = None
        elif shown and not self._bars:
            from tui.widgets.text.row_bars import RowBars

            self._bars = RowBars(ascii_only=self._options.ascii_only, id="bars")
            self.query_one("#body").mount(self._bars, before=self.grid)
        self.set_class(shown, "-bars")
        self.call_after_refresh(self._show)

    def action_copy(self) -> None:
        """Copy what the status line tells, or the list, to the clipboard at the other end."""
        if self._message and self._copies:
            copied, what = self._copies, self._copies
        elif self._bars:
            copied = display.bars(self._reading, self.grid.cursor, self._incoming).text
            what = "the list"
        else:
            copied = what = display.readout(self._reading, self.grid.cursor)
        if not copied:
            self.say("There is nothing to copy yet.")
            return
        self.app.copy_to_clipboard(copied)
        self.say(f"Copied {what} (if the terminal allows it).", copies=self._copies)

    def action_contrast(self) -> None:
        """High contrast, or the usual colours."""
        self.app.action_toggle_contrast()  # type: ignore[attr-defined]

    def on_attention_grid_hovered(self, message: AttentionGrid.Hovered) -> None:
        """Read out what the mouse is over."""
        self._show_status()
