"""The main screen: sentence, candidates, grid, status; its keys are the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Static
from textual.widgets.input import Selection

from tui.screens.keys import KEYS, MAIN
from tui.screens.session_screen import Perform, SessionScreen
from tui.session.effects import Redraw, Skip
from tui.text import visible
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.grid.content import GridContent
from tui.widgets.grid.legend import legend, shortest_with_a_number
from tui.widgets.text.answer_lines import activity, headings, model_line, readout, status
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.key_help import explain
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.line import Line
from tui.widgets.text.predictions_table import PredictionsTable, Rows
from tui.widgets.text.sentence_input import SentenceInput
from tui.widgets.text.status_line import StatusLine

if TYPE_CHECKING:
    from tui.session.session import Session
    from tui.widgets.text.row_bars import RowBars  # only who asks for the list needs it

STATUS_FROM_BOTTOM = 2
"""The status line is the last but one; below it are the keys."""


class MainScreen(SessionScreen):
    """Composes the widgets, and shows the session in them."""

    AUTO_FOCUS: ClassVar[str | None] = None
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as textual declares it
        (0, "-narrow"),
        (60, "-medium"),
        (100, "-wide"),
    ]
    BINDINGS = KEYS
    PLACE: ClassVar[str] = MAIN

    def __init__(self, session: Session, perform: Perform) -> None:
        super().__init__(session, perform)
        self._bars: RowBars | None = None  # the row as a list, while it is shown
        self._drawn: tuple[object, ...] = ()  # what the grid's content was made of
        self._is_up = False

    def compose(self) -> ComposeResult:
        """Sentence on top, candidates at the left, the grid as large as the rest allows."""
        ascii_only = self.session.options.ascii_only
        with Horizontal(id="top"):
            yield SentenceInput(self.session.sentences, self.session.first_text, id="sentence")
            yield Line(id="model")
        yield Static(id="warning", markup=False)
        yield Line(keep="left", id="place")
        yield CutLine(id="cut")
        with Horizontal(id="body"):
            yield PredictionsTable(ascii_only=ascii_only, id="table")
            yield AttentionGrid(id="grid")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")

    @property
    def sentence(self) -> SentenceInput:
        """The sentence field."""
        return self.query_one(SentenceInput)

    @property
    def grid(self) -> AttentionGrid:
        """The attention grid."""
        return self.query_one(AttentionGrid)

    async def on_mount(self) -> None:
        """Begin; the field has the focus unless there is an answer to come."""
        if not self.session.is_asked:
            # Typing replaces the sentence to begin with; its start is what is seen of a long one.
            self.sentence.selection = Selection(len(self.sentence.value), 0)
            self.set_focus(self.sentence)
        else:
            self.set_focus(self.grid)
        self._show_keys()  # with the first frame; the focus is told of behind it
        self.session.field = lambda: self.sentence.value
        self._is_up = True
        await self.perform(self.session.begin())

    # Showing

    def show(self, what: Redraw) -> None:
        """Bring the screen up to date with the session."""
        if not self._is_up:
            return
        if what is Redraw.EVERYTHING:
            self._show_model()
            self._show_bars_or_not()
            self._show_grid()
            self._show_around()
        elif what is Redraw.CURSOR:
            self.grid.cursor = self.session.viewing.cursor
            self._fill_bars()
        self._show_status()

    def _show_model(self) -> None:
        self.query_one("#model", Line).right = model_line(self.session)
        warnings = visible(self.session.model.warnings)
        warning = self.query_one("#warning", Static)
        if warning.display != bool(warnings) or warnings:
            warning.update(warnings)
            warning.display = bool(warnings)

    def _show_grid(self) -> None:
        """Give the grid its content, and anew only if it is another one."""
        viewing, grid = self.session.viewing, self.grid
        grid.looks = self.session.looking.looks
        is_there = viewing.analysis is not None and viewing.is_held
        made_of = (viewing.displayed, viewing.scale) if is_there else ()
        if made_of != self._drawn:
            self._drawn = made_of
            grid.content = GridContent.of(viewing)
        grid.cursor = viewing.cursor

    def _show_around(self) -> None:
        """Fill the candidates, and say above the grid what it shows.

        Where there is not room for both, the legend goes before the head's label.
        """
        session, table = self.session, self.query_one(PredictionsTable)
        table.content = Rows.of(session)
        self._fill_bars()
        line = self.query_one("#place", Line)
        aside = max(table.size.width, self._bars.size.width if self._bars else 0)
        beside = 0 if self.has_class("-narrow") else aside
        room = self.size.width - 2
        legend_room = shortest_with_a_number(session.viewing, session.looking.looks)
        forms = headings(session, beside)
        left = next((one for one in forms if one.cell_len + legend_room <= room), forms[-1])
        line.left = left
        line.right = legend(session.viewing, session.looking.looks, room - left.cell_len)

    def _show_bars_or_not(self) -> None:
        shown = self.session.looking.bars
        if self._bars and not shown:
            self._bars.remove()
            self._bars = None
        elif shown and not self._bars:
            from tui.widgets.text.row_bars import RowBars

            self._bars = RowBars(ascii_only=self.session.options.ascii_only, id="bars")
            self.query_one("#body").mount(self._bars, before=self.grid)
            self.call_after_refresh(self._show_around)
        self.set_class(shown, "-bars")

    def _fill_bars(self) -> None:
        if self._bars:
            from tui.widgets.text.row_bars import Bars

            session = self.session
            self._bars.content = Bars.of(session.viewing, incoming=session.looking.incoming)

    def _show_status(self) -> None:
        line, viewing = self.query_one(StatusLine), self.session.viewing
        hovered = self.grid.hovered
        line.said = "" if hovered else visible(self.session.message)
        cell = hovered or viewing.cursor
        is_cut = self.session.cutting.is_arrow_cut(*cell)
        line.left = status(viewing, cell, self.grid.columns_shown, is_arrow_cut=is_cut)
        line.right = activity(self.session)
        self.query_one(CutLine).tell(self.session)

    def _show_keys(self) -> None:
        keys = explain([*MainScreen.BINDINGS, *AttentionGrid.BINDINGS])
        if self.focused is self.sentence:
            keys = explain([*SentenceInput.BINDINGS, Binding("tab", "", "grid", tooltip="grid")])
        always = explain([b for b in KEYS if isinstance(b, Binding) and b.id in ("help", "quit")])
        shown = [key for key in keys if key.shown and key not in always]
        self.query_one(KeyLine).show(shown, always)

    # Keys whose effects depend on widgets

    @property
    def to_copy(self) -> tuple[str, str]:
        """What the status line tells, and the list."""
        viewing = self.session.viewing
        bars = self._bars.content.text if self._bars else ""
        return readout(viewing, viewing.cursor), bars

    async def action_ask(self) -> None:
        """Analyse what was typed."""
        await self.perform(self.session.ask(self.sentence.value))

    async def action_page(self, direction: int) -> None:
        """Move the token cursor by as many rows as are on screen."""
        await self.perform(self.session.looking.move_cursor(direction * self.grid.page, 0))

    async def action_cancel(self) -> None:
        """Cancel what is under way; if nothing is, the key is free for others."""
        effects = self.session.cancel()
        if any(isinstance(effect, Skip) for effect in effects):
            raise SkipAction
        await self.perform(effects)

    def action_edit(self) -> None:
        """Go to the sentence field; from the field, to the grid."""
        self.set_focus(self.grid if self.sentence.has_focus else self.sentence)

    # Messages of the widgets

    async def on_attention_grid_pointed(self, message: AttentionGrid.Pointed) -> None:
        """Put the cursor where the mouse points."""
        await self.perform(self.session.looking.put_cursor(*message.cell))

    def on_attention_grid_hovered(self) -> None:
        """Read out the weight that the mouse is over."""
        self._show_status()

    async def on_predictions_table_chosen(self, message: PredictionsTable.Chosen) -> None:
        """A click chooses a candidate; a click on the chosen one fills it in."""
        await self.perform(self.session.looking.point_at(message.index))

    async def on_sentence_input_too_long(self) -> None:
        """Say that the field is full."""
        await self.perform(self.session.too_long())

    def on_descendant_focus(self) -> None:
        """Show the keys that act now."""
        self._show_keys()

    def on_resize(self) -> None:
        """Follow the window."""
        self.call_after_refresh(self.show, Redraw.EVERYTHING)

    def on_bar_list_resized(self) -> None:
        """Follow the table's width: a dialog may lie over it while the window changes."""
        self.show(Redraw.EVERYTHING)
