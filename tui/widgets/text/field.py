"""A field of one line, through which keys move by what people take for one character."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widgets import Input
from textual.widgets.input import Selection

from tui.widgets.text import graphemes


class _Whole(Highlighter):
    """Has characters styled whole."""

    def __call__(self, text: str | Text) -> Text:
        """The text as it is, whose characters are styled whole."""
        plain = text if isinstance(text, str) else text.plain
        return graphemes.WholeText(plain, no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Nothing in it is marked."""


class Field(Input):
    """Textual's field, which goes by code points: backspace would leave half a letter or a flag."""

    def __init__(
        self, value: str = "", *, placeholder: str, max_length: int = 0, id: str | None = None
    ) -> None:
        super().__init__(
            value,
            placeholder=placeholder,
            highlighter=_Whole(),
            select_on_focus=False,
            compact=True,
            max_length=max_length,
            id=id,
        )
        self.cursor_blink = False

    def validate_selection(self, selection: Selection) -> Selection:
        """The cursor never stands within a character, wherever the mouse was pressed."""
        start, end = super().validate_selection(selection)
        return Selection(graphemes.outside(self.value, start), graphemes.outside(self.value, end))

    def action_cursor_left(self, select: bool = False) -> None:
        """Move the cursor, or the end of what is selected, a character to the left."""
        start, end = self.selection
        if select or start == end:
            self._move(graphemes.before(self.value, end), select)
        else:
            self._move(min(start, end), False)

    def action_cursor_right(self, select: bool = False) -> None:
        """Move the cursor, or the end of what is selected, a character to the right."""
        start, end = self.selection
        if select or start == end:
            self._move(graphemes.after(self.value, end), select)
        else:
            self._move(max(start, end), False)

    def action_cursor_left_word(self, select: bool = False) -> None:
        """Move to the start of the word to the left."""
        self._move(graphemes.word_before(self.value, self.cursor_position), select)

    def action_cursor_right_word(self, select: bool = False) -> None:
        """Move to the start of the word to the right."""
        self._move(graphemes.word_after(self.value, self.cursor_position), select)

    def action_delete_left(self) -> None:
        """Delete the character to the left, or what is selected."""
        self._delete_to(graphemes.before(self.value, self.cursor_position))

    def action_delete_right(self) -> None:
        """Delete the character to the right, or what is selected."""
        self._delete_to(graphemes.after(self.value, self.cursor_position))

    def action_delete_left_word(self) -> None:
        """Delete as far as the start of the word to the left, or what is selected."""
        self._delete_to(graphemes.word_before(self.value, self.cursor_position))

    def action_delete_right_word(self) -> None:
        """Delete as far as the start of the word to the right, or what is selected."""
        self._delete_to(graphemes.word_after(self.value, self.cursor_position))

    def _move(self, to: int, select: bool) -> None:
        self.selection = Selection(self.selection.start if select else to, to)

    def _delete_to(self, place: int) -> None:
        if self.selection.is_empty:
            self.delete(*sorted((self.cursor_position, place)))
        else:
            self.delete_selection()
