"""The vocabulary is asked at the masks alone.

A masked language model scores every word piece of its vocabulary at every token. For a small model
that is half of the work, and only the masks' scores are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel


@contextmanager
def only_at(model: PreTrainedModel, chosen: Tensor) -> Iterator[None]:
    """Inside the `with` block logits are computed at chosen tokens alone; at all others they are 0.

    It concerns the last linear layer, which transformers calls the output embeddings. A model that
    has none, or that calls it with something else than one vector a token, works as ever.

    Args:
        model: a masked language model.
        chosen: which tokens, `(batch, token)`, bool.
    """
    decoder = model.get_output_embeddings()
    if not isinstance(decoder, nn.Linear):
        yield
        return
    narrowed: list[torch.Size] = []

    def narrow(module: nn.Module, args: tuple[object, ...]) -> tuple[Tensor] | None:
        narrowed.clear()
        if len(args) != 1 or not isinstance(args[0], Tensor) or args[0].shape[:-1] != chosen.shape:
            return None
        narrowed.append(chosen.shape)
        return (args[0][chosen],)  # (chosen token, hidden size)

    def widen(module: nn.Module, args: object, output: Tensor) -> Tensor | None:
        if not narrowed:
            return None
        # Zeros that nobody reads cost nothing: the system hands such pages out untouched.
        full = output.new_zeros((*narrowed[0], output.shape[-1]))  # (batch, token, vocabulary)
        full[chosen] = output
        return full

    hooks = (
        decoder.register_forward_pre_hook(narrow),
        decoder.register_forward_hook(widen),
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
