"""The main screen: sentence, candidates, grid, status; its keys are the program's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Static
from textual.widgets.input import Selection

from tui.screens.keys import KEYS, MAIN
from tui.screens.session_screen import Perform, SessionScreen
from tui.session.effects import Redraw, Skip
from tui.session.panes import ROOM_FROM, kinds, panes_in
from tui.text import visible
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.grid.content import GridContent
from tui.widgets.grid.legend import legend, shortest_with_a_number
from tui.widgets.text.answer_lines import (
    activity,
    head_line,
    headings,
    model_line,
    numbers_named,
    of_numbers,
    place_named,
    readout,
    status,
)
from tui.widgets.text.compare_line import CompareLine
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.key_help import explain
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.line import Line
from tui.widgets.text.predictions_table import PredictionsTable, Rows
from tui.widgets.text.sentence_input import SentenceInput
from tui.widgets.text.status_line import StatusLine

if TYPE_CHECKING:
    from tui.session.difference import Seen
    from tui.session.session import Session
    from tui.widgets.grid.other_grid import OtherGrid
    from tui.widgets.heads.head_map import HeadMap
    from tui.widgets.panes.pane import Pane
    from tui.widgets.text.row_bars import RowBars  # only who asks for the list needs it

ROOM_FOR_WORDS = 24
"""Lines of the screen from which the head at hand has a line of words."""

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
        self._panes: list[Pane] = []  # those that there is room for
        self._other: OtherGrid | None = None  # B, where it stands beside A

    def compose(self) -> ComposeResult:
        """Sentence on top, candidates at the left, the grid as large as the rest allows."""
        ascii_only = self.session.options.ascii_only
        with Horizontal(id="top"):
            yield SentenceInput(self.session.sentences, self.session.first_text, id="sentence")
            yield Line(id="model")
        yield Static(id="warning", markup=False)
        yield Line(keep="left", id="place")
        yield Line(keep="left", id="words")
        yield CutLine(id="cut")
        yield CompareLine(id="beside")
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
            self._show_beside()
            self._show_grid()
            self._show_around()
        elif what is Redraw.CURSOR:
            self.grid.cursor = self._seen.cursor
            self._fill_bars()
            self._fill_beside()
        elif what is Redraw.BOARD and self.is_current:  # else it is seen once nothing lies over it
            self._fill_beside()
            self._show_words()
        self._show_status()

    @property
    def _seen(self) -> Seen:
        """Whatever the grid shows: of two sides that stand side by side A."""
        comparing = self.session.comparing
        both = self._stands_aside and comparing.shown_side == "B"
        return self.session.viewing if both else comparing.shown

    @property
    def _stands_aside(self) -> bool:
        """Whether B has a grid of its own beside A's."""
        sides = self.session.comparing.shown_side in ("A", "B") and self.session.comparing.has_head
        return sides and panes_in(self.app.size.width) > 0

    def _show_beside(self) -> None:
        """Make room for panes, and for B beside A, where the screen is wide; or take it back."""
        body, aside = self.query_one("#body"), self._stands_aside
        if aside and self._other is None:
            from tui.widgets.grid.other_grid import OtherGrid

            self._other = OtherGrid(self.session)
            body.mount(self._other, after=self.grid)
        elif not aside and self._other is not None:
            self._other.remove()
            self._other = None
        there = self.session.analysis is not None
        count = max(0, panes_in(self.app.size.width) - aside) if there else 0
        while len(self._panes) > count:
            self._panes.pop().remove()
        while len(self._panes) < count:
            from tui.widgets.panes.pane import Pane

            self._panes.append(Pane(self.session))
            body.mount(self._panes[-1])
        self._fill_beside()

    def _fill_beside(self) -> None:
        if self._other is not None:
            self._other.show()
        for pane, kind in zip(
            self._panes, kinds(self.session.looking.pane, len(self._panes)), strict=True
        ):
            pane.show(kind)

    def _show_model(self) -> None:
        self.query_one("#model", Line).right = model_line(self.session)
        warnings = visible(self.session.model.warnings)
        warning = self.query_one("#warning", Static)
        if warning.display != bool(warnings) or warnings:
            warning.update(warnings)
            warning.display = bool(warnings)

    def _show_grid(self) -> None:
        """Give the grid its content, and anew only if it is another one."""
        viewing, grid = self._seen, self.grid
        grid.looks = self.session.looking.looks
        is_there = viewing.analysis is not None and viewing.is_held
        made_of = (viewing.displayed, viewing.drawn_scale) if is_there else ()
        if made_of != self._drawn:
            self._drawn = made_of
            grid.content = GridContent.of(viewing)
        grid.cursor = viewing.cursor

    def _show_around(self) -> None:
        """Fill the candidates, and say above the grid what it shows.

        Where there is not room for both, the legend goes before the head's label.
        """
        session, table = self.session, self.query_one(PredictionsTable)
        b = session.comparing.b
        self.sentence.mark(b.text if b is not None else None)
        table.content = Rows.of(session)
        self._fill_bars()
        line = self.query_one("#place", Line)
        aside = max(table.size.width, self._bars.size.width if self._bars else 0)
        beside = 0 if self.has_class("-narrow") else aside
        room = self.size.width - 2
        shown = self._seen
        legend_room = shortest_with_a_number(shown, session.looking.looks)
        said = self._show_words()
        forms = headings(session, beside, shown, has_words=bool(said))
        left = next((one for one in forms if one.cell_len + legend_room <= room), forms[-1])
        line.left = left
        line.right = legend(shown, session.looking.looks, room - left.cell_len)

    def _show_words(self) -> Text:
        """Say in a line of words what the head at hand does, if there is room; returns them."""
        words = self.query_one("#words", Line)
        has_room = self.size.height >= ROOM_FOR_WORDS
        said = head_line(self.session, self._seen) if has_room else Text()
        if words.left != said:
            words.left = said
        if words.display != bool(said):
            words.display = bool(said)
        return said

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

            self._bars.content = Bars.of(self.session, self._seen)

    def _show_status(self) -> None:
        line, viewing = self.query_one(StatusLine), self._seen
        hovered = self.grid.hovered
        line.said = "" if hovered else visible(self.session.message)
        cell = hovered or viewing.cursor
        is_cut = viewing is self.session.viewing and self.session.cutting.is_arrow_cut(*cell)
        line.left = status(viewing, cell, self.grid.columns_shown, is_arrow_cut=is_cut)
        line.right = activity(self.session)
        self.query_one(CutLine).tell(self.session)
        self.query_one(CompareLine).tell(self.session)

    def _show_keys(self) -> None:
        keys = explain([*MainScreen.BINDINGS, *AttentionGrid.BINDINGS])
        always = explain([b for b in KEYS if isinstance(b, Binding) and b.id in ("help", "quit")])
        if self.focused is self.sentence:  # where ? and q are letters like any other
            keys = explain([*SentenceInput.BINDINGS, Binding("tab", "", "grid", tooltip="grid")])
            always = [key.in_a_field for key in always]
        shown = [key for key in keys if key.shown and key not in always]
        self.query_one(KeyLine).show(shown, always)

    # Keys whose effects depend on widgets

    @property
    def about_list(self) -> Sequence[str]:
        """The layer and head; the row itself says whose numbers these are, and which."""
        return (place_named(self._seen),)

    @property
    def to_copy(self) -> tuple[str, str]:
        """The status line's weight, and the list, both of what the grid shows."""
        seen = self._seen
        bars = self._bars.content.text if self._bars else ""
        said = readout(seen, seen.cursor, whole=True)
        return of_numbers(said, numbers_named(self.session, seen)) if said else "", bars

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

    async def action_turn_pane(self) -> None:
        """Turn what stands beside the grid, or say that there is no room."""
        if self._panes:
            await self.perform(self.session.looking.turn_pane())
        else:
            await self.perform(self.session.looking.no_pane(ROOM_FROM[0]))

    async def action_resize_cells(self, step: int) -> None:
        """Draw larger (-1) or smaller (1) cells."""
        resize = self.session.looking.resize_cells
        await self.perform(resize(step, self.grid.cell_width, self.grid.fitting_width))

    def action_edit(self) -> None:
        """Go to the sentence field; from the field, to the grid."""
        self.set_focus(self.grid if self.sentence.has_focus else self.sentence)

    # Messages of the widgets

    async def on_attention_grid_pointed(self, message: AttentionGrid.Pointed) -> None:
        """Put the cursor where the mouse points."""
        await self.perform(self.session.looking.put_cursor(*message.cell))

    def on_attention_grid_arranged(self) -> None:
        """Say how many columns are shown."""
        self._show_status()

    def on_attention_grid_hovered(self) -> None:
        """Read out the weight that the mouse is over."""
        self._show_status()

    async def on_head_map_chosen(self, message: HeadMap.Chosen) -> None:
        """A click in the pane goes to a head."""
        layer, head = message.place
        await self.perform(self.session.looking.go_to(layer + 1, head + 1))

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
