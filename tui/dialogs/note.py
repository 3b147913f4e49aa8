"""The dialog that shows one head's note: the claim to be written, and what it stands on."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from pathlib import Path
from threading import Lock
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.errors import SaveError
from tui.storage.notebook import Notebook
from tui.storage.notes import NotedHead, Notes
from tui.terminal.packets import is_refused
from tui.text import visible
from tui.widgets.text.line import Line

SAVE_AFTER = 0.8
"""Seconds after the last key until the claim is written."""

_WITH_LINE = frozenset({"vi", "vim", "nvim", "nano", "emacs", "micro", "joe", "kak", "hx"})
"""Editors that open a file at a line given as `+12`."""


class ClaimArea(TextArea):
    """Takes text of any kind; what a terminal would act upon never gets into it."""

    class TooLong(Message):
        """A paste was not taken because it is too long."""

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste, or say that it is too long."""
        event.stop()
        event.prevent_default()
        if is_refused(event):
            self.post_message(self.TooLong())
            return
        self.replace(lines_of(event.text), *self.selection)


class NoteScreen(ModalScreen[Notes | None]):
    """Writes the claim as it is typed: there is nothing to be saved, and nothing to be lost.

    Args:
        notebook: where the note is.
        place: the head.
        notes: the notes as they are.
        added: the sentence on screen was added just now.

    Attributes:
        claim: the field for the claim.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "done", "done", priority=True, tooltip="close; it is saved"),
        Binding("ctrl+o,f2", "edit", "editor", priority=True, tooltip="open the file in $EDITOR"),
        Binding("ctrl+q", "app.quit", "quit", priority=True, tooltip="leave"),
    ]

    def __init__(self, notebook: Notebook, place: NotedHead, notes: Notes, *, added: bool) -> None:
        super().__init__()
        self._notebook = notebook
        self._place = place
        self._notes = notes
        self._added = added
        self._known = notes.claim(place)
        self._loaded = lines_of(self._known)
        self._failed = ""
        self._writing = Lock()
        self.claim = ClaimArea(
            self._loaded,
            placeholder="What does this head do? Write it in your own words.",
            compact=True,
            id="claim",
        )

    def compose(self) -> ComposeResult:
        """A heading, the claim, the sentences, and where it all is."""
        with Vertical(id="note"):
            yield Line(id="about")
            yield self.claim
            yield Static(markup=False, id="examples")
            yield Static(markup=False, id="where")

    def on_mount(self) -> None:
        """Say what it is about; the cursor stands where writing goes on."""
        place = self._place
        about = f"Layer {place.layer + 1} · Head {place.head + 1} · {place.model}"
        self.query_one("#about", Line).left = Text(about, style="bold")
        self.claim.cursor_blink = False
        self.claim.move_cursor(self.claim.document.end)
        self._show_examples()
        self._show_where()

    def _show_examples(self) -> None:
        section = self._notes.at(self._place)
        sentences = section.examples if section else ()
        text = Text()
        for number, sentence in enumerate(sentences, 1):
            mark = "  (added now)" if self._added and number == len(sentences) else ""
            text.append(f"{number:>2} {visible(sentence)}{mark}\n")
        self.query_one("#examples", Static).update(text)

    def _show_where(self) -> None:
        keys = "esc done, it is saved · ctrl+o open the file in $EDITOR"
        text = Text(f"{visible(str(self._notebook.path))}\n{keys}", style="dim")
        if self._failed:
            text = Text(f"{self._failed} esc again leaves all the same.", style="bold")
        self.query_one("#where", Static).update(text)

    def on_claim_area_too_long(self) -> None:
        """Say that a paste was not taken."""
        too_long = "That is too long for a note: nothing of it was pasted. Paste less of it."
        self.query_one("#where", Static).update(Text(too_long, style="bold"))

    # Writing

    def on_text_area_changed(self) -> None:
        """Write the claim when nothing was typed for a moment."""
        self._failed = ""
        typed = self.claim.text
        self.set_timer(SAVE_AFTER, lambda: self._save_soon(typed))

    def _save_soon(self, typed: str) -> None:
        if self.is_mounted and typed == self.claim.text:
            self.run_worker(self._save(), group="claim")

    async def _save(self) -> bool:
        """Write the claim off the event loop; returns whether it is written."""
        claim = self.claim.text
        if claim == self._loaded:
            return True
        try:
            notes = await asyncio.to_thread(self._write, claim)
        except SaveError as error:
            self._failed = str(error)
            self._show_where()
            return False
        self._notes = notes
        merged = notes.claim(self._place)
        if self.claim.text == claim and lines_of(merged) != claim.strip("\n").rstrip():
            self._take(merged)  # the file said something else by now: both are kept
        return True

    def _write(self, claim: str) -> Notes:
        with self._writing:
            notes = self._notebook.set_claim(self._place, claim, known=self._known)
            self._known, self._loaded = notes.claim(self._place), claim
            return notes

    def _take(self, claim: str) -> None:
        self._known, self._loaded = claim, lines_of(claim)
        self.claim.load_text(self._loaded)
        self.claim.move_cursor(self.claim.document.end)

    def on_unmount(self) -> None:
        """What was typed at last is written even if the app is left at once."""
        claim = self.claim.text
        if claim != self._loaded and not self._failed:
            try:
                self._write(claim)
            except SaveError:
                self._failed = "lost"

    # Actions

    async def action_done(self) -> None:
        """Close, once the claim is written."""
        if self._failed or await self._save():
            self.dismiss(self._notes)

    async def action_edit(self) -> None:
        """Open the file in the editor that the user has chosen, and read it again."""
        if not await self._save():
            return
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        at = [f"+{self._line}"] if Path(command[0]).name in _WITH_LINE else []
        try:
            with self.app.suspend():
                done = subprocess.run([*command, *at, str(self._notebook.path)], check=False)
            failed = f"{command[0]} ended with code {done.returncode}." if done.returncode else ""
        except SuspendNotSupported:
            failed = "This terminal cannot be lent to an editor: edit the file elsewhere."
        except OSError as error:
            failed = f"{visible(command[0])} cannot be started ({error.strerror}): set EDITOR."
        self.refresh(layout=True)
        try:
            self._notes = await asyncio.to_thread(self._notebook.read)
        except SaveError as error:
            failed = str(error)
        else:
            self._added = False
            self._take(self._notes.claim(self._place))
            self._show_examples()
        self._failed = failed
        self._show_where()

    @property
    def _line(self) -> int:
        """The line of the file where the note begins, counted from 1."""
        line = 1
        section = self._notes.at(self._place)
        for one in self._notes.sections:
            if one is section:
                break
            line += len(one.lines)
        return line


def lines_of(text: str) -> str:
    """Lines of text that are safe to be shown."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in text.split("\n"))
