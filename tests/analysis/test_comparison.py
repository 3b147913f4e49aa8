"""Two runs in one frame: nothing is lost, and what is the same does not differ."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.model import families, tiny
from tests.model.torch_models import on_torch
from tests.support import embedded
from tui.analysis.alignment import Alignment, align, corrected
from tui.analysis.analysis import Analysis
from tui.analysis.comparison import Comparison, js_of_rows, told_of_both
from tui.analysis.framing import framed
from tui.analysis.interventions import CutHead
from tui.analysis.views import GRADIENT, LAYER_MEAN, RAW, ROLLOUT, VALUE_WEIGHTED, View
from tui.analysis.wanted import WantedQuantities
from tui.errors import RequestError
from tui.model.masked_lm import MaskedLM

A = "The cat, despite the noise, [MASK] gracefully."
B = "The old dogs, despite all the unbelievable noise, [MASK] quickly."

WANTED = WantedQuantities(mixing=True, values=True)


@pytest.fixture(scope="module")
def a() -> Analysis:
    return embedded().analyze(A, wanted=WANTED)


@pytest.fixture(scope="module")
def b() -> Analysis:
    return embedded().analyze(B, wanted=WANTED)


def every_head(comparison: Comparison) -> list[tuple[int, int]]:
    model = comparison.a.analysis.model
    return [(layer, head) for layer in range(model.layers) for head in range(model.heads)]


VIEWED = [RAW, LAYER_MEAN, ROLLOUT, VALUE_WEIGHTED]


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("view", VIEWED, ids=lambda view: view.slug or "raw")
def test_a_against_a_is_zero_everywhere(a: Analysis, view: View, words: bool) -> None:
    own = Comparison.of(a, a, words=words)
    assert not own.has_unaligned
    for layer, head in every_head(own):
        assert not own.difference(layer, head, view=view).any()
        assert own.side_a(layer, head, view=view).any()
    assert not own.changes().any()
    assert all(one.change == 0 and one.rank_a == one.rank_b for one in own.candidates())
    assert own.notes == ()


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("view", VIEWED, ids=lambda view: view.slug or "raw")
def test_a_less_b_is_minus_b_less_a(a: Analysis, b: Analysis, view: View, words: bool) -> None:
    one = Comparison.of(a, b, words=words)
    other = Comparison.of(b, a, words=words)
    assert one.alignment == other.alignment.swapped
    for layer, head in every_head(one):
        there = one.difference(layer, head, view=view)
        assert there.dtype == np.float32
        assert there.shape == (one.size, one.size)
        np.testing.assert_array_equal(there, -other.difference(layer, head, view=view))
    np.testing.assert_array_equal(one.changes(), other.changes())
    np.testing.assert_array_equal(one.changes_of_cell(1, 2), -other.changes_of_cell(1, 2))


@pytest.mark.parametrize("hides", [False, True])
@pytest.mark.parametrize("words", [False, True])
def test_no_weight_disappears(a: Analysis, b: Analysis, words: bool, hides: bool) -> None:
    """Each row sums to 1 on both sides, and to 0 in the difference."""
    for one in (Comparison.of(a, b, words=words), Comparison.of(b, a, words=words)):
        assert one.has_unaligned
        special = [bool(one.a.special[left]) for left, _ in one.alignment.pairs]
        for layer, head in every_head(one):
            for side in (one.side_a, one.side_b):
                sums = side(layer, head, hides=hides).sum(axis=-1)[: len(special)]
                wanted = 1 - np.array(special) if hides else np.ones(len(special))
                np.testing.assert_allclose(sums, wanted, atol=2e-6)
            sums = one.difference(layer, head, hides=hides).sum(axis=-1)
            np.testing.assert_allclose(sums, 0, atol=2e-6)


def test_of_one_side_that_is_all_aligned_the_last_row_is_not_there() -> None:
    a = embedded().analyze("The cat sat.")
    b = embedded().analyze("The old cat sat.")
    one = Comparison.of(a, b)
    assert np.isnan(one.side_a(1, 1)[-1]).all()
    assert not one.side_a(1, 1)[:-1, -1].any(), "it gives nothing to what it does not have"
    assert np.isfinite(one.side_b(1, 1)).all()
    assert np.isnan(one.difference(1, 1)[-1]).all()
    assert np.isfinite(one.difference(1, 1)[:-1]).all()
    assert np.isfinite(one.changes()).all()


def test_the_frame_is_what_a_plain_loop_makes(a: Analysis, b: Analysis) -> None:
    one = Comparison.of(a, b)
    for layer, head in ((0, 0), (3, 7)):
        weights, found = b.attention[layer, head], one.side_b(layer, head)
        rights = [right for _, right in one.alignment.pairs]
        alone = [*one.alignment.right_alone]
        for row, query in enumerate(rights):
            for column, key in enumerate(rights):
                assert found[row, column] == weights[query, key]
            assert found[row, -1] == pytest.approx(sum(weights[query, key] for key in alone))
        for column, key in enumerate(rights):
            mean = sum(weights[query, key] for query in alone) / len(alone)
            assert found[-1, column] == pytest.approx(mean, abs=1e-6)
        both = sum(weights[query, key] for query in alone for key in alone) / len(alone)
        assert found[-1, -1] == pytest.approx(both, abs=1e-6)
        cell = one.changes_of_cell(2, one.size - 1)[layer, head]
        assert cell == one.difference(layer, head)[2, -1]


def test_amounts_are_added_up(a: Analysis) -> None:
    """Of a gradient's products all cells together stay what they were."""
    matrix = np.random.default_rng(1).normal(size=(5, 5)).astype(np.float32)
    found = framed(matrix, [0, 2, 4], pools=True, adds_rows=True)
    assert found.sum() == pytest.approx(matrix.sum(), abs=1e-5)
    assert GRADIENT.signed


