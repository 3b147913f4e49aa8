"""Recording a pass with all that a question asks: values, gradients, hidden states, and gates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from tui.analysis.analysis import Attention
from tui.analysis.derived import TransformedValues
from tui.analysis.wanted import Quantity, Target
from tui.errors import ModelError
from tui.model.engine import EngineAnswer, EngineGradient, EngineQuestion, Gate
from tui.model.torch_engine import gradients
from tui.model.torch_engine import transformed_values as values
from tui.model.torch_engine.probe import Recorder, recording


class PassRecorder(Recorder):
    """Records the forward pass that answers a question.

    Args:
        question: what is asked.
        layers: how many layers the model has.
    """

    def __init__(self, question: EngineQuestion, layers: int) -> None:
        arrays = [row.attention for row in question.rows]
        super().__init__(arrays, question.cancelled, layers=layers, first=question.first)
        self._question = question
        self._lengths = [len(row.inputs["input_ids"]) for row in question.rows]
        self._gates = [
            [gate for gate in row.gates if gate.scale != 1 or gate.offset is not None]
            for row in question.rows
        ]
        self._arrows = [row.arrows for row in question.rows]
        self._values = values.ValueWatch() if question.values else None
        self._outputs: list[Tensor] = []
        self._weights: list[Tensor] = []
        self._targets: list[Target | None] = []
        self._runners_up: list[int] = []
        self._products: list[Tensor] = []
        self._margin: Tensor | None = None
        self._margin_products: list[Tensor] = []
        self._missing: dict[Quantity, str] = {}

    @contextmanager
    def running(self, model: PreTrainedModel) -> Iterator[None]:
        """Watch the forward pass inside the `with` block."""
        with ExitStack() as stack:
            if self._question.gradient:
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
        if self._question.gradient:
            self._weights.append(weights)

    @property
    def changes_weights(self) -> bool:
        """Whether arrows of the layer at hand are cut."""
        return any(arrow.layer == self._layer for row in self._arrows for arrow in row)

    def changed(self, weights: Tensor) -> Tensor:
        """Cut the arrows of the layer at hand."""
        if not self.changes_weights:
            return weights
        weights = weights.clone()  # (batch, head, query, key)
        for row, arrows in enumerate(self._arrows):
            here = [arrow for arrow in arrows if arrow.layer == self._layer]
            for arrow in here:
                weights[row, arrow.head, arrow.query, arrow.key] = 0.0
            for head, query in {(one.head, one.query) for one in here if one.renormalised}:
                left = weights[row, head, query].clone()  # a gradient needs it as it was
                # Of a row that had nothing else nothing is left.
                weights[row, head, query] = left / left.sum().clamp(
                    min=torch.finfo(left.dtype).tiny
                )
        return weights

    def passed_on(self, values: Tensor, attended: Tensor) -> Tensor:
        """Change one layer's head outputs as the gates say, and see them."""
        attended = self._gated(attended)
        if self._values:
            self._values.attended(values, attended)
        if self._question.outputs:
            self._outputs.append(attended.detach())
        return attended

    def _gated(self, attended: Tensor) -> Tensor:
        layer = self._layer - 1
        here = [
            (row, gate) for row, gates in enumerate(self._gates) for gate in gates
            if gate.layer == layer
        ]  # fmt: skip
        if not here:
            return attended
        changed = attended.clone()  # (batch, query, head, head size)
        for row, gate in here:
            all_ = slice(self._lengths[row])
            own = (row, all_ if gate.queries is None else list(gate.queries), gate.head)
            changed[own] = _through(gate, attended[own])
        return changed

    @property
    def needs_attention_function(self) -> bool:
        """Whether it works only where the model's heads are computed by `probe.attend`."""
        return bool(self._question.outputs or any(self._gates) or any(self._arrows))

    def differentiate(self, logits: Tensor) -> None:
        """Take the gradient of each row's candidate, all rows in one backward pass.

        Args:
            logits: `(batch, token, vocabulary)`.
        """
        if (wanted := self._question.gradient) is None:
            return
        scores, leads = [], []
        for row, asked in enumerate(one.asked for one in self._question.rows):
            if wanted.mask >= len(asked):
                self._targets.append(None)
                self._runners_up.append(0)
                continue
            at_mask = logits[row, asked[wanted.mask]]
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
            if self._question.margin:
                of_leads = gradients.products(torch.stack(leads).sum(), self._weights, again=True)
                self._margin = self._summed(of_leads)
                if self._question.margin_products:
                    self._margin_products = of_leads
                del of_leads  # the way back for log p needs the room
            self._products = gradients.products(torch.stack(scores).sum(), self._weights)
        except ModelError as error:
            self._missing["gradient"] = str(error)
        finally:
            self._weights.clear()

    def _summed(self, products: Sequence[Tensor]) -> Tensor:
        """Every head's products together, `(batch, layer, head)`, without those of padding."""
        return torch.stack(
            [
                torch.stack([one[row, :, :n, :n].float().sum(dim=(1, 2)) for one in products])
                for row, n in enumerate(self._lengths)
            ]
        ).cpu()

    def answer(self, row: int, logits: Tensor, hidden: Sequence[Tensor] | None) -> EngineAnswer:
        """The answer to one row.

        Args:
            row: which.
            logits: of all rows, `(batch, token, vocabulary)`.
            hidden: what the model reports as its hidden states, `(batch, token, hidden size)` each;
                None if it reports none.
        """
        n, asked = self._lengths[row], list(self._question.rows[row].asked)
        seen = self._question.rows[row].hidden_at
        missing = dict(self._missing)
        return EngineAnswer(
            logits=_numbers(logits[row, asked]),
            values=self._transformed(row, missing),
            hidden=(
                np.stack(
                    [_numbers(one[row, :n] if seen is None else one[row, seen]) for one in hidden]
                )
                if self._question.hidden and hidden and len({one.shape for one in hidden}) == 1
                else None
            ),
            outputs=(
                np.stack([_numbers(one[row, :n]).swapaxes(0, 1) for one in self._outputs])
                if self._question.outputs
                else None
            ),
            gradient=self._gradient(row, missing),
            missing=missing,
        )

    def _transformed(self, row: int, missing: dict[Quantity, str]) -> TransformedValues | None:
        if self._values is None:
            return None
        heads = self._question.rows[row].attention.shape[1]
        seen = self._values.layers
        if len(seen) != self._layers or any(len(one.metric) != heads for one in seen):
            missing["values"] = values.MISSING
            return None
        return TransformedValues(
            np.stack([_numbers(one.values[row, :, : self._lengths[row]]) for one in seen]),
            np.stack([_numbers(one.metric) for one in seen]),
        )

    def _gradient(self, row: int, missing: dict[Quantity, str]) -> EngineGradient | None:
        if self._question.gradient is None or "gradient" in missing:
            return None
        target = self._targets[row]
        if target is None:
            missing["gradient"] = gradients.NO_MASK
            return None
        products = self._placed(self._products, row)
        if self._margin is None:
            return EngineGradient(target, products)
        return EngineGradient(
            target,
            products,
            self._margin[row].numpy(),
            self._runners_up[row],
            self._placed(self._margin_products, row) if self._margin_products else None,
        )

    def _placed(self, products: Sequence[Tensor], row: int) -> Attention:
        """The products of one row, without those of padding, `[layer, head, query, key]`."""
        n = self._lengths[row]
        placed = self._question.allocate((self._layers, *_shape_of(products, n)))
        for layer, product in enumerate(products):
            placed[layer] = _numbers(product[row, :, :n, :n])
        return placed


def _through(gate: Gate, output: Tensor) -> Tensor:
    """A head's output, `(query, head size)`, as a gate lets it through."""
    scaled = output * gate.scale
    if gate.offset is None:
        return scaled
    return scaled + torch.as_tensor(gate.offset, dtype=output.dtype, device=output.device)


def _shape_of(products: Sequence[Tensor], tokens: int) -> tuple[int, int, int]:
    return products[0].shape[1], tokens, tokens


def _numbers(tensor: Tensor) -> Attention:
    return np.asarray(tensor.detach().float().cpu().numpy())
