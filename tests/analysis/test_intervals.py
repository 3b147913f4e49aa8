"""Intervals against loops by hand and known figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis import intervals
from tui.analysis.intervals import bootstrap_mean, bootstrap_means, share_interval, sign_test


def test_the_interval_of_a_mean_is_that_of_a_loop_over_samples() -> None:
    values = [0.1, 0.4, -0.2, 0.9, 0.3]
    draws = np.random.default_rng(0).integers(0, 5, size=(500, 5))
    means = sorted(sum(values[at] for at in draw) / 5 for draw in draws)
    found = bootstrap_mean(values, resamples=500)
    assert found.value == pytest.approx(0.3)
    assert found.n == 5
    assert means[10] <= found.low <= means[14]
    assert means[485] <= found.high <= means[489]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20))
def test_an_interval_holds_its_mean_and_lies_within_the_numbers(values: list[float]) -> None:
    found = bootstrap_mean(values, resamples=200)
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_one_number_has_no_interval_and_none_has_no_mean() -> None:
    one, none = bootstrap_mean([2.0, math.nan]), bootstrap_mean([])
    assert (one.value, one.n) == (2.0, 1)
    assert math.isnan(one.low)
    assert math.isnan(none.value)
    assert none.n == 0


def test_a_share_has_wilsons_interval() -> None:
    found = share_interval(8, 10)
    # By the formula of Wilson (1927) with z = 1.96, as tables print it.
    assert found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)
    assert share_interval(10, 10).high == pytest.approx(1)
    assert share_interval(0, 10).low == pytest.approx(0)
    assert math.isnan(share_interval(0, 0).value)


@pytest.mark.parametrize(
    ("values", "p"),
    [
        ([1, 1, 1, 1, 1], 2 / 32),
        ([1, 1, 1, 1, -1, 0], 2 * 6 / 32),
        ([1, -1], 1.0),
        ([0, math.nan], 1.0),
    ],
)
def test_the_sign_test_counts_signs(values: list[float], p: float) -> None:
    assert sign_test(values) == pytest.approx(p)


def test_many_means_are_each_what_they_are_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is drawn at a time; a column that lacks a number is drawn by itself."""
    values = np.random.default_rng(3).normal(size=(13, 4)).astype(np.float32)
    values[4, 2] = np.nan
    for at_once in (10**6, 50):
        monkeypatch.setattr(intervals, "_DRAWN_AT_ONCE", at_once)
        mean, low, high = bootstrap_means(values, resamples=400)
        for column in range(4):
            one = bootstrap_mean(values[:, column].astype(np.float64), resamples=400)
            found = (mean[column], low[column], high[column])
            assert found == pytest.approx((one.value, one.low, one.high))


def test_many_means_of_one_row_or_none() -> None:
    mean, low, _ = bootstrap_means(np.ones((1, 2), np.float32))
    assert mean.tolist() == [1, 1]
    assert np.isnan(low).all()
    assert np.isnan(bootstrap_means(np.ones((0, 2), np.float32))[0]).all()


def test_the_sign_test_of_thousands_is_quick() -> None:
    """Against the normal distribution, which it comes close to."""
    values = [1] * 20_300 + [-1] * 19_700
    normal = math.erfc(599 / math.sqrt(40_000) / math.sqrt(2))
    assert sign_test(values) == pytest.approx(normal, rel=1e-3)
