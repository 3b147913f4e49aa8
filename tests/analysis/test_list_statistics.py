"""Means and spreads over sentences: what is no number counts for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tui.analysis.list_statistics import compute_list_statistics


def sentence(*values: float) -> dict[str, np.ndarray]:
    return {"prev": np.array([values], dtype=np.float32)}


def test_mean_and_standard_deviation() -> None:
    found = compute_list_statistics([sentence(0.1, 1.0), sentence(0.3, 1.0), sentence(0.8, 1.0)])
    assert found.count == 3
    assert found.mean["prev"][0, 0] == pytest.approx(0.4)
    assert found.spread["prev"][0, 0] == pytest.approx(np.std([0.1, 0.3, 0.8]))
    assert found.mean["prev"][0, 1] == 1.0
    assert found.spread["prev"][0, 1] == 0.0


@pytest.mark.filterwarnings("error")
def test_a_sentence_without_the_number_is_left_out() -> None:
    found = compute_list_statistics([sentence(0.5, np.nan), sentence(np.nan, np.nan)])
    assert found.mean["prev"][0, 0] == 0.5
    assert found.spread["prev"][0, 0] == 0.0
    assert np.isnan(found.mean["prev"][0, 1])


@pytest.mark.filterwarnings("error")
def test_what_has_no_bounds_is_no_number_either() -> None:
    found = compute_list_statistics([sentence(0.5, np.inf), sentence(np.inf, -np.inf)])
    assert found.mean["prev"][0, 0] == 0.5
    assert np.isnan(found.mean["prev"][0, 1])
    assert np.isnan(found.spread["prev"][0, 1])


def test_one_sentence_has_no_spread() -> None:
    found = compute_list_statistics([sentence(0.25)])
    assert (found.mean["prev"][0, 0], found.spread["prev"][0, 0]) == (0.25, 0.0)
