"""The effect of cutting each head on a word of several pieces, beside scores of that word."""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.model import families
from tests.model.torch_models import network, on_torch
from tests.support import embedded
from tui.analysis.interventions import (
    CutArrow,
    CutBy,
    CutHead,
    Interventions,
    Transplant,
    all_but,
    ordered,
)
from tui.errors import Cancelled, ModelError, RequestError
from tui.experiments.measures import MEASURES
from tui.experiments.sweep import Sweep, SweepHeads, sweep, sweep_heads
from tui.experiments.words import score_words
from tui.model import means_file
from tui.model.masked_lm import MaskedLM

TEXT = "The cat [MASK] quickly."
WORD = "pirouetted"
TWO = "the cat [MASK] on the [MASK] mat"


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(means_file, "means_folder", lambda: tmp_path / "means")


def by_hand(model: MaskedLM, text: str, word: str, mask: int, changes: Interventions) -> float:
    """log p of a word, scored by itself."""
    [found] = score_words(model, text, [word], mask=mask, interventions=ordered(changes))
    return found.log_probability


@cache
def swept(by: CutBy) -> Sweep:
    """The effects of the embedded model's heads on the word."""
    return sweep(embedded(), TEXT, word=WORD, by=by)


def is_that_of_scores(
    model: MaskedLM,
    found: Sweep,
    text: str,
    word: str,
    *,
    in_force: Interventions = (),
    every: int = 1,
) -> None:
    """Each head's effect, each layer's and that of all at once, against runs one by one.

    Of a layer's heads so many as `every` says, another one first in each.
    """
    layers, heads = found.effects["log-prob"].shape
    whole = by_hand(model, text, word, found.mask, in_force)

    def effect(*cuts: CutHead) -> float:
        return whole - by_hand(model, text, word, found.mask, (*in_force, *cuts))

    for layer in range(layers):
        for head in range(layer % every, heads, every):
            if any(one == CutHead(layer, head, found.by) for one in in_force):
                assert found.effects["log-prob"][layer, head] == 0
                continue
            wanted = effect(CutHead(layer, head, found.by))
            assert found.effects["log-prob"][layer, head] == pytest.approx(wanted, abs=2e-5)
    cut = [(one.layer, one.head) for one in in_force if isinstance(one, CutHead)]
    everything = [one for one in all_but(cut, layers, heads, found.by) if isinstance(one, CutHead)]
    for layer in range(layers):
        wanted = effect(*(one for one in everything if one.layer == layer))
        assert found.layers["log-prob"][layer] == pytest.approx(wanted, abs=2e-5)
    assert found.all_at_once["log-prob"] == pytest.approx(effect(*everything), abs=2e-5)
    assert np.abs(found.effects["log-prob"]).max() > 1e-4


@pytest.mark.parametrize("by", ["mean", "zero"])
def test_effects_are_those_of_the_word_scored_twice(by: CutBy) -> None:
    found = swept(by)
    assert len(found.pieces) > 1
    is_that_of_scores(embedded(), found, TEXT, WORD, every=5)


@pytest.mark.parametrize("kind", ["roberta", "roc_bert"])
@pytest.mark.parametrize("by", ["mean", "zero"])
def test_so_are_those_of_other_families(kind: str, by: CutBy, tmp_path: Path) -> None:
    """The masks that come in move what stands behind them: the closing token has its own mean."""
    import torch

    families.save(kind, tmp_path)
    model = on_torch(tmp_path)
    with torch.no_grad():
        for weight in network(model).parameters():
            if weight.dim() == 2:
                weight *= 6
    in_force = (CutHead(0, 1, by),)
    found = sweep(model, TWO, word="dotcom", by=by, mask=1, interventions=in_force)
    assert len(found.pieces) > 1
    is_that_of_scores(model, found, TWO, "dotcom", in_force=in_force)


def test_it_says_the_word_its_pieces_and_one_measure() -> None:
    found = sweep(embedded(), TEXT, word=f" {WORD} ", by="zero")
    [scored] = score_words(embedded(), TEXT, [WORD])
    assert (found.word, found.pieces, found.ids) == (WORD, scored.pieces, scored.ids)
    assert (found.token, found.runner_up, found.runner_up_word) == (None, None, "")
    assert found.text == TEXT
    assert found.position == embedded().analyze(TEXT).masks[0]
    [measure] = found.measures
    assert found.effects.keys() == found.layers.keys() == found.all_at_once.keys() == {"log-prob"}
    assert measure.slug == "log-prob"
    assert "sum over its pieces" in measure.meaning
    said = f"log p of {len(scored.pieces)} pieces ({' '.join(scored.pieces)})"
    assert found.measured_as(measure) == said
    assert not found.estimates
    assert found.total(measure) == pytest.approx(found.effects["log-prob"].sum())


