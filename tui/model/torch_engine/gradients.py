"""Attention × gradient: one backward pass from one candidate's logit to every attention weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
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

    def begin(_module: torch.nn.Module, _inputs: object, output: Tensor) -> Tensor:
        return output.detach().requires_grad_()

    handle = model.get_input_embeddings().register_forward_hook(begin)
    try:
        with torch.enable_grad():
            yield
    finally:
        handle.remove()


def products(score: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
    """A ⊙ ∂y/∂A of each layer.

    Args:
        score: y, a scalar. A sum of scores, one for each sentence of a batch, gives each its own.
        weights: A, `(batch, head, query, key)` for each layer, kept with their way to the score.

    Returns:
        `(batch, head, query, key)` for each layer.

    Raises:
        ModelError: the weights are not on the way to the score.
    """
    on_the_way = [one for one in weights if one.requires_grad]
    if len(on_the_way) < len(weights):
        raise ModelError(MISSING)
    gradients = torch.autograd.grad(score, on_the_way, allow_unused=True)
    if any(gradient is None for gradient in gradients):
        raise ModelError(MISSING)
    return [one.detach() * gradient for one, gradient in zip(weights, gradients, strict=True)]
