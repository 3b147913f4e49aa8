"""The field for a claim about a head: several lines of anybody's text."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tui.session.notes_state import shown_claim
from tui.terminal.packets import is_refused


class ClaimArea(TextArea):
    """Takes text of any kind; nothing that a terminal would act upon gets into it."""

    takes_text = True
    """Keys that are text are its own, and each is taken before the next is looked at."""

    def __init__(self, claim: str = "", *, id: str | None = None) -> None:
        super().__init__(
            shown_claim(claim),
            placeholder="What does this head do? Write it in your own words.",
            compact=True,
            id=id,
        )
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    class TooLong(Message):
        """A paste was not taken because it is too long."""

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste, or say that it is too long."""
        event.stop()
        event.prevent_default()
        if is_refused(event):
            self.post_message(self.TooLong())
            return
        self.replace(shown_claim(event.text), *self.selection)

    def show(self, claim: str) -> None:
        """Show another claim; the cursor stands where writing goes on."""
        self.load_text(shown_claim(claim))
        self.move_cursor(self.document.end)
