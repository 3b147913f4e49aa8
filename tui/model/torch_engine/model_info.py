"""A loaded model described: its shape, its limits, and what makes its answers doubtful."""

from __future__ import annotations

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tui.analysis.analysis import ModelInfo
from tui.model.tokenizing.encoding import Encoder
from tui.model.torch_engine.anatomy import Anatomy
from tui.model.torch_engine.loading import Checkpoint


def describe_model(
    name: str, checkpoint: Checkpoint, anatomy: Anatomy, encoder: Encoder
) -> ModelInfo:
    """Describe a loaded model.

    Args:
        name: as it was asked for.
        checkpoint: what was loaded.
        anatomy: what its attention looks like.
        encoder: what turns texts into its input.
    """
    model, tokenizer = checkpoint.model, checkpoint.tokenizer
    return ModelInfo(
        name=name,
        type=model.config.model_type,
        layers=anatomy.layers,
        heads=anatomy.heads,
        max_tokens=_max_tokens(model, tokenizer),
        mask_token=str(tokenizer.mask_token),
        special_tokens=tokenizer.num_special_tokens_to_add(),
        has_head=checkpoint.has_head,
        has_segments=encoder.has_segments,
        has_decoder=bool(model.config.is_encoder_decoder),
        windows=_windows(model, anatomy.layers),
        warnings=checkpoint.warnings,
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


def _max_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
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
    return int(min(positions, tokenizer.model_max_length))


_POSITIONS = ("position_embeddings", "embed_positions")
