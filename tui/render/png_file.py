"""Images as PNG files that say what they show."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tui import __version__
from tui.render.ends import ends
from tui.text import visible

SOFTWARE = f"bertmask-tui {__version__}"


def encode(image: Image.Image, metadata: Mapping[str, str], *, dpi: int | None = None) -> bytes:
    """The bytes of a PNG file.

    Args:
        image: what is to be seen.
        metadata: what it shows, for the file's text chunks (iTXt, UTF-8).
        dpi: how many pixels are an inch in print.
    """
    info = PngInfo()
    for name, value in metadata.items():
        info.add_itxt(name, value)
    file = io.BytesIO()
    options = {} if dpi is None else {"dpi": (dpi, dpi)}
    image.save(file, "PNG", pnginfo=info, **options)
    return file.getvalue()


TOLD = "Notes"
"""The fact that holds what a reader must be told; it is there where there is something to tell."""


def told_fact(told: Sequence[str]) -> dict[str, str]:
    """The sentences that a reader must be told, as a part of the metadata."""
    return {TOLD: " ".join(told)} if told else {}


def full_fact(full: str, *, signed: bool) -> dict[str, str]:
    """The fact that the brightest cells stand for this; of signed numbers both ends."""
    if not signed:
        return {"White": full}
    lowest, highest = ends(full)
    return {"Blue": lowest, "Orange": highest}


def shown(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata free of control characters, with the program's version.

    The embedded model, and so its weights, come with the package: the version decides them.
    """
    known = {**metadata, "Software": SOFTWARE}
    return {name: visible(value) for name, value in known.items()}
