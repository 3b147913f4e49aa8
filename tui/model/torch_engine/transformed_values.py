"""The vectors that attention weighs: f(x) of Kobayashi et al. 2020, equation 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

MISSING = (
    "This model's values and output projections cannot be found, so there is no value-weighted "
    "attention."
)


@dataclass(frozen=True, slots=True)
class LayerValues:
    """One layer's values, and how long they are once they are projected.

    Attributes:
        values: v = x W_V + b_V, `(batch, head, key, head size)`, float32.
        metric: W_O W_Oᵀ of the columns of W_O that belong to a head: ‖v W_O‖² = v (W_O W_Oᵀ) vᵀ;
            `(head, head size, head size)`, float32.
    """

    values: Tensor
    metric: Tensor


class ValueWatch:
    """Sees the transformed values of each layer while a forward pass runs.

    f(x) = (x W_V + b_V) W_O with the columns of W_O that belong to a head. An attention function is
    handed x W_V + b_V; W_O is not, and each family calls it something else. But every family feeds
    the attended values into it next, unchanged: it is the first linear layer that is given the
    very memory that they lie in.

    Attributes:
        layers: each layer that was seen, in the order of the calls.
    """

    def __init__(self) -> None:
        self.layers: list[LayerValues] = []
        self._waiting: tuple[Tensor, int] | None = None

    def attended(self, values: Tensor, attended: Tensor) -> None:
        """Take one layer's values, and wait for what they are projected with.

        Args:
            values: x W_V + b_V, `(batch, head, key, head size)`.
            attended: the weighted values, `(batch, query, head, head size)`, in one piece.
        """
        self._waiting = values, attended.data_ptr()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See the linear layers that are called inside the `with` block."""
        handle = register_module_forward_pre_hook(self._before)
        try:
            yield
        finally:
            handle.remove()
            self._waiting = None

    def _before(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if self._waiting is None or not isinstance(module, nn.Linear):
            return
        values, memory = self._waiting
        _, heads, _, size = values.shape
        if inputs[0].data_ptr() == memory and module.in_features == heads * size:
            self.layers.append(project(values, module.weight))
            self._waiting = None


def project(values: Tensor, weight: Tensor) -> LayerValues:
    """Every head's f(x) as far as lengths go, without any projected vector.

    Args:
        values: `(batch, head, key, head size)`.
        weight: the output projection as torch keeps it, `(hidden, head × head size)`.
    """
    _, heads, _, size = values.shape
    by_head = weight.detach().float().view(weight.shape[0], heads, size)
    metric = torch.einsum("ohi,ohj->hij", by_head, by_head)
    return LayerValues(values.detach().float(), metric)
