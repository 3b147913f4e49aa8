"""Spearman's ρ of what is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tui.analysis.correlation import rank_correlation


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([1, 2, 3, 4], [10, 20, 25, 1000], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, -8], -1.0),
        ([1, 2, 3], [1, 3, 2], 0.5),
        ([1, 1, 2], [1, 2, 3], math.sqrt(3) / 2),
        ([1, math.nan, 2, 3], [1, 9, 3, 2], 0.5),
    ],
)
def test_known_ones(one: list[float], other: list[float], wanted: float) -> None:
    found = rank_correlation(np.array(one, float), np.array(other, float))
    assert found == pytest.approx(wanted)


def test_ranks_have_any_shape_and_any_scale() -> None:
    chance = np.random.default_rng(3)
    numbers = chance.normal(size=(4, 5))
    assert rank_correlation(numbers, np.exp(numbers)) == pytest.approx(1)
    assert rank_correlation(numbers, chance.normal(size=(4, 5))) < 0.9


@pytest.mark.parametrize("numbers", [[], [1.0], [2.0, 2.0, 2.0]])
def test_what_has_no_order_has_no_correlation(numbers: list[float]) -> None:
    assert math.isnan(rank_correlation(np.array(numbers), np.array(numbers)))
