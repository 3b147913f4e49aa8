"""The masked-LM head alone, in every family, and the norm that belongs to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.model.families import FAMILIES, TEXT, save
from tests.model.torch_models import network, on_torch
from tui.errors import ModelError
from tui.model.engine import EngineAnswer
from tui.model.masked_lm import MaskedLM

DECODED = {"bart", "mbart", "mvp"}
"""Families whose head reads a decoder, and no layer of the encoder."""


def asked(model: MaskedLM) -> EngineAnswer:
    """A pass with its hidden states, and the logits of every token."""
    encoded = model.encode(TEXT)
    [answer] = model.run([encoded], [range(len(encoded.ids))], hidden=True)
    return answer


@pytest.mark.parametrize("kind", sorted(FAMILIES.keys() - DECODED))
def test_of_the_last_layer_it_makes_the_models_own_logits(kind: str, tmp_path: Path) -> None:
    save(kind, tmp_path)
    model = on_torch(tmp_path)
    answer = asked(model)
    assert answer.hidden is not None
    assert len(answer.hidden) == model.info.layers + 1
    np.testing.assert_allclose(model.score(answer.hidden[-1]), answer.logits, atol=1e-5)
    again = asked(model)
    np.testing.assert_array_equal(again.logits, answer.logits, "the model is as it was")


@pytest.mark.parametrize("kind", sorted(DECODED))
def test_a_head_that_reads_a_decoder_is_refused(kind: str, tmp_path: Path) -> None:
    save(kind, tmp_path)
    model = on_torch(tmp_path)
    with pytest.raises(ModelError, match=r"cannot be asked without its encoder.*another model\.$"):
        model.score(np.zeros((1, 16), np.float32))


@pytest.mark.parametrize(
    ("kind", "layers"),
    [
        ("bert", "bert.encoder.layer"),
        ("distilbert", "distilbert.transformer.layer"),
        ("roberta-prelayernorm", "roberta_prelayernorm.encoder.layer"),
        ("modernbert", "model.layers"),
    ],
)
def test_of_a_layer_it_makes_what_a_model_that_ends_there_says(
    kind: str, layers: str, tmp_path: Path
) -> None:
    """A norm behind the last layer is the head's: in a shorter model it stands there too."""
    save(kind, tmp_path)
    model = on_torch(tmp_path)
    answer = asked(model)
    assert answer.hidden is not None
    whole = network(model)
    parent = whole.get_submodule(layers.rpartition(".")[0])
    kept = parent.get_submodule(layers.rpartition(".")[2])
    ids = torch.tensor([model.encode(TEXT).ids])
    for end in range(model.info.layers):
        setattr(parent, layers.rpartition(".")[2], torch.nn.ModuleList(list(kept)[:end]))
        with torch.inference_mode():
            shorter = whole(input_ids=ids).logits[0].numpy()
        np.testing.assert_allclose(model.score(answer.hidden[end]), shorter, atol=1e-4)


@pytest.mark.parametrize("kind", ["bert", "modernbert"])
def test_the_layers_run_once(kind: str, tmp_path: Path) -> None:
    save(kind, tmp_path)
    model = on_torch(tmp_path)
    ran: list[torch.nn.Module] = []
    for name, module in network(model).named_modules():
        if name.endswith(("layer.0", "layers.0")):
            module.register_forward_hook(lambda module, _args, _output: ran.append(module))
    answer = asked(model)
    assert answer.hidden is not None
    model.score(answer.hidden[:, 1])
    assert len(ran) == 1
