"""The input of a model: its names, how many segments it tells apart, and padded texts."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel


def takes(model: PreTrainedModel) -> frozenset[str]:
    """The names of what a model takes."""
    return frozenset(inspect.signature(model.forward).parameters)


def segments(model: PreTrainedModel) -> int:
    """How many token types a model has embeddings for; 0 where it has none to tell apart."""
    if model.config.model_type == "tapas":  # seven tables, for rows and columns of a spreadsheet
        return 0
    for name, module in model.named_modules():
        if name.endswith("token_type_embeddings") and isinstance(module, torch.nn.Embedding):
            return module.num_embeddings
    return 0


def batch(texts: Sequence[Mapping[str, Sequence[int]]], pad_id: int | None) -> dict[str, Tensor]:
    """A model's input for several texts at once, `(text, token)`, shorter ones padded.

    Args:
        texts: what it takes of each, a number a token.
        pad_id: the number of the token that fills up; None if there is none.
    """
    lengths = [len(text["input_ids"]) for text in texts]
    longest = max(lengths)
    padding = {"input_ids": pad_id or 0}
    padded = {
        name: torch.tensor(
            [[*text[name], *[padding.get(name, 0)] * (longest - len(text[name]))] for text in texts]
        )
        for name in texts[0]
    }
    padded["attention_mask"] = torch.tensor(
        [[1] * length + [0] * (longest - length) for length in lengths]
    )
    return padded
