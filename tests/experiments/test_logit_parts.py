"""The job that takes a logit apart: whatever runs the model, the sum is what the model says."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.model import families, tiny
from tests.model.torch_engine.test_trust import strip
from tests.model.torch_models import engine
from tests.support import embedded
from tui.analysis.interventions import CutArrow, CutHead, Interventions, TransplantResidual
from tui.errors import Cancelled, ModelError, RequestError, UserError
from tui.experiments.logit_parts import TakeApart, logit_parts, take_apart
from tui.experiments.sweep import sweep
from tui.model.masked_lm import MaskedLM
from tui.worker_process import find_runners

TEXT = "The [MASK] sat on the [MASK]."


@pytest.mark.parametrize("mask", [0, 1])
@pytest.mark.parametrize(
    "changes", [(), (CutHead(1, 2), CutHead(3, 1, "zero"), CutArrow(2, 2, 2, 3))]
)
def test_the_sums_are_the_model_s_own_numbers(mask: int, changes: Interventions) -> None:
    found = logit_parts(embedded(), TEXT, mask=mask, interventions=changes)
    first, second = embedded().analyze(TEXT, interventions=changes).candidates[mask][:2]
    assert (found.token, found.runner_up) == (first.id, second.id)
    assert (found.word, found.runner_up_word) == (first.label, second.label)
    assert found.logit.total == pytest.approx(first.logit, abs=1e-3)
    assert found.lead.total == pytest.approx(first.logit - second.logit, abs=1e-3)
    for sums in (found.logit, found.lead):
        assert sum(part.value for part in sums.listed()) == pytest.approx(sums.logit, abs=1e-9)
    assert found.told == embedded().analyze(TEXT, interventions=changes).told
    if changes:
        assert found.logit.heads[3, 1] == 0, "it gives nothing"
        assert found.logit.heads[1, 2] != 0, "its mean counts"


def test_any_candidate_against_the_first() -> None:
    first, _, third = embedded().analyze(TEXT).candidates[0][:3]
    found = logit_parts(embedded(), TEXT, token=third.id)
    assert (found.token, found.runner_up) == (third.id, first.id)
    assert found.lead.logit == pytest.approx(third.logit - first.logit, abs=1e-3)
    assert found.lead.logit < 0


def test_parts_are_named_and_in_the_model_s_order() -> None:
    listed = logit_parts(embedded(), TEXT).logit.listed()
    names = [part.name for part in listed]
    info = embedded().info
    assert len(names) == len({*names}) == info.layers * (info.heads + 1) + 2
    assert names[:2] == ["embeddings", "layer 1 head 1"]
    assert names[info.heads + 1] == "layer 1 feed-forward"
    assert names[-1] == "biases"


@pytest.mark.parametrize("text", [TEXT, "A cat. ||| It [MASK] there."])
def test_torch_s_outputs_give_the_same(text: str) -> None:
    model = MaskedLM.load()
    engine(model)  # it has taken over by now
    found, expected = logit_parts(model, text), logit_parts(embedded(), text)
    np.testing.assert_allclose(found.lead.heads, expected.lead.heads, atol=1e-3)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "xlm-roberta"])
def test_other_plain_families(kind: str, tmp_path: Path) -> None:
    families.save(kind, tmp_path)
    model = MaskedLM.load(str(tmp_path))
    found = logit_parts(model, families.TEXT)
    [scores] = model.scores(families.TEXT)
    assert found.logit.total == pytest.approx(float(scores.logits[0].max()), abs=1e-3)


def test_a_model_that_is_built_otherwise_says_so(tmp_path: Path) -> None:
    families.save("albert", tmp_path)
    with pytest.raises(ModelError, match=r"plain BERT shape alone .*is none"):
        logit_parts(MaskedLM.load(str(tmp_path)), families.TEXT)


def test_one_whose_numbers_the_sum_misses_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    families.save("bert", tmp_path / "one")
    families.save("bert", tmp_path / "other")
    model = MaskedLM.load(str(tmp_path / "one"))
    encoder = MaskedLM.load(str(tmp_path / "other")).plain_encoder()
    layer = encoder.layers[0]
    bias = np.linspace(-9, 9, len(layer.down.bias), dtype=np.float32)
    layers = [replace(layer, down=replace(layer.down, bias=bias)), *encoder.layers[1:]]
    encoder = replace(encoder, layers=layers)
    monkeypatch.setattr(model, "plain_encoder", lambda: encoder)
    with pytest.raises(ModelError, match="do not add up"):
        logit_parts(model, families.TEXT)


def test_another_sentence_s_row_at_the_mask_is_no_sum_of_parts() -> None:
    text, source = "The cat [MASK] it.", "My dogs [MASK] it."
    for layer in (1, 5):
        changed = (TransplantResidual(layer, 3, source),)
        with pytest.raises(RequestError, match=f"What goes into layer {layer + 1} at the mask is"):
            logit_parts(embedded(), text, interventions=changed)
    # Elsewhere, and where the row is the same all the same, the parts are what they are.
    for token, layer in ((1, 3), (3, 0)):
        found = logit_parts(
            embedded(), text, interventions=(TransplantResidual(layer, token, source),)
        )
        assert found.logit.total == pytest.approx(found.logit.logit, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "wish", "said"),
    [
        ("No mask.", {}, "There is no"),
        (TEXT, {"mask": 2}, "no mask 3"),
        (TEXT, {"token": 99_999_999}, "The vocabulary has"),
        (TEXT, {"interventions": (CutHead(30, 0, "zero"),)}, "There is no layer 31"),
    ],
)
def test_what_cannot_be_is_said(text: str, wish: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        logit_parts(embedded(), text, **wish)  # type: ignore[arg-type]


def test_a_model_without_a_head_is_refused(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "model")
    strip(folder, "cls.")
    with pytest.raises(UserError, match="no trained masked-LM head"):
        logit_parts(MaskedLM.load(str(folder)), "the [MASK] sat")


def test_it_is_given_up_between_the_sums() -> None:
    asked = iter([False] * (embedded().info.layers + 1))
    with pytest.raises(Cancelled):
        logit_parts(embedded(), TEXT, cancelled=lambda: next(asked, True))


def test_as_a_job_it_is_known_and_crosses_to_the_app() -> None:
    job = TakeApart(TEXT, "embedded", mask=1)
    runners: Mapping[type, object] = find_runners()
    assert runners[TakeApart] is take_apart
    found = pickle.loads(pickle.dumps(take_apart(pickle.loads(pickle.dumps(job)), embedded())))
    expected = logit_parts(embedded(), TEXT, mask=1)
    np.testing.assert_array_equal(found.logit.heads, expected.logit.heads)


def test_effects_are_of_the_same_run_or_another() -> None:
    text, cuts = "I drank a cup of [MASK].", (CutHead(0, 1, "zero"),)
    measured = sweep(embedded(), text, by="zero")
    assert logit_parts(embedded(), text).is_measured_by(measured)
    assert not logit_parts(embedded(), text, interventions=cuts).is_measured_by(measured)
    runner_up = logit_parts(embedded(), text).runner_up
    assert not logit_parts(embedded(), text, token=runner_up).is_measured_by(measured)
