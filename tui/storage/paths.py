"""Where things are kept."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

DEFAULT_SAVE_FOLDER = Path("screenshots")
"""Where pictures go, below the current folder."""

NOTES = "analysis"
"""Where notes go, below the folder of the pictures."""

DEFAULT_NOTES_FOLDER = DEFAULT_SAVE_FOLDER / NOTES
"""Where notes go, below the current folder."""


def absolute(path: Path) -> Path:
    """The absolute path, or the path as it is where the current folder has been removed."""
    try:
        return path.absolute()
    except OSError:
        return path


def state_folder() -> Path:
    """Where this program keeps what it remembers."""
    return user_state_path("bertmask-tui", appauthor=False)


REPORTS = "errors"
"""The name of the folder, below that one, where reports of errors are kept."""

MODEL_FILE = "model.txt"
"""The name of the file, beside the history, that says which model was used last."""


def history_file() -> Path:
    """The sentences that were asked, one a line."""
    return state_folder() / "history.txt"


def settings_file() -> Path:
    """The user's settings: where XDG's base directories say, on macOS too."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    # A relative one is to be passed over (XDG Base Directory Specification 0.8, section 2).
    if not folder.is_absolute():
        folder = Path("~/.config")
        with suppress(RuntimeError):  # nobody's home
            folder = folder.expanduser()
    return folder / "bertmask-tui" / "config.toml"
