"""Sentences and pairs of sentences compared, beside plain loops on transformers itself."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from tests.model import tiny
from tests.model.torch_models import network
from tests.support import embedded
from tui.analysis.comparison import Comparison
from tui.analysis.interventions import CutHead
from tui.errors import Cancelled, ModelError, RequestError
from tui.experiments import compare as module
from tui.experiments.compare import ComparePairs, compare_pairs, compare_texts, run_compare_pairs
from tui.model.masked_lm import MaskedLM

PAIRS = (
    ("The dogs bark.", "The dogs barks."),
    ("She is reading a book.", "She is reading book a."),
    ("The boy sleeps.", "Boy the sleeps."),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """A random model of two layers of two heads."""
    return MaskedLM.load(str(tiny.save_bert(tmp_path_factory.mktemp("small"))))


def pll(model: MaskedLM, text: str) -> float:
    """Each ordinary piece masked alone, by transformers itself."""
    import torch

    encoded = model.encode(text)
    total = 0.0
    for place, token in enumerate(encoded.tokens):
        if token.special:
            continue
        ids = list(encoded.ids)
        ids[place] = encoded.mask_id
        with torch.inference_mode():
            logits = network(model)(input_ids=torch.tensor([ids])).logits[0, place]
        total += float(logits.double().log_softmax(-1)[encoded.ids[place]])
    return total


# Two runs


def test_two_sentences_in_one_pass_are_as_they_are_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, texts = embedded(), ("The cat [MASK] loudly.", "The old dog [MASK].")
    together = compare_texts(model, *texts)
    monkeypatch.setattr(module, "_fit", lambda *_: False)
    apart = compare_texts(model, *texts)
    np.testing.assert_allclose(together.changes(), apart.changes(), atol=1e-5)
    assert together.a.analysis.text == texts[0]
    assert together.b.analysis.text == texts[1]
    assert together.alignment == apart.alignment


def test_a_sentence_against_itself_is_zero_to_the_last_bit() -> None:
    one = compare_texts(embedded(), "The cat [MASK] loudly.")
    assert not one.changes().any()
    assert one.told == ()


def test_with_a_head_cut_on_one_side_it_is_the_whole_against_the_cut() -> None:
    cut = (CutHead(1, 4, "zero"),)
    one = compare_texts(embedded(), "The cat [MASK] loudly.", interventions_b=cut)
    assert one.alignment.is_identity
    assert one.b.analysis.interventions == cut
    np.testing.assert_allclose(one.changes()[:2], 0, atol=1e-6)
    assert one.changes()[2:].all()
    assert one.told == ("B: Not the model as it is: cut (zero): 2·5.",)


def test_two_models_read_one_sentence(small: MaskedLM, tmp_path: Path) -> None:
    one = compare_texts(embedded(), "the cat sat on the [MASK]", against=small)
    assert one.refusal
    assert one.masks == ((0, 0),)
    same = compare_texts(small, "the cat sat on the [MASK]", against=small)
    assert not same.changes().any()


def test_the_sentence_that_is_too_long_is_named(small: MaskedLM) -> None:
    with pytest.raises(RequestError, match=r"^B: The text is .* too long"):
        compare_texts(small, "the cat", "the cat " * 40)
    with pytest.raises(RequestError, match=r"^A: "):
        compare_texts(small, "", "the cat")


# Pairs


def test_a_sentence_s_score_is_that_of_a_plain_loop(small: MaskedLM) -> None:
    pairs = (("the cats sat on a mat", "the dog sat"), ("a sattings", "sattings a b."))
    found = compare_pairs(small, pairs)
    for one, (a, b) in zip(found.pairs, pairs, strict=True):
        assert (one.a, one.b, one.reason) == (a, b, "")
        assert one.pll_a == pytest.approx(pll(small, a), abs=1e-4)
        assert one.pll_b == pytest.approx(pll(small, b), abs=1e-4)
        assert one.prefers == ("a" if pll(small, a) > pll(small, b) else "b")
    assert any("In 2 of 2 pairs one sentence has more word pieces" in one for one in found.told)


def test_a_head_s_change_is_the_mean_over_pairs() -> None:
    model = embedded()
    found = compare_pairs(model, PAIRS)
    alone = [
        Comparison.of(model.analyze(a, top_k=1), model.analyze(b, top_k=1)).changes()
        for a, b in PAIRS
    ]
    np.testing.assert_allclose(found.change, np.mean(alone, axis=0), atol=1e-5)
    assert (found.low <= found.change + 1e-9).all()
    assert (found.change <= found.high + 1e-9).all()
    assert (found.low >= np.min(alone, axis=0) - 1e-5).all()
    assert ((found.change > 0) & (found.change < log(2))).all()
    assert found.count == 3


def test_a_sensible_model_prefers_sentences_to_their_ruins() -> None:
    found = compare_pairs(embedded(), PAIRS)
    assert [one.prefers for one in found.pairs] == ["a", "a", "a"]
    assert (found.accuracy.value, found.accuracy.n) == (1, 3)
    assert 0 < found.accuracy.low < found.accuracy.high == 1
    assert found.sign == 2 / 8
    turned = compare_pairs(embedded(), [(b, a) for a, b in PAIRS])
    assert turned.accuracy.value == 0
    assert turned.sign == found.sign
    np.testing.assert_allclose(turned.change, found.change, atol=1e-5)


def test_neither_is_preferred_of_the_same_sentence_twice() -> None:
    found = compare_pairs(embedded(), [("The dogs bark.", "The dogs bark.")])
    assert found.pairs[0].prefers is None
    assert (found.accuracy.value, found.accuracy.n) == (0, 1)
    assert not found.change.any()
    assert np.isnan(found.low).all(), "one pair says nothing of how far others are"
    assert found.sign == 1


def test_another_model_scores_the_sentences_too(small: MaskedLM) -> None:
    pairs = (("the cat sat", "sat cat the"), ("a dog sat", "dog sat a"))
    found = compare_pairs(embedded(), pairs, against=small)
    assert found.against == small.info.name
    for one, (a, b) in zip(found.pairs, pairs, strict=True):
        assert one.against == pytest.approx((pll(small, a), pll(small, b)), abs=1e-4)
    assert found.against_accuracy is not None
    preferred = sum(one.against_prefers == "a" for one in found.pairs)
    assert found.against_accuracy.value == preferred / 2
    assert found.against_sign is not None


def test_with_a_mask_heads_are_compared_and_nothing_is_scored() -> None:
    found = compare_pairs(embedded(), [*PAIRS, ("The [MASK] bark.", "The dogs bark.")])
    last = found.pairs[-1]
    assert (last.pll_a, last.pll_b, last.prefers) == (None, None, None)
    assert "put a word in the place of [MASK]" in last.reason
    assert (found.count, found.accuracy.n) == (4, 3)


def test_a_pair_that_cannot_be_read_is_left_out(small: MaskedLM) -> None:
    long = "the cat " * 40
    found = compare_pairs(small, [("the cat", long), ("the cat", "the dog")])
    assert found.pairs[0].reason.startswith("B: The text is")
    assert found.pairs[0].pll_a is None
    assert (found.count, found.accuracy.n) == (1, 1)
    with pytest.raises(RequestError, match="No pair could be compared: B: "):
        compare_pairs(small, [("the cat", long)])
    with pytest.raises(RequestError, match="no pair"):
        compare_pairs(small, [])


def test_heads_that_are_cut_all_the_while_change_the_scores() -> None:
    cut = tuple(CutHead(layer, head, "zero") for layer in (0, 1) for head in range(12))
    whole, changed = (
        compare_pairs(embedded(), PAIRS),
        compare_pairs(embedded(), PAIRS, interventions=cut),
    )
    assert all(
        one.pll_a != other.pll_a for one, other in zip(whole.pairs, changed.pairs, strict=True)
    )
    assert changed.told[0].startswith("Not the model as it is: cut (zero)")


class Headless:
    """A model whose head was never trained, which scores nothing."""

    def __init__(self, model: MaskedLM) -> None:
        self._model = model
        self.info = replace(model.info, has_head=False)

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


def test_without_a_trained_head_heads_are_compared_alone(small: MaskedLM) -> None:
    headless = Headless(small)
    found = compare_pairs(headless, [("the cat", "the dog")])  # type: ignore[arg-type]
    assert found.change.any()
    assert found.pairs[0].pll_a is None
    assert found.accuracy.n == 0
    assert "has no trained masked-LM head" in found.told[-1]
    with pytest.raises(ModelError):
        compare_pairs(small, [("the cat", "the dog")], against=headless)  # type: ignore[arg-type]


def test_the_job_is_what_the_function_does_and_can_be_given_up(small: MaskedLM) -> None:
    pairs = (("the cat", "the dog"), ("a b", "b a"))
    job = pickle.loads(pickle.dumps(ComparePairs(pairs, small.info.name)))
    steps: list[tuple[int, int]] = []
    found = run_compare_pairs(job, small, progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]
    again = pickle.loads(pickle.dumps(found))
    assert again.pairs == compare_pairs(small, pairs).pairs
    with pytest.raises(Cancelled):
        run_compare_pairs(job, small, cancelled=lambda: True)
