"""The dialog that asks for a word of one's own."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.dialogs.dialog import Dialog
from tui.text import MASK
from tui.widgets.text.field import Field
from tui.widgets.text.line import Line


class OwnWordDialog(Dialog[str | None]):
    """Asks for a word that is to be scored in the place of the mask, and returns it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "close", tooltip="close"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]

    def compose(self) -> ComposeResult:
        """A question, a field, and room for what is wrong with the answer."""
        with Vertical(id="dialog"):
            yield Line(id="question")
            yield Field(placeholder="any word, of one piece or more")
            yield Line(id="wrong")

    def on_mount(self) -> None:
        """Say what can be answered."""
        self.query_one("#question", Line).left = Text(f"Which word in the place of {MASK}?")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the word, or say that there is none."""
        event.stop()
        if word := event.value.strip():
            self.dismiss(word)
        else:
            self.query_one("#wrong", Line).left = Text("Type a word, such as danced.")
