"""Messages between two processes of this program, over a socket pair.

A message is a pickle behind its length. Large arrays do not travel: they lie in memory that has a
file descriptor, the descriptor is sent along, and the other side maps the same memory. Both ends
are this program and nobody else can reach the socket, so the pickles are our own.
"""

from __future__ import annotations

import io
import os
import pickle
import socket
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tui.model.worker.shared_arrays import SharedArray, map_array

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention

_HEADER = struct.Struct("!II")  # length of the pickle, number of descriptors that belong to it
_CHUNK = 1 << 16
_AT_ONCE = 16
"""Descriptors that one call sends, and room is made for in one that receives."""


class _Pickler(pickle.Pickler):
    """Writes the place of a shared array instead of its bytes."""

    def __init__(self, file: io.BytesIO, arrays: Sequence[SharedArray]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._places = {id(shared.array): place for place, shared in enumerate(arrays)}

    def persistent_id(self, obj: Any) -> tuple[int, tuple[int, ...]] | None:
        place = self._places.get(id(obj))
        return None if place is None else (place, obj.shape)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, descriptors: Sequence[int]) -> None:
        super().__init__(file)
        self._descriptors = descriptors

    def persistent_load(self, pid: tuple[int, tuple[int, ...]]) -> Attention:
        place, shape = pid
        return map_array(self._descriptors[place], shape)


def encode(message: object, arrays: Sequence[SharedArray] = ()) -> bytes:
    """The bytes of a message in which the numbers of the shared arrays are left out."""
    body = io.BytesIO()
    body.write(bytes(_HEADER.size))
    _Pickler(body, arrays).dump(message)
    data = body.getbuffer()
    _HEADER.pack_into(data, 0, len(data) - _HEADER.size, len(arrays))
    return bytes(data)


def send(connection: socket.socket, message: object, arrays: Iterable[SharedArray] = ()) -> None:
    """Send one message over a blocking socket, and with it the arrays that it shares.

    Raises:
        OSError: the other side is gone.
    """
    arrays = list(arrays)
    rest = memoryview(encode(message, arrays))
    # Each call takes only so many descriptors, and none without a byte of data to go with them.
    while len(arrays) > _AT_ONCE:
        first, arrays = arrays[:_AT_ONCE], arrays[_AT_ONCE:]
        sent = socket.send_fds(connection, [rest[:1]], [shared.descriptor for shared in first])
        rest = rest[sent:]
    sent = socket.send_fds(connection, [rest], [shared.descriptor for shared in arrays])
    connection.sendall(rest[sent:])


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
        data, descriptors, _, _ = socket.recv_fds(self._connection, _CHUNK, _AT_ONCE)
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
