"""Joining pieces into words, and cutting a pair into blocks: what holds for every matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.words import join_amounts, join_shares, only_block
from tui.model.tokenizing.word_numbers import words


@st.composite
def cut_up(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A matrix whose rows are distributions, and where words begin."""
    n = draw(st.integers(1, 12))
    matrix = np.random.default_rng(draw(st.integers(0, 1000))).random((n, n)).astype(np.float32)
    firsts = draw(st.lists(st.integers(1, max(1, n - 1)), unique=True, max_size=n - 1))
    return matrix / matrix.sum(axis=1, keepdims=True), np.array([0, *sorted(firsts)])


@given(cut_up())
def test_rows_of_words_still_sum_to_1(case: tuple[np.ndarray, np.ndarray]) -> None:
    matrix, firsts = case
    joined = join_shares(matrix, firsts)
    assert joined.shape == (len(firsts), len(firsts))
    assert joined.dtype == np.float32
    np.testing.assert_allclose(joined.sum(axis=1), 1, atol=1e-5)


@given(cut_up())
def test_to_a_word_is_the_sum_and_from_it_the_mean(case: tuple[np.ndarray, np.ndarray]) -> None:
    matrix, firsts = case
    joined = join_shares(matrix, firsts)
    ends = [*firsts[1:], len(matrix)]
    for query, (top, bottom) in enumerate(zip(firsts, ends, strict=True)):
        for key, (left, right) in enumerate(zip(firsts, ends, strict=True)):
            expected = matrix[top:bottom, left:right].sum(axis=1).mean()
            np.testing.assert_allclose(joined[query, key], expected, atol=1e-6)


def test_words_of_one_piece_each_change_nothing() -> None:
    matrix = np.random.default_rng(0).random((5, 5)).astype(np.float32)
    for join in (join_shares, join_amounts):
        np.testing.assert_array_equal(join(matrix, np.arange(5)), matrix)


@given(cut_up())
def test_amounts_are_summed_both_ways(case: tuple[np.ndarray, np.ndarray]) -> None:
    matrix, firsts = case
    signed = matrix - matrix.T
    joined = join_amounts(signed, firsts)
    ends = [*firsts[1:], len(matrix)]
    for query, (top, bottom) in enumerate(zip(firsts, ends, strict=True)):
        for key, (left, right) in enumerate(zip(firsts, ends, strict=True)):
            expected = sum(signed[q, k] for q in range(top, bottom) for k in range(left, right))
            np.testing.assert_allclose(joined[query, key], expected, atol=1e-5)
    assert joined.sum() == pytest.approx(signed.sum(), abs=1e-4)


def test_the_blocks_of_a_pair_are_its_parts() -> None:
    matrix = np.arange(25, dtype=np.float32).reshape(5, 5)
    sentences = np.array([0, 0, 1, 1, 1])
    parts = [only_block(matrix, sentences, (a, b)) for a in (0, 1) for b in (0, 1)]
    np.testing.assert_array_equal(np.nansum(parts, axis=0), matrix)
    assert (np.isnan(parts).sum(axis=0) == 3).all()
    np.testing.assert_array_equal(parts[1][:2, 2:], matrix[:2, 2:])


# Which pieces make a word


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        ("unbelievable", ["un", "believ", "able"], [0, 0, 0]),
        ("the cats", ["the", "cat", "s"], [0, 1, 1]),
        ("so good.", ["so", "good", "."], [0, 1, 2]),
        ("don't", ["don", "'", "t"], [0, 1, 2]),
        ("well-known", ["well", "-", "known"], [0, 1, 2]),
        ("naïve", ["na", "ï", "ve"], [0, 0, 0]),
        ("3rd", ["3", "rd"], [0, 0]),
        ("我爱你", ["我", "爱", "你"], [0, 1, 2]),
        ("привет", ["при", "вет"], [0, 0]),
    ],
)
def test_pieces_that_touch_within_a_word_are_one(
    text: str, pieces: list[str], expected: list[int]
) -> None:
    spans, start = [], 0
    for piece in pieces:
        start = text.index(piece, start)
        spans.append((start, start + len(piece)))
        start += len(piece)
    assert words(text, spans, [False] * len(pieces)) == expected


def test_parts_of_one_character_are_one_word() -> None:
    assert words("a 🙂!", [(0, 1), (2, 3), (2, 3), (2, 3), (3, 4)], [False] * 5) == [0, 1, 1, 1, 2]


def test_special_tokens_and_masks_are_words_of_their_own() -> None:
    spans = [(0, 0), (0, 2), (2, 8), (8, 10), (0, 0)]
    assert words("un[MASK]ed", spans, [True, False, True, False, True]) == [0, 1, 2, 3, 4]
