"""The files in a model's folder, looked at before any library reads them.

What can be wrong with a file that was copied, cloned or fetched is seen in its first bytes and its
length. The libraries say of it that a header is too large, or that a model has no type; here it is
said what the file is, and what to do.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from tui.errors import ModelError
from tui.model.hub.cache import INDEX_END, WEIGHTS, shards
from tui.model.hub.catalogue import size
from tui.model.hub.configuration import CONFIG
from tui.text import visible

_ANEW = "fetch the file anew"
_BEGINNING = 512
"""Bytes that tell what a file is."""
_LARGEST_HEADER = 100_000_000
"""Bytes of a safetensors header, by the format's own rule."""

_LFS = re.compile(rb"version https?://(git-lfs\.github\.com|hawser\.github\.com)/")
_LFS_SIZE = re.compile(rb"^size (\d+)", re.MULTILINE)
_WEB_PAGE = re.compile(rb"\s*(<!doctype|<html|<\?xml)", re.IGNORECASE)
_MARKS = {
    b"\xef\xbb\xbf": "begins with a byte-order mark: save it as UTF-8 without one",
    b"\xff\xfe": "is written in UTF-16: save it as UTF-8",
    b"\xfe\xff": "is written in UTF-16: save it as UTF-8",
}


def check_file(shown: str, path: Path) -> None:
    """Refuse a file that is not what its name says.

    Args:
        shown: the model's name, safe to be shown.
        path: a configuration, a tokenizer's file, weights or their index.

    Raises:
        ModelError: as said.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
        length = path.stat().st_size
        wrong = _not_itself(beginning, length) or _damage(path, beginning, length)
    except OSError as error:
        wrong = f"cannot be read: {error.strerror or type(error).__name__}"
    if wrong:
        raise ModelError(f"The model {shown} cannot be loaded: its {visible(path.name)} {wrong}.")


def _not_itself(beginning: bytes, length: int) -> str | None:
    """What stands in the place of a file, whatever the file is to be."""
    if not length:
        return f"is empty: {_ANEW}"
    if _LFS.match(beginning):
        missing = _LFS_SIZE.search(beginning)
        of = f" to {size(int(missing[1]))}" if missing else ""
        return (
            f"is only a pointer{of} that Git LFS has not fetched: run `git lfs pull` where it was "
            "cloned, or fetch the file itself"
        )
    if _WEB_PAGE.match(beginning):
        return (
            "is a web page that was saved in the place of the file: fetch the file itself, from "
            "its download link"
        )
    return None


def _damage(path: Path, beginning: bytes, length: int) -> str | None:
    """What is wrong with a file of its kind."""
    if path.suffix == ".safetensors":
        return _damaged_safetensors(path, length)
    if path.suffix == ".bin":
        return _damaged_pickle(path, beginning)
    if path.suffix in (".json", ".txt", ".codes"):
        mark = next((mark for mark in _MARKS if beginning.startswith(mark)), None)
        return _MARKS[mark] if mark else None
    return None


def _damaged_safetensors(path: Path, length: int) -> str | None:
    """The format is eight bytes with the header's length, the header in JSON, and the numbers."""
    if length <= 8:
        return _cut(length)
    with path.open("rb") as file:
        header_length = int.from_bytes(file.read(8), "little")
        if header_length > _LARGEST_HEADER or file.read(1) != b"{":
            return f"holds no safetensors, whatever its name says: {_ANEW}"
        if length < 8 + header_length:
            return _cut(length)
        file.seek(8)
        try:
            header = json.loads(file.read(header_length))
            ends = [
                entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"
            ]
            whole = 8 + header_length + max(ends, default=0)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return f"is damaged, its table of contents cannot be read: {_ANEW}"
    if length < whole:
        return _cut(length, whole)
    return f"is damaged, it is longer than it says: {_ANEW}" if length > whole else None


def _damaged_pickle(path: Path, beginning: bytes) -> str | None:
    """What PyTorch writes is a zip archive, whose end says that it is whole; once, a pickle."""
    if beginning.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            return f"is cut off, its end is missing: {_ANEW}"
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith("data.pkl"):  # the names and shapes; numbers take too long
                        archive.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            return f"is damaged: {_ANEW}"
        return None
    if beginning.startswith(b"\x80"):
        return None
    return f"is no file of weights that PyTorch writes: {_ANEW}"


