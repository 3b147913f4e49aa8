"""Attention × gradient: one backward pass from one candidate to every attention weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from tui.errors import ModelError

NO_MASK = (
    "There is no [MASK] in this sentence, so there is no candidate to take a gradient towards."
)
MISSING = (
    "This model's attention weights are not on the way from text to candidates as they are seen, "
    "so there is no gradient."
)


@contextmanager
def differentiable(model: PreTrainedModel) -> Iterator[None]:
    """Keep, inside the `with` block, the way from the word embeddings to the logits.

    The parameters themselves need no gradient, so nothing is kept for them.
    """
    model.requires_grad_(False)

    def begin(_module: torch.nn.Module, _inputs: object, output: Any) -> Any:
        if isinstance(output, tuple):  # ibert's come with the factor that scales them
            return (output[0].detach().requires_grad_(), *output[1:])
        return output.detach().requires_grad_()

    handle = _word_embeddings(model).register_forward_hook(begin)
    try:
        with torch.enable_grad():
            yield
    finally:
        handle.remove()


def _word_embeddings(model: PreTrainedModel) -> nn.Module:
    """The module that feeds the first layer whose attention is shown.

    An encoder-decoder shares one table of numbers between modules: the model's own, which is not
    called, the encoder's, and the decoder's, whose way to the logits passes by the encoder.
    """
    owner = model.get_encoder() if model.config.is_encoder_decoder else model
    embeddings: nn.Module = owner.get_input_embeddings()
    return embeddings


def log_probability(logits: Tensor, token: int) -> Tensor:
    """The logarithm of a word piece's softmax over the whole vocabulary, a scalar.

    Args:
        logits: `(vocabulary,)`.
        token: the word piece.
    """
    return logits.float().log_softmax(dim=-1)[token]


def lead(logits: Tensor, token: int) -> tuple[Tensor, int]:
    """By how much a word piece's logit is over its runner-up's, a scalar; and which that is.

    The runner-up is the best of all others: of one that is not the first, the first.

    Args:
        logits: `(vocabulary,)`.
        token: the word piece.
    """
    others = logits.detach().float().clone()
    others[token] = -torch.inf
    runner_up = int(others.argmax())
    return logits[token].float() - logits[runner_up].float(), runner_up


def products(score: Tensor, weights: Sequence[Tensor], *, again: bool = False) -> list[Tensor]:
    """A ⊙ ∂y/∂A of each layer.

    Args:
        score: y, a scalar. A sum of scores, one for each sentence of a batch, gives each its own.
        weights: A, `(batch, head, query, key)` for each layer, kept with their way to the score.
        again: the way is needed once more.

    Returns:
        `(batch, head, query, key)` for each layer.

    Raises:
        ModelError: the weights are not on the way to the score.
    """
    on_the_way = [one for one in weights if one.requires_grad]
    if len(on_the_way) < len(weights):
        raise ModelError(MISSING)
    gradients = torch.autograd.grad(score, on_the_way, allow_unused=True, retain_graph=again)
    if any(gradient is None for gradient in gradients):
        raise ModelError(MISSING)
    return [one.detach() * gradient for one, gradient in zip(weights, gradients, strict=True)]
