"""The notes beside the pictures as far as they are known, and the note that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import SaveError
from tui.storage.paths import NOTES
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.evidence.pictures import Picture
    from tui.storage.notebook import Notebook
    from tui.storage.notes import NotedHead, Notes


@dataclass(frozen=True, slots=True, eq=False)
class OfferedExample:
    """The sentence on screen, which a note has as soon as something is written into it.

    Attributes:
        picture: the head as it is looked at, or two runs of it that are compared.
        cell: the row that is read out where the sentence has no mask, and of a pair the column.
        experiments: what was measured of the head, a sentence each.
    """

    picture: Picture
    cell: tuple[int, int]
    experiments: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The sentence, or the pair that is compared."""
        from tui.evidence.compared import pair_named

        pair = self.picture.comparison
        return clean(pair_named(pair)) if pair else self.picture.analysis.text

    def is_in(self, notes: Notes, head: NotedHead) -> bool:
        """Whether a head's note has the sentence, and what was measured."""
        section = notes.at(head)
        if section is None or self.sentence not in section.examples:
            return False
        return {clean(one) for one in self.experiments} <= {*section.experiments}


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
    def experiments(self) -> tuple[str, ...]:
        """The sentences on what was cut and what came of it."""
        section = self.notes.at(self.head)
        return section.experiments if section else ()

    @property
    def has_verdict(self) -> bool:
        """Whether one of them says if the head helps such sentences."""
        from tui.experiments.effect_over_list import CONSISTENT, NOT_SUPPORTED

        verdicts = CONSISTENT, NOT_SUPPORTED
        return any(verdict in one for one in self.experiments for verdict in verdicts)

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

    def claim(self, model: str, head: HeadIndex) -> str:
        """The claim of a head's note, as people read it; empty if there is none."""
        if self.notes is None:
            return ""
        from tui.storage.notes import NotedHead

        return shown_claim(self.notes.claim(NotedHead(*head, visible(model))))

    # Carried out where a slow disk holds up nobody

    def read(self) -> tuple[Notes, tuple[str, ...]]:
        """The notes, and the list of sentences beside them.

        Raises:
            SaveError: they cannot be read.
        """
        return self.book.read(), tuple(self.book.sentences())

    def open_on(
        self, picture: Picture, cell: tuple[int, int], experiments: Sequence[str] = ()
    ) -> OpenNote:
        """The note on a head, which is offered the sentence on screen; nothing is written.

        Args:
            picture: the head as it is looked at, or two runs of it that are compared.
            cell: the cell that is looked at.
            experiments: what was measured of the head, a sentence each.

        Raises:
            SaveError: the notes cannot be read.
        """
        from tui.storage.notes import NotedHead

        model = visible(picture.analysis.model.name)
        head = NotedHead(picture.layer, picture.head, model)
        return self._opened(head, OfferedExample(picture, cell, tuple(experiments)))

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
        """Add a sentence to a head's note, with its picture and what was measured of it.

        Of one that is there already only what was measured since is added.
        """
        from tui.evidence.note_example import example
        from tui.evidence.noted_pair import pair_example

        notes = self.book.read()
        if offered.is_in(notes, head):
            return notes
        section, experiments = notes.at(head), offered.experiments
        if section is not None and offered.sentence in section.examples:
            return self.book.add_experiments(head, experiments, sentence=offered.sentence)
        picture = offered.picture
        (path,) = picture.save(self.book.folder).paths
        found = (
            pair_example(picture, path.name, offered.cell, experiments)
            if picture.comparison
            else example(picture, path.name, offered.cell[0], experiments)
        )
        return self.book.add_example(head, found)

    def add_over_list(self, head: NotedHead, said: str, told: Sequence[str]) -> Notes:
        """Put what was measured of a head over the list into its note.

        Args:
            head: the head that was asked about, whichever note is open by now.
            said: what was measured, a sentence.
            told: what its reader must be told, a sentence each.

        Returns:
            The notes as they are now.

        Raises:
            SaveError: it cannot be written, or the head has no note with an example any more.
        """
        notes = self.book.add_experiments(head, [said], told)
        section = notes.at(head)
        if section is None or clean(said) not in section.experiments:
            raise SaveError(
                f"Head {head.layer + 1}·{head.head + 1} has no note with an example any more: "
                f"a begins one. It was measured {said}"
            )
        return notes

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
        if offered is not None and offered.is_in(notes, head):
            offered = None
        return OpenNote(head, notes, known, offered=offered, added=added)


def shown_claim(claim: str) -> str:
    """A claim as the field shows it: lines of text that are safe to be shown."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in claim.split("\n"))