def _cut(there: int, whole: int | None = None) -> str:
    of = f" of {size(whole)}" if whole else ""
    return f"is cut off after {size(there)}{of}: {_ANEW}"


def weight_files(shown: str, folder: Path) -> list[Path]:
    """The files of a folder that hold the model's weights, each of them whole.

    Args:
        shown: the model's name, safe to be shown.
        folder: its folder.

    Raises:
        ModelError: there are none, or one is missing or not what its name says.
    """
    # A link that leads nowhere is found too, and told.
    found = next((folder / name for name in WEIGHTS if os.path.lexists(folder / name)), None)
    if found is None:
        raise ModelError(f"The model {shown} cannot be loaded: {_instead_of_weights(folder)}.")
    check_file(shown, found)
    if not found.name.endswith(INDEX_END):
        return [found]
    parts = [folder / name for name in shards(found)]
    missing = [part.name for part in parts if not part.exists()]
    if missing:
        first, count = missing[0], len(missing)
        others = f" and {count - 1} more are" if count > 1 else " is"
        raise ModelError(
            f"The model {shown} cannot be loaded: of the {len(parts)} files of its weights "
            f"{first}{others} missing; fetch {'it' if count == 1 else 'them'} too."
        )
    for part in parts:
        check_file(shown, part)
    return parts


_OTHERS = {
    "*.h5": "TensorFlow",
    "*.msgpack": "Flax",
    "*.ckpt.index": "TensorFlow 1",
    "*.onnx": "ONNX",
    "*.gguf": "llama.cpp",
}
_MISSING = "is missing; fetch it too"
_HAVE_IT_CONVERTED = f"look for a version with {WEIGHTS[0]}, or have it written from PyTorch"


def _instead_of_weights(folder: Path) -> str:
    """What lies in a folder in the place of weights, and what to do."""
    for pattern, library in _OTHERS.items():
        if any(folder.glob(pattern)):
            return f"its weights are for {library} alone; {_HAVE_IT_CONVERTED}"
    if any(folder.glob("model-*-of-*.safetensors")):
        return f"model.safetensors{INDEX_END}, which says what is in which file, {_MISSING}"
    if any(folder.glob("pytorch_model-*-of-*.bin")):
        return f"pytorch_model.bin{INDEX_END}, which says what is in which file, {_MISSING}"
    if (other := instead_of_model(folder)) is not None:
        return other
    others = [path.name for kind in ("safetensors", "bin", "pt", "pth", "ckpt")
              for path in sorted(folder.glob(f"*.{kind}"))]  # fmt: skip
    if others:
        return f"its weights are to be called {WEIGHTS[0]}, and there is only {visible(others[0])}"
    return f"{WEIGHTS[0]} {_MISSING}"


def instead_of_model(folder: Path) -> str | None:
    """Name the thing that a folder holds in the place of a model, and say what to do.

    Returns:
        The end of a sentence, or None if nothing is known.
    """
    if any((folder / name).exists() for name in ("adapter_config.json", "adapter_model.bin")):
        return (
            "it holds an adapter, such as LoRA's, without the model that it changes; merge the two "
            "(merge_and_unload) and save the result"
        )
    inner = [path.parent for path in sorted(folder.glob(f"*/{CONFIG}"))]
    if inner:
        return f"one is in the folder {visible(inner[-1].name)} below it; give that folder"
    return None


def read_json(shown: str, path: Path) -> dict[str, Any]:
    """Read a JSON file of a model.

    Raises:
        ModelError: it is not what its name says, or no JSON object.
    """
    check_file(shown, path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError(f"it begins with no {{, but holds a {type(found).__name__}")
        return found
    except (ValueError, RecursionError, TypeError) as error:
        raise ModelError(
            f"The model {shown} cannot be loaded: its {visible(path.name)} is no JSON, so it is "
            f"cut off or was edited wrongly ({_place(error)}); {_ANEW}."
        ) from error


def check_text(shown: str, path: Path) -> None:
    """Refuse a text of a model that is not written in UTF-8.

    Raises:
        ModelError: as said.
    """
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(
            f"The model {shown} cannot be loaded: its {visible(path.name)} is not written in "
            "UTF-8: save it as UTF-8."
        ) from error


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "it is not written in UTF-8" if isinstance(error, ValueError) else str(error)
