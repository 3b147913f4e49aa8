"""Actions on notes: one note a head, with the sentences it stands on."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from tui.errors import SaveError
from tui.screens.reading_screen import ReadingScreen
from tui.storage.paths import NOTES
from tui.text import visible

if TYPE_CHECKING:
    from tui.evidence.pictures import Picture
    from tui.storage.notebook import Notebook
    from tui.storage.notes import NotedHead, Notes


class Noting(ReadingScreen):
    """The file of notes is read and written off the event loop."""

    _notes: Notes | None = None

    @cached_property
    def _notebook(self) -> Notebook:
        from tui.storage.notebook import Notebook  # the first frame needs no notes

        return Notebook(self._options.save_folder / NOTES)

    @property
    def _noted(self) -> frozenset[tuple[int, int]]:
        """The heads that have notes, layer and head counted from 0."""
        return self._notes.noted(visible(self._model_name)) if self._notes else frozenset()

    def on_mount(self) -> None:
        """Read the notes once the first frame is there."""
        self.call_after_refresh(self._read_notes)

    def _read_notes(self) -> None:
        self.run_worker(self._load_notes, thread=True, group="notes")

    def _load_notes(self) -> None:
        try:
            notes = self._notebook.read()
        except SaveError:
            return  # who writes a note is told
        self.app.call_from_thread(self._take_notes, notes, self._notebook.sentences())

    def _take_notes(self, notes: Notes, listed: list[str]) -> None:
        self._notes = notes
        self._sentences.listed = tuple(listed)
        self._show()

    def action_note(self) -> None:
        """Add the sentence on screen to the head's note, and open it."""
        if self._can(self._reading.check_whole):
            from tui.evidence.pictures import Picture

            picture = Picture.of(self._reading)
            query = self.grid.cursor.query
            self.run_worker(partial(self._note, picture, query), thread=True, group="notes")

    def _note(self, picture: Picture, query: int) -> None:
        from tui.evidence.note_example import example
        from tui.storage.notes import NotedHead

        model = visible(picture.analysis.model.name)
        place = NotedHead(picture.layer, picture.head, model)
        try:
            known = self._notebook.read().at(place)
            added = known is None or picture.analysis.text not in known.examples
            if added:
                path = picture.save(self._notebook.folder)
                self._notebook.add_example(place, example(picture, path.name, query))
            notes = self._notebook.read()
        except SaveError as error:
            self.app.call_from_thread(self.say, str(error))
            return
        listed = self._notebook.sentences()
        self.app.call_from_thread(self._open_note, place, notes, listed, added)

    def _open_note(self, place: NotedHead, notes: Notes, listed: list[str], added: bool) -> None:
        from tui.dialogs.note import NoteScreen

        self._take_notes(notes, listed)
        screen = NoteScreen(self._notebook, place, notes, added=added)
        self.app.push_screen(screen, self._closed_note)

    def _closed_note(self, notes: Notes | None) -> None:
        self._read_notes()
        self.say(
            f"The notes are in {visible(str(self._notebook.path))}",
            copies=str(self._notebook.path),
        )
