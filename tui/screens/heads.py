"""The table of all heads: ranked by any number, filtered by a query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.analysis.columns import (
    CHANGE,
    DELTA,
    EFFECT,
    EFFECT_BY,
    HEAD,
    IMPORTANCE,
    LIKENESS,
    MARGIN,
    MEASURED,
    OF_CANDIDATE,
    SHARE,
    TO_TOKEN,
    Column,
    HeadIndex,
)
from tui.query.context import QueryContext
from tui.query.grammar import EXAMPLE
from tui.screens.all_heads import AllHeadsScreen
from tui.screens.session_screen import Perform, keys_of
from tui.session.boards import HeadsTableContent, HeadsTableState
from tui.text import mask_said, visible
from tui.widgets.heads.heads_table import HeadRow, HeadRows, HeadsTable
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.text.fitting import brief_name, fit, wrap
from tui.widgets.text.key_help import explain
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.page import Page
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.session.session import Session

_MOVE = Binding.Group("previous / next head of the list")
_RANK = Binding.Group("rank by the column before / behind")
_PAGE = Binding.Group("a page of heads up / down")

_OF_MORE = (TO_TOKEN, LIKENESS, *OF_CANDIDATE, CHANGE, DELTA)
"""Columns whose numbers are of a head and of something else, which their names do not say."""

_TALL = 20
"""Lines of the screen from which there is room for more than one line under the field."""


class HeadsScreen(AllHeadsScreen):
    """All heads, a line each; enter opens the one at hand.

    Args:
        session: the session.
        perform: carries its effects out.
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
        Binding("space", "cut", "cut", id="heads-cut", tooltip="cut this head; again: restore it"),
        Binding(
            "D", "do('cutting.restore')", "all back", show=False, id="heads-restore",
            tooltip="put back everything that is cut",
        ),
        Binding(
            "Z", "do('cutting.turn_way')", "way", show=False, id="heads-way",
            tooltip="cut heads to their mean, or to zero, or transplant them from B",
        ),
        Binding(
            "u", "like", "like this", id="heads-like",
            tooltip="rank by likeness to the head that the grid shows",
        ),
        Binding(
            "i", "importance", "importance", id="heads-importance",
            tooltip="rank by how much of the chosen candidate's log p would go with a head, as "
            "estimated; again: of its lead over the runner-up",
        ),
        Binding(
            "e", "effect", "effects", id="heads-effects",
            tooltip="cut each head alone and rank by the effect on the chosen candidate; again: "
            "the next measure of it",
        ),
        Binding(
            "equals_sign", "compared", "A/B", show=False, id="heads-compared",
            tooltip="rank by how much heads differ between A and B; again: by the next number of "
            "it",
        ),
        Binding(
            "R", "from_b", "from B", show=False, id="heads-from-b",
            tooltip="transplant each head alone from B and rank by the share of the way that the "
            "answer goes; again: the grid of layers and tokens",
        ),
        Binding(
            "L", "do('heads.measure_list')", "over list", id="heads-list",
            tooltip="each statistic's mean and spread over the sentences of the notes; again: this "
            "sentence alone",
        ),
        Binding("escape,r,q,ctrl+c", "leave", "close", id="heads-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "heads"

    def __init__(self, session: Session, perform: Perform, *, asking: bool = False) -> None:
        super().__init__(session, perform)
        self._asking = asking
        self._hinted = ""

    @property
    def to_copy(self) -> tuple[str, str]:
        """The table, with all columns: the heads that are asked for, in their order."""
        content = self.table.content
        lines: Iterable[list[str | float]] = (
            [row.head[0] + 1, row.head[1] + 1, row.label, *row.numbers] for row in content.rows
        )
        return "", tab_separated([["layer", "head", "label", *content.columns], *lines])

    @property
    def about_list(self) -> Sequence[str]:
        """The things that columns are of which are not of a head alone, or of which list."""
        session, shown = self.session, self.session.heads.table.numbers
        effects = session.effects
        known = {
            **{column.name: effects.said_of(column) for column in (EFFECT, *EFFECT_BY.values())},
            SHARE.name: session.from_b.said,
            **{column.name: self._named(column, whole=True) for column in _OF_MORE},
        }
        said = [f"{name}: {known[name]}" for name in shown if known.get(name)]
        if any(column.name in shown for column in EFFECT_BY.values()):
            said += effects.beside
        if self.state.over:
            said.append(f"mean and ± over {self.state.over.count} sentences")
        return said

    @property
    def told_so_far(self) -> tuple[str, ...]:
        """How far those of the table's columns have come that are not all measured."""
        so_far = self.session.so_far
        columns = self.session.heads.table.numbers
        return tuple(f"{name}: {so_far[name].said}" for name in columns if name in so_far)

    def compose_board(self) -> ComposeResult:
        """The field of the query, the words that it may hold, and the table."""
        yield QueryInput(self.session.heads.search.query, id="query")
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

    @property
    def state(self) -> HeadsTableState:
        """Where it stands."""
        assert isinstance(self.session.heads.board, HeadsTableState)
        return self.session.heads.board

    def on_mount(self) -> None:
        """Begin at the head that the grid shows, or in the field."""
        super().on_mount()
        self.set_focus(self.field if self._asking else self.table)

    # Showing

    def show_page(self) -> None:
        """The heads that are asked for, in their order."""
        session, table = self.session, self.session.heads.table
        self.field.heads = QueryContext.of(
            self.analysis,
            mask=session.filling.position,
            key=session.key,
            measured=session.measured,
        )
        self.table.show_heads(
            HeadRows(
                columns=tuple(table.numbers),
                ranked_by=self._ranked_by(table),
                rows=tuple(self._row(head, table) for head in table.order),
                at_hand=session.head,
                empty=f"No head meets {visible(session.heads.search.query)}.",
            ),
            self.state.index(table.order),
        )
        self._tell()

    def _ranked_by(self, table: HeadsTableContent) -> str | None:
        """The name of the column shown that heads are ranked by; None for layer and head."""
        column, found = self.session.heads.search.column, self.session.effects.found
        if column is HEAD:
            return None
        if column is EFFECT and found is not None and EFFECT.name not in table.numbers:
            return EFFECT_BY[found.by].name  # it stands beside the other way's
        return column.name

    def _row(self, head: HeadIndex, table: HeadsTableContent) -> HeadRow:
        numbers = tuple(float(values[head]) for values in table.numbers.values())
        cutting = self.session.cutting
        return HeadRow(
            head,
            self.label(head),
            self.label(head, brief=True),
            numbers,
            is_cut=head in cutting.heads,
            is_transplanted=head in cutting.transplanted,
        )

    def _tell(self) -> None:
        session, model = self.session, self.analysis.model
        search, rows = session.heads.search, self.table.content.rows
        title = Text(f" {len(rows)} of {model.layers * model.heads} heads", style="bold")
        if self.state.over:
            count = self.state.over.count
            of = ", nothing cut" if session.cutting.in_force else ""
            title.append(f" · mean and ± over {count} sentences{of}", style="not bold")
        for said in self.told_so_far:
            title.append(f" · {said}", style="not bold")
        if search.notes:
            title.append(f" · {visible(' '.join(search.notes))}", style="not bold")
        told = f"ranked by {self._named(search.column)}"
        if session.question is not None:
            told += ", asking the model…"
        about = self.about(rows[self.table.cursor].head) if rows else Text()
        self.tell(title, Text(told, style="dim"), about)
        self.tell_way(shown=SHARE.name in self.table.columns_shown)

    def _named(self, column: Column, *, whole: bool = False) -> str:
        session = self.session
        if column is HEAD:
            return "layer and head"
        if column is LIKENESS:
            layer, head = session.heads.search.like
            return f"likeness to layer {layer + 1}, head {head + 1}"
        if column is TO_TOKEN:
            token = session.viewing.labels[session.viewing.cursor[1]]
            return f"mask → {token if whole else brief_name(token)}"
        if column in MEASURED:
            return session.named(column) or f"{column.name}, which is not there yet"
        gradient = self.analysis.derived.gradient
        if column not in OF_CANDIDATE or gradient is None:
            return column.name
        at = mask_said(gradient.target.mask, len(self.analysis.masks))
        if column is IMPORTANCE:
            return f"importance to {visible(gradient.token)}{at}, estimated"
        lead = f"{visible(gradient.token)} over {visible(gradient.runner_up)}"
        return f"margin of {lead}{at}, estimated"

    # Moving and ranking

    async def action_move(self, step: int) -> None:
        """Go to the next or previous head of the list."""
        move = partial(self.state.move, self.session.heads.table.order, step)
        await self.perform(self.session.heads.change(move))

    async def action_page(self, direction: int) -> None:
        """Go as many heads on as there is room for."""
        await self.action_move(direction * max(1, self.table.room - 1))

    async def action_cut(self) -> None:
        """Cut the head at hand, or restore it."""
        rows = self.table.content.rows
        if rows:
            await self.perform(self.session.cutting.cut_head(*rows[self.table.cursor].head))

    async def action_rank(self, step: int) -> None:
        """Rank by another column."""
        hidden = {LIKENESS, *OF_CANDIDATE}  # they have their own keys: the model is asked for them
        if self.session.filling.position is None:
            hidden.add(TO_TOKEN)
        hidden |= {one for one in MEASURED if one.name not in self.session.measured}
        await self._rank(self.session.heads.search.following_column(step, frozenset(hidden)))

    async def action_like(self) -> None:
        """Rank by likeness to the head at hand in the grid."""
        await self._rank(LIKENESS)

    async def action_importance(self) -> None:
        """Rank by what gating each head would change, of one measure or of the other."""
        is_ranked = self.session.heads.search.column is IMPORTANCE
        await self._rank(MARGIN if is_ranked else IMPORTANCE)

    async def action_effect(self) -> None:
        """Rank by what cutting each head does."""
        await self.perform(self.session.effects.measure_all())
        self._explain()

    async def action_compared(self) -> None:
        """Rank by what is known of the difference between A and B."""
        await self.perform(self.session.comparing.rank())
        self._explain()

    async def action_from_b(self) -> None:
        """Rank by what transplanting each head does; once more, leave for the grid of tokens."""
        await self.perform(self.session.from_b.measure())
        if self.session.heads.board is not None:
            self._explain()

    async def _rank(self, column: Column) -> None:
        await self.perform(self.session.heads.rank(column))
        # The column's meaning stands in the place of the offers while nobody writes a query.
        self._explain()

    def _explain(self) -> None:
        self._hint(self.session.heads.search.column.meaning)

    def _hint(self, hint: str) -> None:
        """Say something under the field, on as many lines as there are for it."""
        self._hinted = hint
        width = max(20, self.size.width - 2)
        lines, page = wrap(hint, width), self.query_one("#offers", Page)
        least, most = (2, 3) if self.size.height >= _TALL else (1, 1)
        if len(lines) > most:
            lines = [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), width)]
        page.styles.height = max(least, len(lines))
        page.show([Text(f" {line}", style="dim") for line in lines])

    def on_resize(self) -> None:
        """Break what stands under the field anew."""
        super().on_resize()
        if self.is_attached and self._hinted:
            self._hint(self._hinted)

    # Querying

    def action_query(self) -> None:
        """Go to the field of the query."""
        self.set_focus(self.field)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In the field, words that may come next are offered; else the ranking is explained."""
        keys, always = keys_of(self)
        if isinstance(event.widget, QueryInput):  # where letters are text
            close = [key for key in keys if key.short == "close"]
            keys = [*explain(QueryInput.BINDINGS), *close]
            always = [key.in_a_field for key in always]
            self._offer()
        else:
            self._explain()
        self.query_one(KeyLine).show(keys, always)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what may come next."""
        event.stop()
        if self.field.has_focus:
            self._offer()

    def _offer(self) -> None:
        offers = ", ".join(visible(word) for word in self.field.offered)
        self._hint(f"tab: {offers}" if offers else f"such as {EXAMPLE}, mask->cat > .3")

    async def on_query_input_asked(self, message: QueryInput.Asked) -> None:
        """Take the query, or point at what is wrong with it; what is on screen stays."""
        if self.session.heads.board is None:
            return
        effects = self.session.heads.find(message.query)
        await self.perform(effects)
        if (wrong := self.session.heads.search.wrong) is None:
            self.set_focus(self.table)
            return
        self.field.cursor_position = wrong.position
        # The field has scrolled to its cursor, which stands at the place already.
        offset = self.field.cursor_screen_offset.x
        self.query_one("#offers", Page).show([Text(" " * offset + "^", style="bold")])

    async def on_query_input_too_long(self) -> None:
        """Say why it was not taken."""
        if self.session.heads.board is not None:
            await self.perform(self.session.heads.query_too_long())

    async def action_open(self) -> None:
        """Open the head at hand."""
        rows = self.table.content.rows
        if rows:
            await self.perform(self.session.heads.close(rows[self.table.cursor].head))

    async def action_leave(self) -> None:
        """From the field to the table, from there back to the grid."""
        if self.field.has_focus and self.table.content.rows:
            self.field.value = self.session.heads.search.query
            self.set_focus(self.table)
        else:
            await self.action_close()

    async def on_heads_table_chosen(self, message: HeadsTable.Chosen) -> None:
        """A click goes to a head; a click on the one at hand opens it."""
        if self.session.heads.board is None:
            return
        if message.index == self.table.cursor:
            await self.action_open()
        else:
            await self.action_move(message.index - self.table.cursor)
