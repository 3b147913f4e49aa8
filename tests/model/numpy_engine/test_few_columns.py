"""A product of few columns is the product, whatever way it is computed."""

from __future__ import annotations

import numpy as np
import pytest

from tui.model.numpy_engine.encoder import LEAST_ROWS, UNCOPIED, few_columns

SIZE = 768
MOST = UNCOPIED // LEAST_ROWS // SIZE
"""Columns up to which the matrix is multiplied in stretches."""


@pytest.mark.parametrize("columns", [0, 1, 2, 13, MOST, MOST + 1])
@pytest.mark.parametrize("rows", [1, 999, 3000])
def test_it_is_the_product(rows: int, columns: int) -> None:
    random = np.random.default_rng(rows)
    weight = random.standard_normal((rows, SIZE)).astype(np.float32)
    x = random.standard_normal((SIZE, columns)).astype(np.float32)
    found = few_columns(weight, x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, weight.astype(np.float64) @ x, atol=1e-3)


def test_what_is_no_number_stays_where_it_is() -> None:
    weight = np.ones((3000, SIZE), np.float32)
    weight[2999, 0] = np.nan
    found = few_columns(weight, np.ones((SIZE, 3), np.float32))
    assert np.isnan(found[2999]).all()
    assert not np.isnan(found[:2999]).any()
