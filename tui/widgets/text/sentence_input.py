"""The sentence field: history, pastes of any kind, and a key for the mask."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.message import Message

from tui.session.sentences import Sentences
from tui.terminal.packets import is_refused
from tui.terminal.textual_internals import cell_len
from tui.text import MASK, clean
from tui.widgets.text.field import Field
from tui.widgets.text.marked_words import MarkedWords

LONGEST = 20_000
"""Characters that the field takes: more than any model reads."""


_HISTORY = Binding.Group("the sentence asked before / after this one")


class SentenceInput(Field):
    """One line of text. It owns what is typed; what was asked before it reads from `sentences`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "screen.ask",
            "analyse",
            id="analyse",
            tooltip="predict the masks, show the attention",
        ),
        Binding("up", "earlier", "history", group=_HISTORY, id="earlier"),
        Binding("down", "later", "history", group=_HISTORY, id="later"),
        Binding("ctrl+t,f2", "insert_mask", "[MASK]", id="insert-mask", tooltip="insert [MASK]"),
    ]

    class TooLong(Message):
        """Something was not taken because the field would be too long."""

    def __init__(self, sentences: Sentences, text: str = "", *, id: str | None = None) -> None:
        super().__init__(
            text,
            placeholder=f"Type a sentence with {MASK}, then press enter",
            max_length=LONGEST,
            id=id,
        )
        self._sentences = sentences
        self._draft = text

    def show(self, text: str) -> None:
        """Put another sentence into the field; what was typed and not asked stays at hand."""
        if text == self.value:
            return
        self._keep_draft()
        self.value = text
        self.cursor_position = len(text)

    # What is seen of a long sentence

    def watch_has_focus(self, has_focus: bool) -> None:
        """While it is edited the cursor is in sight, else the start of the text, or its mask."""
        super().watch_has_focus(has_focus)
        # Behind the click that brought the focus: it is for the place that it was aimed at.
        self.call_later(self._show_what_matters)

    def on_resize(self) -> None:
        """Another part of the text may have room."""
        self._show_what_matters()

    def _show_what_matters(self) -> None:
        x = self.cursor_screen_offset.x - self.content_region.x + self.scroll_offset.x
        self.scroll_to_region(Region(x, 0, 1, 1), force=True, animate=False)

    def scroll_to_region(self, region: Region, **how: Any) -> Offset:
        """Scroll, which Textual does wherever the cursor goes; at rest the text has its place."""
        if not self.has_focus:
            region = Region(self._at_rest, 0, self.content_region.width, 1)
        return super().scroll_to_region(region, **how)

    @property
    def _at_rest(self) -> int:
        """The first column in sight of a text that is not being edited."""
        room, mask = self.content_region.width, self.value.find(MASK)
        start = cell_len(self.value[: max(0, mask)])
        if mask < 0 or start + len(MASK) <= room:
            return 0
        # The mask in the middle, where there is text enough behind it.
        behind = cell_len(self.value) - room
        return max(0, min(start + len(MASK) // 2 - room // 2, behind))

    def mark(self, other: str | None) -> None:
        """Mark the words that the sentence beside this one does not have; None marks none."""
        marked = self.highlighter
        if (marked.other if isinstance(marked, MarkedWords) else None) != other:
            self.highlighter = MarkedWords(other) if other is not None else None
            self.refresh()

    def restricted(self) -> None:
        """Say that the text is too long, instead of ringing the terminal's bell."""
        self.post_message(self.TooLong())

    def on_key(self, event: events.Key) -> None:
        """Take the line breaks of a paste without brackets: each is an enter that text follows."""
        if event.key in ("enter", "ctrl+j") and getattr(event, "text_follows", False):
            event.stop()
            event.prevent_default()
            self._put(" ")

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste as one line, or say that it is too long."""
        event.stop()
        event.prevent_default()
        if is_refused(event):
            self.post_message(self.TooLong())
            return
        self._put(clean(event.text))

    def _put(self, text: str) -> None:
        """Insert a text at the cursor, in the place of what is selected."""
        self.replace(text, *self.selection)

    def action_insert_mask(self) -> None:
        """Insert a mask at the cursor, apart from the words around it."""
        start, end = sorted(self.selection)
        before = "" if self.value[:start][-1:] in ("", " ") else " "
        after = self.value[end:][:1]
        self._put(f"{before}{MASK}{' ' if after.isalnum() else ''}")

    def action_earlier(self) -> None:
        """Bring back the sentence asked before this one."""
        self._recall(self._sentences.earlier(self.value))

    def action_later(self) -> None:
        """Bring back the sentence asked after this one, or what was being typed."""
        self._recall(self._sentences.later(self.value) or self._draft)

    def _recall(self, text: str | None) -> None:
        if text is None:
            return
        if self.value not in self._sentences:
            self._draft = self.value
        self.value = text
        self.cursor_position = len(text)

    def _keep_draft(self) -> None:
        if self.value.strip() and self.value not in self._sentences:
            self._sentences.add(self.value)
