"""Where a folder's reader was: kept outside the folder, and given back on the next start."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from tui.storage.json_text import json_text
from tui.storage.paths import absolute
from tui.text import clean


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """The sentence on screen, and how it is looked at; whatever is not known is None, or empty.

    Attributes:
        text: the sentence.
        model: the model's name, as it was asked for.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        query: the cursor's row.
        key: the cursor's column.
        mask: which mask's candidates are shown, counted from 0.
        view: the view's name.
        scale: the scale's name.
        toggles: what else is on or off, by its name.
    """

    text: str | None = None
    model: str | None = None
    layer: int | None = None
    head: int | None = None
    query: int | None = None
    key: int | None = None
    mask: int | None = None
    view: str | None = None
    scale: str | None = None
    toggles: dict[str, bool | str] = field(default_factory=dict)


def place_file(state: Path, folder: Path) -> Path:
    """The file that keeps the place of a folder's reader.

    Args:
        state: where this program keeps what it remembers.
        folder: the folder that the app was started in.
    """
    digest = hashlib.sha256(str(absolute(folder)).encode("utf-8", "surrogateescape")).hexdigest()
    return state / "sessions" / f"{digest[:32]}.json"


def load(path: Path) -> KeptPlace:
    """The place in the file; an empty one where there is none, or none that can be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return KeptPlace()
    if not isinstance(kept, dict):
        return KeptPlace()
    known: dict[str, Any] = {}
    for one in fields(KeptPlace):
        value = kept.get(one.name)
        if one.name == "toggles":
            known[one.name] = _toggles(value)
        elif one.name in ("text", "model", "view", "scale"):
            known[one.name] = (clean(value) or None) if isinstance(value, str) else None
        elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 20:
            known[one.name] = value
    return KeptPlace(**known)


def save(path: Path, place: KeptPlace, folder: Path) -> None:
    """Keep a place; one that is kept already is not written again.

    Args:
        path: the file, as `place_file` gave it.
        place: the place.
        folder: the folder, which is noted for a person who looks into the file.

    Raises:
        SaveError: it cannot be written.
    """
    from tui.storage.state_file import write_state

    kept = {"folder": str(absolute(folder)), **asdict(place)}
    text = json_text(kept, indent=1)
    write_state(path, (text + "\n").encode("utf-8", "surrogateescape"))


def _toggles(value: object) -> dict[str, bool | str]:
    if not isinstance(value, dict):
        return {}
    return {name: kept for name, kept in value.items() if isinstance(kept, bool | str)}
