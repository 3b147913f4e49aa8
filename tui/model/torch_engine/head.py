"""The masked-LM head alone: what it makes of hidden states that are handed to it.

transformers has a class a family, and in each the head is called in its own way. One thing all of
them have in common: the model calls its encoder, `base_model`, and makes logits of the hidden
states that come back. So the model is run with an encoder that computes nothing and gives back
what it is handed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from tui.errors import ModelError
from tui.model.memory import is_lack_of_memory

NO_HEAD_ALONE = (
    "The masked-LM head of this kind of model cannot be asked without its encoder, so that nothing "
    "can be read from its layers; choose another model."
)

_TRIED = 4
"""How many tokens the model is run on to see where a norm stands."""


class Head:
    """The masked-LM head of one model, with the norm that stands between the layers and it.

    In families that normalise first (Xiong et al. 2020) what a layer gives is a sum that nobody
    has normalised; one norm behind the last layer does. The head reads what that norm gives, so it
    belongs to the head.

    Args:
        model: a masked language model.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._norm: nn.Module | None = None
        self._is_known = False

    @contextmanager
    def watching(self) -> Iterator[Outside]:
        """Inside the `with` block, see where a norm stands behind the last layer."""
        watch = Outside(self._model.base_model, self._found)
        hooks = watch.hooks()
        try:
            yield watch
        finally:
            for hook in hooks:
                hook.remove()

    def _found(self, norm: nn.Module | None) -> None:
        self._norm, self._is_known = norm, True

    @property
    def norm(self) -> nn.Module | None:
        """The norm behind the last layer, if there is one; before any pass it takes one to see.

        Raises:
            ModelError: the model cannot be run to see.
        """
        if not self._is_known:
            encoder, device = self._model.base_model, self._model.device
            try:
                with torch.inference_mode(), self.watching() as watch:
                    ids = torch.arange(_TRIED, device=device)[None]
                    output = encoder(input_ids=ids, attention_mask=torch.ones_like(ids))
                    watch.before_norm(output[0])
            except Exception as error:  # whatever a family's code does with so little
                raise ModelError(NO_HEAD_ALONE) from error
        return self._norm

    def score(self, hidden: np.ndarray[Any, np.dtype[np.float32]]) -> Tensor:
        """Logits, `(n, vocabulary)`, of hidden states, `[n, hidden size]`.

        Raises:
            ModelError: the head cannot be asked alone, or memory ran out.
        """
        model = self._model
        if model.config.is_encoder_decoder or model.base_model is model:
            raise ModelError(NO_HEAD_ALONE)
        norm = self.norm
        given = torch.from_numpy(np.ascontiguousarray(hidden)).to(model.device, model.dtype)[None]
        try:
            with torch.inference_mode(), _given_back(model, given if norm is None else norm(given)):
                ids = torch.zeros(given.shape[:2], dtype=torch.long, device=model.device)
                logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        except Exception as error:
            if is_lack_of_memory(error):
                raise ModelError(
                    "There is not enough memory for the head's scores; shorten the text."
                ) from error
            raise ModelError(NO_HEAD_ALONE) from error
        if not isinstance(logits, Tensor) or logits.shape[:2] != given.shape[:2]:
            raise ModelError(NO_HEAD_ALONE)
        return logits[0]


class _GivenBack(BaseModelOutput):  # type: ignore[misc]
    """The output of an encoder that has nothing but a last hidden state."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


@contextmanager
def _given_back(model: PreTrainedModel, hidden: Tensor) -> Iterator[None]:
    """Inside the `with` block the model's encoder gives back these hidden states."""
    encoder = model.base_model

    def give_back(*_: object, **__: object) -> BaseModelOutput:
        return _GivenBack(last_hidden_state=hidden)

    encoder.forward = give_back
    try:
        yield
    finally:
        del encoder.forward  # that of its class is seen again


class Outside:
    """Watches the modules of an encoder that belong to no layer.

    Layers stand in a list of modules, so that those inside of them have a number in their names.

    Args:
        encoder: the encoder.
        found: told which of the modules is a norm behind the last layer, or that none is.
    """

    def __init__(self, encoder: nn.Module, found: Callable[[nn.Module | None], None]) -> None:
        self._modules = [
            module
            for name, module in encoder.named_modules()
            if not list(module.children()) and not any(part.isdigit() for part in name.split("."))
        ]
        self._found = found
        self._seen: list[tuple[nn.Module, Tensor, Tensor]] = []  # with what each gets and gives

    def hooks(self) -> list[RemovableHandle]:
        """Begin to watch."""
        return [module.register_forward_hook(self._look) for module in self._modules]

    def _look(self, module: nn.Module, args: tuple[Any, ...], output: object) -> None:
        if args and isinstance(args[0], Tensor) and isinstance(output, Tensor):
            self._seen.append((module, args[0], output))

    def before_norm(self, last: Tensor) -> Tensor:
        """The encoder's last hidden state before a norm that stands behind its last layer.

        Args:
            last: the last hidden state, which is what such a norm gave.
        """
        for module, given, output in self._seen:
            if output.data_ptr() == last.data_ptr():
                self._found(module)
                return given
        self._found(None)
        return last
