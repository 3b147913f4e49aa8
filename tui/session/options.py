"""The app's options, as the command line gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tui.model.names import AUTO, EMBEDDED, FLOAT32
from tui.render.depth import Depth
from tui.storage.kept_place import KeptPlace
from tui.storage.paths import DEFAULT_SAVE_FOLDER


@dataclass(frozen=True, slots=True)
class Options:
    """The app's options.

    Attributes:
        text: a text to begin with.
        model: the model's name or folder.
        asked_for_model: the user asked for it; else it is the one used last.
        offline: never use the network.
        device: where models compute.
        dtype: the numbers they compute with.
        layer: the layer to begin with, counted from 0, or None if none was asked for.
        head: the head to begin with, counted from 0, or None if none was asked for.
        top_k: candidates for each mask.
        save_folder: where pictures go.
        ascii_only: draw with ASCII characters alone.
        depth: the colours that may be sent to the terminal.
        theme: `dark`, `light`, or `auto`: whichever the terminal's background is.
        mouse: take mouse events.
        place: where the reader was in this folder.
        place_file: where that is kept, or None if it is not.
        history_file: where sentences that were asked are kept, or None if they are not.
        model_file: where the model that was used last is kept, or None if it is not.
    """

    text: str | None = None
    model: str = EMBEDDED
    asked_for_model: bool = False
    offline: bool = False
    device: str = AUTO
    dtype: str = FLOAT32
    layer: int | None = None
    head: int | None = None
    top_k: int = 10
    save_folder: Path = DEFAULT_SAVE_FOLDER
    ascii_only: bool = False
    depth: Depth = Depth.TRUECOLOR
    theme: str = "auto"
    mouse: bool = True
    place: KeptPlace = field(default_factory=KeptPlace)
    place_file: Path | None = None
    history_file: Path | None = None
    model_file: Path | None = None
