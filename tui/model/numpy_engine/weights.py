"""The weights of a checkpoint, mapped from its safetensors files.

The format is eight bytes with the header's length, the header in JSON, and the numbers one behind
the other. What is float32 in the file is used where it lies: nothing is read before it is needed,
and what the system holds of the file already is not read again. The format's own library copies.
"""

from __future__ import annotations

import json
import math
import mmap
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.model.numpy_engine.names import modern

Floats: TypeAlias = NDArray[np.float32]

ONE_FILE = "model.safetensors"
INDEX = "model.safetensors.index.json"

SIZES = {"F32": 4, "F16": 2, "BF16": 2}
"""Bytes of a number in each of the formats that can be read."""
_ALL_SIZES = {**SIZES, "F64": 8, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
"""Likewise of all that may be in a file, computed with or not."""


class DamagedError(ValueError):
    """The files are not what their names say, or of a kind that is not read here."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """One array as it lies in a file.

    Attributes:
        name: its name.
        dtype: how its numbers are written, in the format's words, such as `F32`.
        shape: its shape.
        mapped: the file.
        file: the bytes of the file.
        start: where its first byte is in the file.
        stop: where its last one ended.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    mapped: mmap.mmap
    file: NDArray[np.uint8]
    start: int
    stop: int

    @property
    def bytes(self) -> NDArray[np.uint8]:
        """Its bytes."""
        return self.file[self.start : self.stop]

    def floats(self) -> Floats:
        """Its numbers: where they lie if they are float32, and otherwise converted.

        Raises:
            DamagedError: they are no floating-point numbers.
        """
        return _floats(self.bytes, self.dtype).reshape(self.shape)

    def let_go(self) -> None:
        """Let go of what is in memory of it, once there is a copy; whoever reads it reads the file.

        Otherwise a weight that was copied would be held twice for as long as the file is mapped.
        """
        begin = -(-self.start // mmap.PAGESIZE) * mmap.PAGESIZE  # whole pages alone
        end = self.stop // mmap.PAGESIZE * mmap.PAGESIZE
        if begin < end and hasattr(mmap, "MADV_DONTNEED"):
            self.mapped.madvise(mmap.MADV_DONTNEED, begin, end - begin)


class Weights:
    """The weights of one checkpoint, by their names of today.

    Args:
        stored: all that are in the files.

    Raises:
        DamagedError: two have one name.
    """

    def __init__(self, stored: Collection[Stored]) -> None:
        self._stored = {modern(one.name): one for one in stored}
        if len(self._stored) < len(stored):
            raise DamagedError("two weights have one name")

    @classmethod
    def open(cls, folder: Path) -> Weights:
        """Map the safetensors files of a folder: the only one, or those that an index names.

        Raises:
            OSError: one is missing or cannot be read.
            DamagedError: one is damaged, or holds other weights than the index says.
            ValueError: an index or a header is no JSON.
            RecursionError: likewise.
        """
        if os.path.lexists(folder / ONE_FILE):
            return cls(read_file(folder / ONE_FILE))
        index = _object(json.loads((folder / INDEX).read_text(encoding="utf-8")))
        places = _object(index.get("weight_map"))
        files = sorted({str(file) for file in places.values()})
        if any(Path(file).name != file for file in files):
            raise DamagedError("the index names a file outside of its folder")
        stored = {file: read_file(folder / file) for file in files}
        there = {one.name: file for file, ones in stored.items() for one in ones}
        if there != places:
            raise DamagedError("the index does not say what is in the files")
        return cls([one for ones in stored.values() for one in ones])

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return frozenset(self._stored)

    def __getitem__(self, name: str) -> Stored:
        """The weight of that name.

        Raises:
            KeyError: there is none.
        """
        return self._stored[name]

    def joined(self, names: Sequence[str]) -> Floats:
        """Several weights one below the other, as one array.

        Where they lie so in one file, in float32, it is this part of the file; otherwise a copy.

        Raises:
            DamagedError: they are no floating-point numbers.
        """
        parts = [self._stored[name] for name in names]
        shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])
        first = parts[0]
        if all(
            one.file is first.file and one.stop == next_.start and one.dtype == next_.dtype
            for one, next_ in pairwise(parts)
        ):
            together = first.file[first.start : parts[-1].stop]
            return _floats(together, first.dtype).reshape(shape)
        joined = np.concatenate([part.floats() for part in parts])
        for part in parts:
            part.let_go()
        joined.flags.writeable = False
        return joined


def read_file(path: Path) -> list[Stored]:
    """Map a safetensors file.

    Returns:
        Its arrays in the order in which they lie there.

    Raises:
        OSError: it cannot be read.
        DamagedError: it is damaged.
        ValueError: its header is no JSON.
        RecursionError: likewise.
    """
    with path.open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        if length <= 8:
            raise DamagedError("it is cut off")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    content = np.frombuffer(mapped, np.uint8)
    begin = 8 + int.from_bytes(content[:8].tobytes(), "little")
    if begin > length:
        raise DamagedError("it is cut off, or no safetensors")
    header = _object(json.loads(content[8:begin].tobytes().decode("utf-8")))
    metadata = _object(header.pop("__metadata__", {}))
    if metadata.get("format", "pt") != "pt":
        raise DamagedError("it was written by another library than PyTorch")
    found = sorted(
        (_stored(name, entry, mapped, content, begin) for name, entry in header.items()),
        key=lambda one: (one.start, one.stop),
    )
    ends = [begin, *(one.stop for one in found)]
    if [one.start for one in found] != ends[:-1] or ends[-1] != length:
        raise DamagedError("its numbers do not lie one behind the other")
    return found


def _stored(
    name: str, entry: object, mapped: mmap.mmap, content: NDArray[np.uint8], begin: int
) -> Stored:
    fields = _object(entry)
    shape, offsets = _counts(fields.get("shape")), _counts(fields.get("data_offsets"))
    dtype = fields.get("dtype")
    size = _ALL_SIZES.get(dtype) if isinstance(dtype, str) else None
    if size is None or len(offsets) != 2 or offsets[1] - offsets[0] != math.prod(shape) * size:
        raise DamagedError("its table of contents is damaged, or of a new kind")
    return Stored(name, str(dtype), shape, mapped, content, begin + offsets[0], begin + offsets[1])


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DamagedError("no JSON object stands where one should")
    return value


def _counts(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(one) is int and one >= 0 for one in value):
        raise DamagedError("no sizes stand where some should")
    return tuple(value)


def _floats(content: NDArray[np.uint8], dtype: str) -> Floats:
    """Numbers as float32, read-only; a copy unless they are so in the file, and aligned."""
    if dtype == "F32":
        numbers = content.view(np.float32)
        numbers = numbers if numbers.flags.aligned else numbers.copy()
    elif dtype == "F16":
        numbers = content.view(np.float16).astype(np.float32)
    elif dtype == "BF16":  # the upper half of a float32
        upper = content.view(np.uint16)
        numbers = np.left_shift(upper, np.uint32(16), dtype=np.uint32).view(np.float32)
    else:
        raise DamagedError(f"no floating-point numbers, but {dtype}")
    numbers.flags.writeable = False
    return numbers