def test_words_are_joined_before_they_are_aligned(a: Analysis, b: Analysis) -> None:
    one = Comparison.of(a, b, words=True)
    assert "noise" in one.labels
    assert not any(label.startswith("##") for label in one.labels)
    np.testing.assert_allclose(one.side_a(2, 3)[:-1].sum(axis=-1), 1, atol=2e-6)


# How much a head changed

ROWS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(0, 1)
)


@given(ROWS, st.integers(0, 9))
def test_a_divergence_is_between_0_and_ln_2(raw: np.ndarray, seed: int) -> None:
    one = raw + (raw.sum(axis=-1, keepdims=True) == 0)
    one = (one / one.sum(axis=-1, keepdims=True)).astype(np.float32)
    other = np.random.default_rng(seed).dirichlet(np.ones(one.shape[-1]), len(one))
    other = other.astype(np.float32)
    found = js_of_rows(one, other)
    assert ((found >= 0) & (found <= log(2))).all()
    np.testing.assert_array_equal(found, js_of_rows(other, one))
    assert not js_of_rows(one, one).any()
    for row, p, q in zip(found, one.tolist(), other.tolist(), strict=True):
        expected = 0.0
        for x, y in zip(p, q, strict=True):
            expected += 0.5 * x * log(2 * x / (x + y)) if x else 0
            expected += 0.5 * y * log(2 * y / (x + y)) if y else 0
        assert row == pytest.approx(expected, abs=1e-6)


def test_a_divergence_is_at_its_most_where_nothing_is_shared() -> None:
    here, there = np.array([[1, 0], [0.5, 0.5]]), np.array([[0, 1], [0.5, 0.5]])
    assert js_of_rows(here, there).tolist() == pytest.approx([log(2), 0])
    assert np.isnan(js_of_rows(np.array([[np.nan, 1]]), np.array([[0.0, 1]]))).all()


def test_changes_are_means_over_the_aligned_rows(a: Analysis, b: Analysis) -> None:
    one = Comparison.of(a, b)
    changes = one.changes()
    assert changes.shape == (6, 12)
    for layer, head in ((0, 5), (5, 11)):
        rows = js_of_rows(one.side_a(layer, head)[:-1], one.side_b(layer, head)[:-1])
        assert changes[layer, head] == pytest.approx(rows.mean(), abs=1e-6)
    assert ((changes > 0) & (changes <= log(2))).all()


def test_a_cut_changes_later_heads_and_none_before(a: Analysis) -> None:
    cut = embedded().analyze(A, interventions=(CutHead(2, 3, "zero"),))
    changes = Comparison.of(a, cut).changes()
    np.testing.assert_allclose(changes[:3], 0, atol=1e-6)
    assert (changes[3:] > 0).all()


# Candidates


def test_candidates_stand_beside_each_other(a: Analysis, b: Analysis) -> None:
    one = Comparison.of(a, b)
    assert one.masks == ((0, 0),)
    rows = one.candidates()
    of_a, of_b = a.candidates[0], b.candidates[0]
    assert {row.candidate.id for row in rows} == {each.id for each in (*of_a, *of_b)}
    assert [row.candidate for row in rows if row.is_of_a] == [*of_a]
    assert len(rows) > len(of_a)
    everything = [embedded().analyze(text, top_k=30_522).candidates[0] for text in (A, B)]
    for row in rows:
        listed = [[one.id for one in ranking].index(row.candidate.id) for ranking in everything]
        assert [row.rank_a, row.rank_b] == [place + 1 for place in listed]
        for share, ranking, place in zip((row.a, row.b), everything, listed, strict=True):
            assert share == pytest.approx(ranking[place].probability, rel=1e-3)
        odds = [p / (1 - p) for p in (row.a, row.b)]
        assert row.change == pytest.approx(log(odds[0] / odds[1]))
    assert {row.candidate.id for row in rows if row.rank_b and row.rank_b <= len(of_b)} == {
        one.id for one in of_b
    }


