"""Arrays in memory that two processes map: a descriptor travels between them, no number does."""

from __future__ import annotations

import math
import mmap
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is imported when the first array is made or comes, not before
    from tui.analysis.analysis import Attention

_BYTES = 4
"""Bytes of a float32."""


class SharedArray:
    """A float32 array in memory that another process can map.

    Attributes:
        array: the array, zeros at first.
        descriptor: the open file that holds its bytes; it has no name, so nothing stays behind.

    Raises:
        MemoryError: there is no room for it. It is found out here, before a write into the mapping
            could kill the process.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        import numpy as np

        count = math.prod(shape)
        size = max(count * _BYTES, _BYTES)  # no file of no bytes can be mapped
        try:
            self.descriptor = _nameless_file()
        except OSError as error:  # too many files are open, or no folder takes one
            raise MemoryError(f"{size:,} bytes ({error.strerror})") from error
        try:
            _reserve(self.descriptor, size)
            memory = mmap.mmap(self.descriptor, size)
        except OSError as error:
            os.close(self.descriptor)
            raise MemoryError(f"{size:,} bytes") from error
        self.array: Attention = np.frombuffer(memory, dtype=np.float32)[:count].reshape(shape)

    def close(self) -> None:
        """Close the descriptor; the array stays readable as long as it is held."""
        os.close(self.descriptor)


class AnswerArrays:
    """The shared arrays of one answer: made while it is worked out, closed once it is sent."""

    def __init__(self) -> None:
        self._arrays: list[SharedArray] = []

    def __enter__(self) -> AnswerArrays:
        return self

    def __exit__(self, *_: object) -> None:
        while self._arrays:
            self._arrays.pop().close()

    def __iter__(self) -> Iterator[SharedArray]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def allocate(self, shape: tuple[int, ...]) -> Attention:
        """Make one more array, zeros at first; MemoryError if there is no room."""
        self._arrays.append(SharedArray(shape))
        return self._arrays[-1].array

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        return sum(shared.array.nbytes for shared in self._arrays)


def map_array(descriptor: int, shape: tuple[int, ...]) -> Attention:
    """The array that another process has shared, to be read; the descriptor may then be closed."""
    import numpy as np

    count = math.prod(shape)
    memory = mmap.mmap(descriptor, max(count * _BYTES, _BYTES), access=mmap.ACCESS_READ)
    return np.frombuffer(memory, dtype=np.float32)[:count].reshape(shape)


def _nameless_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("attention")
    else:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())


def _reserve(descriptor: int, size: int) -> None:
    """Make room for all bytes now; a hole in the file would be found out by a signal later."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    empty = bytes(1 << 20)
    for start in range(0, size, len(empty)):
        os.pwrite(descriptor, empty[: min(len(empty), size - start)], start)
