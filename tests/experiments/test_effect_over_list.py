"""One head over a list: each sentence as a sweep has it, the mean with its interval, a verdict."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.model import tiny
from tests.model.torch_models import on_torch
from tests.support import embedded
from tui.analysis.intervals import bootstrap_mean
from tui.analysis.interventions import (
    CutArrow,
    CutBy,
    CutHead,
    Interventions,
    Transplant,
    TransplantResidual,
)
from tui.errors import Cancelled, RequestError
from tui.experiments.effect_over_list import (
    CONSISTENT,
    NOT_SUPPORTED,
    EffectOverList,
    MeasureEffectOverList,
    SentenceEffect,
    effect_over_list,
    how_cut,
    measure_effect_over_list,
)
from tui.experiments.measures import MEASURES, measure_named
from tui.experiments.set_over_list import set_over_list
from tui.experiments.sweep import Sweep, sweep
from tui.worker_process import find_runners

TEXTS = (
    "I drank a cup of [MASK] this morning.",
    "The cat sat.",
    "Paris is the [MASK] of France.",
    "word " * 2000 + "[MASK]",
    "The [MASK] sat on the [MASK].",
)
GOOD = (TEXTS[0], TEXTS[2], TEXTS[4])
LEAD = measure_named("logit-diff")


@cache
def swept(by: CutBy = "mean") -> tuple[Sweep, ...]:
    return tuple(sweep(embedded(), text, by=by) for text in GOOD)


def strongest(by: CutBy = "mean") -> tuple[int, int]:
    """The head whose mean effect is the largest."""
    mean = np.mean([one.effects["logit-diff"] for one in swept(by)], axis=0)
    layer, head = np.unravel_index(int(mean.argmax()), mean.shape)
    return int(layer), int(head)


@pytest.mark.parametrize("by", ["mean", "zero"])
def test_each_sentence_is_as_a_sweep_has_it(by: CutBy) -> None:
    layer, head = strongest(by)
    found = effect_over_list(embedded(), TEXTS, layer, head, by=by)
    assert (found.layer, found.head, found.by) == (layer, head, by)
    assert bool(found.means) == (by == "mean")
    for one, alone, text in zip(found.sentences, swept(by), GOOD, strict=True):
        assert one.text == text
        assert (one.word, one.runner_up_word) == (alone.word, alone.runner_up_word)
        assert one.effects.keys() == {measure.slug for measure in MEASURES}
        for slug, effect in one.effects.items():
            assert effect == pytest.approx(float(alone.effects[slug][layer, head]), abs=1e-3)
    assert [one.text for one in found.failed] == [TEXTS[1], TEXTS[3]]
    assert "There is no [MASK]" in found.failed[0].reason
    assert "too long" in found.failed[1].reason
    assert found.said.startswith("2 sentences are left out, the first because: There is no [MASK]")


def test_the_mean_has_the_interval_of_its_sentences() -> None:
    found = effect_over_list(embedded(), GOOD, *strongest())
    values = [one.effects["logit-diff"] for one in found.sentences]
    assert found.interval(LEAD) == bootstrap_mean(values)
    assert found.interval(LEAD).n == 3
    said = found.described(LEAD)
    assert f"mean effect {np.mean(values):.3f} logits, 95 % interval " in said
    assert "over a list of 3 sentences" in said
    assert "heads cut to their mean (200 sentences)" in said


def made(*effects: float) -> EffectOverList:
    """Effects as they might be."""
    sentences = tuple(
        SentenceEffect("a [MASK]", "cat", "dog", {one.slug: effect for one in MEASURES})
        for effect in effects
    )
    return EffectOverList("made", 0, 0, "zero", "", (), sentences)


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ((0.5, 0.6, 0.4, 0.7), f"{CONSISTENT} a head that helps"),
        ((0.5, -0.6, 0.4, -0.7), f"{NOT_SUPPORTED} these sentences: the interval holds 0"),
        ((0.0, 0.0), f"{NOT_SUPPORTED} these sentences: the interval holds 0"),
        (
            (-0.5, -0.6, -0.4),
            f"{NOT_SUPPORTED} these sentences: the interval lies below 0, the head hinders",
        ),
        ((0.9,), f"{NOT_SUPPORTED} these sentences: one sentence has no interval"),
        ((float("nan"),), f"{NOT_SUPPORTED} these sentences: there is no number"),
    ],
)
def test_verdicts(effects: tuple[float, ...], verdict: str) -> None:
    assert made(*effects).verdict(LEAD) == verdict
    assert made(*effects).described(LEAD).endswith(f"; {verdict}.")


def test_what_has_no_direction_has_no_verdict() -> None:
    found = made(0.5, 0.6)
    assert found.verdict(measure_named("kl")) == ""
    assert "consistent" not in found.described(measure_named("kl"))


def test_other_cuts_stay() -> None:
    layer, head = strongest()
    other = CutHead(layer, (head + 1) % 12)
    found = effect_over_list(embedded(), GOOD[:1], layer, head, interventions=(other,))
    alone = sweep(embedded(), GOOD[0], interventions=(other,))
    effect = float(alone.effects["logit-diff"][layer, head])
    assert found.sentences[0].effects["logit-diff"] == pytest.approx(effect, abs=1e-3)
    assert any("Not the model as it is" in one for one in found.told)


@pytest.mark.parametrize(
    ("texts", "head", "staying", "said"),
    [
        ((), (0, 0), (), "The list has no sentence."),
        (("a cat", "a dog"), (0, 0), (), "No sentence of the list could be measured: There is no"),
        (GOOD, (6, 0), (), "There is no head 7·1"),
        (GOOD, (0, 1), (CutHead(0, 1),), "Head 1·2 is cut already"),
        (GOOD, (0, 1), (CutArrow(0, 0, 1, 2),), "An arrow that is cut is one sentence's"),
        (GOOD, (0, 1), (Transplant(0, 1, GOOD[0]),), "What is transplanted is one sentence's"),
        (GOOD, (0, 1), (Transplant(3, 2, GOOD[0]),), "What is transplanted is one sentence's"),
        (GOOD, (0, 1), (TransplantResidual(1, 1, GOOD[0]),), "transplanted is one sentence's"),
    ],
)
def test_what_cannot_be_measured_says_why(
    texts: tuple[str, ...], head: tuple[int, int], staying: Interventions, said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        effect_over_list(embedded(), texts, *head, by="zero", interventions=staying)


def test_it_tells_how_far_it_is_and_can_be_given_up() -> None:
    steps: list[tuple[int, int]] = []
    job = MeasureEffectOverList(TEXTS, "embedded", 5, 3)
    found = measure_effect_over_list(
        job, embedded(), progress=lambda done, of: steps.append((done, of))
    )
    assert steps[-1][0] == steps[-1][1]
    assert len({done for done, _ in steps}) >= len(TEXTS)
    assert pickle.loads(pickle.dumps(found)).sentences == found.sentences
    with pytest.raises(Cancelled):
        measure_effect_over_list(replace(job, by="zero"), embedded(), cancelled=lambda: True)


def test_the_worker_runs_it() -> None:
    assert find_runners()[MeasureEffectOverList] is measure_effect_over_list


def test_how_heads_are_cut_in_words() -> None:
    assert how_cut("mean", "mean of 200 sentences") == "heads cut to their mean (200 sentences)"
    assert how_cut("mean", "") == "heads cut to their mean"
    assert how_cut("zero", "") == "heads cut to zero"


def test_on_torch_it_is_as_a_sweep_has_it(tmp_path: Path) -> None:
    model = on_torch(tiny.save_bert(tmp_path))
    texts = ("the cat [MASK] on the mat", "the [MASK] sat", "no mask")
    found = effect_over_list(model, texts, 1, 1, by="zero")
    assert [one.text for one in found.sentences] == list(texts[:2])
    for one in found.sentences:
        alone = sweep(model, one.text, by="zero")
        for slug, effect in one.effects.items():
            assert effect == pytest.approx(float(alone.effects[slug][1, 1]), abs=1e-3)
    tried = set_over_list(model, texts, ((1, 0), (1, 1)), by="zero")
    assert [one.text for one in tried.sentences] == list(texts[:2])
    everything = [(layer, head) for layer in range(2) for head in range(2)]
    assert {one.rank for one in set_over_list(model, texts, everything, by="zero").sentences} == {1}
