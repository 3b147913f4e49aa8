"""The dialog that asks which head to go to."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.errors import RequestError
from tui.session.reading import Reading
from tui.widgets.text.line import Line


class GoToScreen(ModalScreen[bool]):
    """Asks for a layer and a head, and takes the reading there."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(False)", "close", tooltip="close"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._reading = reading

    def compose(self) -> ComposeResult:
        """A question, a field, and room for what is wrong with the answer."""
        with Vertical(id="dialog"):
            yield Line(id="question")
            yield Input(
                placeholder=f"{self._reading.layer + 1} {self._reading.head + 1}",
                compact=True,
                select_on_focus=False,
            )
            yield Line(id="wrong")

    def on_mount(self) -> None:
        """Say what can be answered."""
        assert self._reading.analysis is not None
        model = self._reading.analysis.model
        self.query_one("#question", Line).left = Text(
            f"Go to layer and head (1 1 to {model.layers} {model.heads})"
        )
        self.query_one(Input).cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there, or say what is wrong and keep the answer."""
        event.stop()
        numbers = [int(number) for number in re.findall(r"\d{1,9}", event.value)]
        try:
            if len(numbers) != 2:
                raise RequestError("Type two numbers, the layer and the head, such as 2 5.")
            self._reading.go_to(*numbers)
        except RequestError as error:
            self.query_one("#wrong", Line).left = Text(str(error))
        else:
            self.dismiss(True)
