"""Work is shared among the processor's cores where there is enough of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")

_WORTH_IT = 1 << 15
"""Numbers for each thread, from which on the work takes longer than to hand it over: 50 µs."""

BLAS_SHARES = 1e9
"""Multiplications and additions from which on more threads than one are worth it: about 20 ms.

For a short text a second thread saves a few milliseconds where nobody else wants the processor.
Where somebody does, threads that wait for each other after each product take ten times as long.
"""


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


@contextmanager
def enough_threads(operations: float) -> Iterator[None]:
    """Have the products inside the `with` block done by one thread, or by as many as there may be.

    Args:
        operations: how many multiplications and additions they are, all together.
    """
    if operations >= BLAS_SHARES:
        yield
    else:
        with _controller().limit(limits=1, user_api="blas"):
            yield


@cache
def _controller() -> ThreadpoolController:
    """The libraries that numpy has loaded."""
    return ThreadpoolController()
