"""Messages between two processes of this program, over a socket pair.

A message is a pickle behind its length. Large arrays do not travel: they lie in memory that has a
file descriptor, the descriptor is sent along, and the other side maps the same memory. Both ends
are this program and nobody else can reach the socket, so the pickles are our own.
"""

from __future__ import annotations

import io
import math
import mmap
import os
import pickle
import socket
import struct
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention

_HEADER = struct.Struct("!II")  # length of the pickle, number of descriptors that belong to it
_CHUNK = 1 << 16
_MAX_DESCRIPTORS = 16


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

        size = max(math.prod(shape) * 4, 4)  # no file of no bytes can be mapped
        self.descriptor = _nameless_file()
        try:
            _reserve(self.descriptor, size)
            memory = mmap.mmap(self.descriptor, size)
        except OSError as error:
            os.close(self.descriptor)
            raise MemoryError(f"{size:,} bytes") from error
        self.array: Attention = np.frombuffer(memory, dtype=np.float32)[: math.prod(shape)].reshape(
            shape
        )

    def close(self) -> None:
        """Close the descriptor; the array stays readable as long as it is held."""
        os.close(self.descriptor)


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


class _Pickler(pickle.Pickler):
    """Writes the place of a block's array instead of its bytes."""

    def __init__(self, file: io.BytesIO, blocks: Sequence[SharedArray]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._places = {id(block.array): place for place, block in enumerate(blocks)}

    def persistent_id(self, obj: Any) -> tuple[int, tuple[int, ...]] | None:
        place = self._places.get(id(obj))
        return None if place is None else (place, obj.shape)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, descriptors: Sequence[int]) -> None:
        super().__init__(file)
        self._descriptors = descriptors

    def persistent_load(self, pid: tuple[int, tuple[int, ...]]) -> Attention:
        import numpy as np

        place, shape = pid
        count = math.prod(shape)
        memory = mmap.mmap(self._descriptors[place], max(count * 4, 4), access=mmap.ACCESS_READ)
        return np.frombuffer(memory, dtype=np.float32)[:count].reshape(shape)


def encode(message: object, blocks: Sequence[SharedArray] = ()) -> bytes:
    """The bytes of a message in which the arrays of the blocks are left out."""
    body = io.BytesIO()
    body.write(bytes(_HEADER.size))
    _Pickler(body, blocks).dump(message)
    data = body.getbuffer()
    _HEADER.pack_into(data, 0, len(data) - _HEADER.size, len(blocks))
    return bytes(data)


def send(connection: socket.socket, message: object, blocks: Sequence[SharedArray] = ()) -> None:
    """Send one message over a blocking socket, and with it the arrays of the blocks.

    Raises:
        OSError: the other side is gone.
    """
    data = encode(message, blocks)
    sent = socket.send_fds(connection, [data], [block.descriptor for block in blocks])
    connection.sendall(memoryview(data)[sent:])


class Receiver:
    """Puts messages together from what a socket delivers, in whatever portions it comes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._bytes = bytearray()
        self._descriptors: deque[int] = deque()

    def receive(self) -> Iterator[Any]:
        """Read once from the socket and give every message that is whole by then.

        Raises:
            EOFError: the other side is gone.
            BlockingIOError: the socket does not block and holds nothing.
        """
        data, descriptors, _, _ = socket.recv_fds(self._connection, _CHUNK, _MAX_DESCRIPTORS)
        self._descriptors.extend(descriptors)
        if not data:
            raise EOFError
        self._bytes += data
        return self._whole_messages()

    def close(self) -> None:
        """Close the descriptors of messages that nobody will take any more."""
        while self._descriptors:
            os.close(self._descriptors.popleft())

    def _whole_messages(self) -> Iterator[Any]:
        while len(self._bytes) >= _HEADER.size:
            length, count = _HEADER.unpack_from(self._bytes)
            end = _HEADER.size + length
            if len(self._bytes) < end:
                return
            body = io.BytesIO(bytes(self._bytes[_HEADER.size : end]))
            del self._bytes[:end]
            descriptors = [self._descriptors.popleft() for _ in range(count)]
            try:
                yield _Unpickler(body, descriptors).load()
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