def test_of_one_piece_it_is_the_plain_sweep() -> None:
    plain = sweep(embedded(), TEXT, by="zero")
    found = sweep(embedded(), TEXT, by="zero", word=plain.word)
    assert (found.token, found.word, found.runner_up) == (plain.token, plain.word, plain.runner_up)
    assert found.pieces == ()
    assert found.measures == MEASURES
    assert found.measured_as(MEASURES[1]) == "log p"
    for slug, numbers in plain.effects.items():
        np.testing.assert_array_equal(found.effects[slug], numbers)
        np.testing.assert_array_equal(found.layers[slug], plain.layers[slug])
    [scored] = score_words(embedded(), TEXT, [plain.word])
    cut = CutHead(2, 5, "zero")
    [without] = score_words(embedded(), TEXT, [plain.word], interventions=(cut,))
    wanted = scored.log_probability - without.log_probability
    assert found.effects["log-prob"][2, 5] == pytest.approx(wanted, abs=2e-5)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    def refused(match: str, word: str = WORD, **options: object) -> None:
        with pytest.raises(RequestError, match=match):
            sweep(embedded(), TEXT, word=word, by="zero", **options)  # type: ignore[arg-type]

    refused("There is no first-order estimate of the effect on a word of several", estimate=True)
    arrow, at_pairs = CutArrow(0, 0, 1, 2), Transplant(0, 0, TEXT, ((1, 1),))
    refused("takes several masks, among which an arrow", interventions=(arrow,))
    refused("a token that something is transplanted to", interventions=(at_pairs,))
    refused("choose sentences of one length", interventions=(Transplant(0, 0, TEXT),))
    refused("There is no mask 2", mask=1)
    refused("is not in the vocabulary", word="☃☃")
    assert sweep(embedded(), TEXT, word="ran", by="zero", interventions=(arrow,)).token
    families.save("roberta", tmp_path)
    broken = on_torch(tmp_path)
    for weight in network(broken).parameters():
        weight.requires_grad_(False).fill_(float("nan"))
    with pytest.raises(ModelError, match="no numbers"):
        sweep(broken, TWO, word="dotcom", by="zero")


def test_it_comes_in_parts_and_goes_on_from_them() -> None:
    whole = swept("zero")
    told: list[Sweep] = []

    def count(found: Sweep) -> int:
        assert found.so_far is not None
        return found.so_far.count

    with pytest.raises(Cancelled):
        sweep(
            embedded(), TEXT, word=WORD, by="zero", so_far=told.append,
            cancelled=lambda: bool(told) and count(told[-1]) >= 30,
        )  # fmt: skip
    last = told[-1]
    assert 30 <= count(last) < 72
    assert np.isnan(last.layers["log-prob"]).all()
    there = np.isfinite(last.effects["log-prob"])
    assert there.sum() == count(last)
    np.testing.assert_allclose(
        last.effects["log-prob"][there], whole.effects["log-prob"][there], atol=1e-5
    )
    again: list[Sweep] = []
    known = sweep(
        embedded(), TEXT, word=WORD, by="zero", known=last, so_far=again.append
    )  # fmt: skip
    assert min(map(count, again)) > count(last)
    np.testing.assert_array_equal(known.effects["log-prob"][there], last.effects["log-prob"][there])
    np.testing.assert_allclose(known.effects["log-prob"], whole.effects["log-prob"], atol=1e-5)
    other: list[Sweep] = []
    sweep(embedded(), TEXT, word="meowed", by="zero", known=last, so_far=other.append)
    assert count(other[0]) <= 12, "what is known is of another word"


def test_it_is_a_job() -> None:
    job = SweepHeads(TEXT, "embedded", by="zero", word=WORD)
    assert pickle.loads(pickle.dumps(job)) == job != SweepHeads(TEXT, "embedded", by="zero")
    found = sweep_heads(job, embedded())
    assert found.word == WORD
    assert pickle.loads(pickle.dumps(found)).pieces == found.pieces
