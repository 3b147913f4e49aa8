"""The engine that runs any family: transformers' models on torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from tui.errors import ModelError
from tui.model.engine import EngineAnswer, EngineQuestion, EngineShape
from tui.model.torch_engine.anatomy import Anatomy
from tui.model.torch_engine.head import Head, Outside
from tui.model.torch_engine.layers import Layers, reported
from tui.model.torch_engine.mask_rows import only_at
from tui.model.torch_engine.model_inputs import batch
from tui.model.torch_engine.pass_recorder import PassRecorder
from tui.model.torch_engine.quiet import quiet

NO_GATES = (
    "The heads of this kind of model give their outputs to nobody, so that they cannot be changed "
    "or looked at; choose another model."
)


class TorchEngine:
    """Runs one model of whatever family.

    Args:
        model: the model, for inference, on its device.
        anatomy: what its attention looks like.
        shape: the facts about it.
        pad_id: the token that shorter texts of a batch are filled up with; None if there is none.

    Attributes:
        model: as given.
        anatomy: as given.
        shape: as given.
        can_start_inside: no: transformers' models run from their first layer on.
    """

    can_start_inside = False

    def __init__(
        self, model: PreTrainedModel, anatomy: Anatomy, shape: EngineShape, pad_id: int | None
    ) -> None:
        self.model = model
        self.anatomy = anatomy
        self.shape = shape
        self._pad_id = pad_id
        self._head = Head(model)
        self._layers = Layers(model, anatomy.layers)

    def run(self, question: EngineQuestion) -> list[EngineAnswer]:
        """Carry out a forward pass, and fill the rows' arrays.

        Raises:
            Cancelled: it was given up.
            ModelError: the model's attention cannot be recorded, or its heads or what goes into
                its layers cannot be changed.
        """
        with quiet():
            inputs = batch([row.inputs for row in question.rows], self._pad_id)
            inputs = {name: tensor.to(self.model.device) for name, tensor in inputs.items()}
            with self._layers.replacing(question.rows, inputs) as before:
                if not question.hidden or self.model.config.is_encoder_decoder:
                    return run_pass(self.model, inputs, question, self.anatomy, None, before)
                with self._head.watching() as outside:
                    return run_pass(self.model, inputs, question, self.anatomy, outside, before)

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """The masked-LM head's logits of hidden states, as `Engine.score` says.

        Raises:
            ModelError: the head cannot be asked alone, or memory ran out.
        """
        with quiet():
            return np.asarray(self._head.score(hidden).float().cpu().numpy())


def run_pass(
    model: PreTrainedModel,
    inputs: dict[str, Tensor],
    question: EngineQuestion,
    anatomy: Anatomy,
    outside: Outside | None = None,
    before: Mapping[int, Tensor] | None = None,
) -> list[EngineAnswer]:
    """Answer a question by one forward pass.

    Args:
        model: the model.
        inputs: what it takes, `(batch, token)` each, on its device.
        question: what is asked.
        anatomy: what its attention looks like.
        outside: sees whether a norm stands behind the last layer: the last hidden state is then
            the one before it.
        before: where what goes into a layer is replaced, what went in before it was, once the pass
            has run.

    Raises:
        Cancelled: it was given up.
        ModelError: its attention cannot be recorded, or its heads cannot be changed.
    """
    recorder = PassRecorder(question, anatomy.layers)
    if anatomy.asks_for_attentions and recorder.needs_attention_function:
        raise ModelError(NO_GATES)
    asks: dict[str, bool] = {}
    if anatomy.asks_for_attentions:
        # Of the families that `attend` doesn't see, the weights come only when asked for.
        asks["output_attentions"] = True
    if question.hidden:
        asks["output_hidden_states"] = True
    asked = torch.zeros_like(inputs["input_ids"], dtype=torch.bool)
    for row, one in enumerate(question.rows):
        asked[row, list(one.asked)] = True
    with recorder.running(model), only_at(model, asked):
        result = model(**inputs, **asks)
        recorder.check_complete()
        recorder.differentiate(result.logits)
    logits = result.logits.detach()
    hidden = reported(result)
    if hidden and before:
        hidden = [before.get(layer, one) for layer, one in enumerate(hidden)]
    if hidden and outside is not None:
        hidden = (*hidden[:-1], outside.before_norm(hidden[-1]))
    return [recorder.answer(row, logits, hidden) for row in range(len(question.rows))]
