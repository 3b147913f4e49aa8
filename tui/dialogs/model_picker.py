"""The dialog that asks which model to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.dialogs.dialog import Dialog
from tui.model.hub.catalogue import WELL_KNOWN, CachedModel, size
from tui.model.names import EMBEDDED, known_as
from tui.text import clean, visible
from tui.widgets.text.field import Field
from tui.widgets.text.fitting import align_left, fit

WIDTH = 90
"""Columns of the dialog where the screen has as many; the style sheet says so too."""

_AROUND = 7
"""Columns of its borders, paddings and scroll bar."""


@dataclass(frozen=True, slots=True)
class ModelOption:
    """One line of the list.

    Attributes:
        name: the model's name.
        facts: what is known about it.
        is_typed: it is what was typed, and in no list.
    """

    name: str
    facts: str
    is_typed: bool = False


class ModelPicker(Dialog[str | None]):
    """Lists the embedded model, those in the local cache and well-known ones, and takes any name.

    Args:
        current: the model in use.
        cached: the models of the cache, None until they are listed.
        offline: what would have to be downloaded is not offered.
    """

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "Field"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "close", tooltip="close"),
        Binding("down", "move(1)", "next", priority=True, tooltip="the next model"),
        Binding("up", "move(-1)", "previous", priority=True, tooltip="the model before"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]

    def __init__(
        self, current: str, cached: Sequence[CachedModel] | None, *, offline: bool
    ) -> None:
        super().__init__()
        self._current = current
        self._offline = offline
        self._cached = cached
        self._shown: list[ModelOption | None] = []
        self._field = Field(placeholder="a name on the hub, a folder, or a part of a name below")
        self._models = OptionList(id="models", compact=True, markup=False)
        self._hint = Static(id="hint", markup=False)

    def compose(self) -> ComposeResult:
        """A field for any name, and a list that it narrows down."""
        with Vertical(id="picker"):
            yield self._field
            yield self._models
            yield self._hint

    def on_mount(self) -> None:
        """Show what is known already; the cache's models come when they are found."""
        self._models.can_focus = False
        self._fill()

    def take(self, models: Sequence[CachedModel]) -> None:
        """Show what the cache holds."""
        self._cached = models
        self._fill()

    # The list

    def _sections(self) -> list[tuple[str, list[ModelOption]]]:
        cached = [
            ModelOption(model.name, _facts(size(model.size), model.layers, model.heads))
            for model in self._cached or ()
        ]
        names = {choice.name for choice in cached}
        known = [
            ModelOption(
                model.name,
                f"{_facts(size(model.size), model.layers, model.heads)}  {model.about}",
            )
            for model in WELL_KNOWN
            if not names & set(known_as(model.name))
        ]
        here = "In the local cache"
        if not cached:
            here += ": none" if self._cached is not None else ": looking…"
        sections = [
            ("Ships with bertmask-tui", [ModelOption(EMBEDDED, "no download")]),
            (here, cached),
        ]
        if not self._offline:
            sections.append(("To download from the hub", known))
        listed = {choice.name for _, choices in sections for choice in choices}
        if self._typed and self._typed not in listed:
            sections.append(
                ("As typed", [ModelOption(self._typed, "a folder, or a name on the hub", True)])
            )
        return sections

    def _fill(self) -> None:
        wanted = self._typed.lower()
        self._models.clear_options()
        self._shown = []
        for title, choices in self._sections():
            fitting = [choice for choice in choices if wanted in choice.name.lower()]
            if not fitting and (wanted or choices):
                continue
            self._models.add_option(Option(Text(title), disabled=True))
            self._shown.append(None)
            for choice in fitting:
                self._models.add_option(Option(self._line(choice)))
                self._shown.append(choice)
        self._models.highlighted = self._best()
        self._say()

    def _best(self) -> int | None:
        """The line to highlight: what was typed if the list has it, else what fits first."""
        choices = [(at, choice) for at, choice in enumerate(self._shown) if choice is not None]
        sought = self._typed or self._current
        for at, choice in choices:
            if choice.name == sought and not choice.is_typed:
                return at
        return choices[0][0] if choices else None

    def _line(self, choice: ModelOption) -> Text:
        mark = "•" if choice.name == self._current else " "
        text = Text(f"{mark} {align_left(fit(visible(choice.name), 30), 31)}")
        room = min(WIDTH, self.app.size.width) - _AROUND - text.cell_len
        return text.append(fit(choice.facts, room), style="not bold")

    def _say(self) -> None:
        """Say what enter will do."""
        name = self._wanted()
        hint = f"enter: use {name}" if name else "type a model's name"
        self._hint.update(
            Text(f"{visible(hint)} · ↑↓ choose · esc close", style="dim", no_wrap=True)
        )

    # Choosing

    @property
    def _typed(self) -> str:
        return clean(self._field.value)

    def _wanted(self) -> str:
        """The model that enter uses: the one in the list, or a name that no line has."""
        at = self._models.highlighted
        choice = self._shown[at] if at is not None and at < len(self._shown) else None
        return choice.name if choice is not None else self._typed

    def action_move(self, step: int) -> None:
        """Highlight the next or previous model."""
        if step > 0:
            self._models.action_cursor_down()
        else:
            self._models.action_cursor_up()
        self._say()

    def on_resize(self) -> None:
        """Fit the lines to the width."""
        self._fill()

    def on_input_changed(self) -> None:
        """Narrow the list down."""
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Use the model."""
        event.stop()
        if name := self._wanted():
            self.dismiss(name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click uses the model."""
        choice = self._shown[event.option_index]
        if choice is not None:
            self.dismiss(choice.name)


def _facts(size_: str, layers: int, heads: int) -> str:
    return f"{size_:>8}  {f'{layers}×{heads}' if layers and heads else '':<6}"
