"""Small files that the program keeps of its own accord, in its state folder."""

from __future__ import annotations

from pathlib import Path

from tui.storage.files import make_folder, write_whole

INSTEAD = "name a folder that you may write to in XDG_STATE_HOME"
"""The way out for whoever cannot write to the state folder."""


def make_state_folder(folder: Path) -> Path:
    """Make the state folder, or one in it, if it is not there.

    Returns:
        Its absolute path.

    Raises:
        SaveError: it cannot be made.
    """
    return make_folder(folder, instead=INSTEAD)


def write_state(path: Path, data: bytes) -> None:
    """Write a file of the state folder whole; its folder is made, an unchanged file stays.

    Args:
        path: the file.
        data: all that it is to hold.

    Raises:
        SaveError: it cannot be written.
    """
    make_state_folder(path.parent)
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass  # none yet, or none that can be read: it is replaced
    write_whole(path, data, instead=INSTEAD)
