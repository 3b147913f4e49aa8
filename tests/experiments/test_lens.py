"""The lens ends in the model's own answer, costs one pass, and reads every layer as it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.model import families, tiny
from tests.model.torch_engine.test_trust import strip
from tests.model.torch_models import on_torch
from tests.support import embedded, in_turns
from tui.analysis.interventions import CutHead
from tui.analysis.ranking import softmax
from tui.errors import Cancelled, ModelError, RequestError
from tui.experiments import lens as module
from tui.experiments.lens import Lens, ReadLens, lens, read_lens
from tui.model.engine import EngineAnswer, EngineQuestion
from tui.model.masked_lm import MaskedLM
from tui.model.names import EMBEDDED
from tui.model.saved.saved_model import SavedModel

TEXT = "The cat sat on the [MASK] and watched a [MASK]."
NEAR = 1e-5


def ends_in(found: Lens, model: MaskedLM, text: str, mask: int = 0) -> None:
    """The last layer's candidates are the analysis'."""
    own = model.analyze(text, top_k=3).candidates[mask]
    assert [one.id for one in found.layers[-1].candidates] == [one.id for one in own]
    assert [one.label for one in found.layers[-1].candidates] == [one.label for one in own]
    np.testing.assert_allclose(
        [one.probability for one in found.layers[-1].candidates],
        [one.probability for one in own],
        atol=NEAR,
    )


@pytest.mark.parametrize("mask", [0, 1])
def test_it_ends_in_the_models_own_answer(mask: int) -> None:
    found = lens(embedded(), TEXT, mask=mask)
    ends_in(found, embedded(), TEXT, mask)
    assert [one.layer for one in found.layers] == list(range(embedded().info.layers + 1))
    assert (found.mask, found.masks) == (mask, 2)
    assert found.layers[-1].rank == 1, "without a wish the first candidate is followed"
    assert found.chosen == found.layers[-1].candidates[0]


@pytest.mark.parametrize(
    "kind", ["bert", "roberta", "distilbert", "electra", "albert", "deberta-v2", "modernbert"]
)
def test_it_does_so_in_other_families(kind: str, tmp_path: Path) -> None:
    families.save(kind, tmp_path)
    model = on_torch(tmp_path)
    ends_in(lens(model, families.TEXT), model, families.TEXT)


def test_both_engines_read_the_same() -> None:
    torchs = on_torch(EMBEDDED)
    one, other = lens(embedded(), TEXT, every_token=True), lens(torchs, TEXT, every_token=True)
    for ours, theirs in zip(one.layers, other.layers, strict=True):
        assert ours.rank == theirs.rank
        assert abs(ours.probability - theirs.probability) < NEAR
    assert one.cells is not None
    assert other.cells is not None
    assert one.cells.words == other.cells.words
    np.testing.assert_allclose(one.cells.probabilities, other.cells.probabilities, atol=1e-4)


class Counting:
    """An engine that counts what it is asked."""

    def __init__(self, model: MaskedLM) -> None:
        self._engine = model.engine
        self.shape = model.engine.shape
        self.passes, self.rows, self.asked = 0, 0, 0

    def run(self, question: EngineQuestion) -> Sequence[EngineAnswer]:
        self.passes += 1
        self.asked += sum(len(row.asked) for row in question.rows)
        return self._engine.run(question)

    def score(self, hidden: np.ndarray) -> np.ndarray:
        self.rows += len(hidden)
        return self._engine.score(hidden)


def test_it_takes_one_pass_and_a_row_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedded()
    counting = Counting(model)
    monkeypatch.setattr(model, "engine", counting)
    lens(model, TEXT)
    assert (counting.passes, counting.rows) == (1, model.info.layers + 1)


def test_a_head_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedded()
    counting = Counting(model)
    monkeypatch.setattr(model, "engine", counting)
    monkeypatch.setattr(model, "head_is_checked", False)
    first, second = lens(in_turns(model), TEXT), lens(in_turns(model), TEXT)
    assert (counting.passes, counting.asked) == (2, 1)
    assert first.layers == second.layers


def test_every_token_has_its_best_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 5)  # so that there are several stretches
    model, steps = embedded(), []
    found = lens(model, TEXT, every_token=True, progress=lambda *step: steps.append(step))
    assert found.cells is not None
    encoded = model.encode(TEXT)
    assert found.cells.tokens == tuple(token.label for token in encoded.tokens)
    [answer] = model.run([encoded], [[]], hidden=True)
    assert answer.hidden is not None
    for layer, states in enumerate(answer.hidden):
        for token, state in enumerate(states):
            scored = softmax(model.score(state[None]))[0]
            assert found.cells.words[layer][token] == model.show(int(scored.argmax()))
            assert abs(found.cells.probabilities[layer, token] - scored.max()) < NEAR
    at_mask = found.cells.words[-1][found.position]
    assert at_mask == found.chosen.label
    done, of = steps[-1]
    assert done == of
    assert [step for step, _ in steps] == sorted(step for step, _ in steps)


def test_a_candidate_is_followed() -> None:
    second = embedded().analyze(TEXT).candidates[0][1]
    found = lens(embedded(), TEXT, token=second.id)
    assert found.layers[-1].rank == 2
    assert found.chosen.label == second.label
    assert abs(found.layers[-1].probability - second.probability) < NEAR


def test_it_reads_the_model_with_heads_cut() -> None:
    cuts = (CutHead(2, 3, "zero"), CutHead(4, 0, "zero"))
    found = lens(embedded(), TEXT, interventions=cuts)
    own = embedded().analyze(TEXT, interventions=cuts)
    assert abs(found.layers[-1].probability - own.candidates[0][0].probability) < NEAR
    assert found.told == own.told
    assert "cut (zero): 3·4, 5·1" in found.told[0]
    whole = lens(embedded(), TEXT, token=found.chosen.id)
    for layer, (one, other) in enumerate(zip(whole.layers, found.layers, strict=True)):
        same = abs(one.probability - other.probability) < 1e-7
        assert same == (layer <= 2), "up to the first cut nothing has changed"
    assert whole.told == ()


@pytest.mark.parametrize(
    ("text", "wish", "said"),
    [
        ("The cat sat.", {}, r"There is no \[MASK\]"),
        (TEXT, {"mask": 2}, "The text has 2 masks, and no mask 3"),
        ("a [MASK]", {"mask": 1}, "The text has one mask, and no mask 2"),
        (TEXT, {"token": 10**6}, "and no 1,000,000"),
        (TEXT, {"interventions": (CutHead(99, 0, "zero"),)}, "There is no layer 100 head 1"),
    ],
)
def test_what_cannot_be_asked_is_said(text: str, wish: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        lens(embedded(), text, **wish)  # type: ignore[arg-type]


def test_a_model_without_a_trained_head_is_refused(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    strip(folder, "cls.")
    with pytest.raises(ModelError, match="no trained masked-LM head"):
        lens(MaskedLM.load(str(folder)), "the [MASK] sat")


def test_a_head_that_ends_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedded()
    counting = Counting(model)
    score = counting.score
    monkeypatch.setattr(counting, "score", lambda hidden: score(hidden) * 1.5)
    monkeypatch.setattr(model, "engine", counting)
    monkeypatch.setattr(model, "head_is_checked", False)
    with pytest.raises(ModelError, match="does not give the model's own answer"):
        lens(model, TEXT)


def test_it_is_given_up_between_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 5)
    asked = iter([False] * (embedded().info.layers + 1))
    with pytest.raises(Cancelled):
        lens(embedded(), TEXT, every_token=True, cancelled=lambda: next(asked, True))


def test_the_job_reads_the_same_in_its_turns() -> None:
    turns = in_turns(embedded())
    job = ReadLens(TEXT, "embedded", mask=1, top_k=2, every_token=True)
    found, expected = (
        read_lens(job, turns),
        lens(embedded(), TEXT, mask=1, top_k=2, every_token=True),
    )
    assert found.layers == expected.layers
    assert found.cells is not None


def test_saved_attention_has_no_layers_to_read() -> None:
    saved = SavedModel(Path("x.npz"), embedded().analyze(TEXT))
    turns = in_turns(saved)
    with pytest.raises(RequestError, match="Saved attention"):
        lens(turns, TEXT)
