"""BLAS leaves a processor that somebody else uses to them."""

from __future__ import annotations

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from tui.model.numpy_engine import threads
from tui.model.numpy_engine.threads import as_many_as_are_free, shared


def in_use() -> set[int]:
    """How many threads the libraries of matrix products take."""
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


@pytest.mark.parametrize(
    ("load", "taken", "over_a_long_text"),
    [(0.0, 4, 4), (0.9, 4, 4), (1.2, 3, 4), (3.0, 1, 3), (4.5, 1, 2), (60.0, 1, 1)],
)
def test_no_more_threads_than_idle_processors(
    monkeypatch: pytest.MonkeyPatch, load: float, taken: int, over_a_long_text: int
) -> None:
    before = in_use()
    if before and max(before) < 4:
        for one in threads._blas():
            one.set_num_threads(4)
        before = in_use()
    if not before:
        pytest.skip("numpy's matrix products are done by a library that takes no orders")
    monkeypatch.setattr(threads, "cores", lambda: 4)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    with as_many_as_are_free(1e6):
        assert in_use() == {taken}
    with as_many_as_are_free(1e12):
        assert in_use() == {over_a_long_text}
    assert in_use() == before


def test_what_is_shared_is_done_once() -> None:
    done = np.zeros(1 << 18)

    def work(stretch: slice) -> None:
        done[stretch] += 1

    shared(work, done.size, done.size)
    assert (done == 1).all()
