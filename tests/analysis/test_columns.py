"""Numbers as tables have them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.columns import NO_NUMBER, bound_said, probability_said


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (1.0, "1.000"),
        (0.0314, "0.031"),
        (0.00051, "0.001"),
        (0.00049, "5e-04"),
        (2.2e-7, "2e-07"),
        (1e-200, "0.000"),
        (0.0, "0.000"),
        (float("nan"), NO_NUMBER),
    ],
)
def test_a_probability_has_five_columns(probability: float, said: str) -> None:
    assert probability_said(probability) == said
    assert len(said) <= 5


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        (0.0123, "<0.013"), (0.012, "<0.012"), (0.05, "<0.050"), (0.0001, "<0.001"), (0, "<0.001"),
        (0.9999, "<1.000"), (1.0, "<1.000"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_a_bound_is_rounded_up_so_that_it_holds(bound: float, said: str) -> None:
    assert bound_said(bound) == said


@given(st.floats(0.001, 1))
def test_no_bound_says_less_than_it_is(bound: float) -> None:
    assert bound - 1e-9 <= float(bound_said(bound).removeprefix("<")) < bound + 0.001
