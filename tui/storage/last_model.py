"""The model that was used last: a text file of one line."""

from __future__ import annotations

from pathlib import Path

from tui.errors import SaveError
from tui.model.names import EMBEDDED
from tui.text import clean


def load(path: Path) -> str:
    """The model's name; the embedded one's where there is no file to read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return EMBEDDED
    return (clean(lines[0]) if lines else "") or EMBEDDED


def save(path: Path, name: str) -> None:
    """Write a model's name down.

    Raises:
        SaveError: the file cannot be written.
    """
    from tui.storage.files import write_whole

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(f"Cannot remember the model in {path.parent}: {error.strerror}.") from error
    write_whole(path, f"{name}\n".encode())
