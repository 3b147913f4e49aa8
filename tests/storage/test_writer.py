"""The one thread that writes: in order, the newest of a kind, and nobody waits for it for ever."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread, current_thread
from threading import enumerate as all_threads

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.errors import RequestError, SaveError
from tui.storage.writer import Writer

LONG = 20.0
"""Seconds that nothing here takes, however busy the machine is."""


@contextmanager
def hanging(writer: Writer, *, key: str = "") -> Iterator[Event]:
    """A write is under way that does not end before the block does, or the event is set."""
    began, goes_on = Event(), Event()

    def hang() -> None:
        began.set()
        assert goes_on.wait(LONG)

    writer.submit(hang, instead_of=key)
    assert began.wait(LONG)
    try:
        yield goes_on
    finally:
        goes_on.set()


# Order


def test_writes_are_carried_out_in_their_order_and_by_one_thread() -> None:
    writer, order, threads = Writer(), list[int](), set[Thread]()

    def write(number: int) -> int:
        threads.add(current_thread())
        order.append(number)
        return -number

    told = list[object]()

    def done(result: object) -> None:
        threads.add(current_thread())
        told.append(result)

    for number in range(200):
        assert writer.submit(partial(write, number), done)
    assert writer.close(LONG)
    assert order == list(range(200))
    assert told == [-number for number in order]
    (thread,) = threads
    assert thread is not current_thread()
    assert thread.daemon, "Python waits for all others when it ends"


SUBMISSIONS = st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.booleans()), max_size=12)


def expected(submissions: list[tuple[str, bool]]) -> list[int]:
    """Numbers of the submissions that are carried out: in the place of the first of their key."""
    waiting: list[int] = []
    for number, (key, _) in enumerate(submissions):
        same = [at for at, one in enumerate(waiting) if key and submissions[one][0] == key]
        if same:
            waiting[same[0]] = number
        else:
            waiting.append(number)
    return waiting


@given(SUBMISSIONS)
@settings(max_examples=150)
def test_of_each_key_the_newest_is_written_where_the_first_waited(
    submissions: list[tuple[str, bool]],
) -> None:
    writer, written, told = Writer(), list[int](), list[object]()
    idle = Event()
    with hanging(writer):
        for number, (key, can_wait) in enumerate(submissions):
            writer.submit(
                partial(_put, written, number), told.append, instead_of=key, can_wait=can_wait
            )
        writer.submit(idle.set)
    assert idle.wait(LONG)
    assert written == expected(submissions), "what can wait does so at closing alone"
    assert told == written, "who was replaced is not told"


@given(SUBMISSIONS)
@settings(max_examples=150)
def test_at_closing_what_cannot_wait_goes_first(submissions: list[tuple[str, bool]]) -> None:
    writer, written = Writer(), list[int]()
    with hanging(writer) as goes_on:
        for number, (key, can_wait) in enumerate(submissions):
            writer.submit(partial(_put, written, number), instead_of=key, can_wait=can_wait)
        closing = Thread(target=writer.close, args=(LONG,))
        closing.start()
        while writer.submit(lambda: None, instead_of="is it closed?", can_wait=True):
            time.sleep(0)
        goes_on.set()
        closing.join(LONG)
    kept = expected(submissions)
    assert written == sorted(kept, key=lambda number: submissions[number][1])


def _put(written: list[int], number: int) -> int:
    written.append(number)
    return number


def test_a_write_under_way_is_not_replaced() -> None:
    writer, told = Writer(), list[object]()
    with hanging(writer, key="place"):
        for text in ("old", "new"):
            writer.submit(partial(str, text), told.append, instead_of="place")
    assert writer.close(LONG)
    assert told == ["new"]


def test_a_write_may_submit_another() -> None:
    writer, told = Writer(), list[object]()
    second = Event()

    def done(result: object) -> None:
        told.append(result)
        writer.submit(second.set)

    writer.submit(lambda: 1, done)
    assert second.wait(LONG)
    assert told == [1]
    assert writer.close(LONG)


# Errors


def test_an_error_is_told_and_the_next_write_is_carried_out() -> None:
    unforeseen, told = list[Exception](), list[object]()
    writer = Writer(unforeseen.append)

    def fail(error: Exception) -> None:
        raise error

    full = SaveError("The disk is full.")
    fault = KeyError("what\x1b[2J\nis this")
    for error in (full, RequestError("No such head."), fault, ValueError()):
        writer.submit(partial(fail, error), told.append)
    writer.submit(lambda: "written", told.append)
    done = Event()
    writer.submit(done.set)
    assert done.wait(LONG)
    assert told[0] is full
    assert told[-1] == "written"
    assert [isinstance(one, SaveError) for one in told] == [True] * 4 + [False]
    assert str(told[1]) == "No such head."
    for one in told[2:4]:
        assert str(one).isprintable()
        assert str(one).endswith("please try once more.")
    assert "KeyError: 'what" in str(told[2])
    assert "(ValueError)" in str(told[3])
    assert [type(error) for error in unforeseen] == [KeyError, ValueError]
    assert unforeseen[0].__traceback__ is not None, "for the report"
    assert writer.close(LONG)


def test_an_error_in_what_is_done_with_a_result_ends_nothing() -> None:
    unforeseen = list[Exception]()

    def take(error: Exception) -> None:
        unforeseen.append(error)
        raise error

    def done(_: object) -> None:
        raise LookupError

    writer, written = Writer(take), list[int]()
    writer.submit(partial(_put, written, 1), done)
    writer.submit(partial(_put, written, 2))
    assert writer.close(LONG)
    assert written == [1, 2]
    assert [type(error) for error in unforeseen] == [LookupError]


def test_without_anybody_to_be_told() -> None:
    writer, written = Writer(), list[int]()
    writer.submit(lambda: 1 / 0)
    writer.submit(partial(_put, written, 1))
    writer.close(LONG)
    assert written == [1]


# Closing


def test_a_writer_that_had_nothing_to_do_has_no_thread() -> None:
    before = all_threads()
    writer = Writer()
    assert writer.close(0)
    assert all_threads() == before


def test_after_closing_nothing_is_taken() -> None:
    writer, written = Writer(), list[int]()
    assert writer.submit(partial(_put, written, 1))
    assert writer.close(LONG)
    assert not writer.submit(partial(_put, written, 2))
    assert writer.close(LONG)
    assert written == [1]


def test_the_thread_ends_with_its_work() -> None:
    writer, threads = Writer(), list[Thread]()
    writer.submit(lambda: threads.append(current_thread()))
    assert writer.close(LONG)
    threads[0].join(LONG)
    assert not threads[0].is_alive()


def test_closing_is_bounded_while_a_write_hangs() -> None:
    writer, written = Writer(), list[int]()
    with hanging(writer) as goes_on:
        writer.submit(partial(_put, written, 1))
        began = time.monotonic()
        assert not writer.close(0.1)
        assert 0.1 <= time.monotonic() - began < 2
        goes_on.set()
        assert writer.close(LONG)
    assert written == [1]


def test_a_failure_at_closing_is_not_called_written() -> None:
    def fail() -> None:
        raise SaveError("The disk is full.")

    writer = Writer()
    told = Event()
    writer.submit(fail, lambda _: told.set())
    assert told.wait(LONG)
    assert writer.close(LONG), "what failed before was told to whoever asked"
    writer = Writer()
    with hanging(writer) as goes_on:
        writer.submit(fail)
        assert not writer.close(0)
        goes_on.set()
        assert not writer.close(LONG)


def test_a_place_is_kept_although_a_picture_hangs() -> None:
    """A server that is away must not cost what is kept on another disk."""
    writer, written = Writer(), list[str]()
    with hanging(writer):
        for number in range(144):
            writer.submit(partial(written.append, f"picture {number}"), can_wait=True)
        writer.submit(partial(written.append, "place"), instead_of="place")
        writer.submit(partial(written.append, "model"), instead_of="model")
        assert not writer.close(0.4)
        assert written == ["place", "model"]
    assert writer.close(LONG)
    assert len(written) == 146
    assert len(set(written)) == 146, "nothing twice"


def test_a_key_s_order_is_kept_even_then() -> None:
    writer, written = Writer(), list[str]()
    with hanging(writer, key="place"):
        writer.submit(partial(written.append, "newer place"), instead_of="place")
        writer.submit(partial(written.append, "model"), instead_of="model")
        writer.submit(partial(written.append, "text that depends on what came before"))
        assert not writer.close(0.2)
        assert written == ["model"], "the newer place waits for the older one"
    assert writer.close(LONG)
    assert written[1:] == ["newer place", "text that depends on what came before"]


def test_python_ends_while_a_write_hangs(tmp_path: Path) -> None:
    code = """
