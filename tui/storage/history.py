"""The sentences that were asked, kept from one day to the next: a text file, one a line."""

from __future__ import annotations

from pathlib import Path

from tui.text import clean

LONGEST = 500
"""Sentences that are kept."""


def load(path: Path) -> list[str]:
    """The sentences in the file, the oldest first; none where there is no file to read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [text for line in lines if (text := clean(line))][-LONGEST:]


def add(path: Path, text: str) -> None:
    """Add a sentence at the end, or move it there, and write the file anew.

    The file is read first, under a lock, so that two apps add to each other's history. Adding the
    sentence that is the last already changes nothing.

    Raises:
        SaveError: the file cannot be written.
    """
    from tui.storage.lock import locked
    from tui.storage.state_file import INSTEAD, make_state_folder, write_state

    text = clean(text)
    if not text:
        return
    with locked(make_state_folder(path.parent), "sentences of the history", instead=INSTEAD):
        sentences = [known for known in load(path) if known != text]
        sentences.append(text)
        write_state(path, "".join(f"{line}\n" for line in sentences[-LONGEST:]).encode())
