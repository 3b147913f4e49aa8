"""The error function and GELU keep to their bounds."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tui.model.numpy_engine.gelu import erf, gelu

BOUND = 1e-7


def test_error_function_is_near_on_a_dense_grid() -> None:
    grid = np.linspace(-6, 6, 300_001).astype(np.float32)
    exact = np.array([math.erf(x) for x in grid.tolist()])
    assert np.abs(erf(grid) - exact).max() <= BOUND


@given(st.floats(width=32, allow_nan=False))
def test_error_function_is_near_anywhere(x: float) -> None:
    assert abs(float(erf(np.array([x], np.float32))[0]) - math.erf(x)) <= BOUND


def test_error_function_is_odd_and_keeps_shape_and_nan() -> None:
    x = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    np.testing.assert_array_equal(erf(-x), -erf(x))
    assert erf(x[:, ::2]).shape == (3, 3, 7)
    assert np.isnan(erf(np.array([np.nan], np.float32))).all()


def test_gelu_is_torchs() -> None:
    x = np.concatenate(
        [np.linspace(-12, 12, 70_001), np.random.default_rng(1).normal(size=30_000)]
    ).astype(np.float32)
    theirs = torch.nn.functional.gelu(torch.from_numpy(x.copy())).numpy()
    exact = np.array([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x.tolist()])
    found = gelu(x.copy())
    # Φ is off by half of what erf is, and the product is rounded.
    assert (np.abs(found - exact) <= 1.5 * BOUND * np.maximum(1, np.abs(x))).all()
    np.testing.assert_allclose(found, theirs, rtol=0, atol=2e-6)  # torch's is off by 1e-6 at -3.1


def test_gelu_writes_over_its_argument() -> None:
    x = np.array([[1.0, -1.0]], np.float32)
    assert gelu(x) is x
    np.testing.assert_allclose(x, [[0.8413447, -0.1586553]], atol=1e-7)
