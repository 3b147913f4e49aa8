"""Where a model's attention is to be seen, found out by one short forward pass.

A family that calls its attention function from transformers' registry is seen by `probe.attend`. Of
the others the modules are looked for that hand out what the model then reports as its attentions:
they are watched from then on, so that a pass can be recorded layer by layer, cancelled between
layers, and its weights let go of as soon as they are kept.
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
from tui.model.torch_engine import probe
from tui.model.torch_engine.families import HINT, REPORTS_SCORES


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The shape of a model's attention, and how it is to be asked for.

    Attributes:
        layers: how many layers have attention; of an encoder-decoder, the encoder's.
        heads: how many matrices each of them has.
        asks_for_attentions: the model hands weights out only when asked with `output_attentions`.
    """

    layers: int
    heads: int
    asks_for_attentions: bool


class _Trial(probe.Recorder):
    """Notes the shape of every matrix of a pass instead of keeping it."""

    def __init__(self) -> None:
        super().__init__([], lambda: False, layers=0)
        self.seen: list[Tensor] = []

    @property
    def wants_layer(self) -> bool:
        return True

    def record(self, weights: Tensor) -> None:
        self.seen.append(weights)


def study(name: str, model: PreTrainedModel, inputs: dict[str, Tensor]) -> Anatomy:
    """Find a model's attention and see to it that `probe.recording` sees it.

    Args:
        name: the model's name, safe to be shown.
        model: a model loaded with `probe.NAME` as its attention implementation.
        inputs: what the model takes, `(1, token)` each; a few tokens are enough.

    Raises:
        ModelError: there is not one square matrix, each row a distribution, for each layer and
            head.
    """
    tokens = inputs["input_ids"].shape[1]
    if (first := _outline(model, inputs["input_ids"])) is not None:
        _check(name, model.config.model_type, [first], tokens=tokens)
        # What it says of itself is checked with each recording, which has to be complete.
        layers = int(model.config.get_text_config().num_hidden_layers)
        return Anatomy(layers, first.shape[1], asks_for_attentions=False)
    trial = _Trial()
    with torch.no_grad(), probe.recording(trial), _outputs_of_modules(model) as outputs:
        # Models of the registry do not look at `output_attentions` for what `attend` sees.
        result = model(**inputs, output_attentions=True)
        seen = trial.seen
        by_registry = bool(seen)
        if not by_registry:
            seen = [one for one in _reported(result) if isinstance(one, Tensor)]
            if model.config.model_type in REPORTS_SCORES:
                seen = [scores.softmax(dim=-1) for scores in seen]
                watched = _sources(outputs, _reported(result))
            else:
                watched = _sources(outputs, seen)
    _check(name, model.config.model_type, seen, tokens=tokens)
    if not by_registry:
        _watch(watched, are_scores=model.config.model_type in REPORTS_SCORES)
    return Anatomy(len(seen), seen[0].shape[1], asks_for_attentions=not by_registry)


class _EnoughError(Exception):
    """The first layer was seen."""


class _Glance(_Trial):
    """Ends the pass with the first matrix."""

    def record(self, weights: Tensor) -> None:
        super().record(weights)
        raise _EnoughError


def _outline(model: PreTrainedModel, ids: Tensor) -> Tensor | None:
    """The first layer's matrices, seen in a pass of shapes alone, without numbers.

    A pass with numbers reads every weight from the disk, which takes longer than loading the model.

    Returns:
        The first layer's matrices without numbers, `(1, head, query, key)`, or None if the model
        does not call `attend`, or looks at numbers on the way.
    """
    glance = _Glance()
    weights = {
        name: torch.empty_like(tensor, device="meta")
        for tensors in (model.named_parameters, model.named_buffers)
        for name, tensor in tensors(remove_duplicate=False)
    }
    try:
        with torch.no_grad(), probe.recording(glance):
            torch.func.functional_call(
                model,
                weights,
                kwargs={"input_ids": torch.empty_like(ids, device="meta")},
                tie_weights=False,
            )
    except Exception:  # what looks at numbers fails in as many ways as there are to do so
        pass
    return glance.seen[0] if glance.seen else None


def _reported(result: Any) -> Sequence[Any]:
    """The attentions, as a model's output calls them; of an encoder-decoder, the encoder's."""
    return getattr(result, "encoder_attentions", None) or getattr(result, "attentions", None) or ()


def _check(name: str, kind: str, seen: Sequence[Tensor], *, tokens: int) -> None:
    if not seen:
        raise ModelError(f"{name} is a {kind} model, which shows no attention weights; {HINT}")
    shape = (1, seen[0].shape[1] if seen[0].dim() == 4 else 0, tokens, tokens)
    if any(matrix.shape != shape for matrix in seen):
        raise ModelError(
            f"{name} is a {kind} model, whose attention is not one square matrix for each layer "
            f"and head; {HINT}"
        )
    for matrix in seen:
        if matrix.is_meta:
            continue  # `attend` takes the softmax itself
        sums = matrix.float().sum(dim=-1)
        # Weights of bfloat16 are rounded to 8 bits: a row of them sums to 1 only roughly.
        tolerance = 1e-3 if matrix.dtype == torch.float32 else 2e-2
        if not torch.allclose(sums, torch.ones_like(sums), atol=tolerance, rtol=0):
            raise ModelError(
                f"{name} is a {kind} model, in which the weights of a token do not sum to 1; "
                f"they are no attention that can be shown; {HINT}"
            )


@dataclass(frozen=True, slots=True)
class _Output:
    """One output of one module: the module, the place in its output, and the tensor there."""

    module: nn.Module
    place: int | str
    tensor: Tensor


@contextmanager
def _outputs_of_modules(model: PreTrainedModel) -> Iterator[list[_Output]]:
    """Collect, inside the `with` block, every square tensor that a module gives out in a tuple."""
    found: list[_Output] = []

    def note(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, dict):
            items: Sequence[tuple[int | str, Any]] = list(output.items())
        else:
            items = list(enumerate(output)) if isinstance(output, tuple) else ()
        found.extend(
            _Output(module, place, item)
            for place, item in items
            if isinstance(item, Tensor) and item.dim() == 4
        )

    hooks = [module.register_forward_hook(note) for module in model.modules()]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _sources(outputs: Sequence[_Output], reported: Sequence[Any]) -> list[_Output]:
    """For each tensor of the model's report the module that gave it out last, each but once.

    That is a whole layer, within which the weights are no longer needed.
    """
    found: dict[tuple[int, int | str], _Output] = {}
    for tensor in reported:
        source = next((output for output in reversed(outputs) if output.tensor is tensor), None)
        if source is None:
            return []
        found.setdefault((id(source.module), source.place), source)
    return list(found.values())


def _watch(sources: Sequence[_Output], *, are_scores: bool) -> None:
    """Have the recorder see what these modules give out, and let go of it then."""

    def hook_for(place: int | str) -> Any:
        def hook(module: nn.Module, _: Any, output: Any) -> Any:
            recorder = probe.recorder_at_work()
            if recorder is None:
                return None
            weights = output[place]
            recorder.record(weights.softmax(dim=-1) if are_scores else weights)
            if torch.is_grad_enabled():
                return None
            if isinstance(output, dict):
                return {**output, place: None}
            assert isinstance(place, int)
            return (*output[:place], None, *output[place + 1 :])

        return hook

    for source in sources:
        source.module.register_forward_hook(hook_for(source.place))
