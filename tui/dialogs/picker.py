"""The base of dialogs that offer a list, narrowed down by typing, and mostly take what is typed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.dialogs.dialog import Dialog
from tui.text import clean, visible
from tui.widgets.text.field import Field
from tui.widgets.text.fitting import align_left, fit

WIDTH = 90
"""Columns of the dialog where the screen has as many; the style sheet says so too."""

_FRAME = 4
"""Columns of its borders and paddings."""

_BESIDE_LIST = 6
"""Lines of its borders, the field, the hint, and what is left blank between them."""

_AROUND = _FRAME + 3
"""The same with its scroll bar, and the blanks before and behind a line."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    """One line of the list.

    Attributes:
        name: what it is called, and found by.
        value: what the dialog returns for it.
        facts: what is known about it.
        is_typed: it is what was typed, and in no list.
    """

    name: str
    value: T
    facts: str = ""
    is_typed: bool = False


Sections = Sequence[tuple[str, Sequence[Offer[T]]]]
"""Titles, and what is offered under them."""


class Picker(Dialog[T | None], Generic[T]):
    """A field, and a list that it narrows down; it returns what was chosen.

    Attributes:
        PLACEHOLDER: what the field says while it is empty.
        NAMES: columns of the names, where facts stand beside them; 0 if names have all the room.
    """

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "Field"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "close", tooltip="close"),
        Binding("down", "move(1)", "next", priority=True, tooltip="the next line"),
        Binding("up", "move(-1)", "previous", priority=True, tooltip="the line before"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]
    PLACEHOLDER: ClassVar[str] = ""
    NAMES: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Offer[T] | None] = []
        self._field = Field(placeholder=self.PLACEHOLDER)
        self._list = OptionList(id="offers", compact=True, markup=False)
        self._hint = Static(id="hint", markup=False)

    @abstractmethod
    def sections(self, typed: str) -> Sections[T]:
        """Whatever can be chosen; `typed` may be an offer of its own."""

    @abstractmethod
    def said_of(self, offer: Offer[T] | None) -> str:
        """Words on what enter will do."""

    def compose(self) -> ComposeResult:
        """A field for any name, and a list that it narrows down."""
        with Vertical(id="picker"):
            yield self._field
            yield self._list
            yield self._hint

    def on_mount(self) -> None:
        """Show what is known already."""
        self._list.can_focus = False
        self.fill()

    # The list

    @property
    def typed(self) -> str:
        """The field's text."""
        return clean(self._field.value)

    def follow(self) -> None:
        """Offer what there is by now; the line at hand stays, if it is still offered."""
        chosen = self._chosen()
        self.fill()
        if chosen is not None and chosen in self._shown:
            self._list.highlighted = self._shown.index(chosen)
            self._say()

    def fill(self) -> None:
        """Offer what fits what is typed."""
        wanted = self.typed.lower()
        self._list.clear_options()
        self._shown = []
        for title, offers in self.sections(self.typed):
            fitting = [offer for offer in offers if offer.is_typed or wanted in offer.name.lower()]
            if not fitting and (wanted or offers):
                continue
            self._list.add_option(Option(Text(title), disabled=True))
            self._shown.append(None)
            for offer in fitting:
                self._list.add_option(Option(self._line(offer)))
                self._shown.append(offer)
        self._list.highlighted = self._best()
        self._say()

    def _best(self) -> int | None:
        """The line to highlight: what was typed if the list has it, else what fits first."""
        offers = [(at, offer) for at, offer in enumerate(self._shown) if offer is not None]
        for at, offer in offers:
            is_sought = offer.name == self.typed if self.typed else self.marks(offer)
            if is_sought and not offer.is_typed:
                return at
        return offers[0][0] if offers else None

    def marks(self, offer: Offer[T]) -> bool:
        """Whether an offer is what is in use."""
        return False

    def _line(self, offer: Offer[T]) -> Text:
        width = min(WIDTH, self.app.size.width) - _AROUND
        mark = "• " if self.marks(offer) else "  "
        if not self.NAMES:
            text = Text(f"{mark}{fit(visible(offer.name), width - 2)}")
            return text.append(f"  {offer.facts}" if offer.facts else "", style="not bold")
        name = align_left(fit(visible(offer.name), self.NAMES), self.NAMES + 1)
        text = Text(f"{mark}{name}")
        return text.append(fit(offer.facts, width - text.cell_len), style="not bold")

    def _say(self) -> None:
        """Say what enter will do, and how to get away, whatever else there is room for."""
        said = visible(self.said_of(self._chosen()))
        width = min(WIDTH, self.app.size.width) - _FRAME
        ends = (" · ↑↓ choose · esc close", " · esc close")
        end = next((one for one in ends if Text(said + one).cell_len <= width), ends[-1])
        hint = fit(said, width - len(end)) + end
        self._hint.update(Text(hint, style="dim", no_wrap=True))

    # Choosing

    def _chosen(self) -> Offer[T] | None:
        """The line that enter takes."""
        at = self._list.highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def action_move(self, step: int) -> None:
        """Highlight the next or previous line."""
        if step > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()
        self._say()

    def on_resize(self) -> None:
        """Fit the lines to the width, and leave room for the hint below them."""
        lines = self.app.size.height
        self._list.styles.max_height = max(1, min(lines * 2 // 3, lines - _BESIDE_LIST))
        self.fill()

    def on_input_changed(self) -> None:
        """Narrow the list down."""
        self.fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line."""
        event.stop()
        if (offer := self._chosen()) is not None:
            self.dismiss(offer.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes the line."""
        if (offer := self._shown[event.option_index]) is not None:
            self.dismiss(offer.value)
