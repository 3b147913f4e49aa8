"""Recording a pass with all that is wanted besides: values, gradients, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from tui.analysis.analysis import Attention
from tui.analysis.derived import DerivedQuantities, Gradient, TransformedValues
from tui.analysis.likeness import js_divergence
from tui.analysis.mixing import relevance
from tui.analysis.peaks import mixing, placed, with_peaks
from tui.analysis.wanted import Quantity, Target, WantedQuantities
from tui.errors import ModelError
from tui.model.torch_engine import gradients
from tui.model.torch_engine import transformed_values as values
from tui.model.torch_engine.probe import Recorder, recording


class AnalysisRecorder(Recorder):
    """Records a forward pass, and what is wanted besides.

    Args:
        wanted: what is wanted.
        arrays: as the recorder's.
        options: the recorder's others.
    """

    def __init__(
        self, wanted: WantedQuantities, arrays: Sequence[Attention], *options: Any, **more: Any
    ):
        super().__init__(arrays, *options, **more)
        self._wanted = wanted
        self._attention = arrays
        self._values = values.ValueWatch() if wanted.values else None
        self._weights: list[Tensor] = []
        self._targets: list[Target | None] = []
        self._runners_up: list[int] = []
        self._products: list[Tensor] = []
        self._margin: Tensor | None = None
        self._missing: dict[Quantity, str] = {}

    @contextmanager
    def running(self, model: PreTrainedModel) -> Iterator[None]:
        """Watch the forward pass inside the `with` block."""
        with ExitStack() as stack:
            if self._wanted.gradient:
                stack.enter_context(gradients.differentiable(model))
            else:
                stack.enter_context(torch.inference_mode())
            if self._values:
                stack.enter_context(self._values.watching())
            stack.enter_context(recording(self))
            yield

    def record(self, weights: Tensor) -> None:
        """Keep one layer's weights; for a gradient, with their way to the logits."""
        super().record(weights.detach())
        if self._wanted.gradient:
            self._weights.append(weights)

    def attended(self, values: Tensor, attended: Tensor) -> None:
        """See what one layer's weights are applied to, and what comes of it."""
        if self._values:
            self._values.attended(values, attended)

    def differentiate(self, logits: Tensor, masks: Sequence[Sequence[int]]) -> None:
        """Take the gradient of each sentence's candidate, all sentences in one backward pass.

        Args:
            logits: `(batch, token, vocabulary)`.
            masks: positions of each sentence's masks.
        """
        if (wanted := self._wanted.gradient) is None:
            return
        scores, leads = [], []
        for row, places in enumerate(masks):
            if wanted.mask >= len(places):
                self._targets.append(None)
                self._runners_up.append(0)
                continue
            at_mask = logits[row, places[wanted.mask]]
            token = int(at_mask.argmax()) if wanted.token is None else wanted.token
            self._targets.append(Target(wanted.mask, token))
            scores.append(gradients.log_probability(at_mask, token))
            lead, runner_up = gradients.lead(at_mask, token)
            leads.append(lead)
            self._runners_up.append(runner_up)
        if not scores:
            self._missing["gradient"] = gradients.NO_MASK
            return
        try:
            if self._wanted.margin:
                self._margin = self._summed(
                    gradients.products(torch.stack(leads).sum(), self._weights, again=True)
                )
            self._products = gradients.products(torch.stack(scores).sum(), self._weights)
        except ModelError as error:
            self._missing["gradient"] = str(error)
        finally:
            self._weights.clear()

    def _summed(self, products: Sequence[Tensor]) -> Tensor:
        """Every head's products together, `(batch, layer, head)`, without those of padding."""
        lengths = [array.shape[-1] for array in self._attention]
        return torch.stack(
            [
                torch.stack([one[row, :, :n, :n].float().sum(dim=(1, 2)) for one in products])
                for row, n in enumerate(lengths)
            ]
        ).cpu()

    def derived(
        self,
        row: int,
        special: np.ndarray[Any, np.dtype[np.bool_]],
        firsts: np.ndarray[Any, np.dtype[np.intp]],
        allocate: Callable[[tuple[int, ...]], Attention],
        spell: Callable[[int], str],
    ) -> DerivedQuantities:
        """The derived quantities of one sentence of the batch.

        Args:
            row: which sentence.
            special: which of its tokens are special, `[token]`.
            firsts: each word's first token, `[word]`.
            allocate: makes large arrays.
            spell: gives a token's word piece.
        """
        attention, wanted = self._attention[row], self._wanted
        missing = dict(self._missing)
        found = DerivedQuantities(
            wanted=wanted,
            mixing=mixing(attention, allocate) if wanted.mixing else None,
            values=self._transformed(row, missing, allocate),
            gradient=self._gradient(row, missing, allocate, spell),
            likeness=js_divergence(attention, *wanted.likeness) if wanted.likeness else None,
            missing=missing,
        )
        return with_peaks(found, attention, special, firsts)

    def _transformed(
        self,
        row: int,
        missing: dict[Quantity, str],
        allocate: Callable[[tuple[int, ...]], Attention],
    ) -> TransformedValues | None:
        if self._values is None:
            return None
        layers, heads, n, _ = self._attention[row].shape
        seen = self._values.layers
        if len(seen) != layers or any(len(one.metric) != heads for one in seen):
            missing["values"] = values.MISSING
            return None
        return TransformedValues(
            placed(np.stack([one.values[row, :, :n].cpu().numpy() for one in seen]), allocate),
            placed(np.stack([one.metric.cpu().numpy() for one in seen]), allocate),
        )

    def _gradient(
        self,
        row: int,
        missing: dict[Quantity, str],
        allocate: Callable[[tuple[int, ...]], Attention],
        spell: Callable[[int], str],
    ) -> Gradient | None:
        if self._wanted.gradient is None or "gradient" in missing:
            return None
        target = self._targets[row]
        if target is None:
            missing["gradient"] = gradients.NO_MASK
            return None
        array = allocate(self._attention[row].shape)
        n = array.shape[-1]
        for layer, product in enumerate(self._products):
            array[layer] = product[row, :, :n, :n].float().cpu().numpy()
        assert target.token is not None
        return Gradient(
            target,
            spell(target.token),
            products=array,
            relevance=placed(relevance(array), allocate),
            importance=array.sum(axis=(2, 3)),
            margin=None if self._margin is None else self._margin[row].numpy(),
            runner_up="" if self._margin is None else spell(self._runners_up[row]),
        )


ONE_LAYER = (
    "The text is so long that one layer's attention is held at a time, and this needs all of them; "
    "shorten the text."
)
"""Why there is nothing beyond the weights of a very long text."""
