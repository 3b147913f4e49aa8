"""Heads transplanted one by one: the share of the way from one answer to the other."""

from __future__ import annotations

import pytest

from tests.support import embedded
from tui.analysis.interventions import Interventions, Transplant
from tui.errors import Cancelled, RequestError
from tui.experiments.transplant import SHARES_OVERLAP, transplant_heads

HERE = "I drank a cup of [MASK] today."
THERE = "I ate a slice of [MASK] today."


def test_shares_are_those_of_transplants_one_by_one() -> None:
    model, steps = embedded(), []
    found = transplant_heads(model, HERE, THERE, progress=lambda *step: steps.append(step))
    here, there = (model.analyze(text).candidates[0][0] for text in (HERE, THERE))
    assert (found.token, found.other) == (here.id, there.id)
    assert (found.word, found.other_word) == (here.token, there.token)

    def difference(text: str, changes: Interventions = ()) -> float:
        encoded = model.encode(text)
        [answer] = model.run([encoded], [encoded.masks], interventions=changes)
        return float(answer.logits[0][here.id]) - float(answer.logits[0][there.id])

    begin, end = difference(HERE), difference(THERE)
    assert begin > 0 > end
    assert found.here == pytest.approx(begin, abs=1e-4)
    assert found.there == pytest.approx(end, abs=1e-4)
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
    assert found.here == pytest.approx(second.logit - first.logit, abs=1e-4)


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


def test_it_is_given_up() -> None:
    looks = iter([False] * 30)
    with pytest.raises(Cancelled):
        transplant_heads(embedded(), HERE, THERE, cancelled=lambda: next(looks, True))
