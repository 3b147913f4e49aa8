"""The field for a claim about a head: several lines of anybody's text."""

from __future__ import annotations

from textual import events
from textual.widgets import TextArea

from tui.session.notes_state import shown_claim


class ClaimArea(TextArea):
    """Takes text of any kind; nothing that a terminal would act upon gets into it."""

    takes_text = True
    """Keys that are text are its own, and each is taken before the next is looked at."""

    def __init__(self, claim: str, *, id: str | None = None) -> None:
        super().__init__(
            shown_claim(claim),
            placeholder="What does this head do? Write it in your own words.",
            compact=True,
            id=id,
        )
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(shown_claim(event.text), *self.selection)

    def show(self, claim: str) -> None:
        """Show another claim; the cursor stands where writing goes on."""
        self.load_text(shown_claim(claim))
        self.move_cursor(self.document.end)