def test_a_mask_on_one_side_alone_has_no_other_candidates() -> None:
    model = embedded()
    a, b = model.analyze("The [MASK] sat on the mat."), model.analyze("The cat sat on the [MASK].")
    one = Comparison.of(a, b)
    assert one.masks == ((0, None), (None, 0))
    assert [row.rank_b for row in one.candidates(0)] == [None] * 10
    assert [row.rank_a for row in one.candidates(1)] == [None] * 10
    assert any("has none as its partner" in note for note in one.told)


# Two models


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    return MaskedLM.load(str(tiny.save_bert(tmp_path_factory.mktemp("small"))))


def test_models_of_other_sizes_have_no_heads_to_be_compared(small: MaskedLM) -> None:
    text = "the cat [MASK] on the mat."
    one = Comparison.of(embedded().analyze(text), small.analyze(text))
    assert "6 layers of 12" in one.refusal
    assert "2 layers of 2" in one.refusal
    assert one.refusal in one.told
    for refused in (one.changes, lambda: one.difference(0, 0), lambda: one.changes_of_cell(0, 0)):
        with pytest.raises(RequestError, match="compare models of one size"):
            refused()
    assert one.side_a(5, 11).shape == one.side_b(1, 1).shape, "each side can be looked at"
    rows = one.candidates()
    shared = [row for row in rows if row.rank_a and row.rank_b]
    assert all(row.candidate.label in tiny.WORDS for row in shared), "they are paired by words"
    alone = [row for row in rows if row.rank_a is None or row.rank_b is None]
    assert alone, "a number of one vocabulary is nothing in the other"
    assert all(row.change is None for row in alone)


def test_another_tokenizer_is_aligned_by_characters(small: MaskedLM, tmp_path: Path) -> None:
    families.save("roberta", tmp_path)
    other = on_torch(tmp_path)
    text = "the cats sat on the [MASK]"
    one = Comparison.of(small.analyze(text), other.analyze(text))
    assert one.masks == ((0, 0),)
    a, b = one.a.analysis, one.b.analysis
    for left, right in one.alignment.pairs:
        one_, other_ = a.tokens[left], b.tokens[right]
        assert one_.special == other_.special
        if not one_.special:
            assert min(one_.end, other_.end) > max(one_.start, other_.start)
    assert any("paired by their place" in note for note in one.notes) == (not one.refusal)


# What is to be told


def test_nothing_in_common_is_said() -> None:
    model = embedded()
    a = model.analyze("Dogs bark loudly.".replace(".", ""))
    other = Comparison.of(a, model.analyze("Every tree"))
    assert "only special tokens are compared" in other.told[-1]
    assert np.isfinite(other.changes()).all()
    placed = Comparison.of(a, model.analyze("Every tree grows"))
    assert "paired by their place" in placed.told[-1]


def test_tokens_without_a_partner_are_named(a: Analysis, b: Analysis) -> None:
    [note] = [one for one in Comparison.of(a, b).told if "Without a partner" in one]
    assert "“old”" in note
    assert "of B" in note


def test_each_side_s_sentences_are_its_own_and_common_ones_stand_once() -> None:
    assert told_of_both(("x", "y", "x"), ("x", "z")) == ("x", "A: y", "B: z")


def test_a_cut_is_said_to_be_of_its_side(a: Analysis) -> None:
    cut = replace(a, interventions=(CutHead(1, 8, "zero"),))
    assert Comparison.of(a, cut).told == ("B: Not the model as it is: cut (zero): 2·9.",)


# By hand


def test_an_alignment_may_be_given(a: Analysis, b: Analysis) -> None:
    by_hand = corrected(align(a.tokens, b.tokens), 2, 2)
    one = Comparison.of(a, b, by_hand)
    assert one.alignment.right_of(2) == 2
    np.testing.assert_allclose(one.difference(4, 4)[:-1].sum(axis=-1), 0, atol=2e-6)
    with pytest.raises(ValueError, match="other texts"):
        Comparison.of(a, b, Alignment((), 1, 1))


def test_where_nothing_is_a_partner_there_is_no_change(a: Analysis, b: Analysis) -> None:
    one = Comparison.of(a, b, Alignment((), len(a.tokens), len(b.tokens)))
    assert one.labels == ("unaligned",)
    assert one.side_a(0, 0) == pytest.approx(1, abs=1e-5)
    assert np.isnan(one.changes()).all()
