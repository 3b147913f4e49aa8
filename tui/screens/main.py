"""The main screen: sentence, candidates, grid, status; its keys are the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Static
from textual.widgets.input import Selection

from tui.messages import ModelSaid
from tui.model.names import is_saved
from tui.model.worker.protocol import (
    Analyzed,
    Died,
    Downloading,
    Failed,
    Loaded,
    LoadFailed,
    ModelList,
)
from tui.screens.choosing import Choosing
from tui.screens.exporting import Exporting
from tui.screens.finding import Finding
from tui.screens.keys import KEYS
from tui.screens.looking import Looking
from tui.screens.masking import Masking
from tui.screens.noting import Noting
from tui.screens.remembering import Remembering
from tui.screens.saving import Saving
from tui.screens.walking import Walking
from tui.session.steps import Question, changed_neighbours
from tui.text import clean
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.grid.content import GridCell
from tui.widgets.text.key_help import explain
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.line import Line
from tui.widgets.text.predictions_table import PredictionsTable
from tui.widgets.text.sentence_input import SentenceInput
from tui.widgets.text.status_line import StatusLine
from tui.widgets.text.too_small import TooSmall

if TYPE_CHECKING:
    from tui.screens.board import Board

SMALLEST = (40, 12)
"""Columns and lines that the screen needs."""

DRAW_WITHIN = 0.002
"""Seconds between an answer and its picture."""

STATUS_FROM_BOTTOM = 2
"""The status line is the last but one; below it are the keys."""


class MainScreen(
    Walking, Looking, Masking, Finding, Saving, Exporting, Remembering, Noting, Choosing
):
    """Composition, the model's answers, and the way between the field and the grid."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as textual declares it
        (0, "-narrow"),
        (60, "-medium"),
        (100, "-wide"),
    ]

    BINDINGS = KEYS

    def compose(self) -> ComposeResult:
        """Sentence on top, candidates at the left, the grid as large as the rest allows."""
        with Horizontal(id="top"):
            yield SentenceInput(self._sentences, clean(self._first_text), id="sentence")
            yield Line(id="model")
        yield Static(id="warning", markup=False)
        yield Line(keep="left", id="place")
        with Horizontal(id="body"):
            yield PredictionsTable(ascii_only=self._options.ascii_only, id="table")
            yield AttentionGrid(id="grid")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Ask about the sentence to begin with; the field has the focus unless one was given."""
        self._show()
        if self._had_bars:
            self._toggle_bars(shown=True)
        if self._options.text is None:
            # Typing replaces the sentence to begin with; its start is what is seen of a long one.
            self.sentence.selection = Selection(len(self.sentence.value), 0)
            self.set_focus(self.sentence)
        else:
            self.set_focus(self.grid)
        self._show_keys()  # with the first frame; the focus is told of behind it
        if not self._has_place:
            self._open_example(self.sentence.value)
        if not is_saved(self._options.model):  # which has a text of its own
            self._ask(Question(self.sentence.value, typed=self._options.text is not None))

    def action_ask(self) -> None:
        """Analyse what was typed; the focus moves now, not when the answer arrives."""
        text = clean(self.sentence.value)
        if text:
            self.set_focus(self.grid)
        self._open_example(text)
        self._ask(Question(text, typed=True))

    def on_sentence_input_too_long(self) -> None:
        """Say that the field is full."""
        self.say("The sentence field is full: no model reads a text that long; shorten it.")

    # What the model says

    def on_model_said(self, message: ModelSaid) -> None:
        """Take an answer, or say what went wrong; what is on screen stays."""
        event = message.event
        if isinstance(event, Loaded | LoadFailed | Downloading | ModelList | Died):
            self._take_about_model(event)
        elif isinstance(event, Analyzed) and self._question:
            self._take(event, self._question)
        if isinstance(event, Failed | Died):
            again = self._question is not None and self._question.again
            self._question = None
            if again:
                self._do_without(event.message)
            self._message = event.message
            self._show()
            self.say(event.message)

    def _take(self, event: Analyzed, question: Question) -> None:
        self._question = None
        if question.again:
            self._take_more(event, question)
            return
        notes = [*event.analysis.notes]
        if moved := self._reading.missing_head(event.analysis.model):
            notes.append(moved)
        place = self._reading.take(event.analysis, question, self._cursor)
        if self.sentence.value == self._field_when_asked:  # else somebody is typing
            self.sentence.show(event.analysis.text)
        self._show_head()
        self.grid.cursor = GridCell(*self._restored(event.analysis, place))
        if read_anew := changed_neighbours(question, event.analysis):
            notes.append(read_anew)
        if self._heads and (
            no_match := self._heads.ask_again(event.analysis, self._mask, self._tokens_at_cursor[1])
        ):
            notes.append(no_match)
        self._message, self._said_at = " ".join(notes), self.grid.cursor
        self._refuse_what_is_missing()
        self._show()
        self._want()
        # An answer has been waited for long enough: it is drawn as soon as every widget has said
        # what changed, not with the next of Textual's 60 pictures a second.
        self.set_timer(DRAW_WITHIN, self._on_timer_update)

    def _take_more(self, event: Analyzed, question: Question) -> None:
        """Take the same answer with more to it: where the reader is does not change."""
        self._reading.take(event.analysis, question, self._cursor)
        self._refuse_what_is_missing()
        self._show_head()
        for board in self._boards:
            board.show_numbers()

    def _do_without(self, reason: str) -> None:
        """What was wanted besides does not come: look at what is there, rank by what is there."""
        self._reading.look_at(self._reading.view)
        if self._heads:
            self._heads.rank_by_place()
        for board in self._boards:
            board.show_numbers()
            board.say(reason)

    @property
    def _boards(self) -> list[Board]:
        """The screens about all heads that lie over this one."""
        if self.app.screen is self:
            return []
        from tui.screens.board import Board

        return [screen for screen in self.app.screen_stack if isinstance(screen, Board)]

    # What the person does

    def on_attention_grid_cursor_moved(self, message: AttentionGrid.CursorMoved) -> None:
        """Read out the weight under the cursor; what was said before has been read."""
        # Where it stands now: a shorter sentence moves it twice before the first of this is read.
        if self.grid.cursor != self._said_at:
            self._message = ""
        self._show_bars()
        self._show_status()

    def on_descendant_focus(self) -> None:
        """Show the keys that act now."""
        self._show_keys()

    def _show_keys(self) -> None:
        keys = explain([*MainScreen.BINDINGS, *AttentionGrid.BINDINGS])
        if self.focused is self.sentence:
            keys = explain([*SentenceInput.BINDINGS, Binding("tab", "", "grid", tooltip="grid")])
        always = explain([b for b in KEYS if isinstance(b, Binding) and b.id in ("help", "quit")])
        shown = [key for key in keys if key.shown and key not in always]
        self.query_one(KeyLine).show(shown, always)

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is not enough room, instead of breaking."""
        columns, lines = event.size
        small = columns < SMALLEST[0] or lines < SMALLEST[1]
        if small and not self.query(TooSmall):
            self.mount(TooSmall(*SMALLEST))
        elif not small:
            self.query(TooSmall).remove()
        self.call_after_refresh(self._show)

    def on_predictions_table_resized(self) -> None:
        """Follow the table's width: a dialog may lie over it while the window changes."""
        self._show()

    def on_row_bars_resized(self) -> None:
        """The same of the list in the table's place."""
        self._show()

    def action_edit(self) -> None:
        """Go to the sentence field; from the field, to the grid."""
        self.set_focus(self.grid if self.sentence.has_focus else self.sentence)

    def action_escape(self) -> None:
        """Cancel what is under way, else go to the sentence."""
        if not self._give_up() and not self._give_up_model():
            self.set_focus(self.sentence)

    def action_cancel(self) -> None:
        """Cancel what is under way; if nothing is, the key is free for others."""
        if not self._give_up() and not self._give_up_model():
            raise SkipAction

    def action_help(self) -> None:
        """Explain every key."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())
