"""The model that was used last: a text file of one line."""

from __future__ import annotations

from pathlib import Path

from tui.text import clean


def load(path: Path, default: str) -> str:
    """The name of the model that was used last.

    Args:
        path: the file.
        default: the name where there is no file to read, or none in it.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return default
    return (clean(lines[0]) if lines else "") or default


def save(path: Path, name: str) -> None:
    """Write a model's name down.

    Raises:
        SaveError: the file cannot be written.
    """
    from tui.storage.state_file import write_state

    write_state(path, f"{name}\n".encode("utf-8", "surrogateescape"))
