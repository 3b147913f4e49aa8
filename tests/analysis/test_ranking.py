"""The order of candidates, and their numbers, beside torch's own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.analysis.ranking import best_places, softmax

SCORES = st.lists(
    st.one_of(
        st.floats(-40, 40, width=32),
        st.sampled_from([0.0, -np.inf, -1e4, 1e4, float(np.finfo(np.float32).min)]),
    ),
    min_size=1,
    max_size=60,
).filter(lambda scores: max(scores) > -np.inf)


@given(SCORES, st.integers(0, 70))
@settings(max_examples=300)
def test_probabilities_and_their_order_are_torchs(scores: list[float], count: int) -> None:
    logits = np.array(scores, dtype=np.float32)
    found = softmax(logits)
    expected = torch.from_numpy(logits).softmax(-1)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)
    best = best_places(found, count)
    ranked = torch.from_numpy(found).topk(min(count, len(scores)))
    assert found[best].tolist() == ranked.values.tolist()


def test_of_equal_probabilities_the_first_token_comes_first() -> None:
    values = np.array([0.1, 0.3, 0.1, 0.3, 0.1, 0.1], dtype=np.float32)
    assert best_places(values, 4).tolist() == [1, 3, 0, 2]
    assert best_places(values, 99).tolist() == [1, 3, 0, 2, 4, 5]


@pytest.mark.parametrize("different", [2, 300, 10**6])
@pytest.mark.parametrize("size", [64, 191, 1000])
def test_the_best_of_many_are_those_of_sorting_all(size: int, different: int) -> None:
    values = np.random.default_rng(size).integers(0, different, size).astype(np.float32)
    values[[3, size - 1]] = np.inf, np.nan
    order = np.argsort(np.where(np.isnan(values), -np.inf, -values), kind="stable")
    for count in (0, 1, 2, 5, size // 64, size):
        assert best_places(values, count).tolist() == order[:count].tolist()


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_score_that_is_no_number_leaves_no_probability(odd: float) -> None:
    """And nothing is warned of: what is told is in the analysis's notes."""
    logits = np.array([1, odd, 3], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probabilities = softmax(logits)
        best = best_places(probabilities, 2)
    assert np.isnan(probabilities).all()
    assert torch.from_numpy(logits).softmax(-1).isnan().all()
    assert best.tolist() == [0, 1]
