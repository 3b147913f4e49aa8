"""What is recorded is what the model did, to the last digit that float32 can keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tests.model.conftest import Cancelling
from tui.errors import Cancelled, ModelError
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.loading import Checkpoint
from tui.model.torch_engine.probe import Recorder, recording

TEXTS = [
    "The cat, despite the noise and distractions, [MASK] gracefully.",
    "Paris is the [MASK] of France.",
    "An unmasked sentence, rather a long one, that holds a good many more word pieces than both.",
]


def eager_attention(eager: PreTrainedModel, batch: dict[str, Tensor]) -> Tensor:
    """transformers' own weights, `(sentence, layer, head, query, key)`."""
    with torch.inference_mode():
        return torch.stack(eager(**batch, output_attentions=True).attentions, dim=1)


@pytest.mark.parametrize("text", TEXTS)
def test_attention_is_transformers_own(
    model: MaskedLM, eager: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str
) -> None:
    theirs = eager_attention(eager, tokenizer(text, return_tensors="pt"))[0]
    np.testing.assert_allclose(model.analyze(text).attention, theirs, rtol=0, atol=1e-6)


def test_padding_is_not_attended_to(
    model: MaskedLM, eager: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
) -> None:
    together = model.analyze_batch(TEXTS)
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    theirs = eager_attention(eager, batch)
    assert len({len(analysis.tokens) for analysis in together}) == 3
    for row, analysis in enumerate(together):
        n = len(analysis.tokens)
        np.testing.assert_allclose(analysis.attention, theirs[row, :, :, :n, :n], rtol=0, atol=1e-6)
        alone = model.analyze(TEXTS[row])
        assert alone.tokens == analysis.tokens
        np.testing.assert_allclose(analysis.attention, alone.attention, rtol=0, atol=1e-5)
        for ours, others in zip(analysis.candidates, alone.candidates, strict=True):
            assert [one.token for one in ours] == [one.token for one in others]


def test_logits_are_those_of_a_model_that_nobody_watches(
    loaded: Checkpoint, eager: PreTrainedModel
) -> None:
    watched, tokenizer = loaded.model, loaded.tokenizer
    batch = tokenizer(TEXTS[0], return_tensors="pt")
    arrays = [np.empty((6, 12, 15, 15), dtype=np.float32)]
    with torch.inference_mode():
        expected = eager(**batch).logits
        torch.testing.assert_close(watched(**batch).logits, expected, rtol=0, atol=1e-5)
        with recording(Recorder(arrays, lambda: False)):
            torch.testing.assert_close(watched(**batch).logits, expected, rtol=0, atol=1e-5)
        before = arrays[0].copy()
        watched(**tokenizer("Another sentence of another length.", return_tensors="pt"))
    np.testing.assert_array_equal(arrays[0], before)


def recorder(layers: int = 2, heads: int = 3, tokens: int = 4) -> Recorder:
    return Recorder([np.empty((layers, heads, tokens, tokens), np.float32)], lambda: False)


@pytest.mark.parametrize(
    "shape",
    [(1, 2, 4, 4), (1, 3, 4, 3), (1, 3, 3, 4), (1, 1, 4, 4)],
    ids=["too few heads", "too few keys", "too few queries", "one head"],
)
def test_what_is_no_square_matrix_for_each_head_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="not one square matrix"):
        recorder().record(torch.rand(shape))


def test_more_layers_than_announced_are_refused() -> None:
    taker = recorder(layers=1)
    taker.record(torch.rand(1, 3, 4, 4))
    with pytest.raises(ModelError, match="not one square matrix"):
        taker.record(torch.rand(1, 3, 4, 4))


def test_fewer_layers_than_announced_are_refused() -> None:
    taker = recorder()
    taker.record(torch.rand(1, 3, 4, 4))
    with pytest.raises(ModelError, match="Only 1 of this model's 2 layers"):
        taker.check_complete()


@pytest.mark.parametrize("after", [0, 3])
def test_a_cancelled_pass_stops_between_layers(
    model: MaskedLM,
    loaded: Checkpoint,
    cancelling: Callable[[int], Cancelling],
    after: int,
) -> None:
    finished: list[object] = []
    hooks = [
        layer.register_forward_hook(lambda *_: finished.append(1))
        for layer in loaded.model.bert.encoder.layer
    ]
    try:
        with pytest.raises(Cancelled):
            model.analyze(TEXTS[0], cancelled=cancelling(after))
    finally:
        for hook in hooks:
            hook.remove()
    assert len(finished) == after
    assert model.analyze(TEXTS[0]).attention.shape == (6, 12, 15, 15)
