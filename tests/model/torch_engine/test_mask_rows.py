"""Logits at the masks alone: the same there, and nothing computed elsewhere."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from transformers import BertForMaskedLM, PreTrainedModel

from tests.model import tiny
from tui.model.torch_engine.mask_rows import only_at

IDS = torch.tensor([[2, 5, 4, 6, 3], [2, 4, 4, 3, 0]])  # the mask is 4
CHOSEN = IDS == 4


@pytest.fixture
def model() -> PreTrainedModel:
    torch.manual_seed(0)
    return BertForMaskedLM(tiny.bert_config()).eval()


def decoded(model: PreTrainedModel) -> list[tuple[int, ...]]:
    """The shapes that the vocabulary's layer is given, from now."""
    shapes: list[tuple[int, ...]] = []
    layer = model.get_output_embeddings()
    assert isinstance(layer, nn.Linear)
    forward = layer.forward

    def noting(hidden: Tensor) -> Tensor:
        shapes.append(tuple(hidden.shape))
        return forward(hidden)

    layer.forward = noting  # type: ignore[assignment, method-assign]
    return shapes


def test_logits_at_the_masks_are_the_same_and_others_are_not_computed(
    model: PreTrainedModel,
) -> None:
    with torch.inference_mode():
        whole = model(IDS).logits
        shapes = decoded(model)
        with only_at(model, CHOSEN):
            logits = model(IDS).logits
    assert logits.shape == whole.shape
    assert torch.allclose(logits[CHOSEN], whole[CHOSEN], atol=1e-6)
    assert (logits[~CHOSEN] == 0).all()
    assert shapes == [(3, 16)]


def test_without_a_mask_nothing_is_computed(model: PreTrainedModel) -> None:
    with torch.inference_mode(), only_at(model, torch.zeros_like(CHOSEN)):
        assert (model(IDS).logits == 0).all()


def test_afterwards_the_model_is_as_before(model: PreTrainedModel) -> None:
    with torch.inference_mode():
        before = model(IDS).logits
        with pytest.raises(RuntimeError, match="inside"), only_at(model, CHOSEN):
            raise RuntimeError("inside")
        assert (model(IDS).logits == before).all()


def test_gradients_go_through(model: PreTrainedModel) -> None:
    with only_at(model, CHOSEN):
        model(IDS).logits[0, 2, 7].backward()
    found = model.get_input_embeddings().weight.grad
    assert found is not None
    model.zero_grad()
    model(IDS).logits[0, 2, 7].backward()
    assert torch.allclose(found, model.get_input_embeddings().weight.grad, atol=1e-6)


def test_what_is_called_with_other_shapes_works_as_ever(model: PreTrainedModel) -> None:
    with torch.inference_mode():
        whole = model(IDS).logits
        with only_at(model, CHOSEN[:, :3]):
            assert (model(IDS).logits == whole).all()


def test_a_model_without_such_a_layer_works_as_ever(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with torch.inference_mode():
        whole = model(IDS).logits
        monkeypatch.setattr(model, "get_output_embeddings", lambda: None)
        with only_at(model, CHOSEN):
            assert (model(IDS).logits == whole).all()
