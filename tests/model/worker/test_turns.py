"""Who may run a model: one thread at a time, and the reader before a job."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from tui.errors import Cancelled
from tui.model.worker.other_model import OtherModelHolder
from tui.model.worker.turns import ForwardPassTurns, ModelInTurns


def never() -> bool:
    return False


def started(run: Callable[[], None]) -> Thread:
    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_job_that_asks_again_at_once_lets_the_reader_in_between() -> None:
    turns, order, goes_on = ForwardPassTurns(), list[str](), Event()

    def read() -> None:
        goes_on.set()
        with turns.for_reader(never):
            order.append("reader")

    with turns.for_job(never):
        thread = started(read)
        goes_on.wait(5)
        time.sleep(0.1)  # it waits for its turn by then
        assert not order
    for _ in range(3):
        with turns.for_job(never):
            order.append("job")
    thread.join(5)
    assert order == ["reader", "job", "job", "job"]


@pytest.mark.parametrize("question", ["count_tokens", "analyze", "analyze_batch"])
def test_a_job_s_model_is_asked_in_its_turn(question: str) -> None:
    turns, order, goes_on = ForwardPassTurns(), list[str](), Event()

    def answer(*_: object, **__: object) -> None:
        order.append("job")

    played: Any = SimpleNamespace(info=None, prepare=lambda *_, **__: None, **{question: answer})

    def read() -> None:
        goes_on.set()
        with turns.for_reader(never):
            order.append("reader")

    def work() -> None:
        getattr(ModelInTurns(played, turns, never, OtherModelHolder(turns)), question)("a text")

    with turns.for_job(never):
        threads = [started(work)]
        time.sleep(0.1)
        threads.append(started(read))
        goes_on.wait(5)
        time.sleep(0.1)
        assert not order, "it is somebody's turn"
    for thread in threads:
        thread.join(5)
    assert order == ["reader", "job"], "the reader comes first, although it came later"


def test_one_at_a_time() -> None:
    turns, inside, most = ForwardPassTurns(), list[int](), list[int]()

    def run(number: int) -> None:
        for _ in range(50):
            with (turns.for_reader if number % 2 else turns.for_job)(never):
                inside.append(number)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.remove(number)

    threads = [started(lambda number=number: run(number)) for number in range(4)]  # type: ignore[misc]
    for thread in threads:
        thread.join(30)
    assert len(most) == 200, "everybody had all turns"
    assert set(most) == {1}


@pytest.mark.parametrize("of", ["for_job", "for_reader"])
def test_who_is_given_up_waits_no_longer_and_stands_in_nobody_s_way(of: str) -> None:
    turns = ForwardPassTurns()
    given_up, ended = Event(), Event()

    def run() -> None:
        with pytest.raises(Cancelled), getattr(turns, of)(given_up.is_set):
            raise AssertionError("it had its turn")
        ended.set()

    with turns.for_job(never):
        started(run)
        assert not ended.wait(0.1)
        given_up.set()
        assert ended.wait(2)
    with turns.for_job(never):
        pass


def test_a_pass_that_fails_ends_its_turn() -> None:
    turns = ForwardPassTurns()
    for turn in (turns.for_job, turns.for_reader):
        with pytest.raises(ZeroDivisionError), turn(never):
            _ = 1 / 0
    with turns.for_reader(never):
        pass
