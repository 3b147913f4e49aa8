"""The field for a claim about a head: several lines of anybody's text."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tui.session.notes_state import shown_claim
from tui.terminal.packets import is_refused
from tui.widgets.text import graphemes


class ClaimArea(TextArea):
    """Takes text of any kind; nothing that a terminal would act upon gets into it."""

    takes_text = True
    """Keys that are text are its own, and each is taken before the next is looked at."""

    def __init__(self, claim: str = "", *, id: str | None = None) -> None:
        super().__init__(
            shown_claim(claim),
            placeholder="What does this head do? Write it in your own words.",
            compact=True,
            id=id,
        )
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    class TooLong(Message):
        """A paste was not taken because it is too long."""

    # Keys move through the text by what people take for one character, and delete it whole.

    def get_line(self, line_index: int) -> Text:
        """A line, in which the cursor covers a character whole."""
        line = self.document.get_line(line_index)
        return graphemes.WholeText(line, end="", no_wrap=True)

    def get_cursor_left_location(self) -> tuple[int, int]:
        """Where the cursor goes with a key to the left; before a line, to the end of another."""
        row, column = self.cursor_location
        if not column:
            return super().get_cursor_left_location()
        return row, graphemes.before(self.document.get_line(row), column)

    def get_cursor_right_location(self) -> tuple[int, int]:
        """Where the cursor goes with a key to the right; behind a line, to the start of another."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if column >= len(line):
            return super().get_cursor_right_location()
        return row, graphemes.after(line, column)

    def get_cursor_word_left_location(self) -> tuple[int, int]:
        """Where the word to the left starts."""
        row, column = self.cursor_location
        if not column:
            return super().get_cursor_word_left_location()
        return row, graphemes.word_before(self.document.get_line(row), column)

    def get_cursor_word_right_location(self) -> tuple[int, int]:
        """Where the word to the right starts."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if column >= len(line):
            return super().get_cursor_word_right_location()
        return row, graphemes.word_after(line, column)

    def action_delete_word_right(self) -> None:
        """Delete as far as the end of a word, or what is selected."""
        (row, column), end = sorted(self.selection)
        line = self.document.get_line(row)
        if (row, column) == end and column < len(line):
            end = row, graphemes.word_end(line, column)
        elif (row, column) == end:
            end = self.get_cursor_right_location()
        self.delete((row, column), end)

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste, or say that it is too long."""
        event.stop()
        event.prevent_default()
        if is_refused(event):
            self.post_message(self.TooLong())
            return
        self.replace(shown_claim(event.text), *self.selection)

    def show(self, claim: str) -> None:
        """Show another claim; the cursor stands where writing goes on."""
        self.load_text(shown_claim(claim))
        self.move_cursor(self.document.end)
