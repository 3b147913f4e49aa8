"""The notes beside the pictures as far as they are known, and the note that is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tui.storage.paths import NOTES
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.evidence.pictures import Picture
    from tui.storage.notebook import Notebook
    from tui.storage.notes import NotedHead, Notes


@dataclass(frozen=True, slots=True, eq=False)
class OfferedExample:
    """The sentence on screen, which a note has as soon as something is written into it.

    Attributes:
        picture: the head as it is looked at.
        query: the row that is read out where the sentence has no mask.
    """

    picture: Picture
    query: int

    @property
    def sentence(self) -> str:
        """The sentence."""
        return self.picture.analysis.text


@dataclass(frozen=True, slots=True, eq=False)
class OpenNote:
    """The note that is open.

    Attributes:
        head: what it is about.
        notes: all notes, as they were read last.
        known: the claim as the file had it when it was read or written last.
        written: the claim that was written then, None if it was only read.
        offered: the sentence on screen, as long as the note does not have it.
        added: the sentence on screen was added just now.
        failed: why the claim could not be written; empty if it could.
    """

    head: NotedHead
    notes: Notes
    known: str
    written: str | None = None
    offered: OfferedExample | None = None
    added: bool = False
    failed: str = ""

    def has(self, claim: str) -> bool:
        """Whether the file has this claim already, apart from blank lines around it."""
        return shown_claim(self.known) == claim.strip("\n").rstrip()

    @property
    def examples(self) -> tuple[str, ...]:
        """The sentences that it stands on."""
        section = self.notes.at(self.head)
        return section.examples if section else ()

    @property
    def line(self) -> int:
        """The line of the file where the note begins, counted from 1."""
        line = 1
        section = self.notes.at(self.head)
        for one in self.notes.sections:
            if one is section:
                break
            line += len(one.lines)
        return line


class NotesState:
    """The notes of one folder. The file is the only place where they are: this is how it stood.

    Args:
        folder: where pictures go; notes lie below it.

    Attributes:
        notes: the notes as they were read last, None before that.
        open: the note that is open, if one is.
        typed: the claim as it stands in the field of the open note.
        keeps: the sentence that the open note is offered is on its way into it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notes: Notes | None = None
        self.open: OpenNote | None = None
        self.typed = ""
        self.keeps = False
        self._known: dict[NotedHead, str] = {}  # each claim as it was written last

    @cached_property
    def book(self) -> Notebook:
        """The folder of notes."""
        from tui.storage.notebook import Notebook  # the first frame needs no notes

        return Notebook(self._folder / NOTES)

    def noted(self, model: str) -> frozenset[HeadIndex]:
        """The heads of a model that have notes, layer and head counted from 0."""
        return self.notes.noted(visible(model)) if self.notes else frozenset()

    # Carried out where a slow disk holds up nobody

    def read(self) -> tuple[Notes, tuple[str, ...]]:
        """The notes, and the list of sentences beside them.

        Raises:
            SaveError: they cannot be read.
        """
        return self.book.read(), tuple(self.book.sentences())

    def open_on(self, picture: Picture, query: int) -> OpenNote:
        """The note on a head, which is offered the sentence on screen; nothing is written.

        Args:
            picture: the head as it is looked at.
            query: the row that is read out where the sentence has no mask.

        Raises:
            SaveError: the notes cannot be read.
        """
        from tui.storage.notes import NotedHead

        model = visible(picture.analysis.model.name)
        head = NotedHead(picture.layer, picture.head, model)
        return self._opened(head, OfferedExample(picture, query))

    def write(self, note: OpenNote, claim: str) -> OpenNote:
        """Write what is claimed about a head, and the sentence that its note is offered.

        If the file claims something else by now, both stay.

        Raises:
            SaveError: it cannot be written; the claim comes first.
        """
        notes, known, written = note.notes, note.known, note.written
        if not note.has(claim):
            # What was written before may not have come back to the screen yet.
            before = self._known.get(note.head, known)
            notes = self.book.set_claim(note.head, claim, known=before)
            known, written = notes.claim(note.head), claim
            self._known[note.head] = known
        if note.offered is not None:
            notes = self._add(note.head, note.offered)
        return replace(
            note,
            notes=notes,
            known=known,
            written=written,
            offered=None,
            added=note.added or note.offered is not None,
            failed="",
        )

    def _add(self, head: NotedHead, offered: OfferedExample) -> Notes:
        """Add a sentence to a head's note, with its picture, unless it is there already."""
        from tui.evidence.note_example import example

        notes = self.book.read()
        if _has_example(notes, head, offered):
            return notes
        (path,) = offered.picture.save(self.book.folder).paths
        return self.book.add_example(head, example(offered.picture, path.name, offered.query))

    def read_again(self, note: OpenNote) -> OpenNote:
        """The note as the file has it now.

        Raises:
            SaveError: it cannot be read.
        """
        return self._opened(note.head, note.offered, added=note.added)

    def _opened(
        self, head: NotedHead, offered: OfferedExample | None, *, added: bool = False
    ) -> OpenNote:
        notes = self.book.read()
        known = self._known[head] = notes.claim(head)
        if offered is not None and _has_example(notes, head, offered):
            offered = None
        return OpenNote(head, notes, known, offered=offered, added=added)


def _has_example(notes: Notes, head: NotedHead, offered: OfferedExample) -> bool:
    section = notes.at(head)
    return section is not None and offered.sentence in section.examples


def shown_claim(claim: str) -> str:
    """A claim as the field shows it: lines of text that are safe to be shown."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in claim.split("\n"))
