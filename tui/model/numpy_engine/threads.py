"""Work is shared among the processor's cores where there is enough of it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import TypeVar

from threadpoolctl import LibController, ThreadpoolController

T = TypeVar("T")

_WORTH_IT = 1 << 15
"""Numbers for each thread, from which on the work takes longer than to hand it over: 50 µs."""


def in_threads(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Carry out tasks, as many at a time as there are cores; what they give, in their order."""
    return list(_pool().map(lambda task: task(), tasks))


def shared(work: Callable[[slice], None], parts: int, numbers: int) -> None:
    """Carry out work on parts of an array, a stretch of them in each thread.

    Args:
        work: does it for a stretch of parts; it lets go of the interpreter, as numpy does.
        parts: how many parts there are, such as rows or heads.
        numbers: how many numbers all of them have.
    """
    threads = max(1, min(cores(), parts, numbers // _WORTH_IT))
    ends = [parts * thread // threads for thread in range(threads + 1)]
    first, *others = (slice(start, stop) for start, stop in pairwise(ends))
    waiting = [_pool().submit(work, stretch) for stretch in others]
    work(first)
    for one in waiting:
        one.result()


@cache
def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), "numpy-engine")


LARGE = 1e10
"""Multiplications and additions of a pass from which on each product takes some milliseconds."""


@contextmanager
def as_many_as_are_free(operations: float) -> Iterator[None]:
    """Have BLAS take, inside the `with` block, no more threads than there are idle processors.

    Its threads wait for each other after each product. Where somebody else wants the processor,
    as in a class that shares a machine, two take ten times as long over a short text as one. Over
    a long one the wait is shorter beside the product, so that half a processor more is taken for
    idle for each that there is.

    Args:
        operations: how many multiplications and additions the block takes.
    """
    room = cores() * (1.5 if operations >= LARGE else 1.0)
    free = max(1, min(math.ceil(room - os.getloadavg()[0]), cores()))
    before = [(one, one.num_threads) for one in _blas()]
    for one, threads in before:
        one.set_num_threads(min(free, threads))
    try:
        yield
    finally:
        for one, threads in before:
            one.set_num_threads(threads)


@cache
def _blas() -> list[LibController]:
    """The libraries of matrix products that numpy has loaded and that take orders."""
    return [one for one in ThreadpoolController().lib_controllers if one.user_api == "blas"]
