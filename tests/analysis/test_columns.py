"""Numbers as tables have them."""

from __future__ import annotations

import pytest

from tui.analysis.columns import NO_NUMBER, probability_said


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
