"""A model's configuration: read from its file, and cleared of what it says about answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING, PretrainedConfig

from tui.errors import ModelError
from tui.model.hub.configuration import CONFIG
from tui.model.torch_engine.families import check_kind, check_type
from tui.model.torch_engine.model_files import instead_of_model, read_json

_OF_ANSWERS = frozenset(
    ("return_dict", "use_return_dict", "torchscript", "output_attentions", "output_hidden_states",
     "attn_implementation", "_attn_implementation", "_attn_implementation_internal")
)  # fmt: skip
"""What a configuration may say about the form of answers, and how attention is computed.

A checkpoint saved in the middle of an experiment has this experiment's. It is asked for here in one
form alone, and changes nothing in the numbers.
"""


def read_configuration(shown: str, folder: Path) -> PretrainedConfig:
    """Read a model's configuration.

    Args:
        shown: the model's name, safe to be shown.
        folder: its folder.

    Raises:
        ModelError: there is none, it cannot be read, or it is that of a model that cannot be shown.
    """
    path = folder / CONFIG
    if not path.exists():
        there = instead_of_model(folder)
        why = f"; {there}" if there else "; give the folder that save_pretrained wrote"
        raise ModelError(f"The folder {shown} holds no model: it has no {CONFIG}{why}.")
    written = read_json(shown, path)
    if not isinstance(written.get("model_type"), str):
        raise ModelError(
            f"The model {shown} cannot be read: its {CONFIG} names no model_type, such as "
            '"model_type": "bert"; write there what the model is.'
        )
    check_type(shown, written)
    config: PretrainedConfig = CONFIG_MAPPING[written["model_type"]].from_dict(
        _without_form_of_answers(written)
    )
    check_kind(shown, config)
    return config


def _without_form_of_answers(written: Any) -> Any:
    """The same configuration, at every depth: some hold another one's."""
    if not isinstance(written, dict):
        return written
    return {
        name: _without_form_of_answers(value)
        for name, value in written.items()
        if name not in _OF_ANSWERS
    }
