"""The folder of notes: `analysis.md`, the pictures that it shows, and the list of sentences."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from tui.errors import RequestError, SaveError
from tui.storage.files import ELSEWHERE, make_folder, write_whole
from tui.storage.lock import locked
from tui.storage.notes import (
    NotedHead,
    Notes,
    compared_line,
    escaped,
    experiment_line,
    told_line,
)
from tui.storage.paths import absolute
from tui.storage.sentence_list import read_list
from tui.text import clean, visible

FILE = "analysis.md"
LIST = "sentences.txt"
LARGEST = 16 << 20
"""Bytes of notes, and of the list; a larger file is none that a person wrote."""

_A_FILE = f"make it a file that you may read, or {ELSEWHERE}"


@dataclass(frozen=True, slots=True)
class FilledSentence:
    """A sentence with a candidate in the place of a mask.

    Attributes:
        before: what stands before the candidate.
        filler: the candidate as it stands in the sentence.
        after: what stands after it.
        probability: how probable the model finds it, 0..1.
    """

    before: str
    filler: str
    after: str
    probability: float


@dataclass(frozen=True, slots=True)
class NoteExample:
    """A sentence that a note stands on.

    Attributes:
        sentence: the sentence.
        picture: the name of its picture, in the folder of the notes.
        shown: what the picture shows, such as `per head scale`.
        measured: what was measured of the head on it, a sentence each.
        filled: its best filled-in sentences.
        told: everything that a reader must be told, a sentence each.
        experiments: what was cut and what came of it, a sentence each.
        pair: both runs in a line, where the example is of two; empty if it is of the sentence.
        other: the sentence of the second run.
        compared: how the two differ, a sentence each.
    """

    sentence: str
    picture: str
    shown: str
    measured: Sequence[str]
    filled: Sequence[FilledSentence]
    told: Sequence[str] = ()
    experiments: Sequence[str] = ()
    pair: str = ""
    other: str = ""
    compared: Sequence[str] = ()

    @property
    def title(self) -> str:
        """The heading, which the note's other examples do not have: the sentence, or both runs."""
        return clean(self.pair or self.sentence)

    def block(self, place: NotedHead) -> str:
        """The example as it stands in the file."""
        title = f"Layer {place.layer + 1}, Head {place.head + 1}, {self.shown}"
        lines = [
            f"### {escaped(self.title)}",
            "",
            f"![{escaped(title)}]({self.picture})",
        ]
        for sentence in self.told:
            lines += ["", told_line(clean(sentence))]
        for compared in self.compared:
            lines += ["", compared_line(clean(compared))]
        for measured in self.measured:
            lines += ["", escaped(visible(measured))]
        for experiment in self.experiments:
            lines += ["", experiment_line(clean(experiment))]
        if self.filled:
            lines.append("")
        lines += [
            f"{rank}. {escaped(visible(one.before))}**{escaped(visible(one.filler))}**"
            f"{escaped(visible(one.after))} ({_share(one.probability)})"
            for rank, one in enumerate(self.filled, 1)
        ]
        return "\n".join(lines) + "\n"


