"""Each view joins word pieces by its own rule, against loops over the pieces of every word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.analysis.derived import DerivedQuantities, Gradient, TransformedValues
from tui.analysis.mixing import relevance
from tui.analysis.peaks import mixing
from tui.analysis.views import (
    AMOUNTS,
    GRADIENT,
    LENGTHS,
    RELEVANCE,
    VALUE_WEIGHTED,
    VIEWS,
    Source,
    View,
)
from tui.analysis.wanted import Target

LAYERS, HEADS, SIZE, HIDDEN = 2, 2, 3, 5


@st.composite
def cases(draw: st.DrawFn) -> tuple[Source, np.ndarray, np.ndarray]:
    """All that views are made from, the vectors f(x), and where words begin."""
    n = draw(st.integers(1, 9))
    chance = np.random.default_rng(draw(st.integers(0, 10_000)))
    attention = chance.dirichlet([0.4] * n, (LAYERS, HEADS, n)).astype(np.float32)
    products = (attention * chance.normal(size=attention.shape)).astype(np.float32)
    values = chance.normal(size=(LAYERS, HEADS, n, SIZE)).astype(np.float32)
    projection = chance.normal(size=(LAYERS, HEADS, SIZE, HIDDEN)).astype(np.float32)
    derived = DerivedQuantities(
        mixing=mixing(attention, lambda shape: np.empty(shape, np.float32)),
        values=TransformedValues(values, projection @ projection.swapaxes(-1, -2)),
        gradient=Gradient(
            Target(0, 1), "cat", products, relevance(products), products.sum(axis=(2, 3))
        ),
    )
    firsts = draw(st.lists(st.integers(1, max(1, n - 1)), unique=True, max_size=n - 1))
    return Source(attention, derived), values @ projection, np.array([0, *sorted(firsts)])


def pieces_of(firsts: np.ndarray, n: int) -> list[range]:
    return [range(a, b) for a, b in zip(firsts, [*firsts[1:], n], strict=True)]


@pytest.mark.parametrize(
    "view", [view for view in VIEWS if view.sums_to_one], ids=lambda view: view.slug or "raw"
)
@given(cases())
@settings(max_examples=25)
def test_rows_of_distributions_still_sum_to_1(
    view: View, case: tuple[Source, np.ndarray, np.ndarray]
) -> None:
    source, _, firsts = case
    for layer, head in np.ndindex(LAYERS, HEADS):
        pieces, joined = (
            view.matrix(source, layer, head),
            view.of_words(source, layer, head, firsts),
        )
        np.testing.assert_allclose(joined.sum(axis=1), 1, atol=1e-5)
        words = pieces_of(firsts, len(pieces))
        for q, query in enumerate(words):
            for k, key in enumerate(words):
                wanted = np.mean([sum(pieces[a, b] for b in key) for a in query])
                assert joined[q, k] == pytest.approx(wanted, abs=1e-5)


@given(cases())
@settings(max_examples=40)
def test_cells_of_a_gradient_still_sum_to_the_importance(
    case: tuple[Source, np.ndarray, np.ndarray],
) -> None:
    source, _, firsts = case
    gradient = source.derived.gradient
    assert gradient is not None
    for layer, head in np.ndindex(LAYERS, HEADS):
        joined = GRADIENT.of_words(source, layer, head, firsts)
        assert joined.sum() == pytest.approx(gradient.importance[layer, head], abs=1e-4)
        words = pieces_of(firsts, gradient.products.shape[-1])
        for q, query in enumerate(words):
            for k, key in enumerate(words):
                wanted = sum(gradient.products[layer, head, a, b] for a in query for b in key)
                assert joined[q, k] == pytest.approx(wanted, abs=1e-5)


@given(cases())
@settings(max_examples=40)
def test_lengths_are_those_of_the_joined_vectors(
    case: tuple[Source, np.ndarray, np.ndarray],
) -> None:
    source, vectors, firsts = case
    for layer, head in np.ndindex(LAYERS, HEADS):
        pieces = VALUE_WEIGHTED.matrix(source, layer, head)
        joined = VALUE_WEIGHTED.of_words(source, layer, head, firsts)
        weights, f = source.attention[layer, head], vectors[layer, head]
        words = pieces_of(firsts, len(f))
        for q, query in enumerate(words):
            for k, key in enumerate(words):
                carried = [sum(weights[a, b] * f[b] for b in key) for a in query]
                wanted = float(np.linalg.norm(np.mean(carried, axis=0)))
                assert joined[q, k] == pytest.approx(wanted, rel=1e-3, abs=1e-4)
                summed = np.mean([sum(pieces[a, b] for b in key) for a in query])
                assert joined[q, k] <= summed + 1e-4, "no longer than all of them in a row"


@given(cases())
@settings(max_examples=40)
def test_relevance_of_a_row_stays_what_it_was(
    case: tuple[Source, np.ndarray, np.ndarray],
) -> None:
    """The mask is a word of its own: its row divides the same among fewer."""
    source, _, firsts = case
    for layer in range(LAYERS):
        pieces = RELEVANCE.matrix(source, layer, 0)
        joined = RELEVANCE.of_words(source, layer, 0, firsts)
        for row, query in enumerate(pieces_of(firsts, len(pieces))):
            wanted = np.mean([pieces[one].sum() for one in query])
            assert joined[row].sum() == pytest.approx(wanted, rel=1e-4, abs=1e-4)


def test_every_view_has_a_rule_that_fits_its_numbers() -> None:
    assert GRADIENT.joining is AMOUNTS
    assert VALUE_WEIGHTED.joining is LENGTHS
    for view in VIEWS:
        assert view.joining.meaning
        assert (view.joining is AMOUNTS) == view.signed, "what takes away is no share of anything"


@given(cases())
@settings(max_examples=25)
def test_the_peak_of_words_is_that_of_the_joined_numbers(
    case: tuple[Source, np.ndarray, np.ndarray],
) -> None:
    source, _, firsts = case
    special = np.zeros(len(firsts), dtype=bool)
    for view in VIEWS:
        largest, _ = view.peaks(source, special, firsts)
        wanted = max(
            float(np.abs(view.of_words(source, layer, head, firsts)).max())
            for layer, head in np.ndindex(LAYERS, HEADS)
        )
        assert largest == pytest.approx(wanted, rel=1e-5), view.name
