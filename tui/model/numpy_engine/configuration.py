"""The configuration of a plain encoder, or that it is none.

Each field is read, known to be harmless, or makes the model one that is not run here: what is
unknown may change the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tui.model.numpy_engine.names import FAMILIES, Family


class NotPlainError(ValueError):
    """The model is no plain BERT encoder."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A plain encoder.

    Attributes:
        type: its model type, one of `FAMILIES`.
        family: what its weights are called.
        vocabulary: how many word pieces there are embeddings for.
        positions: how many positions there are embeddings for.
        segments: how many segments there are embeddings for; 0 where the family has none.
        hidden: the hidden size.
        inner: the feed-forward's size.
        layers: how many layers.
        heads: how many heads each of them has.
        epsilon: of every LayerNorm.
        padding: the padding's id if positions are counted from it; None if from 0.
    """

    type: str
    family: Family
    vocabulary: int
    positions: int
    segments: int
    hidden: int
    inner: int
    layers: int
    heads: int
    epsilon: float
    padding: int | None


def read(written: object) -> Configuration:
    """Read what stands in a `config.json`; what is absent is as transformers has it.

    Raises:
        NotPlainError: it is no plain encoder's, or not known to be one.
    """
    if not isinstance(written, dict):
        raise NotPlainError("no JSON object")
    kind = written.get("model_type")
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise NotPlainError("another family")
    fields = _DISTILBERT if kind == "distilbert" else _BERT
    unknown = set(written) - _HARMLESS - set(_FIXED) - set(fields.sizes.values()) - fields.others
    if unknown:
        raise NotPlainError(f"a field {min(unknown)} that may mean anything")
    for name, plain in {**_FIXED, fields.activation: "gelu"}.items():
        if name in written and not _same(written[name], plain):
            raise NotPlainError(f"{name} is not {plain}")
    defaults = {**fields.defaults, **_OTHER_DEFAULTS.get(kind, {})}
    sizes = {size: _size(written.get(name, defaults[size])) for size, name in fields.sizes.items()}
    if sizes["hidden"] % sizes["heads"]:
        raise NotPlainError("the heads do not share the hidden size evenly")
    return Configuration(
        kind,
        FAMILIES[kind],
        **{"segments": 0, **sizes},
        epsilon=_epsilon(written.get("layer_norm_eps", 1e-12)),
        padding=_padding(written, FAMILIES[kind], sizes),
    )


def _padding(written: Mapping[str, Any], family: Family, sizes: Mapping[str, int]) -> int | None:
    """The padding's id if positions are counted from it."""
    padding = written.get("pad_token_id", 1 if family.counts_from_padding else 0)
    if padding is None and not family.counts_from_padding:
        return None
    if type(padding) is not int or not 0 <= padding < sizes["vocabulary"]:
        raise NotPlainError("the padding is no word piece")
    if not family.counts_from_padding:
        return None
    if padding + 1 >= sizes["positions"]:
        raise NotPlainError("there is no position behind the padding's")
    return padding


def _size(value: object) -> int:
    if type(value) is not int or value < 1:
        raise NotPlainError("a size is no whole number")
    return value


def _epsilon(value: object) -> float:
    if type(value) not in (int, float) or not 0 <= value < math.inf:  # type: ignore[operator]
        raise NotPlainError("the norms' epsilon is no number")
    return float(value)  # type: ignore[arg-type]


def _same(value: object, plain: object) -> bool:
    """Whether they are the same in JSON, where 0 is not false."""
    return type(value) is type(plain) and value == plain


@dataclass(frozen=True, slots=True)
class _Written:
    """A family's names for its fields.

    Attributes:
        sizes: what each size is called.
        defaults: each size where the configuration does not say it.
        activation: the field for the activation.
        others: its further fields, read elsewhere or harmless in this family.
    """

    sizes: Mapping[str, str]
    defaults: Mapping[str, int]
    activation: str
    others: frozenset[str]


_BERT = _Written(
    MappingProxyType(
        {
            "vocabulary": "vocab_size",
            "positions": "max_position_embeddings",
            "segments": "type_vocab_size",
            "hidden": "hidden_size",
            "inner": "intermediate_size",
            "layers": "num_hidden_layers",
            "heads": "num_attention_heads",
        }
    ),
    MappingProxyType(
        {"vocabulary": 30522, "positions": 512, "segments": 2, "hidden": 768, "inner": 3072,
         "layers": 12, "heads": 12}
    ),
    "hidden_act",
    frozenset(
        ("hidden_act", "layer_norm_eps", "pad_token_id", "hidden_dropout_prob",
         "attention_probs_dropout_prob", "classifier_dropout", "directionality", "pooler_fc_size",
         "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head",
         "pooler_type")
    ),
)  # fmt: skip
_DISTILBERT = _Written(
    MappingProxyType(
        {
            "vocabulary": "vocab_size",
            "positions": "max_position_embeddings",
            "hidden": "dim",
            "inner": "hidden_dim",
            "layers": "n_layers",
            "heads": "n_heads",
        }
    ),
    MappingProxyType(
        {"vocabulary": 30522, "positions": 512, "hidden": 768, "inner": 3072, "layers": 6,
         "heads": 12}
    ),
    "activation",
    # Sinusoidal embeddings of positions are among the weights as learnt ones are.
    frozenset(
        ("activation", "pad_token_id", "sinusoidal_pos_embds", "dropout", "attention_dropout",
         "qa_dropout", "seq_classif_dropout")
    ),
)  # fmt: skip

_OTHER_DEFAULTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {"roberta": MappingProxyType({"vocabulary": 50265})}
)

_FIXED: Mapping[str, object] = MappingProxyType(
    {
        "position_embedding_type": "absolute",
        "is_decoder": False,
        "is_encoder_decoder": False,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
        "tie_weights_": True,
        "tie_encoder_decoder": False,
        "chunk_size_feed_forward": 0,
        "pruned_heads": {},
    }
)
"""Fields that have but one value in a plain encoder, whether they are there or not."""

_HARMLESS = frozenset(
    (
        # Where it comes from, and what it was trained with.
        "architectures", "transformers_version", "_name_or_path", "name_or_path", "_commit_hash",
        "model_type", "initializer_range", "gradient_checkpointing", "finetuning_task",
        "task_specific_params", "tokenizer_class", "language", "xla_device", "_num_labels",
        # The numbers that are computed with are always float32.
        "dtype", "torch_dtype", "use_bfloat16",
        # The form of answers, and how attention is computed.
        "return_dict", "use_return_dict", "torchscript", "output_attentions", "output_past",
        "output_hidden_states", "attn_implementation", "_attn_implementation",
        "_attn_implementation_internal", "_attn_implementation_autoset", "use_cache",
        # Other heads than that for masks.
        "id2label", "label2id", "num_labels", "problem_type",
        # Tokens, of which the tokenizer tells more.
        "bos_token_id", "eos_token_id", "eos_token_ids", "sep_token_id", "cls_token_id",
        "mask_token_id", "unk_token_id", "prefix",
        # Writing on, which these models do not.
        "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups",
        "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty",
        "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids",
        "num_return_sequences", "output_scores", "return_dict_in_generate",
        "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
        "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
        "decoder_start_token_id",
    )
)  # fmt: skip
"""Fields that change no number of an encoder's forward pass, whatever they say."""
