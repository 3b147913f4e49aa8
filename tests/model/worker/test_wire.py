"""Messages come out as they went in, whatever the socket does; arrays are shared, not copied."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import embedded
from tui.model.worker.protocol import Analyze, Analyzed, Cancel, Failed, GaveUp, Load, LoadFailed
from tui.model.worker.shared_arrays import AnswerArrays, SharedArray
from tui.model.worker.wire import Receiver, encode, send

Pair = tuple[socket.socket, socket.socket]

MESSAGES = st.one_of(
    st.builds(Analyze, st.integers(), st.text(), st.integers()),
    st.builds(Load, st.integers(), st.text(), st.booleans()),
    st.builds(Cancel, st.integers()),
    st.builds(Failed, st.integers(), st.text()),
    st.builds(GaveUp, st.integers()),
    st.builds(LoadFailed, st.integers(), st.text(), st.text()),
)


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@given(st.lists(MESSAGES, max_size=6), st.data())
@settings(max_examples=60)
def test_messages_survive_any_portions(messages: list[object], data: st.DataObject) -> None:
    stream = b"".join(encode(message) for message in messages)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    received: list[object] = []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        receiver = Receiver(theirs)
        for start, end in pairwise([0, *cuts, len(stream)]):
            if start < end:
                ours.sendall(stream[start:end])
                received += receiver.receive()
    assert received == messages


def test_a_message_longer_than_the_socket_takes_at_once(pair: Pair) -> None:
    ours, theirs = pair
    message = Analyze(1, "cat " * 500_000, 10)
    stream = memoryview(encode(message))
    ours.setblocking(False)
    receiver = Receiver(theirs)
    received: list[object] = []
    while not received:
        if stream:
            stream = stream[ours.send(stream[:50_000]) :]
        received += receiver.receive()
    assert received == [message]


def test_an_array_is_the_same_memory_on_both_sides(pair: Pair) -> None:
    ours, theirs = pair
    block = SharedArray((2, 3, 4, 4))
    assert not block.array.any(), "zeros at first"
    block.array[:] = np.arange(96).reshape(block.array.shape)
    send(ours, {"attention": block.array}, [block])
    [message] = Receiver(theirs).receive()
    np.testing.assert_array_equal(message["attention"], block.array)
    block.array[1, 2, 3, 3] = -1
    assert message["attention"][1, 2, 3, 3] == -1
    assert not message["attention"].flags.writeable
    block.close()
    del block
    assert message["attention"][1, 2, 3, 3] == -1, "it outlives the sender's descriptor"


def test_arrays_of_several_messages_are_not_mixed_up(pair: Pair) -> None:
    ours, theirs = pair
    receiver = Receiver(theirs)
    for number in range(1, 6):
        blocks = [SharedArray((number, 2)), SharedArray((3,))]
        blocks[0].array[:] = number
        blocks[1].array[:] = -number
        send(ours, (blocks[1].array, number, blocks[0].array), blocks)
        send(ours, Cancel(number))
        for block in blocks:
            block.close()
    received: list = []
    while len(received) < 10:
        received += receiver.receive()
    for number in range(1, 6):
        second, told, first = received[2 * number - 2]
        assert told == number
        np.testing.assert_array_equal(first, np.full((number, 2), number))
        np.testing.assert_array_equal(second, np.full(3, -number))
        assert received[2 * number - 1] == Cancel(number)


def test_a_message_shares_as_many_arrays_as_it_likes(pair: Pair) -> None:
    ours, theirs = pair
    before = open_descriptors()
    with AnswerArrays() as arrays:
        sent = {number: arrays.allocate((number,)) for number in range(100)}
        for number, array in sent.items():
            array[:] = number
        assert arrays.nbytes == 4 * sum(range(100))
        send(ours, sent, arrays)
    send(ours, Cancel(1))
    receiver = Receiver(theirs)
    received: list = []
    while len(received) < 2:
        received += receiver.receive()
    for number in range(100):
        np.testing.assert_array_equal(received[0][number], np.full(number, number))
    assert received[1] == Cancel(1)
    del sent, array, received  # a mapping holds a descriptor of its own
    assert open_descriptors() == before


@pytest.mark.parametrize("shape", [(0,), (2, 0, 3), (), (1,)])
def test_arrays_of_odd_shapes(pair: Pair, shape: tuple[int, ...]) -> None:
    ours, theirs = pair
    block = SharedArray(shape)
    send(ours, block.array, [block])
    block.close()
    [array] = Receiver(theirs).receive()
    assert array.shape == shape


def test_an_answer_s_scores_do_not_travel(pair: Pair) -> None:
    ours, theirs = pair
    with AnswerArrays() as arrays:
        sent = embedded().analyze("A [MASK] and a [MASK].", allocate=arrays.allocate)
        assert sent.scores is not None
        assert len(encode(Analyzed(1, sent), list(arrays))) < sent.scores.logits.nbytes / 4
        send(ours, Analyzed(1, sent), arrays)
    receiver = Receiver(theirs)
    received: list = []
    while not received:
        received += receiver.receive()
    scores = received[0].analysis.scores
    np.testing.assert_array_equal(scores.logits, sent.scores.logits)
    assert scores.rank(1, 7) == sent.scores.rank(1, 7)


def test_no_descriptor_leaks() -> None:
    before = open_descriptors()
    for _ in range(20):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            receiver = Receiver(theirs)
            for _ in range(3):
                block = SharedArray((10, 10))
                send(ours, block.array, [block])
                block.close()
            received = [*receiver.receive()]
            while len(received) < 2:
                received += receiver.receive()
            receiver.close()
        del block, received
    assert open_descriptors() == before


def test_descriptors_of_messages_that_nobody_took_are_closed(pair: Pair) -> None:
    ours, theirs = pair
    block = SharedArray((10, 10))
    before = open_descriptors()
    receiver = Receiver(theirs)
    socket.send_fds(ours, [encode(block.array, [block])[:-1]], [block.descriptor])
    assert [*receiver.receive()] == []
    assert open_descriptors() == before + 1
    receiver.close()
    assert open_descriptors() == before
    block.close()


def test_the_end_of_the_other_side_is_told(pair: Pair) -> None:
    ours, theirs = pair
    receiver = Receiver(theirs)
    send(ours, Cancel(1))
    ours.sendall(encode(Cancel(2))[:-3])
    ours.close()
    assert [*receiver.receive()] == [Cancel(1)]
    with pytest.raises(EOFError):
        receiver.receive()


def test_a_socket_that_holds_nothing_says_so(pair: Pair) -> None:
    pair[1].setblocking(False)
    with pytest.raises(BlockingIOError):
        Receiver(pair[1]).receive()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems write the room byte by byte")
def test_too_large_a_block_is_an_error_and_not_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: int) -> None:
        raise OSError(28, os.strerror(28))

    before = open_descriptors()
    monkeypatch.setattr(os, "posix_fallocate", no_room)
    with pytest.raises(MemoryError, match="4,000"):
        SharedArray((1000,))
    assert open_descriptors() == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no memfd")
def test_too_many_open_files_are_a_lack_of_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(_: str) -> int:
        raise OSError(24, os.strerror(24))

    monkeypatch.setattr(os, "memfd_create", no_more)
    with pytest.raises(MemoryError, match="Too many open files"):
        SharedArray((1000,))
