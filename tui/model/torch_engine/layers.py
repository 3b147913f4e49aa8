"""The layers of a model, found out by one pass, and something else put into them.

transformers has a class a family, and in each the layers stand elsewhere. But what a model reports
as its hidden states is what it hands from one layer to the next: the module that is given one of
them, and gives the next, is the layer between. Where there is no such module nothing is replaced,
as something else may read the same hidden state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from tui.errors import ModelError
from tui.model.engine import NO_RESIDUALS, EngineRow


@dataclass(slots=True, eq=False)
class _Call:
    """One call of one module: what it was given first, and what it gave first."""

    module: nn.Module
    given: Tensor
    gave: object = None


class Layers:
    """The layers of one model, each of them a module that is called in its turn.

    Args:
        model: the model.
        count: how many layers have attention; of an encoder-decoder, the encoder's.
    """

    def __init__(self, model: PreTrainedModel, count: int) -> None:
        self._model = model
        self._count = count
        self._modules: Sequence[nn.Module] | None = None

    @contextmanager
    def replacing(
        self, rows: Sequence[EngineRow], inputs: dict[str, Tensor]
    ) -> Iterator[dict[int, Tensor]]:
        """Inside the `with` block, replace in a forward pass what goes into the layers.

        Layers are told apart by the order of the calls, as some families run one module for every
        layer.

        Args:
            rows: the texts of the pass, with what is replaced.
            inputs: what the model takes of them, `(batch, token)` each.

        Yields:
            What went into each layer where something was replaced, before it was, `(batch, token,
            hidden size)`; it is filled while the pass runs.

        Raises:
            ModelError: the layers of this kind of model cannot be reached.
        """
        before: dict[int, Tensor] = {}
        if not any(row.residuals for row in rows):
            yield before
            return
        calls = 0

        def replace(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            nonlocal calls
            layer, calls = calls, calls + 1
            here = [
                (row, one) for row, of in enumerate(rows) for one in of.residuals
                if one.layer == layer
            ]  # fmt: skip
            given = _first(args, kwargs)
            if not here or given is None:
                return None
            before[layer] = given
            changed = given.clone()  # (batch, token, hidden size)
            for row, one in here:
                changed[row, one.token] = torch.as_tensor(
                    one.vector, dtype=changed.dtype, device=changed.device
                )
            return _with_first(args, kwargs, changed)

        modules = dict.fromkeys(self._found(inputs))
        hooks = [one.register_forward_pre_hook(replace, with_kwargs=True) for one in modules]
        try:
            yield before
        finally:
            for hook in hooks:
                hook.remove()

    def _found(self, inputs: dict[str, Tensor]) -> Sequence[nn.Module]:
        """The module that each layer is; before the first time it takes a pass to find them."""
        if self._modules is None:
            one = {name: tensor[:1] for name, tensor in inputs.items()}
            with torch.inference_mode(), _calls(self._model) as calls:
                result = self._model(**one, output_hidden_states=True)
            self._modules = _layers(calls, reported(result) or (), self._count)
        if not self._modules:
            raise ModelError(NO_RESIDUALS)
        return self._modules


def reported(result: Any) -> Sequence[Tensor] | None:
    """The hidden states, as a model's output calls them; of an encoder-decoder, the encoder's."""
    found: Sequence[Tensor] | None = getattr(result, "encoder_hidden_states", None)
    return found or getattr(result, "hidden_states", None)


def _layers(calls: Sequence[_Call], hidden: Sequence[Tensor], count: int) -> Sequence[nn.Module]:
    """The module of each layer; none if one of them is not to be found.

    Args:
        calls: the calls of a pass, in the order in which they began.
        hidden: the hidden states that the model reported.
        count: how many layers there are to be.
    """
    if len(hidden) != count + 1:
        return ()
    found: list[nn.Module] = []
    for layer in range(count):
        for call in calls:
            is_last = layer == count - 1
            # A norm may stand behind the last layer: it is known as one of the same kind.
            fits = type(call.module) is type(found[0]) if is_last and found else (
                call.gave is hidden[layer + 1]
            )  # fmt: skip
            if call.given is hidden[layer] and fits:
                found.append(call.module)
                break
        else:
            return ()
    return found


@contextmanager
def _calls(model: PreTrainedModel) -> Iterator[list[_Call]]:
    """Collect, inside the `with` block, every call of a module that is given a tensor."""
    calls: list[_Call] = []
    running: list[_Call | None] = []

    def begin(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = _first(args, kwargs)
        running.append(None if given is None else _Call(module, given))
        if (call := running[-1]) is not None:
            calls.append(call)

    def end(_module: nn.Module, _args: Any, output: Any) -> None:
        if (call := running.pop()) is not None:
            call.gave = output[0] if isinstance(output, tuple) else output

    hooks = [
        hook
        for module in model.modules()
        for hook in (
            module.register_forward_pre_hook(begin, with_kwargs=True),
            module.register_forward_hook(end),
        )
    ]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()


_NAME = "hidden_states"
"""What a layer calls what goes into it, where it is given by name."""


def _first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    first = args[0] if args else kwargs.get(_NAME)
    return first if isinstance(first, Tensor) else None


def _with_first(
    args: tuple[Any, ...], kwargs: dict[str, Any], first: Tensor
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return ((first, *args[1:]), kwargs) if args else (args, {**kwargs, _NAME: first})
