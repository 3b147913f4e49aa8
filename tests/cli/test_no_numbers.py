"""Weights and scores that are no numbers: JSON stays JSON, and why they are none is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.cli.conftest import Call
from tests.model import tiny
from tests.model.torch_models import network, on_torch
from tui.model.masked_lm import MaskedLM
from tui.model.saved.saved_model import SavedModel
from tui.storage.formats import FORMATS

TEXT = "the [MASK] sat on the mat"
ATTENTION = "the attention weights are no numbers (NaN)"
SCORES = "At the mask the model's scores are no numbers (NaN)"

BROKEN: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "a query": ("bert.encoder.layer.1.attention.self.query.weight", torch.nan, (ATTENTION, SCORES)),
    "the last values": ("bert.encoder.layer.1.attention.self.value.weight", torch.nan, (SCORES,)),
    "the head": ("cls.predictions.transform.dense.weight", torch.nan, (SCORES,)),
    "one score": ("cls.predictions.bias", torch.inf, (SCORES,)),
    "the embeddings": ("bert.embeddings.LayerNorm.weight", torch.inf, (ATTENTION, SCORES)),
}
"""Where a number is odd, which one, and what is told."""


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def strict(text: str) -> Any:
    """JSON as a reader of the standard takes it."""
    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tensor]:
    return load_file(tiny.save_bert(tmp_path_factory.mktemp("whole")) / "model.safetensors")


@pytest.fixture
def broken(whole: dict[str, Tensor], tmp_path: Path) -> Callable[[str], Path]:
    """Make a checkpoint with an odd number in it."""

    def make(where: str) -> Path:
        name, number, _ = BROKEN[where]
        folder = tiny.save_bert(tmp_path / "broken")
        weights = {name: weight.clone() for name, weight in whole.items()}
        weights[name].view(-1)[0] = number
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return make


@pytest.mark.parametrize("where", BROKEN)
def test_every_command_says_why_and_prints_json(
    call: Call, broken: Callable[[str], Path], tmp_path: Path, where: str
) -> None:
    folder, told = broken(where), BROKEN[where][2]
    (tmp_path / "list.txt").write_text(f"{TEXT}\nthe cat [MASK]\n")
    for way in (
        ("predict", TEXT),
        ("heads", TEXT),
        ("heads", "--from", str(tmp_path / "list.txt")),
    ):
        assert call(*way, "--json", "--model", folder) == 0, call.err
        notes = strict(call.out)["notes"]
        assert all(any(sentence in note for note in notes) for sentence in told), notes
        assert call(*way, "--model", folder) == 0, call.err
        assert all(sentence in call.err for sentence in told)


def test_scores_that_are_no_numbers_are_null(call: Call, broken: Callable[[str], Path]) -> None:
    folder = broken("the head")
    assert call("predict", TEXT, "--json", "--model", folder) == 0
    best = strict(call.out)["masks"][0]["candidates"][0]
    assert (best["probability"], best["logit"]) == (None, None)
    assert call("predict", TEXT, "--model", folder) == 0
    assert "nan" not in call.out


@pytest.mark.parametrize("where", ["a query", "the head"])
def test_every_file_says_why_and_opens(
    call: Call, broken: Callable[[str], Path], tmp_path: Path, where: str
) -> None:
    folder, out = broken(where), tmp_path / "out"
    formats = ",".join(FORMATS)
    assert call("export", TEXT, "--format", formats, "--model", folder, "--out", out) == 0
    saved = strict((out / "Attention.json").read_text())
    assert saved["candidates"][0][0]["logit"] is None
    assert any(SCORES in note for note in saved["notes"])
    again = SavedModel.load(str(out / "Attention.npz"))
    assert any(SCORES in note for note in again.analyze(again.info.only_text or "").told)
    reopened = ("export", "--open", out / "Attention.npz", "--format", "json,csv,png")
    assert call(*reopened, "--out", tmp_path / "again") == 0
    strict((tmp_path / "again" / "Attention.json").read_text())
    note = ("notes", TEXT, "--layer", "1", "--head", "1", "--model", folder)
    assert call(*note, "--notes", tmp_path / "notes") == 0
    text = (tmp_path / "notes" / "analysis.md").read_text()
    assert SCORES in text
    assert "(nan)" not in text


def test_scores_of_one_mask_among_several(
    whole: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = on_torch(tiny.save_bert(tmp_path))
    forward = network(model).forward

    def odd(**inputs: Any) -> Any:
        answer = forward(**inputs)
        answer.logits[0, 1, 3] = torch.nan
        return answer

    with torch.no_grad():
        monkeypatch.setattr(network(model), "forward", odd)
    [note] = model.analyze("[MASK] sat on the [MASK]").notes
    assert note.startswith("At 1 of 2 masks the model's scores")
    assert model.analyze("the cat sat").notes == (), "without a mask there are no scores to tell of"


def test_scores_that_are_ruled_out_are_no_fault(tmp_path: Path) -> None:
    """Some models give what may never be said a score of minus infinity."""
    folder = tiny.save_bert(tmp_path)
    weights = load_file(folder / "model.safetensors")
    weights["cls.predictions.bias"][0] = -torch.inf
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    analysis = MaskedLM.load(str(folder)).analyze(TEXT, top_k=100)
    assert analysis.told == ()
    assert analysis.candidates[0][-1].probability == 0
