"""The facts about a loaded model that are needed to ask it: its shape and its limits."""

from __future__ import annotations

import torch
from transformers import PreTrainedModel

from tui.model.engine import EngineShape
from tui.model.torch_engine.anatomy import Anatomy
from tui.model.torch_engine.model_inputs import segments, takes
from tui.model.torch_engine.tokenizer_fit import embeddings


def shape_of(model: PreTrainedModel, anatomy: Anatomy) -> EngineShape:
    """Describe a loaded model.

    Args:
        model: the model.
        anatomy: what its attention looks like.
    """
    return EngineShape(
        type=model.config.model_type,
        layers=anatomy.layers,
        heads=anatomy.heads,
        embeddings=embeddings(model),
        positions=_positions(model),
        takes=takes(model),
        segments=segments(model),
        has_decoder=bool(model.config.is_encoder_decoder),
        windows=_windows(model, anatomy.layers),
    )


def _windows(model: PreTrainedModel, layers: int) -> tuple[int, ...]:
    """How many tokens to each side a layer's window holds, 0 where it is all of them."""
    config = model.config.get_text_config()
    kinds = getattr(config, "layer_types", None) or ()
    if "sliding_attention" not in kinds or len(kinds) != layers:
        return ()
    return tuple(
        int(config.per_layer_config[layer].sliding_window) if kind == "sliding_attention" else 0
        for layer, kind in enumerate(kinds)
    )


_NO_LIMIT = 1 << 20


def _positions(model: PreTrainedModel) -> int:
    """The longest input, special tokens included.

    Families that number positions from the padding index up (RoBERTa), or from a fixed one
    (BART), have that many fewer than their table has rows.
    """
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", _NO_LIMIT)
    for name, module in model.named_modules():
        if name.endswith(_POSITIONS) and isinstance(module, torch.nn.Embedding):
            positions = module.num_embeddings
            if module.padding_idx is not None:
                positions -= module.padding_idx + 1
            positions -= getattr(module, "offset", 0)
            break
    return int(positions)


_POSITIONS = ("position_embeddings", "embed_positions")