import sys, time
from threading import Event
from tui.storage.writer import Writer
writer, began = Writer(), Event()
def hang():
    began.set()
    time.sleep(1000)
writer.submit(hang)
writer.submit(lambda: None)
began.wait()
print(writer.close(0.05), flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], timeout=LONG, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("False\n", "")


def test_a_machine_without_more_threads_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    writer, written = Writer(), list[int]()
    monkeypatch.setattr(threading.Thread, "start", start)
    assert writer.submit(partial(_put, written, 1))
    monkeypatch.undo()
    assert writer.submit(partial(_put, written, 2))
    assert writer.close(LONG)
    assert written == [1, 2]


def test_what_was_written_is_let_go() -> None:
    """A picture's numbers are megabytes: an idle thread does not hold the last of them."""

    class Numbers:
        def write(self) -> Numbers:
            return self

    numbers = Numbers()
    gone = weakref.ref(numbers)
    writer = Writer()
    writer.submit(numbers.write)
    del numbers
    deadline = time.monotonic() + LONG
    while gone() is not None and time.monotonic() < deadline:
        time.sleep(0.005)
        gc.collect()
    assert gone() is None
    writer.close(LONG)


def test_submitting_waits_for_nothing() -> None:
    writer: Writer = Writer()
    nothing: Callable[[], None] = lambda: None  # noqa: E731
    with hanging(writer):
        began = time.monotonic()
        for number in range(1000):
            writer.submit(nothing, instead_of=f"key {number}")
        assert time.monotonic() - began < 2
    assert writer.close(LONG)


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, tui.storage.writer\nprint(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    loaded = set(ran.stdout.split())
    assert not loaded & {"concurrent.futures", "numpy", "asyncio", "PIL", "platformdirs", "logging"}
