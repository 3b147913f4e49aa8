"""Where things are kept."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path

DEFAULT_SAVE_FOLDER = Path("screenshots")
"""Where pictures go, below the current folder."""


MODEL_FILE = "model.txt"
"""The name of the file, beside the history, that says which model was used last."""


def history_file() -> Path:
    """The sentences that were asked, one a line."""
    return user_state_path("bertmask-tui", appauthor=False) / "history.txt"
