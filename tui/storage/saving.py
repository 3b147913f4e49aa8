"""Names of saved files, and none of them in the place of something else."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tui.storage.files import make_folder, write_new, write_whole

DIGEST = "Digest"
"""The fact that says which numbers a file shows."""


def picture_name(layer: int | None, head: int | None, qualities: Sequence[str] = ()) -> str:
    """The file name of a head's picture.

    Args:
        layer: the layer, counted from 0; the name counts from 1. None for a view without layers.
        head: the head, counted from 0; the name counts from 1. None for a view without heads.
        qualities: what else decides the picture, such as `perhead`; nothing for raw weights in
            the absolute scale.
    """
    place = [
        f"{kind}{number + 1}"
        for kind, number in (("Layer", layer), ("Head", head))
        if number is not None
    ]
    return "_".join(["Attention", *place, *qualities]) + ".png"


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that is on the disk, whole.

    Attributes:
        path: its absolute path.
        kept: it was there already and shows just this, so that nothing was written.
    """

    path: Path
    kept: bool = False


def save_picture(folder: Path, name: str, data: bytes, facts: Mapping[str, str]) -> Path:
    """Save a picture under its name, or with a number behind it where that shows something else.

    Args:
        folder: where to; it is made if it is not there.
        name: the file's name, without a folder.
        data: the PNG.
        facts: what decides the picture, as in the PNG's text chunks; a file with the same facts
            is replaced.

    Returns:
        The absolute path.

    Raises:
        SaveError: it cannot be written.
    """
    _check(name)
    return save_as(
        make_folder(folder), name, lambda: [data], Identity(picture_metadata, facts)
    ).path


@dataclass(frozen=True, slots=True)
class Identity:
    """How a file that is there already is told from one that shows something else.

    Attributes:
        read: the facts in a file, or None if it is of no such kind, or damaged.
        facts: what decides what is shown.
        digest: a hash of what is shown, which the file has as its fact `Digest`; a file with the
            same facts and the same digest is not written again.
    """

    read: Callable[[Path], Mapping[str, str] | None]
    facts: Mapping[str, str]
    digest: str | None = None

    def is_in(self, path: Path) -> bool:
        """Whether a file shows the same, apart from the numbers themselves."""
        return self._without_digest(self.read(path)) == dict(self.facts)

    def is_just(self, path: Path) -> bool:
        """Whether a file shows the same, down to the numbers."""
        found = self.read(path) if self.digest else None
        return bool(found and found.get(DIGEST) == self.digest and self.is_in(path))

    @staticmethod
    def _without_digest(facts: Mapping[str, str] | None) -> dict[str, str] | None:
        if facts is None:
            return None
        return {name: fact for name, fact in facts.items() if name != DIGEST}


def save_as(
    folder: Path, name: str, content: Callable[[], Iterable[bytes]], identity: Identity
) -> Saved:
    """Save a file under its name, or with a number behind it where that shows something else.

    Args:
        folder: where to, as `make_folder` gave it.
        name: the file's name, without a folder.
        content: makes what the file is to hold, piece by piece; not called if nothing is written.
        identity: what decides it.

    Raises:
        SaveError: it cannot be written.
    """
    _check(name)
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in count(1):
        path = folder / (name if number == 1 else f"{stem}_{number}{suffix}")
        # Looking comes after trying: another app may make the file at any moment in between.
        if not os.path.lexists(path) and write_new(path, content()):
            return Saved(path)
        if identity.is_just(path):
            return Saved(path, kept=True)
        if identity.is_in(path):
            write_whole(path, content())
            return Saved(path)
    raise AssertionError("count() does not end")


def _check(name: str) -> None:
    assert Path(name).name == name, name
    assert Path(name).suffix, name  # which neither nothing nor `..` has


def picture_metadata(path: Path) -> dict[str, str] | None:
    """The text chunks of a PNG, or None if the file is none, or damaged."""
    from PIL import Image

    if not path.is_file():  # opening a pipe would wait for its other end
        return None
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            texts = getattr(picture, "text", {})
            return {str(name): str(text) for name, text in texts.items()}
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
        return None