class Notebook:
    """Reads and changes the notes of one folder; the file is the only place where they are.

    Every change reads the file anew and writes it whole, under a lock that other apps wait for:
    what was edited by hand in the meantime stays. A change that was made already changes nothing,
    so that one that failed can be tried again.

    Attributes:
        folder: where it lies, as an absolute path.
    """

    def __init__(self, folder: Path) -> None:
        with suppress(RuntimeError):  # nobody's home: the first change says so
            folder = folder.expanduser()
        self.folder = absolute(folder)

    @property
    def path(self) -> Path:
        """The file that a person reads and edits."""
        return self.folder / FILE

    def read(self) -> Notes:
        """The notes as the file has them now; none where there is no file.

        Raises:
            SaveError: it is there and cannot be read.
        """
        # Bytes that are no UTF-8 stay what they are.
        return Notes.parse(_content(self.path, "notes").decode("utf-8", "surrogateescape"))

    def set_claim(self, place: NotedHead, claim: str, *, known: str) -> Notes:
        """Write what is claimed about a head.

        Args:
            place: the head.
            claim: the claim.
            known: what the claim was when it was begun to be edited. If the file says something
                else by now, both are kept.

        Returns:
            The notes as they are now.

        Raises:
            SaveError: they cannot be written.
        """

        def change(notes: Notes) -> Notes:
            theirs, ours = notes.claim(place), claim.strip("\n").rstrip()
            if theirs in (known, ours, ""):
                return notes.with_claim(place, ours)
            if theirs.endswith(f"\n\n{ours}"):  # both are there already
                return notes
            return notes.with_claim(place, f"{theirs}\n\n{ours}")

        with self._locked():
            return self._change(change)

    def add_example(self, place: NotedHead, example: NoteExample) -> Notes:
        """Put an example under a head's note, which is begun if there is none.

        Returns:
            The notes as they are now; an example of the same sentence is left as it is.

        Raises:
            SaveError: they cannot be written.
        """
        with self._locked():
            notes = self._change(
                lambda notes: notes.with_example(place, example.title, example.block(place))
            )
            for sentence in filter(None, [clean(example.sentence), clean(example.other)]):
                self._add_sentence(sentence)
        return notes

    def add_experiments(
        self,
        place: NotedHead,
        experiments: Sequence[str],
        told: Sequence[str] = (),
        *,
        sentence: str | None = None,
    ) -> Notes:
        """Put what was measured by cutting a head under its note; what stands there stays.

        Args:
            place: the head.
            experiments: a sentence each.
            told: what a reader of them must be told, a sentence each.
            sentence: the example that they are of, None if they are of the head.

        Returns:
            The notes as they are now; unchanged if the head's note has no example.

        Raises:
            SaveError: they cannot be written.
        """
        found, said = ([clean(one) for one in of] for of in (experiments, told))
        of = None if sentence is None else clean(sentence)
        with self._locked():
            return self._change(
                lambda notes: notes.with_experiments(place, found, said, sentence=of)
            )

    def sentences(self) -> list[str]:
        """The list of sentences that stands beside the notes; none where there is no list.

        Raises:
            SaveError: it is there and cannot be read.
        """
        return _listed(_content(self.folder / LIST, "sentences"))

    def _add_sentence(self, sentence: str) -> None:
        """Put a sentence at the end of the list, what is there already stays as it is."""
        path = self.folder / LIST
        before = _content(path, "sentences")
        if sentence in _listed(before):
            return
        gap = b"\n" if before and not before.endswith(b"\n") else b""
        write_whole(path, before + gap + sentence.encode() + b"\n")

    def _change(self, change: Callable[[Notes], Notes]) -> Notes:
        """Change the file; call under the lock."""
        before = self.read()
        after = change(before)
        if after != before:
            write_whole(self.path, str(after).encode("utf-8", "surrogateescape"))
        return after

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Inside the `with` block no other app changes the notes of this folder."""
        with locked(make_folder(self.folder), "notes"):
            yield


def _share(probability: float) -> str:
    return f"{probability:.3f}" if isfinite(probability) else "no number"


def _content(path: Path, kept: str) -> bytes:
    """The bytes of a file that a person may have put there; none where there is no file.

    Args:
        path: the file.
        kept: its content as the user knows it, such as `notes`.

    Raises:
        SaveError: it is no file, cannot be read, or is too large.
    """
    try:
        # Opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _unreadable(path, kept, "it is no file")
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(LARGEST + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return b""
    except NotADirectoryError as error:
        raise _unreadable(path, kept, "a part of that path is a file", ELSEWHERE) from error
    except OSError as error:
        raise _unreadable(path, kept, error.strerror or str(error)) from error
    if len(content) > LARGEST:
        raise SaveError(f"{visible(str(path))} is too large for {kept}: move it away.")
    return content


def _unreadable(path: Path, kept: str, reason: str, instead: str = _A_FILE) -> SaveError:
    return SaveError(f"The {kept} in {visible(str(path))} cannot be read: {reason}; {instead}.")


def _listed(content: bytes) -> list[str]:
    try:
        return read_list(content.decode("utf-8", "replace"))
    except RequestError:
        return []  # a list without a sentence
