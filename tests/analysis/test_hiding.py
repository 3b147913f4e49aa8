"""Hiding special tokens against the loop that its sentence describes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui.analysis.hiding import Hidden, hide, shown, shown_peaks

WEIGHTS = st.one_of(st.just(0.0), st.floats(2.0**-10, 1.0, width=32))


@st.composite
def attention(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Rows that sum to 1, and which of the tokens are special."""
    count = draw(st.integers(1, 7))
    rows = draw(arrays(np.float32, (2, count, count), elements=WEIGHTS))
    rows[rows.sum(axis=-1) == 0] = 1.0
    rows /= rows.sum(axis=-1, keepdims=True)
    return rows, draw(arrays(np.bool_, count))


@given(attention())
@settings(max_examples=80)
def test_hiding_is_its_loop(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    rows, special = drawn
    found = hide(rows, special)
    stays = [not one for one in special] if not special.all() else [True] * len(special)
    for matrix, query in np.ndindex(rows.shape[:2]):
        row = [float(weight) for weight in rows[matrix, query]]
        left = sum(weight for weight, kept in zip(row, stays, strict=True) if kept)
        hidden = sum(weight for weight, kept in zip(row, stays, strict=True) if not kept)
        assert found.share[matrix, query] == pytest.approx(hidden, abs=1e-6)
        wanted = [
            weight / left if kept and left else 0.0 for weight, kept in zip(row, stays, strict=True)
        ]
        assert found.matrix[matrix, query].tolist() == pytest.approx(wanted, rel=1e-5, abs=1e-7)


@given(attention())
@settings(max_examples=60)
def test_rows_sum_to_one_or_to_nothing(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    rows, special = drawn
    found = hide(rows, special)
    for total, share in zip(found.matrix.sum(-1).ravel(), found.share.ravel(), strict=True):
        assert total == pytest.approx(1.0, abs=1e-5) or (total == 0 and share > 0.999)


@given(attention())
@settings(max_examples=60)
def test_a_part_of_the_rows_is_hidden_as_the_whole(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    rows, special = drawn
    whole, part = hide(rows, special), hide(rows[:, 1:3], special)
    np.testing.assert_array_equal(whole.matrix[:, 1:3], part.matrix)
    np.testing.assert_array_equal(whole.share[:, 1:3], part.share)


@given(attention())
@settings(max_examples=60)
def test_peaks_are_those_of_what_is_shown(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    rows, special = drawn
    kept = hide(rows, special).matrix[:, shown(special)][:, :, shown(special)]
    assert shown_peaks(rows, special) == pytest.approx(kept.max(axis=(1, 2)), rel=1e-5)


def sink() -> Hidden:
    """Three rows that rest on the first token, more and more."""
    rows = np.array([[0.5, 0.3, 0.2], [0.99, 0.01, 0.0], [1.0, 0.0, 0.0]], dtype=np.float32)
    return hide(rows, np.array([True, False, False]))


def test_a_row_that_rests_on_a_special_token_says_so() -> None:
    assert sink().share.tolist() == pytest.approx([0.5, 0.99, 1.0])
    assert sink().matrix[0].tolist() == pytest.approx([0.0, 0.6, 0.4])


@pytest.mark.filterwarnings("error")
def test_where_nothing_is_left_there_is_nothing() -> None:
    assert not sink().matrix[2].any()
    peaks = shown_peaks(np.ones((1, 1, 1), dtype=np.float32), np.array([True]))
    assert peaks.tolist() == [1.0]


def test_where_all_tokens_are_special_none_is_hidden() -> None:
    rows = np.full((3, 3), 1 / 3, dtype=np.float32)
    found = hide(rows, np.ones(3, dtype=np.bool_))
    assert found.matrix == pytest.approx(rows)
    assert not found.share.any()


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_counts_as_nothing() -> None:
    rows = np.array([[[0.5, math.nan, 0.25], [math.nan] * 3, [0.2, 0.4, 0.4]]], dtype=np.float32)
    special = np.array([True, False, False])
    found = hide(rows, special)
    assert found.matrix[0, 0].tolist() == [0.0, 0.0, 1.0]
    assert not found.matrix[0, 1].any()
    assert shown_peaks(rows, special).tolist() == [0.5]
