"""Derived quantities of one text, made of the numbers that an engine gave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.analysis.analysis import Attention
from tui.analysis.derived import DerivedQuantities, Gradient, TransformedValues
from tui.analysis.likeness import js_divergence
from tui.analysis.mixing import relevance
from tui.analysis.peaks import mixing, placed, with_peaks
from tui.analysis.wanted import WantedQuantities
from tui.model.engine import EngineAnswer, EngineGradient

ONE_LAYER = (
    "The text is so long that one layer's attention is held at a time, and this needs all of them; "
    "shorten the text."
)
"""Why there is nothing beyond the weights of a very long text."""


def derive(
    answer: EngineAnswer,
    attention: Attention,
    wanted: WantedQuantities,
    *,
    special: NDArray[np.bool_],
    firsts: NDArray[np.intp],
    allocate: Callable[[tuple[int, ...]], Attention],
    spell: Callable[[int], str],
) -> DerivedQuantities:
    """The derived quantities of one text.

    Args:
        answer: what the engine gave.
        attention: the weights, `[layer, head, query, key]`.
        wanted: what is wanted.
        special: which tokens are special, `[token]`.
        firsts: each word's first token, `[word]`.
        allocate: makes large arrays that need not be copied into a message.
        spell: gives a token's word piece.
    """
    found = DerivedQuantities(
        wanted=wanted,
        mixing=mixing(attention, allocate) if wanted.mixing else None,
        values=_placed_values(answer.values, allocate),
        gradient=_with_relevance(answer.gradient, allocate, spell),
        likeness=js_divergence(attention, *wanted.likeness) if wanted.likeness else None,
        missing=answer.missing,
    )
    return with_peaks(found, attention, special, firsts)


def _placed_values(
    values: TransformedValues | None, allocate: Callable[[tuple[int, ...]], Attention]
) -> TransformedValues | None:
    if values is None:
        return None
    return TransformedValues(placed(values.values, allocate), placed(values.metric, allocate))


def _with_relevance(
    gradient: EngineGradient | None,
    allocate: Callable[[tuple[int, ...]], Attention],
    spell: Callable[[int], str],
) -> Gradient | None:
    if gradient is None:
        return None
    assert gradient.target.token is not None
    return Gradient(
        gradient.target,
        spell(gradient.target.token),
        products=gradient.products,
        relevance=placed(relevance(gradient.products), allocate),
        importance=gradient.products.sum(axis=(2, 3)),
        margin=gradient.margin,
        runner_up="" if gradient.runner_up is None else spell(gradient.runner_up),
        margin_products=gradient.margin_products,
    )
