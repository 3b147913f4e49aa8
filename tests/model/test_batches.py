"""Many texts in few passes: the same answers as one by one, each at its place in the list."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.conftest import Cancelling
from tui.analysis.analysis import Analysis
from tui.errors import Cancelled, RequestError, TextTooLongError
from tui.model import batches
from tui.model.batches import TOKENS_A_PASS, analyze_all
from tui.model.masked_lm import MaskedLM

WORDS = ["the", "cat", "sat", "on", "a", "warm", "stone", "while", "two", "old", "men", "walked"]
TEXTS = [f"{' '.join(WORDS[: 1 + 5 * n % 12])} [MASK] {n}." for n in range(30)]


def test_answers_are_those_of_each_text_alone(model: MaskedLM) -> None:
    found = dict(analyze_all(model, TEXTS, top_k=3))
    assert sorted(found) == list(range(len(TEXTS)))
    for place, text in enumerate(TEXTS):
        batched, alone = found[place], model.analyze(text, top_k=3)
        assert isinstance(batched, Analysis)
        assert (batched.text, batched.tokens, batched.masks) == (text, alone.tokens, alone.masks)
        assert np.abs(batched.attention - alone.attention).max() < 1e-5
        assert [c.token for c in batched.candidates[0]] == [c.token for c in alone.candidates[0]]


def test_passes_are_few_and_hardly_padded(model: MaskedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[list[int]] = []
    analyze_batch = model.analyze_batch

    def counting(texts: list[str], **options: object) -> list[Analysis]:
        passes.append([model.count_tokens(text) for text in texts])
        return analyze_batch(texts, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "analyze_batch", counting)
    assert len(list(analyze_all(model, TEXTS * 4))) == 120
    assert len(passes) < 10
    lengths = [length for one in passes for length in one]
    assert lengths == sorted(lengths)
    assert all(max(one) * len(one) <= TOKENS_A_PASS for one in passes)


def test_a_text_longer_than_a_pass_has_one_of_its_own(
    model: MaskedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "TOKENS_A_PASS", 4)
    assert len(list(analyze_all(model, TEXTS[:3]))) == 3


def test_a_text_that_fails_has_its_error_and_the_others_their_answers(model: MaskedLM) -> None:
    found = dict(analyze_all(model, ["", "A cat.", "long " * 600]))
    assert isinstance(found[0], RequestError)
    assert isinstance(found[1], Analysis)
    assert isinstance(found[2], TextTooLongError)


def test_it_is_given_up_between_layers(model: MaskedLM) -> None:
    with pytest.raises(Cancelled):
        list(analyze_all(model, TEXTS * 4, cancelled=Cancelling(8)))


def test_nothing_is_asked_of_nobody(model: MaskedLM) -> None:
    assert list(analyze_all(model, [])) == []
