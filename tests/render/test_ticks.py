"""Round numbers, evenly apart, and no more than there is room for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.render.ticks import named, ticks


@pytest.mark.parametrize(
    ("low", "high", "most", "wanted"),
    [
        (0, 72, 8, [0, 10, 20, 30, 40, 50, 60, 70]),
        (0, 72, 4, [0, 20, 40, 60]),
        (-6.3, -0.2, 7, [-6, -5, -4, -3, -2, -1]),
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (3, 3, 5, [3]),
    ],
)
def test_known_axes(low: float, high: float, most: int, wanted: list[float]) -> None:
    assert ticks(low, high, most) == pytest.approx(wanted)


@given(
    st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 30)
)  # fmt: skip
def test_any_axis(low: float, span: float, most: int) -> None:
    found = ticks(low, low + span, most)
    assert len(found) <= most
    steps = np.diff(found)
    assert np.allclose(steps, steps[:1]) if len(steps) else True
    slack = span * 1e-6 + 1e-9
    assert all(low - slack <= one <= low + span + slack for one in found)


def test_no_axis() -> None:
    assert ticks(math.nan, 1, 5) == []
    assert ticks(0, math.inf, 5) == [0]


def test_names_have_the_digits_that_they_need() -> None:
    assert [named(one) for one in (0.1 + 0.2, -0.0, -3, 1200)] == ["0.3", "0", "-3", "1200"]
