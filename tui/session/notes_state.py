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
class OpenNote:
    """The note that is open.

    Attributes:
        head: what it is about.
        notes: all notes, as they were read last.
        known: the claim as the file had it when it was read or written last.
        written: the claim that was written then, None if it was only read.
        added: the sentence on screen was added just now.
        failed: why the claim could not be written; empty if it could.
    """

    head: NotedHead
    notes: Notes
    known: str
    written: str | None = None
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
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notes: Notes | None = None
        self.open: OpenNote | None = None
        self.typed = ""
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

    def add(
        self, picture: Picture, query: int, experiments: Sequence[str] = (), *, key: int = 0
    ) -> OpenNote:
        """Add a sentence, or a pair that is compared, to a head's note, unless it is there already.

        What was measured of it since is added to the example that is there.

        Args:
            picture: the head as it is looked at.
            query: the row that is read out where the sentence has no mask.
            experiments: what was cut and what came of it, a sentence each.
            key: the column, whose weight in both runs is read out where two are compared.

        Raises:
            SaveError: the notes cannot be read or written.
        """
        from tui.evidence.compared import pair_named
        from tui.evidence.note_example import example
        from tui.evidence.noted_pair import pair_example
        from tui.storage.notes import NotedHead

        model = visible(picture.analysis.model.name)
        head = NotedHead(picture.layer, picture.head, model)
        known = self.book.read().at(head)
        pair = picture.comparison
        title = clean(pair_named(pair)) if pair else picture.analysis.text
        added = known is None or title not in known.examples
        if added:
            (path,) = picture.save(self.book.folder).paths
            found = (
                pair_example(picture, path.name, (query, key), experiments)
                if pair
                else example(picture, path.name, query, experiments)
            )
            self.book.add_example(head, found)
        elif experiments:
            self.book.add_experiments(head, experiments, sentence=title)
        return self._opened(head, added=added)

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

    def write_claim(self, note: OpenNote, claim: str) -> OpenNote:
        """Write what is claimed about a head; if the file says something else by now, both stay.

        Raises:
            SaveError: it cannot be written.
        """
        # What was written before may not have come back to the screen yet.
        before = self._known.get(note.head, note.known)
        notes = self.book.set_claim(note.head, claim, known=before)
        known = self._known[note.head] = notes.claim(note.head)
        return replace(note, notes=notes, known=known, written=claim, failed="")

    def read_again(self, note: OpenNote) -> OpenNote:
        """The note as the file has it now.

        Raises:
            SaveError: it cannot be read.
        """
        return self._opened(note.head)

    def _opened(self, head: NotedHead, *, added: bool = False) -> OpenNote:
        notes = self.book.read()
        known = self._known[head] = notes.claim(head)
        return OpenNote(head, notes, known, added=added)


def shown_claim(claim: str) -> str:
    """A claim as the field shows it: lines of text that are safe to be shown."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in claim.split("\n"))
