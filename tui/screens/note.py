"""The note on one head: the claim to be written, and the sentences it stands on."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.dialogs.dialog import Dialog
from tui.errors import RequestError
from tui.experiments.effect_over_list import SELF_REPAIR
from tui.screens.session_screen import Perform, SessionScreen
from tui.session.effects import Redraw
from tui.session.notes_state import OpenNote
from tui.text import visible
from tui.widgets.text.claim_area import ClaimArea
from tui.widgets.text.line import Line

if TYPE_CHECKING:
    from tui.session.session import Session

SAVE_AFTER = 0.8
"""Seconds after the last key until the claim is written."""


class NoteScreen(SessionScreen, Dialog[None]):
    """The claim is written as it is typed, and the sentence on screen is kept with it.

    A note into which nothing is written leaves the file as it was.

    Attributes:
        claim: the field for the claim.
    """

    CSS_PATH = "../dialogs/dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "done", "done", priority=True, id="note-close",
            tooltip="close; what was written is saved",
        ),
        Binding(
            "ctrl+s,f3", "keep", "keep", priority=True, id="note-keep",
            tooltip="keep the sentence on screen as an example, without a claim too",
        ),
        Binding(
            "ctrl+o,f2", "edit", "editor", priority=True, id="note-edit",
            tooltip="keep the sentence and open the file in $EDITOR",
        ),
        Binding(
            "ctrl+l,f4", "over_list", "over the list", priority=True, id="note-list",
            tooltip="keep the sentence, and cut this head in every sentence of the list: mean "
            "effect, 95 % interval, verdict",
        ),
        Binding("ctrl+q", "app.quit", "quit", priority=True, show=False),
    ]  # fmt: skip

    PLACE = "note"

    def __init__(self, session: Session, perform: Perform) -> None:
        super().__init__(session, perform)
        assert session.keeping.state.open is not None
        self._shown: OpenNote = session.keeping.state.open
        self._then: Callable[[], Awaitable[None]] | None = None  # once the claim is written
        self.claim = ClaimArea(self._shown.known, id="claim")

    def compose(self) -> ComposeResult:
        """A heading, the claim, the sentences, and where it all is."""
        with Vertical(id="note"):
            yield Line(id="about")
            yield self.claim
            examples = Static(markup=False, id="examples")
            examples.can_focus = True  # tab leads there, where letters are keys
            yield examples
            yield Static(markup=False, id="experiments")
            yield Static(markup=False, id="where")

    def on_mount(self) -> None:
        """Say what it is about."""
        head = self._shown.head
        about = f"Layer {head.layer + 1} · Head {head.head + 1} · {head.model}"
        self.query_one("#about", Line).left = Text(about, style="bold")
        self._show_note()

    def show(self, what: Redraw) -> None:
        """Show the note as it is now; what was typed in the meantime stays."""
        note = self.session.keeping.state.open
        if note is None or not self.is_mounted:
            return
        if note is self._shown:
            self._show_where()
            return
        before, self._shown = self._shown, note
        typed = self.claim.text
        is_kept = typed == note.written or before.has(typed)  # and nothing was typed since
        if note.known != before.known and is_kept and not note.has(typed):
            self.claim.show(note.known)  # the file says something else by now
        self._show_note()
        if _state(note) == _state(before):
            return  # something was measured, and the claim is still to be written
        then, self._then = self._then, None
        if then is not None and not note.failed:
            self.call_later(then)

    def _show_note(self) -> None:
        note = self._shown
        text = Text()
        for number, sentence in enumerate(note.examples, 1):
            mark = "  (added now)" if note.added and number == len(note.examples) else ""
            text.append(f"{number:>2} {visible(sentence)}{mark}\n")
        if note.offered:
            number = len(note.examples) + 1
            wait = "  (kept with a claim, or with ctrl+s)"
            text.append(f"{number:>2} {visible(note.offered.sentence)}{wait}\n")
        self.query_one("#examples", Static).update(text)
        measured = [*note.experiments]
        if note.offered:
            measured += [one for one in note.offered.experiments if one not in measured]
        found = Text()
        for sentence in measured:
            found.append(f" > {visible(sentence)}\n")
        if note.has_verdict:
            found.append(f"   {SELF_REPAIR}\n")
        experiments = self.query_one("#experiments", Static)
        experiments.update(found)
        experiments.display = bool(found)
        self._show_where()

    def _show_where(self) -> None:
        """Where it all is, and what goes on, or went wrong."""
        note, session = self._shown, self.session
        keys = "esc done · ctrl+s keep the sentence · ctrl+l over the list · ctrl+o $EDITOR"
        where = Text()
        if said := session.jobs.said or session.message:
            where.append(f"{visible(said)}\n", style="bold")
        where.append(f"{visible(str(session.keeping.state.book.path))}\n{keys}", style="dim")
        if note.failed:
            where = Text(f"{note.failed} esc leaves all the same.", style="bold")
        self.query_one("#where", Static).update(where)

    @property
    def to_copy(self) -> tuple[str, str]:
        """The claim, and the sentences below it."""
        note = self._shown
        offered = (note.offered.sentence,) if note.offered else ()
        return "", "\n".join(filter(None, (self.claim.text, *note.examples, *offered)))

    def on_claim_area_too_long(self) -> None:
        """Say that a paste was not taken."""
        too_long = "That is too long for a note: nothing of it was pasted. Paste less of it."
        self.query_one("#where", Static).update(Text(too_long, style="bold"))

    # Writing

    async def on_text_area_changed(self) -> None:
        """Write the claim when nothing was typed for a moment."""
        typed = self.claim.text
        if typed != self.session.keeping.state.typed:
            await self.perform(self.session.keeping.type_claim(typed))
            self.set_timer(SAVE_AFTER, lambda: self._save_soon(typed))

    async def _save_soon(self, typed: str) -> None:
        if typed == self.claim.text:
            await self.perform(self.session.keeping.save_claim())

    def on_unmount(self) -> None:
        """The last keys count too, if the program is left at once."""
        if self.session.keeping.state.open is not None:
            self.session.keeping.type_claim(self.claim.text)

    # Leaving

    async def action_done(self) -> None:
        """Close, once the claim is written; asked a second time, at once."""
        if self.claim.text != self.session.keeping.state.typed:
            await self.perform(self.session.keeping.type_claim(self.claim.text))
        if self._then is not None or self._shown.failed:
            await self._close()
        else:
            await self._once_written(self._close)

    async def action_keep(self) -> None:
        """Keep the sentence on screen."""
        await self.perform(self.session.keeping.type_claim(self.claim.text))
        await self.perform(self.session.keeping.keep_example())

    async def action_over_list(self) -> None:
        """Measure the head over the list of sentences; what comes of it stands in the note."""
        await self.perform(self.session.keeping.measure_over_list())

    async def action_edit(self) -> None:
        """Open the file in the editor that the user has chosen, once everything is in it."""
        await self._once_written(self._edit, all_of_it=True)

    async def _once_written(
        self, then: Callable[[], Awaitable[None]], *, all_of_it: bool = False
    ) -> None:
        typed, keeping = self.claim.text, self.session.keeping
        await self.perform(keeping.type_claim(typed))
        if self._shown.has(typed) and not (all_of_it and self._shown.offered):
            await then()
            return
        self._then = then
        await self.perform(keeping.keep_example() if all_of_it else keeping.save_claim())

    async def _close(self) -> None:
        self._then = None
        await self.perform(self.session.keeping.close_note())
        self.dismiss()

    async def _edit(self) -> None:
        from tui.terminal.editor import edit, editor_command

        path = self.session.keeping.state.book.path
        try:
            command = editor_command(os.environ, path, self._shown.line)
            failed = edit(self.app, command, path)
        except RequestError as error:
            failed = str(error)
        self.refresh(layout=True)
        await self.perform(self.session.keeping.read_note_again(failed))


def _state(note: OpenNote) -> tuple[object, ...]:
    """Whatever changes when a note is written, or cannot be."""
    return note.known, note.written, note.failed, note.offered
