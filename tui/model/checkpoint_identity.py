"""A checkpoint's identity, from a few of its bytes: what was computed of it belongs to no other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

SMALL = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json")
"""The files that are read whole: they decide what a text becomes."""

WEIGHTS = (".safetensors", ".bin")

_ENDS = 1 << 20
"""Bytes that are read at each end of a file of weights; safetensors begins with its header."""

_SAMPLES, _SAMPLE = 64, 1 << 14
"""How many pieces of the weights in between are read, and their bytes.

Of a model that was trained further the first and the last tensor may be the old ones.
"""


def checkpoint_identity(folder: Path) -> str:
    """A hash that tells checkpoints apart, in milliseconds however large they are.

    It is over the configuration, the tokenizer, and of each file of weights the size, both ends,
    and pieces in between.

    Raises:
        OSError: a file cannot be read.
    """
    found = hashlib.sha256()
    for name in SMALL:
        if (path := folder / name).is_file():
            found.update(f"{name} {path.stat().st_size}\n".encode())
            found.update(path.read_bytes())
    for path in sorted(path for path in folder.iterdir() if path.suffix in WEIGHTS):
        size = path.stat().st_size
        found.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            _add(file, size, found)
    return found.hexdigest()


def _add(file: IO[bytes], size: int, found: hashlib._Hash) -> None:
    if size <= 2 * _ENDS + _SAMPLES * _SAMPLE:
        found.update(file.read())
        return
    found.update(file.read(_ENDS))
    for number in range(_SAMPLES):
        file.seek(_ENDS + (size - 2 * _ENDS - _SAMPLE) * number // (_SAMPLES - 1))
        found.update(file.read(_SAMPLE))
    file.seek(size - _ENDS)
    found.update(file.read(_ENDS))
