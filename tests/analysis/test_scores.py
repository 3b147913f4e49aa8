"""Scores of all word pieces: against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tui.analysis.scores import Scores

RANDOM = np.random.default_rng(4)
ONE, OTHER = (Scores(RANDOM.normal(0, 3, (2, 30)).astype(np.float32)) for _ in range(2))


def softmax(logits: list[float]) -> list[float]:
    total = sum(math.exp(one) for one in logits)
    return [math.exp(one) / total for one in logits]


def test_numbers_are_those_of_loops() -> None:
    own, others = softmax(ONE.logits[1].tolist()), softmax(OTHER.logits[1].tolist())
    for token in (0, 7, 29):
        assert ONE.probability(1, token) == pytest.approx(own[token])
        assert ONE.log_probabilities(1)[token] == pytest.approx(math.log(own[token]))
        assert ONE.rank(1, token) == 1 + sum(one > own[token] for one in own)
    divergence = sum(p * math.log(p / q) for p, q in zip(own, others, strict=True))
    assert ONE.divergence(1, OTHER) == pytest.approx(divergence)
    assert ONE.divergence(1, ONE) == 0


def test_each_mask_has_its_own() -> None:
    scores = Scores(np.array([[1, 2, 3], [3, 3, 3]], np.float32))
    shares = [[scores.probability(mask, token) for token in range(3)] for mask in (0, 1, 0)]
    assert shares[0] == pytest.approx(softmax([1, 2, 3]))
    assert shares[1] == pytest.approx([1 / 3] * 3)
    assert shares[2] == shares[0]


def test_a_runner_up_is_the_best_of_the_others() -> None:
    scores = Scores(np.array([[1, 5, 3, 4]], np.float32))
    assert scores.runner_up(0, 1) == 3
    assert scores.runner_up(0, 2) == 1, "of one that is not the first, the first"
    assert scores.lead(0, 2, 1) == -2


def test_of_equal_ones_the_first_comes_first() -> None:
    scores = Scores(np.array([[2, 7, 7, 7]], np.float32))
    assert [scores.rank(0, token) for token in range(4)] == [4, 1, 2, 3]


def test_what_is_no_number_has_no_rank_and_what_is_impossible_adds_nothing() -> None:
    assert math.isnan(Scores(np.array([[1, np.nan]], np.float32)).rank(0, 0))
    without = Scores(np.array([[1, 2, -np.inf]], np.float32))
    assert without.probability(0, 2) == 0
    assert without.divergence(0, without) == 0
