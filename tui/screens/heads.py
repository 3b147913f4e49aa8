"""The table of all heads: ranked by any number, filtered by a query."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.analysis.columns import (
    COLUMNS,
    HEAD,
    IMPORTANCE,
    LIKENESS,
    TO_TOKEN,
    Column,
    numbers_of,
)
from tui.query.grammar import EXAMPLE, QueryError
from tui.screens.board import Desk, Opened
from tui.screens.over_list import OverTheList
from tui.text import visible
from tui.widgets.heads.heads_table import HeadRow, HeadRows, HeadsTable
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.text.fitting import wrap
from tui.widgets.text.page import Page

_MOVE = Binding.Group("previous / next head of the list")
_RANK = Binding.Group("rank by the column before / behind")
_PAGE = Binding.Group("a page of heads up / down")


class HeadsScreen(OverTheList):
    """All heads, a line each; enter opens the one at hand.

    Args:
        desk: what is looked at.
        asking: begin in the field of the query.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "head", group=_MOVE, id="heads-up"),
        Binding("k", "move(-1)", "head", show=False, id="heads-up-letter"),
        Binding("down", "move(1)", "head", group=_MOVE, id="heads-down"),
        Binding("j", "move(1)", "head", show=False, id="heads-down-letter"),
        Binding("left", "rank(-1)", "rank", group=_RANK, id="heads-rank-before"),
        Binding("h", "rank(-1)", "rank", show=False, id="heads-rank-before-letter"),
        Binding("right", "rank(1)", "rank", group=_RANK, id="heads-rank-behind"),
        Binding("l", "rank(1)", "rank", show=False, id="heads-rank-behind-letter"),
        Binding("pageup", "page(-1)", "page", group=_PAGE, show=False, id="heads-page-up"),
        Binding("pagedown", "page(1)", "page", group=_PAGE, show=False, id="heads-page-down"),
        Binding("enter", "open", "open", id="heads-open", tooltip="open this head"),
        Binding("slash", "query", "filter", id="heads-query", tooltip="filter by a query"),
        Binding(
            "u", "like", "like this", id="heads-like",
            tooltip="rank by likeness to the head that the grid shows",
        ),
        Binding(
            "i", "importance", "importance", id="heads-importance",
            tooltip="rank by how much gating a head would matter to the chosen candidate",
        ),
        Binding(
            "L", "list", "over list", id="heads-list",
            tooltip="each statistic's mean and spread over the sentences of the notes; again: this "
            "sentence alone",
        ),
        Binding("escape,r,q,ctrl+c", "leave", "close", id="heads-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    def __init__(self, desk: Desk, *, asking: bool = False) -> None:
        super().__init__(desk)
        self._asking = asking
        self._waits = False

    def compose_page(self) -> ComposeResult:
        """The field of the query, what it may hold, and the table."""
        yield QueryInput(self.desk.search.query, id="query")
        yield Page(id="offers", focusable=False)
        yield HeadsTable(id="page")

    @property
    def table(self) -> HeadsTable:
        """The table."""
        return self.query_one(HeadsTable)

    @property
    def field(self) -> QueryInput:
        """The field of the query."""
        return self.query_one(QueryInput)

    def on_mount(self) -> None:
        """Begin at the head that the grid shows, or in the field."""
        reading, search = self.desk.reading, self.desk.search
        search.like = reading.layer, reading.head
        self.field.heads = self.desk.query_heads
        super().on_mount()
        if search.like in (order := self.desk.order):
            self.table.cursor = order.index(search.like)
        self._waits = self.desk.want()
        self._tell()
        self.set_focus(self.field if self._asking else self.table)

    # Showing

    def show_numbers(self) -> None:
        """The heads that are asked for, in their order."""
        to_the_top, self._waits = self._waits, False
        desk, search, analysis = self.desk, self.desk.search, self.desk.analysis
        known = numbers_of(analysis, mask=desk.mask, key=desk.cursor[1])
        names = [column.name for column in COLUMNS if column.name in known]
        order = desk.order
        if self._over:
            known, names, order = self._over_the_list(self._over, order)
        at = self._place
        rows = tuple(
            HeadRow(place, desk.label(place), tuple(float(known[name][place]) for name in names))
            for place in order
        )
        self.table.content = HeadRows(
            columns=tuple(names),
            ranked_by=None if search.column is HEAD else search.column.name,
            rows=rows,
            at_hand=(desk.reading.layer, desk.reading.head),
            empty=f"No head meets {visible(search.query)}.",
        )
        places = [row.place for row in rows]
        self.table.cursor = 0 if to_the_top or at not in places else places.index(at)
        refused = analysis.derived.missing.get("gradient")
        self.say(refused if refused and search.column is IMPORTANCE else "")
        self._tell()

    @property
    def _place(self) -> tuple[int, int] | None:
        rows = self.table.content.rows
        return rows[self.table.cursor].place if rows else None

    def _tell(self) -> None:
        search = self.desk.search
        count, model = len(self.table.content.rows), self.desk.analysis.model
        title = Text(f" {count} of {model.layers * model.heads} heads", style="bold")
        if self._over:
            title.append(f" · mean and ± over {self._over.count} sentences", style="not bold")
        if search.notes:
            title.append(f" · {visible(' '.join(search.notes))}", style="not bold")
        told = f"ranked by {self._named(search.column)}"
        if self._waits:
            told += ", asking the model…"
        if self._measuring:
            told += f", measuring {len(self.desk.listed)} sentences…"
        about = self.desk.about(self._place) if self._place else Text()
        self.tell(title, Text(told, style="dim"), about)

    def _named(self, column: Column) -> str:
        desk = self.desk
        if column is HEAD:
            return "layer and head"
        if column is LIKENESS:
            layer, head = desk.search.like
            return f"likeness to layer {layer + 1}, head {head + 1}"
        if column is TO_TOKEN:
            return f"mask → {visible(desk.analysis.tokens[desk.cursor[1]].text)}"
        if column is IMPORTANCE and (gradient := desk.analysis.derived.gradient):
            return f"importance to {visible(gradient.token)}"
        return column.name

    # Moving and ranking

    def action_move(self, step: int) -> None:
        """Go to the next or previous head of the list."""
        self.table.cursor += step
        self.say("")
        self._tell()

    def action_page(self, direction: int) -> None:
        """Go as many heads on as there is room for."""
        self.action_move(direction * max(1, self.table.room - 1))

    def action_rank(self, step: int) -> None:
        """Rank by another column."""
        hidden = {LIKENESS, IMPORTANCE}  # which have keys of their own: the model is asked for them
        if self.desk.mask is None:
            hidden.add(TO_TOKEN)
        self.desk.search.turn_column(step, frozenset(hidden))
        self._rank()

    def action_like(self) -> None:
        """Rank by likeness to the head at hand in the grid."""
        self.desk.search.column = LIKENESS
        self._rank()

    def action_importance(self) -> None:
        """Rank by what gating each head would change."""
        self.desk.search.column = IMPORTANCE
        self._rank()

    def _rank(self) -> None:
        waits = self.desk.want()
        self.show_numbers()
        self.table.cursor = 0
        self._waits = waits  # the numbers to rank by are still to come
        self._tell()
        # What the column is stands in the place of the offers while nobody writes a query.
        self._explain()

    def _explain(self) -> None:
        self._hint(self.desk.search.column.meaning)

    def _hint(self, hint: str) -> None:
        """Say something under the field, on as many lines as there are for it."""
        lines = wrap(hint, max(20, self.size.width - 2))
        self.query_one("#offers", Page).show([Text(f" {line}", style="dim") for line in lines])

    # Querying

    def action_query(self) -> None:
        """Go to the field of the query."""
        self.set_focus(self.field)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In the field, what may come next is offered; else the ranking is explained."""
        if isinstance(event.widget, QueryInput):
            self._offer()
        else:
            self._explain()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what may come next."""
        event.stop()
        if self.field.has_focus:
            self._offer()

    def _offer(self) -> None:
        offers = ", ".join(visible(word) for word in self.field.offered)
        self._hint(f"tab: {offers}" if offers else f"such as {EXAMPLE}, mask->cat > .3")
        self.say("")

    def on_query_input_asked(self, message: QueryInput.Asked) -> None:
        """Take the query, or point at what is wrong with it; what is on screen stays."""
        desk = self.desk
        try:
            desk.search.ask(message.query, desk.analysis, desk.mask, desk.cursor[1])
        except QueryError as error:
            self.field.cursor_position = error.position
            # The field has scrolled to its cursor, which stands at the place already.
            offset = self.field.cursor_screen_offset.x
            self.query_one("#offers", Page).show([Text(" " * offset + "^", style="bold")])
            self.say(str(error))
            return
        self.say("")
        self.show_numbers()
        self.set_focus(self.table)

    def action_open(self) -> None:
        """Open the head at hand."""
        if self._place:
            self.dismiss(Opened(self._place))

    def action_leave(self) -> None:
        """From the field to the table, from there back to the grid."""
        if self.field.has_focus and self.table.content.rows:
            self.field.value = self.desk.search.query
            self.set_focus(self.table)
        else:
            self.dismiss(None)

    def on_heads_table_chosen(self, message: HeadsTable.Chosen) -> None:
        """A click goes to a head; a click on the one at hand opens it."""
        if message.index == self.table.cursor:
            self.action_open()
        else:
            self.action_move(message.index - self.table.cursor)
