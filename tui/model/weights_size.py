"""How much memory a checkpoint's weights take once they are loaded, known before they are."""

from __future__ import annotations

import json
import math
from pathlib import Path

from tui.errors import ModelError
from tui.model.budget import free_memory, gigabytes
from tui.model.names import FLOAT32
from tui.text import visible

_BYTES = {"float64": 8, FLOAT32: 4, "bfloat16": 2, "float16": 2}
"""Bytes of a number, by the names of kinds of numbers."""

_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
"""The numbers in safetensors that are loaded as whatever is asked for."""

_LONGEST = 100_000_000
"""Bytes of a safetensors header, by the format's own rule."""


def check_weights_fit(folder: Path, name: str, dtype: str) -> None:
    """Refuse a model whose weights are more than there is memory for beside the one in use.

    Args:
        folder: where it lies.
        name: its name, as it was asked for.
        dtype: the numbers it is to compute with, one of `DTYPES`.

    Raises:
        ModelError: they are.
    """
    size, free = weights_size(folder, dtype), free_memory()
    if size > free:
        raise ModelError(
            f"{visible(name)} takes {gigabytes(size)}, and {gigabytes(free)} of memory are free "
            "beside the model in use: choose a smaller one."
        )


def weights_size(folder: Path, dtype: str) -> int:
    """Bytes that the weights of a checkpoint take as numbers of some kind, whatever the files hold.

    Args:
        folder: where it lies.
        dtype: the numbers, one of `DTYPES`.
    """
    if files := [*folder.glob("*.safetensors")]:
        return sum(_size_of_safetensors(file, dtype) for file in files)
    held = sum(file.stat().st_size for file in folder.glob("*.bin"))
    return held * _BYTES[dtype] // _BYTES.get(_kind_in_file(folder), _BYTES[FLOAT32])


def _size_of_safetensors(file: Path, dtype: str) -> int:
    """The same of one file, as its header says; of a damaged one, which will be refused, its size.

    The header is JSON behind eight bytes with its length.
    """
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if length > _LONGEST:
                return file.stat().st_size
            header = json.loads(opened.read(length))
        header.pop("__metadata__", None)
        return sum(
            math.prod(one["shape"]) * _BYTES[dtype]
            if one["dtype"] in _FLOATS
            else one["data_offsets"][1] - one["data_offsets"][0]
            for one in header.values()
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return file.stat().st_size


def _kind_in_file(folder: Path) -> str:
    """The numbers that a checkpoint holds by its configuration; float32 where it does not say."""
    try:
        written = json.loads((folder / "config.json").read_bytes())
        return str(written.get("dtype") or written.get("torch_dtype") or FLOAT32)
    except (OSError, ValueError, AttributeError, RecursionError):
        return FLOAT32
