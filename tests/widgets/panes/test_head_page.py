"""A number's place among all heads, as the pane draws it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui.widgets.panes.head_page import BINS, HEIGHTS, spread
from tui.widgets.text.answer_lines import place_of

NUMBERS = arrays(np.float32, (3, 4), elements=st.floats(-9, 9, width=32))


def test_the_bin_of_a_head_is_marked_and_the_fullest_is_the_highest() -> None:
    values = np.array([[0, 0, 0, 0], [0, 0, 7, 8]], dtype=np.float32)
    drawn = spread(values, (1, 3))
    assert [sign for sign, _ in drawn] == [HEIGHTS[-1], *" " * (BINS - 2), HEIGHTS[-(-2 * 7 // 6)]]
    assert [is_here for _, is_here in drawn] == [False] * (BINS - 1) + [True]


@given(NUMBERS, st.integers(0, 2), st.integers(0, 3))
def test_one_bin_is_this_head_s_and_every_head_is_in_one(
    values: np.ndarray[tuple[int, int], np.dtype[np.float32]], layer: int, head: int
) -> None:
    drawn = spread(values, (layer, head))
    assert len(drawn) == BINS
    assert sum(is_here for _, is_here in drawn) == 1
    assert next(sign for sign, is_here in drawn if is_here) != " "
    better = sum(float(one) > float(values[layer, head]) for one in values.ravel())
    assert place_of(values, (layer, head)) == better + 1


def test_a_head_without_a_number_has_no_place() -> None:
    values = np.array([[np.nan, 1.0]], dtype=np.float32)
    assert spread(values, (0, 0)) == [(" ", False)] * BINS
    assert place_of(values, (0, 0)) == 0
