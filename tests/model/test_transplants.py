"""A head's output is what it is in another sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.model import tiny
from tests.model.torch_models import on_torch
from tests.support import embedded
from tui.analysis.interventions import (
    CutArrow,
    CutHead,
    Interventions,
    Transplant,
    described,
    ordered,
)
from tui.errors import RequestError
from tui.model.engine import Engine, EngineAnswer, EngineQuestion, EngineRow, Gate, new_array
from tui.model.interventions import SourceText
from tui.model.masked_lm import MaskedLM
from tui.model.names import EMBEDDED

HERE = "Paris is the [MASK] of France."
THERE = "Anna is the [MASK] of Peter."


def outputs(model: MaskedLM, text: str, gates: Sequence[Gate] = ()) -> NDArray[np.float32]:
    """The heads' outputs, `[layer, head, token, head size]`."""
    encoded = model.encode(text)
    room = new_array((0, model.info.heads, len(encoded.ids), len(encoded.ids)))
    row = EngineRow(encoded.inputs, encoded.masks, room, gates)
    [answer] = model.engine.run(EngineQuestion([row], outputs=True))
    assert answer.outputs is not None
    return answer.outputs


def logits(model: MaskedLM, text: str, changes: Interventions) -> NDArray[np.float32]:
    [scores] = model.scores(text, [changes])
    return scores.logits


def all_from(text: str) -> Interventions:
    return tuple(Transplant(layer, head, text) for layer in range(6) for head in range(12))


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_from_the_sentence_itself_nothing_changes(engine: str) -> None:
    model = embedded() if engine == "numpy" else on_torch(EMBEDDED)
    whole = logits(model, HERE, ())
    np.testing.assert_allclose(logits(model, HERE, all_from(HERE)), whole, atol=1e-5)
    one = logits(model, HERE, (Transplant(3, 5, HERE),))
    np.testing.assert_allclose(one, whole, atol=1e-5)


def test_with_all_heads_the_other_sentence_answers() -> None:
    """What the mask is made of is then the same: its own embedding, and what all heads give it."""
    found = logits(embedded(), HERE, all_from(THERE))
    np.testing.assert_allclose(found, logits(embedded(), THERE, ()), atol=1e-4)
    assert np.abs(found - logits(embedded(), HERE, ())).max() > 1


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_the_outputs_are_those_of_the_other_sentence(engine: str) -> None:
    model = embedded() if engine == "numpy" else on_torch(EMBEDDED)
    theirs = outputs(model, THERE)
    sources = {THERE: SourceText(theirs.shape[2], theirs)}
    gates = model.applied(all_from(THERE), model.encode(HERE), sources).gates
    np.testing.assert_array_equal(outputs(model, HERE, gates), theirs)
    gates = model.applied((Transplant(3, 5, THERE),), model.encode(HERE), sources).gates
    now, before = outputs(model, HERE, gates), outputs(model, HERE)
    np.testing.assert_array_equal(now[3, 5], theirs[3, 5])
    np.testing.assert_allclose(now[:3], before[:3], atol=1e-6)
    assert np.abs(now[4:] - before[4:]).max() > 1e-3


def test_every_way_to_ask_carries_it_out() -> None:
    model, changes = embedded(), (CutHead(0, 1, "zero"), Transplant(2, 3, THERE))
    encoded = model.encode(HERE)
    theirs = outputs(model, THERE)[2, 3]
    room = new_array((0, 12, len(encoded.ids), len(encoded.ids)))
    row = EngineRow(encoded.inputs, encoded.masks, room, [Gate(0, 1, 0.0), Gate(2, 3, 0.0, theirs)])
    [answer] = model.engine.run(EngineQuestion([row]))
    expected = answer.logits[0]
    [ran] = model.run([encoded], [encoded.masks], interventions=changes)
    [whole] = model.scores(HERE, keeps_hidden=True)
    [inside, other] = model.scores(HERE, [changes, ()], known=whole)
    analysis = model.analyze(HERE, interventions=changes)
    assert np.abs(expected - whole.logits[0]).max() > 1e-2
    for found in (ran.logits[0], inside.logits[0]):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(other.logits, whole.logits, atol=1e-4)
    first = analysis.candidates[0][0]
    assert first.logit == pytest.approx(float(expected[first.id]), abs=1e-4)
    assert f"transplanted from “{THERE}”: 3·4" in analysis.told[0]


def test_the_other_sentence_is_asked_once_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedded()
    run, passes = type(model.engine).run, list[EngineQuestion]()

    def counting(engine: Engine, asked: EngineQuestion) -> Sequence[EngineAnswer]:
        passes.append(asked)
        return run(engine, asked)

    monkeypatch.setattr(type(model.engine), "run", counting)
    model.scores(HERE, [(Transplant(1, head, THERE),) for head in range(12)])
    assert [len(asked.rows) for asked in passes] == [1, 12]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([Transplant(0, 0, "A [MASK].")], r"“A \[MASK\]\.” has 5 word pieces.*and the text 9"),
        ([Transplant(6, 0, THERE)], "There is no layer 7 head 1 to transplant"),
        ([CutHead(0, 0, "zero"), Transplant(0, 0, THERE)], "Layer 1 head 1 is changed in two ways"),
        ([Transplant(0, 0, HERE), Transplant(0, 0, THERE)], "changed in two ways"),
        ([Transplant(0, 0, "")], "no text"),
    ],
)
def test_what_cannot_be_is_refused(changes: list[Transplant], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        embedded().scores(HERE, [ordered(changes)])


def test_it_is_named_in_words() -> None:
    ones = ordered([Transplant(1, 8, "b"), Transplant(4, 9, "a"), Transplant(0, 0, "b")])
    assert described(ones) == "transplanted from “a”: 5·10; transplanted from “b”: 1·1, 2·9"
    mixed = ordered([CutArrow(0, 0, 1, 2), Transplant(1, 8, "b"), CutHead(2, 3)])
    assert described(mixed) == "cut (mean): 3·4; transplanted from “b”: 2·9; arrows cut: 1·1 2 → 3"
    assert "\x1b" not in described([Transplant(0, 0, "a\x1b[31m")])


def test_it_runs_a_tiny_model_on_torch(tmp_path: Path) -> None:
    model = on_torch(tiny.save_bert(tmp_path))
    here, there = "the cat [MASK]", "the mat [MASK]"
    whole = logits(model, here, ())
    assert not np.array_equal(logits(model, here, (Transplant(0, 0, there),)), whole)
