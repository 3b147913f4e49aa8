"""How many threads numpy's matrix products take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

LARGE = 1e9
"""Multiplications and additions from which on more threads than one are worth it: about 20 ms.

For a short text a second thread saves a few milliseconds where nobody else wants the processor. Where
somebody does, threads that wait for each other after each product take ten times as long as one.
"""


@contextmanager
def enough_threads(operations: float) -> Iterator[None]:
    """Have the products inside the `with` block done by one thread, or by as many as there may be.

    Args:
        operations: how many multiplications and additions they are, all together.
    """
    if operations >= LARGE:
        yield
    else:
        with _controller().limit(limits=1, user_api="blas"):
            yield


@cache
def _controller() -> ThreadpoolController:
    """The libraries that numpy has loaded."""
    return ThreadpoolController()
