"""Seeing every attention weight of a forward pass.

transformers lets a function stand in for a model's attention (`AttentionInterface`). The one here
computes it in the plain order of the equation and hands the weights to whoever is recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from tui.errors import Cancelled, ModelError
from tui.model.analysis import Attention

NAME = "bertmask"
"""The value of `attn_implementation` that makes a model call `attend`."""


class Recorder:
    """Takes the attention of one forward pass, layer by layer, into arrays made for it.

    Layers are told apart by the order of the calls, not by module: some families run one module
    for every layer.

    Args:
        arrays: for each sentence of the batch an array to fill, `[layer, head, query, key]`; the
            sentence's tokens stand first in its row of the batch, padding after them.
        cancelled: asked before each layer; true gives the pass up.
    """

    def __init__(self, arrays: Sequence[Attention], cancelled: Callable[[], bool]) -> None:
        self._arrays = [torch.from_numpy(array) for array in arrays]
        self._cancelled = cancelled
        self._layer = 0

    def record(self, weights: Tensor) -> None:
        """Keep one layer's weights, `(batch, head, query, key)`.

        Raises:
            Cancelled: the pass is to be given up.
            ModelError: the weights are not one square matrix for each announced layer and head.
        """
        if self._cancelled():
            raise Cancelled
        for row, array in enumerate(self._arrays):
            layers, _, tokens, _ = array.shape
            seen = weights[row, :, :tokens, :tokens]
            if self._layer >= layers or seen.shape != array.shape[1:]:
                raise ModelError(
                    "This model's attention is not one square matrix for each layer and head, "
                    "so it cannot be shown; choose another model."
                )
            array[self._layer].copy_(seen)
        self._layer += 1

    def attended(self, values: Tensor, attended: Tensor) -> None:
        """Look at what one layer's weights were applied to, if that is wanted.

        Args:
            values: `(batch, head, key, head size)`.
            attended: the weighted values, `(batch, query, head, head size)`, in one piece.
        """

    def check_complete(self) -> None:
        """Raise ModelError unless every layer was recorded."""
        if self._layer != self._arrays[0].shape[0]:
            raise ModelError(
                f"Only {self._layer} of this model's {self._arrays[0].shape[0]} layers let their "
                "attention be seen; choose another model."
            )


_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Send the attention of every forward pass inside the `with` block to the recorder."""
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)


def attend(
    module: nn.Module,
    query: Tensor,  # (batch, head, query, head size)
    key: Tensor,  # (batch, head, key, head size)
    value: Tensor,  # (batch, head, key, head size)
    attention_mask: Tensor | None,  # (batch, 1, query, key), added: 0 or the least number
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: object,
) -> tuple[Tensor, Tensor]:
    """Scaled dot-product attention, softmax(Q Kᵀ / √d) V (Vaswani et al. 2017, equation 1).

    The signature and the shapes are those that transformers asks of an attention function.

    Returns:
        The attended values, `(batch, query, head, head size)`, and the attention weights,
        `(batch, head, query, key)`.
    """
    if scaling is None:
        scaling = query.shape[-1] ** -0.5
    scores = query @ key.transpose(2, 3) * scaling  # (batch, head, query, key)
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = scores.softmax(dim=-1)
    if (recorder := _recorder.get()) is not None:
        recorder.record(weights)
    weights = nn.functional.dropout(weights, p=dropout, training=module.training)
    attended = (weights @ value).transpose(1, 2).contiguous()  # (batch, query, head, head size)
    if recorder is not None:
        recorder.attended(value, attended)
    return attended, weights


AttentionInterface.register(NAME, attend)
# An attention function without a mask function of the same name gets no mask at all.
AttentionMaskInterface.register(NAME, eager_mask)
