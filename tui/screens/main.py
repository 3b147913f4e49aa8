"""The main screen: sentence, candidates, grid, status; its keys are the program's."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets.input import Selection

from tui.errors import SaveError, UserError
from tui.keys import explain
from tui.messages import AskModel, GiveUp, ModelSaid, Remember
from tui.model.protocol import Analyzed, Died, Failed, Loaded, LoadFailed
from tui.options import Options
from tui.pictures import Picture
from tui.reading import Place, Question, Reading, changed_neighbours
from tui.render.shading import ASCII, BLOCKS
from tui.screens import display
from tui.screens.keys import KEYS
from tui.sentences import Sentences, example_head
from tui.text import clean
from tui.widgets.attention_grid import AttentionGrid, Cell
from tui.widgets.key_line import KeyLine
from tui.widgets.line import Line
from tui.widgets.predictions_table import PredictionsTable
from tui.widgets.sentence_input import SentenceInput
from tui.widgets.too_small import TooSmall

SMALLEST = (40, 12)
"""Columns and lines that the screen needs."""

NOTICE_AFTER = 0.15
"""Seconds after which a pending analysis is announced; most are done by then."""


class MainScreen(Screen[None]):
    """Owns what is read (`Reading`) and shows it through its widgets."""

    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [
        (0, "-narrow"),
        (60, "-medium"),
        (100, "-wide"),
    ]

    BINDINGS = KEYS

    def __init__(self, options: Options, sentences: Sentences) -> None:
        super().__init__()
        self._options = options
        self._sentences = sentences
        self._glyphs = ASCII if options.ascii_only else BLOCKS
        self._reading = Reading(options.layer, options.head)
        self._question: Question | None = None
        self._model_line = options.model
        self._model_note = "loading…"
        self._message = ""
        self._said_at = Cell(0, 0)

    def compose(self) -> ComposeResult:
        """Sentence on top, candidates at the left, the grid as large as the rest allows."""
        first = self._options.text if self._options.text is not None else self._sentences.latest
        with Horizontal(id="top"):
            yield SentenceInput(self._sentences, clean(first), id="sentence")
            yield Line(id="model")
        yield Line(keep="left", id="place")
        with Horizontal(id="body"):
            yield PredictionsTable(ascii_only=self._options.ascii_only, id="table")
            yield AttentionGrid(glyphs=self._glyphs, id="grid")
        yield Line(id="status")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Ask about the sentence to begin with; the field has the focus unless one was given."""
        self._show()
        if self._options.text is None:
            # Typing replaces the sentence to begin with; its start is what is seen of a long one.
            self.sentence.selection = Selection(len(self.sentence.value), 0)
            self.sentence.focus()
        else:
            self.grid.focus()
        self._ask(Question(self.sentence.value, typed=self._options.text is not None))

    # Widgets

    @property
    def sentence(self) -> SentenceInput:
        """The sentence field."""
        return self.query_one(SentenceInput)

    @property
    def grid(self) -> AttentionGrid:
        """The attention grid."""
        return self.query_one(AttentionGrid)

    # Asking

    def _ask(self, question: Question) -> None:
        """Ask the model, or say why not; what is on screen stays until the answer is there."""
        if not question.text:
            self.say("There is no text: type a sentence, with [MASK] where a word is wanted.")
            return
        self._message = ""
        self._question = question
        self.post_message(AskModel(question.text))
        self.set_timer(NOTICE_AFTER, self._show_status)
        if question.typed:
            self.post_message(Remember(question.text))

    def on_sentence_input_asked(self, message: SentenceInput.Asked) -> None:
        """Analyse what was typed; the focus moves now, not when the answer arrives."""
        text = clean(message.text)
        if text:
            self.grid.focus()
        self._open_example(text)
        self._ask(Question(text, typed=True))

    def _open_example(self, text: str) -> None:
        """On the model that the examples are known for, an example opens on its head."""
        if head := example_head(text, self._options.model):
            self._reading.layer, self._reading.head = head

    def on_sentence_input_too_long(self) -> None:
        """Say that the field is full."""
        self.say("The sentence field is full: no model reads a text that long; shorten it.")

    def on_model_said(self, message: ModelSaid) -> None:
        """Take an answer, or say what went wrong; what is on screen stays."""
        event = message.event
        if isinstance(event, Loaded):
            self._model_line = f"{event.info.name} {event.info.layers}×{event.info.heads}"
            self._model_note = "offline" if self._options.offline else ""
            self._show()
        elif isinstance(event, Analyzed) and self._question:
            self._take(event, self._question)
        elif isinstance(event, Failed | Died):
            self._question = None
            if isinstance(event, Died):
                self._model_note = "loading…" if event.restarted else "not loaded"
            self._show()
            self.say(event.message)
        elif isinstance(event, LoadFailed):
            self._question = None
            self._model_note = "not loaded"
            self._show()
            self.say(event.message)

    def _take(self, event: Analyzed, question: Question) -> None:
        self._question = None
        cursor = self.grid.cursor
        place = self._reading.take(event.analysis, question, (cursor.query, cursor.key))
        if not question.typed or self.sentence.value == question.text:
            self.sentence.show(event.analysis.text)
        self._show_grid()
        self.grid.cursor = Cell(*place)
        notes = [*event.analysis.notes]
        if read_anew := changed_neighbours(question, event.analysis):
            notes.append(read_anew)
        self._message, self._said_at = " ".join(notes), self.grid.cursor
        self._show()

    # Showing

    def say(self, message: str) -> None:
        """Put a sentence into the status line, until the cursor or the head is moved."""
        self._message, self._said_at = message, self.grid.cursor
        self._show_status()

    def _show(self) -> None:
        """Bring everything but the grid up to date."""
        self.query_one("#model", Line).right = display.model(self._model_line, self._model_note)
        table = self.query_one(PredictionsTable)
        table.content = display.table(self._reading, waiting=not self._message)
        place = self.query_one("#place", Line)
        place.left = display.place(
            self._reading, 0 if self.has_class("-narrow") else table.size.width
        )
        place.right = display.legend(self._reading, self._glyphs)
        self._show_status()

    def _show_grid(self) -> None:
        self.grid.content = display.grid(self._reading)

    def _show_status(self) -> None:
        status = self.query_one("#status", Line)
        cursor = self.grid.cursor
        status.left = display.status(self._reading, cursor, self.grid.columns_shown, self._message)
        status.right = display.activity(self._question is not None, self._model_note)

    def on_attention_grid_cursor_moved(self, message: AttentionGrid.CursorMoved) -> None:
        """Read out the weight under the cursor; what was said before has been read."""
        if message.cell != self._said_at:
            self._message = ""
        self._show_status()

    def on_descendant_focus(self) -> None:
        """Show the keys that act now."""
        keys = explain([*MainScreen.BINDINGS, *AttentionGrid.BINDINGS])
        if self.sentence.has_focus:
            keys = explain([*SentenceInput.BINDINGS, Binding("tab", "", "grid", tooltip="grid")])
        always = explain([b for b in MainScreen.BINDINGS if b.id in ("help", "quit")])
        self.query_one(KeyLine).show(
            [key for key in keys if key.shown and key not in always], always
        )

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is not enough room, instead of breaking."""
        columns, lines = event.size
        small = columns < SMALLEST[0] or lines < SMALLEST[1]
        if small and not self.query(TooSmall):
            self.mount(TooSmall(*SMALLEST))
        elif not small:
            self.query(TooSmall).remove()
        self.call_after_refresh(self._show)

    # Actions

    def _can(self, change: Callable[[], object]) -> bool:
        """Carry a change out; if it cannot be done, say why and change nothing."""
        if self._reading.analysis is None:
            self.say("There is nothing to show yet: the model is not loaded.")
            return False
        try:
            change()
        except UserError as error:
            self.say(str(error))
            return False
        self._message = ""
        return True

    def _changed_head(self) -> None:
        self._show_grid()
        self._show()

    @property
    def _cursor(self) -> Place:
        return self.grid.cursor.query, self.grid.cursor.key

    def action_edit(self) -> None:
        """Go to the sentence field; from the field, to the grid."""
        (self.grid if self.sentence.has_focus else self.sentence).focus()

    def action_turn_head(self, step: int) -> None:
        """Next or previous head."""
        if self._can(lambda: self._reading.turn_head(step)):
            self._changed_head()

    def action_turn_layer(self, step: int) -> None:
        """Next or previous layer."""
        if self._can(lambda: self._reading.turn_layer(step)):
            self._changed_head()

    def action_go_to(self) -> None:
        """Ask which head to go to."""
        if self._can(lambda: None):
            from tui.screens.go_to import GoToScreen  # dialogs are not needed for the first frame

            self.app.push_screen(GoToScreen(self._reading), self._went_to)

    def _went_to(self, went: bool | None) -> None:
        if went:
            self._changed_head()

    def action_scale(self) -> None:
        """Take the next scale."""
        if self._can(self._reading.next_scale):
            self._changed_head()

    def action_turn_mask(self, step: int) -> None:
        """Show the candidates of another mask, and its row."""
        if self._can(lambda: self._reading.turn_mask(step)):
            mask = self._reading.masks[self._reading.mask]
            self.grid.cursor = Cell(*self._reading.strongest_ordinary(mask))
            self._show()

    def action_choose(self, step: int) -> None:
        """Choose another candidate; where one is filled in, fill the other in."""
        if self._can(lambda: self._reading.choose(self._reading.chosen + step)):
            self._show()
            if self._reading.is_filled:
                self.action_fill()

    def on_predictions_table_chosen(self, message: PredictionsTable.Chosen) -> None:
        """A click chooses a candidate; a click on the chosen one fills it in."""
        if message.index == self._reading.chosen:
            self.action_fill()
        else:
            self.action_choose(message.index - self._reading.chosen)

    def action_fill(self) -> None:
        """Analyse the sentence with the chosen candidate in it."""
        if self._can(lambda: self._reading.filling(self._cursor)):
            self._ask(self._reading.filling(self._cursor))

    def action_step_back(self) -> None:
        """Show what was there before the last filling or masking."""
        places: list[Place] = []
        if self._can(lambda: places.append(self._reading.step_back())):
            self._give_up()
            assert self._reading.analysis is not None
            self.sentence.show(self._reading.analysis.text)
            self._show_grid()
            self.grid.cursor = Cell(*places[0])
            self._show()

    def action_mask(self) -> None:
        """Mask the token of the cursor's row, or restore it if that was the last thing done."""
        if self._reading.is_masked_here(self.grid.cursor.query):
            self.action_step_back()
        elif self._can(lambda: self._reading.masking(self._cursor)):
            self._ask(self._reading.masking(self._cursor))

    def action_step_sentence(self, step: int) -> None:
        """Analyse the next or previous sentence of the list."""
        text = self._question.text if self._question else self.sentence.value
        text = self._sentences.step(text, step)
        self.sentence.show(text)
        self._open_example(text)
        self._ask(Question(text))

    def action_save(self) -> None:
        """Save the head on screen as a picture, off the event loop."""
        if self._can(lambda: None):
            picture = Picture.of(self._reading)
            self.run_worker(lambda: self._save(picture), thread=True, group="save")

    def _save(self, picture: Picture) -> None:
        try:
            said = f"Saved {picture.save(self._options.save_folder)}"
        except SaveError as error:
            said = str(error)
        self.app.call_from_thread(self.say, said)

    def action_escape(self) -> None:
        """Cancel what is under way, else go to the sentence."""
        if not self._give_up():
            self.sentence.focus()

    def action_cancel(self) -> None:
        """Cancel what is under way; if nothing is, the key is free for others."""
        if not self._give_up():
            raise SkipAction

    def _give_up(self) -> bool:
        if self._question is None:
            return False
        self._question = None
        self.post_message(GiveUp())
        self.say("Cancelled.")
        return True

    def action_help(self) -> None:
        """Explain every key."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())
