"""Who answers when: the first engine until the other is needed, and then the other alone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Sequence
from threading import Event, Thread

import numpy as np
import pytest
from numpy.typing import NDArray

from tui.analysis.wanted import Target
from tui.errors import Cancelled, ModelError
from tui.model import handover
from tui.model.engine import EngineAnswer, EngineQuestion, EngineShape
from tui.model.handover import Handover

SHAPE = EngineShape("bert", 2, 2, 10, 8, frozenset({"input_ids"}))
PLAIN, GRADIENT = EngineQuestion(()), EngineQuestion((), gradient=Target())


class Played:
    """An engine that notes what it is asked."""

    can_start_inside = True

    def __init__(self, name: str, order: list[str]) -> None:
        self.shape = SHAPE
        self._name, self._order = name, order

    def gives(self, question: EngineQuestion) -> bool:
        return question.gradient is None

    def run(self, question: EngineQuestion) -> Sequence[EngineAnswer]:
        self._order.append(self._name)
        return ()

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        self._order.append(f"{self._name}'s head")
        return hidden


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_LOOK_EVERY", 0.01)
    monkeypatch.setattr(handover, "_TELL_EVERY", 0.02)


def after(times: int) -> Callable[[], bool]:
    """Says after so many looks that nothing is wanted any more."""
    looks = iter(range(times))
    return lambda: next(looks, None) is None


def test_the_other_engine_is_made_when_it_is_needed_and_answers_from_then_on() -> None:
    order: list[str] = []

    def make() -> Played:
        order.append("made")
        return Played("torch", order)

    first = Played("numpy", order)
    both, gone = Handover(first, make), weakref.ref(first)
    del first
    for question in (PLAIN, PLAIN, GRADIENT, PLAIN, GRADIENT):
        both.run(question)
    assert order == ["numpy", "numpy", "made", "torch", "torch", "torch"]
    gc.collect()
    assert gone() is None, "the weights are held but once"


def test_whichever_is_there_asks_the_head() -> None:
    order: list[str] = []
    both = Handover(Played("numpy", order), lambda: Played("torch", order))
    hidden = np.zeros((2, 4), np.float32)
    both.score(hidden)
    both.run(GRADIENT)
    both.score(hidden)
    assert order == ["numpy's head", "torch", "torch's head"], "nobody waits for torch"


def test_whoever_waits_is_told_how_long_and_can_give_up() -> None:
    order: list[str] = []
    goes_on, told = Event(), list[float]()

    def make() -> Played:
        goes_on.wait(10)
        return Played("torch", order)

    both = Handover(Played("numpy", order), make, told.append)
    with pytest.raises(Cancelled):
        both.run(EngineQuestion((), gradient=Target(), cancelled=after(10)))
    assert told[0] == 0
    assert told == sorted(told)
    assert len(told) > 1
    both.run(PLAIN)
    assert order == ["numpy"], "meanwhile everything else is answered"
    goes_on.set()
    both.run(GRADIENT)
    both.run(PLAIN)
    assert order == ["numpy", "torch", "torch"], "what was given up is there for the next one"


def test_an_engine_that_cannot_be_made_is_told_and_tried_again() -> None:
    order: list[str] = []
    tries = iter([ModelError("torch is broken."), None])

    def make() -> Played:
        if error := next(tries):
            raise error
        return Played("torch", order)

    both = Handover(Played("numpy", order), make)
    with pytest.raises(ModelError, match="torch is broken"):
        both.run(GRADIENT)
    both.run(PLAIN)
    both.run(GRADIENT)
    assert order == ["numpy", "torch"]


def test_two_who_wait_get_the_same_engine() -> None:
    order: list[str] = []
    made = []

    def make() -> Played:
        made.append(Played("torch", order))
        return made[-1]

    both = Handover(Played("numpy", order), make)
    threads = [Thread(target=both.run, args=(GRADIENT,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1
    assert order == ["torch"] * 4
