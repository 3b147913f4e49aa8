"""The field of a query: it offers what may come next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.query.context import LONGEST
from tui.terminal.packets import is_refused
from tui.text import clean
from tui.widgets.text.field import Field

if TYPE_CHECKING:
    from tui.query.completion import Completion
    from tui.query.context import QueryContext


class QueryInput(Field):
    """One line for a query about heads."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", "filter", id="query-ask", tooltip="filter; empty: all heads"),
        Binding("tab", "complete", "complete", id="query-complete", tooltip="complete the word"),
    ]

    class Asked(Message):
        """The query is to be answered."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class TooLong(Message):
        """Something was not taken because it is too long for a query."""

    def __init__(self, query: str = "", *, id: str | None = None) -> None:
        super().__init__(
            query,
            placeholder="a query, such as prev > .5 and sep < .2",
            max_length=LONGEST,
            id=id,
        )
        self.heads: QueryContext | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """The words that may come next at the cursor."""
        return self._completion.words

    @property
    def _completion(self) -> Completion:
        from tui.query.completion import Completion, complete

        if self.heads is None:
            return Completion(0, ())
        return complete(self.value[: self.cursor_position], self.heads)

    def restricted(self) -> None:
        """Say that it is too long, instead of ringing the terminal's bell."""
        self.post_message(self.TooLong())

    def on_paste(self, event: events.Paste) -> None:
        """Say that a paste is too long; the others are Textual's business."""
        if is_refused(event):
            self.restricted()

    def action_complete(self) -> None:
        """Put the first word that is offered in the place of the one being written."""
        completion = self._completion
        if completion.words:
            word = completion.words[0]
            self.replace(word, completion.start, self.cursor_position)
            self.cursor_position = completion.start + len(word)

    def action_ask(self) -> None:
        """Ask."""
        self.post_message(self.Asked(clean(self.value)))

    async def action_submit(self) -> None:
        """Enter asks."""
        self.action_ask()
