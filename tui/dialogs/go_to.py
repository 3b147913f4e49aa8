"""The dialog that asks which head to go to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.dialogs.dialog import Dialog
from tui.errors import RequestError
from tui.widgets.text.field import Field
from tui.widgets.text.line import Line


class GoToDialog(Dialog[tuple[int, int] | None]):
    """Asks for a layer and a head, and returns them, both counted from 1.

    Args:
        here: the layer and head on screen.
        shape: how many layers there are by now, and heads in each.
        check: raises RequestError for a layer and a head that there are not.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "close", tooltip="close"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]

    def __init__(
        self,
        here: tuple[int, int],
        shape: Callable[[], tuple[int, int]],
        check: Callable[[int, int], None],
    ) -> None:
        super().__init__()
        self._here = here
        self._shape = shape
        self._check = check
        self._wrong = Line(id="wrong")

    def compose(self) -> ComposeResult:
        """A question, a field, and room for what is wrong with the answer."""
        with Vertical(id="dialog"):
            yield Line(id="question")
            yield Field(placeholder=f"{self._here[0]} {self._here[1]}")
            yield self._wrong

    def on_mount(self) -> None:
        """Say what can be answered."""
        self.follow()

    def follow(self) -> None:
        """Say it anew: another model may have other heads."""
        layers, heads = self._shape()
        question = f"Go to layer and head (1 1 to {layers} {heads})"
        self.query_one("#question", Line).left = Text(question)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the answer, or say what is wrong and keep it."""
        event.stop()
        numbers = [int(number) for number in re.findall(r"\d{1,9}", event.value)]
        try:
            if len(numbers) != 2:
                raise RequestError("Type two numbers, the layer and the head, such as 2 5.")
            self._check(*numbers)
        except RequestError as error:
            self._wrong.left = Text(str(error))
        else:
            self.dismiss((numbers[0], numbers[1]))
