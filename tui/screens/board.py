"""What the screens about all heads have in common: a title, a page, what is read out, the keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.analysis.analysis import Analysis
from tui.session.reading import Reading
from tui.session.search import HeadSearch
from tui.text import visible
from tui.widgets.heads.heads_table import number
from tui.widgets.text.key_help import explain
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.line import Line
from tui.widgets.text.status_line import StatusLine

if TYPE_CHECKING:
    from tui.query.context import QueryContext

HeadIndex = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the reader goes when a board closes.

    Attributes:
        head: the (layer, head) to open, counted from 0.
        cell: the (query, key) that the cursor goes to, or None to stay.
    """

    head: HeadIndex
    cell: HeadIndex | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What a board looks at and may ask for.

    Attributes:
        reading: the main screen's state.
        search: which heads are asked for.
        cursor: the (query, key) under the grid's cursor.
        shades: characters from blank to full.
        plain: neither half blocks nor colours are drawn.
        want: has the model supply what the view and the ranking need; whether it has to be
            waited for.
        noted: the heads that have a note, as (layer, head).
        listed: the sentences of the list beside the notes.
    """

    reading: Reading
    search: HeadSearch
    cursor: HeadIndex
    shades: str
    plain: bool
    want: Callable[[], bool]
    noted: frozenset[HeadIndex] = frozenset()
    listed: tuple[str, ...] = ()

    @property
    def analysis(self) -> Analysis:
        """The answer on screen."""
        assert self.reading.analysis is not None
        return self.reading.analysis

    @property
    def mask(self) -> int | None:
        """The position of the mask whose candidates are shown, if there is one."""
        masks = self.analysis.masks
        return masks[self.reading.mask] if masks else None

    @property
    def order(self) -> list[HeadIndex]:
        """The heads that are asked for, in their order."""
        return self.search.order(self.analysis, self.mask, self.cursor[1])

    @property
    def query_heads(self) -> QueryContext:
        """What a query is asked of."""
        from tui.query.context import QueryContext

        return QueryContext.of(self.analysis, mask=self.mask, key=self.cursor[1])

    def label(self, place: HeadIndex) -> str:
        """A head's label, safe to be shown; empty if it earned none."""
        return visible(str(self.analysis.statistics.labels.get(place, "")))

    def about(self, place: HeadIndex) -> Text:
        """A head in one line: where it is, its label, and its statistics."""
        text = Text(f" Layer {place[0] + 1} · Head {place[1] + 1}", style="bold")
        if label := self.label(place):
            text.append(f"  {label}", style="bold")
        numbers = self.analysis.statistics.numbers.items()
        said = ", ".join(f"{name} {number(float(values[place]))}" for name, values in numbers)
        return text.append(f" · {said}", style="not bold")


class Board(ModalScreen[Opened | None]):
    """Shows all heads in one way, and closes with the one that is to be opened."""

    CSS_PATH = "board.tcss"
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - as textual declares it
        (0, "-short"),
        (20, "-tall"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, desk: Desk) -> None:
        super().__init__(classes="board")
        self.desk = desk

    def compose(self) -> ComposeResult:
        """A title, the page, what is read out, and the keys."""
        yield Line(keep="left", id="title")
        yield from self.compose_page()
        yield StatusLine(id="about")
        yield KeyLine(id="keys")

    def compose_page(self) -> ComposeResult:
        """What lies between the title and the line at the bottom."""
        yield Widget()

    def on_mount(self) -> None:
        """Show everything."""
        self.show_keys()
        self.show_numbers()

    def show_keys(self) -> None:
        """Say which keys act."""
        self.query_one(KeyLine).show([key for key in explain(self.BINDINGS) if key.shown], [])

    def show_numbers(self) -> None:
        """Bring everything up to date; called again when an answer has come."""

    def say(self, message: str) -> None:
        """Put a sentence in the place of what is read out; an empty one takes it away."""
        self.query_one("#about", StatusLine).said = visible(message)

    def tell(self, title: Text, right: Text, about: Text) -> None:
        """Set the title, what stands at its right, and what is read out."""
        line = self.query_one("#title", Line)
        line.left, line.right = title, right
        self.query_one("#about", StatusLine).left = about
