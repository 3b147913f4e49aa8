"""Heads transplanted one by one: the share of the way from one answer to the other."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import embedded
from tui.analysis.interventions import CutHead, Interventions, Pairs, Transplant
from tui.errors import Cancelled, RequestError
from tui.experiments.transplant import (
    SHARES_OVERLAP,
    SweepTransplants,
    Transplants,
    sweep_transplants,
    transplant_heads,
)

HERE = "I drank a cup of [MASK] today."
THERE = "I ate a slice of [MASK] today."
LONGER = "My old aunt ate a slice of [MASK] today."
PAIRS: Pairs = ((0, 0), (2, 4), (3, 5), (4, 6), (5, 7), (6, 8), (7, 9), (8, 10), (9, 11))
"""All tokens of `HERE` but the first word, with their partners in `LONGER`."""


def test_shares_are_those_of_transplants_one_by_one() -> None:
    model, steps = embedded(), []
    found = transplant_heads(model, HERE, THERE, progress=lambda *step: steps.append(step))
    here, there = (model.analyze(text).candidates[0][0] for text in (HERE, THERE))
    assert (found.way.token, found.way.other) == (here.id, there.id)
    assert (found.way.word, found.way.other_word) == (here.token, there.token)

    def difference(text: str, changes: Interventions = ()) -> float:
        encoded = model.encode(text)
        [answer] = model.run([encoded], [encoded.masks], interventions=changes)
        return float(answer.logits[0][here.id]) - float(answer.logits[0][there.id])

    begin, end = difference(HERE), difference(THERE)
    assert begin > 0 > end
    assert found.way.here == pytest.approx(begin, abs=1e-4)
    assert found.way.there == pytest.approx(end, abs=1e-4)
    for layer, head in [(0, 0), (1, 4), (3, 11), (5, 2)]:
        moved = difference(HERE, (Transplant(layer, head, THERE),))
        share = (moved - begin) / (end - begin)
        assert found.shares[layer, head] == pytest.approx(share, abs=1e-4)
    assert (steps[0], steps[-1]) == ((0, 72), (72, 72))
    assert found.told == (SHARES_OVERLAP,)


def test_from_the_sentence_itself_nothing_moves() -> None:
    first, second = embedded().analyze(HERE).candidates[0][:2]
    with pytest.raises(RequestError, match="as far apart in both sentences"):
        transplant_heads(embedded(), HERE, HERE, tokens=(first.id, second.id))


def test_words_of_ones_own_are_compared() -> None:
    first, second = embedded().analyze(HERE).candidates[0][:2]
    found = transplant_heads(embedded(), HERE, THERE, tokens=(second.id, first.id))
    assert found.way.here == pytest.approx(second.logit - first.logit, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ("The cat sat.", HERE, r"There is no \[MASK\]"),
        (HERE, "The cat sat.", r"There is no \[MASK\]"),
        (HERE, "A [MASK].", "have 10 and 5 word pieces"),
        (HERE, "I drank a [MASK] of tea today.", "at the same place"),
        (HERE, "I drank a cup of [MASK] [MASK].", "one .* each"),
        (HERE, "I had a cup of [MASK] today.", "“tea” is the word for both"),
    ],
)
def test_what_cannot_be_compared_is_said(text: str, source: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        transplant_heads(embedded(), text, source)


def test_sentences_of_unequal_length_are_compared_by_pairs() -> None:
    model, cut = embedded(), (CutHead(0, 1, "zero"),)
    job = SweepTransplants(HERE, LONGER, "embedded", None, PAIRS[::-1], cut)
    found = sweep_transplants(job, model)
    way = found.way
    assert (way.pairs, way.position, way.source_position) == (PAIRS, 6, 8)
    assert way.labels[way.position] == way.source_labels[way.source_position] == "[MASK]"
    assert len(way.source_labels) == len(way.labels) + 2
    unpaired = [at for at in range(len(way.labels)) if at not in dict(PAIRS)]
    assert [way.labels[at] for at in unpaired] == ["i"]
    changes = (*cut, Transplant(3, 11, LONGER, PAIRS))
    [before], [moved] = model.scores(HERE, [cut]), model.scores(HERE, [changes])
    begin, then = (scores.lead(0, way.token, way.other) for scores in (before, moved))
    assert way.here == pytest.approx(begin, abs=1e-4)
    share = (then - begin) / (way.there - begin)
    assert found.shares[3, 11] == pytest.approx(share, abs=1e-4)
    assert np.argwhere(np.isnan(found.shares)).tolist() == [[0, 1]], "what is cut is cut"
    assert "cut (zero): 1·2" in found.told[0]


def test_measure_and_direction_are_said() -> None:
    here = embedded().analyze(HERE).candidates[0][0]
    there = embedded().analyze(THERE).candidates[0][0]
    found = transplant_heads(embedded(), HERE, THERE, tokens=(here.id, there.id))
    assert found.said == (
        f"share of the way that logit({here.token}) - logit({there.token}) goes from the "
        f"sentence's {found.way.here:+.2f} to the source's {found.way.there:+.2f}"
    )
    assert "+" in found.said
    assert found.way.pairs == tuple((at, at) for at in range(10))


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (PAIRS[:5], "masks of the sentences are no pair: pair token 7 with token 9"),
        (((6, 9), *PAIRS[:5]), "masks of the sentences are no pair"),
        (((6, 8), (6, 9)), "Token 7 is paired with two tokens"),
        (((6, 8), (10, 9)), "There is no token 11: the text has 10"),
        (((6, 8), (9, 12)), "There is no token 13: “My old aunt"),
    ],
)
def test_pairs_that_are_none_are_refused(pairs: Pairs, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        transplant_heads(embedded(), HERE, LONGER, pairs=pairs)


def test_it_is_given_up() -> None:
    looks = iter([False] * 30)
    with pytest.raises(Cancelled):
        transplant_heads(embedded(), HERE, THERE, cancelled=lambda: next(looks, True))


def test_what_is_measured_is_told_on_the_way_and_goes_on_from_there() -> None:
    whole, told = transplant_heads(embedded(), HERE, THERE), list[Transplants]()

    def counts() -> list[int]:
        return [one.so_far.count for one in told if one.so_far is not None]

    with pytest.raises(Cancelled):
        transplant_heads(
            embedded(), HERE, THERE, so_far=told.append,
            cancelled=lambda: bool(told) and counts()[-1] >= 30,
        )  # fmt: skip
    assert counts() == sorted({*counts()})
    for one in told:
        assert one.so_far is not None
        np.testing.assert_array_equal(np.isnan(one.shares), one.so_far.to_come)
        there = ~one.so_far.to_come
        np.testing.assert_allclose(one.shares[there], whole.shares[there], atol=1e-4)
    known, steps = told[-1], list[tuple[int, int]]()
    first = counts()[-1]
    assert 30 <= first < 72
    told.clear()
    found = transplant_heads(
        embedded(), HERE, THERE, known=known, so_far=told.append,
        progress=lambda *step: steps.append(step),
    )  # fmt: skip
    assert (steps[0], steps[-1]) == ((first, 72), (72, 72))
    assert min(counts()) > first
    assert found.is_whole
    np.testing.assert_allclose(found.shares, whole.shares, atol=1e-4)
    there = np.isfinite(known.shares)
    np.testing.assert_array_equal(found.shares[there], known.shares[there])
