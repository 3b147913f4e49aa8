"""A worker with jobs of its own: what jobs may do and what may happen to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tui.analysis.analysis import Attention
from tui.errors import Cancelled, RequestError
from tui.model.language_model import LanguageModel
from tui.model.worker.child import serve
from tui.model.worker.jobs import AnyRunner, Telling


@dataclass(frozen=True)
class Wait:
    """Wait in so many steps of so many seconds, then name the model."""

    model: str
    steps: int
    seconds: float


@dataclass(frozen=True)
class AskOn:
    """Ask the model again and again, `times` times."""

    model: str
    text: str
    times: int


@dataclass(frozen=True)
class Fill:
    """Make so many arrays, the n-th full of n."""

    model: str
    count: int


@dataclass(frozen=True)
class Fail:
    """Go wrong: `error`, `request`, `unpicklable`."""

    model: str
    how: str


@dataclass(frozen=True)
class Count:
    """Count so many steps of so many seconds, telling all numbers so far."""

    model: str
    steps: int
    seconds: float
    fails: bool = False


@dataclass(frozen=True)
class Unknown:
    """Nothing runs this."""

    model: str


def wait(
    job: Wait,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> str:
    for step in range(job.steps):
        if cancelled():
            raise Cancelled
        time.sleep(job.seconds)
        progress(step + 1, job.steps)
    return model.info.name


def ask_on(
    job: AskOn,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> tuple[str, int]:
    layers = 0
    for time_ in range(job.times):
        layers = len(model.analyze(job.text, cancelled=cancelled).attention)
        progress(time_ + 1, job.times)
    return model.info.name, layers


def fill(
    job: Fill,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> list[Attention]:
    arrays = [allocate((3, 1000)) for _ in range(job.count)]
    for number, array in enumerate(arrays):
        array[:] = number
    return arrays


def fail(
    job: Fail,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Any:
    allocate((1000,))
    progress(1, 2)
    if job.how == "error":
        raise ValueError("a fault of its own\nwith a second line")
    if job.how == "request":
        raise RequestError("There is no such thing: choose another.")
    return lambda: "a function of a function cannot be pickled"


def count(
    job: Count,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention],
    progress: Callable[[int, int], None],
    so_far: Callable[[object], None],
    cancelled: Callable[[], bool],
) -> list[int]:
    found: list[int] = []
    for step in range(job.steps):
        if cancelled():
            raise Cancelled
        time.sleep(job.seconds)
        found.append(step + 1)
        so_far([*found])
        progress(step + 1, job.steps)
    if job.fails:
        raise ValueError("a fault at the end")
    return found


def find_runners() -> Mapping[type, AnyRunner]:
    return {Wait: wait, AskOn: ask_on, Fill: fill, Fail: fail, Count: Telling(count)}


def main() -> None:
    serve(find_runners)
