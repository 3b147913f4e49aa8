"""A head in words: what is said is what is measured."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.analysis.head_words import head_in_words, strongest_arrow

LONG = "The cat, despite the noise and distractions, [MASK] gracefully."


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return embedded().analyze(LONG)


def test_every_head_is_said_by_its_label_or_by_its_strongest_weight(analysis: Analysis) -> None:
    statistics = analysis.statistics
    for head in np.ndindex(analysis.attention.shape[:2]):
        said = head_in_words(analysis, (head[0], head[1]))
        label = statistics.labels.get((head[0], head[1]))
        if label is None:
            assert said.startswith("nothing stands out; strongest: ")
            assert said.endswith(strongest_arrow(analysis, (head[0], head[1])))
            continue
        numbers = statistics.numbers[label.statistic]
        assert said.startswith(
            f"{label.words} ({numbers[head]:.2f}, all heads: {np.nanmean(numbers):.2f})"
        )
        assert (label.alike is None) == ("one of" not in said)


def test_the_strongest_weight_is_that_of_a_loop(analysis: Analysis) -> None:
    layer, head = 1, 2
    weights, best = analysis.attention[layer, head], (-1.0, 0, 0)
    for query in range(len(analysis.tokens)):
        for key, token in enumerate(analysis.tokens):
            if not token.special and weights[query, key] > best[0]:
                best = float(weights[query, key]), query, key
    names = [analysis.tokens[at].label for at in best[1:]]
    assert strongest_arrow(analysis, (layer, head)) == f"{names[0]} → {names[1]} {best[0]:.2f}"


def test_a_short_text_says_why_no_head_has_a_label() -> None:
    said = head_in_words(embedded().analyze("A [MASK]."), (0, 0))
    assert said.startswith("no label in fewer than 8 tokens; strongest: ")
