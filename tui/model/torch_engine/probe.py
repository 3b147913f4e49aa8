"""Seeing every attention weight of a forward pass.

transformers lets a function stand in for a model's attention (`AttentionInterface`). The one here
computes it in the plain order of the equation and hands the weights to whoever is recording. The
families that don't call it are watched where they give their weights out: see `anatomy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from tui.analysis.analysis import Attention
from tui.errors import Cancelled, ModelError

NAME = "bertmask"
"""The value of `attn_implementation` that makes a model call `attend`."""

AT_ONCE = 1 << 26
"""Bytes of weights up to which a layer's heads are computed together; beyond, one by one."""


class Recorder:
    """Takes the attention of one forward pass, layer by layer, into arrays made for it.

    Layers are told apart by the order of the calls, not by module: some families run one module
    for every layer.

    Args:
        arrays: for each sentence of the batch an array to fill, `[layer, head, query, key]`; the
            sentence's tokens stand first in its row of the batch, padding after them.
        cancelled: asked before each layer; true gives the pass up.
        layers: how many layers the model has; by default as many as the arrays.
        first: the layer that the arrays begin with, counted from 0.
    """

    def __init__(
        self,
        arrays: Sequence[Attention],
        cancelled: Callable[[], bool],
        *,
        layers: int | None = None,
        first: int = 0,
    ) -> None:
        self._arrays = [torch.from_numpy(array) for array in arrays]
        self._cancelled = cancelled
        self._layers = len(arrays[0]) if layers is None else layers
        self._first = first
        self._layer = 0

    @property
    def wants_layer(self) -> bool:
        """Whether the weights of the layer at hand are to be kept."""
        return 0 <= self._layer - self._first < len(self._arrays[0])

    @property
    def changes_weights(self) -> bool:
        """Whether weights of the layer at hand are to be changed."""
        return False

    def watches(self, module: nn.Module) -> bool:
        """Whether what this module computes is to be seen: not a decoder's attention."""
        return not getattr(module, "is_decoder", False)

    def pass_over(self) -> None:
        """Count a layer whose weights nobody wants.

        Raises:
            Cancelled: the pass is to be given up.
        """
        if self._cancelled():
            raise Cancelled
        self._layer += 1

    def record(self, weights: Tensor) -> None:
        """Keep one layer's weights, `(batch, head, query, key)`, if they are wanted.

        Raises:
            Cancelled: the pass is to be given up.
            ModelError: the weights are not one square matrix for each announced layer and head.
        """
        if self._cancelled():
            raise Cancelled
        if self._layer >= self._layers:
            raise ModelError(_NOT_SQUARE)
        if self.wants_layer:
            for row, array in enumerate(self._arrays):
                tokens = array.shape[-1]
                seen = weights[row, :, :tokens, :tokens]
                if seen.shape != array.shape[1:]:
                    raise ModelError(_NOT_SQUARE)
                array[self._layer - self._first].copy_(seen)
        self._layer += 1

    def changed(self, weights: Tensor) -> Tensor:
        """Change the layer's weights, `(batch, head, query, key)`, if that is wanted."""
        return weights

    def passed_on(self, values: Tensor, attended: Tensor) -> Tensor:
        """Look at the outputs of a layer's heads, and change them, if that is wanted.

        Args:
            values: `(batch, head, key, head size)`.
            attended: the weighted values, `(batch, query, head, head size)`, in one piece.

        Returns:
            What the layer goes on with, in one piece likewise.
        """
        return attended

    def check_complete(self) -> None:
        """Raise ModelError unless every layer was seen."""
        if self._layer != self._layers:
            raise ModelError(
                f"Only {self._layer} of this model's {self._layers} layers let their "
                "attention be seen; choose another model."
            )


_NOT_SQUARE = (
    "This model's attention is not one square matrix for each layer and head, "
    "so it cannot be shown; choose another model."
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


def recorder_at_work() -> Recorder | None:
    """The recorder of the `with` block that is being run, if there is one."""
    return _recorder.get()


def attend(
    module: nn.Module,
    query: Tensor,  # (batch, head, query, head size)
    key: Tensor,  # (batch, head, key, head size), or fewer heads that several queries share
    value: Tensor,  # (batch, head, key, head size), likewise
    attention_mask: Tensor | None,  # (batch, 1, query, key), added: 0 or the least number
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: object,
) -> tuple[Tensor, Tensor | None]:
    """Scaled dot-product attention, softmax(Q Kᵀ / √d) V (Vaswani et al. 2017, equation 1).

    The signature and the shapes are those that transformers asks of an attention function. Where
    several heads share keys and values (Ainslie et al. 2023), each gets its copy first.

    Returns:
        The attended values, `(batch, query, head, head size)`, and the attention weights,
        `(batch, head, query, key)`, or None where a recorder wants those of other layers only.
    """
    if scaling is None:
        scaling = query.shape[-1] ** -0.5
    if (shared := query.shape[1] // key.shape[1]) > 1:
        key = key.repeat_interleave(shared, dim=1)
        value = value.repeat_interleave(shared, dim=1)
    recorder = _recorder.get()
    if recorder is not None and not recorder.watches(module):
        recorder = None
    if recorder is not None and not (recorder.wants_layer or recorder.changes_weights):
        recorder.pass_over()
        attended = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=attention_mask, scale=scaling
        )
        return recorder.passed_on(value, attended.transpose(1, 2).contiguous()), None
    weights = _weights(query, key, attention_mask, scaling)
    if recorder is not None:
        weights = recorder.changed(weights)
        recorder.record(weights)
    weights = nn.functional.dropout(weights.to(value.dtype), p=dropout, training=module.training)
    attended = (weights @ value).transpose(1, 2).contiguous()  # (batch, query, head, head size)
    if recorder is not None:
        attended = recorder.passed_on(value, attended)
    return attended, weights


def _weights(query: Tensor, key: Tensor, mask: Tensor | None, scaling: float) -> Tensor:
    """The attention weights, `(batch, head, query, key)`, float32; large ones without copies."""
    size = query.shape[:3].numel() * key.shape[2] * 4
    if size <= AT_ONCE or torch.is_grad_enabled():
        scores = query @ key.transpose(2, 3) * scaling  # (batch, head, query, key)
        if mask is not None:
            scores = scores + mask
        return scores.softmax(dim=-1, dtype=_at_least_single(scores))
    weights = query.new_empty((*query.shape[:3], key.shape[2]), dtype=_at_least_single(query))
    for head in range(query.shape[1]):
        scores = query[:, head] @ key[:, head].transpose(1, 2) * scaling  # (batch, query, key)
        if mask is not None:
            scores += mask[:, min(head, mask.shape[1] - 1)]
        weights[:, head] = scores.softmax(dim=-1, dtype=_at_least_single(scores))
    return weights


def _at_least_single(scores: Tensor) -> torch.dtype:
    """float32, or float64 if the model computes with that."""
    return torch.promote_types(scores.dtype, torch.float32)


AttentionInterface.register(NAME, attend)
# An attention function without a mask function of the same name gets no mask at all.
AttentionMaskInterface.register(NAME, eager_mask)
