"""Which types of models can be shown, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import (
    CONFIG_MAPPING,
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    PretrainedConfig,
)

from tui.errors import ModelError
from tui.model.refused import REFUSED
from tui.text import visible

HINT = "choose a masked language model, such as bert-base-uncased."

REPORTS_SCORES = frozenset({"squeezebert"})
"""Types that call `attentions` what is not yet through the softmax."""


def check_type(name: str, written: Mapping[str, Any]) -> None:
    """Refuse a configuration of a type that transformers does not have, or of compressed weights.

    Args:
        name: the model's name, safe to be shown.
        written: the configuration as its file has it, with a `model_type`.

    Raises:
        ModelError: as said.
    """
    kind = written["model_type"]
    if kind in CONFIG_MAPPING:
        if compressed := written.get("quantization_config"):
            method = compressed.get("quant_method") if isinstance(compressed, Mapping) else None
            raise ModelError(
                f"{name} is refused: its weights are compressed"
                f"{f' ({visible(str(method))})' if method else ''}, and so would be its attention; "
                "choose the version that they were made from."
            )
        return
    if "auto_map" in written:
        raise ModelError(
            f"{name} is refused: its type, {visible(str(kind))}, needs code from its own "
            f"repository to be run, which never happens here; {HINT}"
        )
    raise ModelError(
        f"{name} is of a type that transformers does not have: {visible(str(kind))}; {HINT}"
    )


def check_kind(name: str, config: PretrainedConfig) -> None:
    """Refuse, by its type and with the reason, what cannot be shown.

    Args:
        name: the model's name, safe to be shown.
        config: its configuration.

    Raises:
        ModelError: transformers has no masked language model of this type, or that has no square
            attention matrices.
    """
    kind = config.model_type
    if type(config) not in MODEL_FOR_MASKED_LM_MAPPING:
        if type(config) in MODEL_FOR_CAUSAL_LM_MAPPING:
            why = "a causal one: it predicts the next word and never looks at those behind a mask"
            raise ModelError(f"{name} is a {kind} model, {why}; {HINT}")
        raise ModelError(f"{name} is a {kind} model, which has no word to say about a mask; {HINT}")
    if getattr(config, "is_decoder", False) and not getattr(config, "is_encoder_decoder", False):
        raise ModelError(
            f"{name} is a {kind} model set up as a causal decoder, which never looks at the words "
            f"behind a mask; {HINT}"
        )
    if kind == "big_bird" and config.attention_type == "original_full":
        return
    if kind in REFUSED:
        raise ModelError(f"{name} is a {kind} model, which {REFUSED[kind]}; {HINT}")
