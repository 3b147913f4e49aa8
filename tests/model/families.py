"""A tiny random model of every family, with a tiny tokenizer of the kind that the family has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from tui.model.torch_engine.quiet import quiet

POSITIONS = 40
TEXT = "the cats sat, un[MASK] on the mat"
"""Several words of several pieces with every tokenizer below; the mask has its own neighbours."""

SHORT = "a cat [MASK]"

_LETTERS = "abcdefghijklmnopqrstuvwxyz,."
_WORDS = ["the", "cat", "sat", "on", "mat", "dog"]


def wordpiece() -> PreTrainedTokenizerFast:
    """As BERT's: `##` goes on a word, `[MASK]`."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *_WORDS, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    backend = Tokenizer(
        models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )  # fmt: skip
    return _fast(backend, "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def byte_level() -> PreTrainedTokenizerFast:
    """As RoBERTa's: `Ġ` begins a word, bytes as letters, `<mask>` takes the space before it."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [
        ("a", "t"),
        ("Ġ", "t"),
        ("h", "e"),
        ("Ġt", "he"),
        ("c", "at"),
        ("Ġ", "cat"),
        ("s", "at"),
    ]
    pieces = [*special, *alphabet, *dict.fromkeys(a + b for a, b in merges)]
    backend = Tokenizer(
        models.BPE(vocab={piece: at for at, piece in enumerate(pieces)}, merges=merges)
    )
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )  # fmt: skip
    fast = _fast(backend, "<pad>", "<unk>", "<s>", "</s>", "<mask>")
    fast.add_special_tokens({"mask_token": AddedToken("<mask>", lstrip=True, special=True)})
    return fast


def unigram() -> PreTrainedTokenizerFast:
    """As XLM-RoBERTa's: SentencePiece's Unigram, `▁` begins a word, `<mask>`."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    scores = [(piece, 0.0) for piece in special]
    scores += [(f"▁{word}", -2.0) for word in _WORDS] + [("▁", -3.0), ("s", -3.0)]
    scores += [(letter, -5.0) for letter in _LETTERS if letter != "s"]
    backend = Tokenizer(models.Unigram([*scores, ("<mask>", 0.0)], unk_id=3))
    backend.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )  # fmt: skip
    fast = _fast(backend, "<pad>", "<unk>", "<s>", "</s>", "<mask>")
    fast.add_special_tokens({"mask_token": AddedToken("<mask>", lstrip=True, special=True)})
    return fast


def _fast(
    backend: Tokenizer, pad: str, unknown: str, first: str, last: str, mask: str
) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token=pad, unk_token=unknown, cls_token=first,
        sep_token=last, bos_token=first, eos_token=last, mask_token=mask,
        model_max_length=POSITIONS,
    )  # fmt: skip


TOKENIZERS = {"wordpiece": wordpiece, "bytes": byte_level, "unigram": unigram}


@dataclass(frozen=True)
class Family:
    """How a tiny model of a family is made.

    Attributes:
        tokenizer: which of `TOKENIZERS` it has.
        heads: how many heads a layer shows.
        options: what its configuration needs besides what all have.
    """

    tokenizer: str = "wordpiece"
    heads: int = 2
    options: dict[str, Any] = field(default_factory=dict)


_BASE = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": POSITIONS,
}  # fmt: skip
_VISION = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
    "image_size": 32, "patch_size": 16,
}  # fmt: skip
_ENCODER_DECODER = {
    "d_model": 16, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 2,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
}  # fmt: skip
# Positions are counted from the padding's id up.
_FROM_PADDING = {"max_position_embeddings": POSITIONS + 2}

FAMILIES: dict[str, Family] = {
    "albert": Family("unigram", options={"embedding_size": 8}),
    "bart": Family("bytes", options=_ENCODER_DECODER),
    "bert": Family(),
    "camembert": Family("unigram", options=_FROM_PADDING),
    "convbert": Family(
        options={"num_attention_heads": 4, "head_ratio": 2, "embedding_size": 16}
    ),
    "data2vec-text": Family("bytes", options=_FROM_PADDING),
    "deberta": Family(
        "bytes", options={"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
    ),
    "deberta-v2": Family("unigram"),
    "distilbert": Family(options={"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}),
    "electra": Family(options={"embedding_size": 16}),
    "ernie": Family(),
    "esm": Family(options={"token_dropout": False, "position_embedding_type": "rotary"}),
    "esmc": Family(),
    "eurobert": Family("bytes", options={"num_key_value_heads": 1}),
    "flaubert": Family("unigram", options={"emb_dim": 16, "n_layers": 2, "n_heads": 2}),
    "gte": Family(),
    "ibert": Family("bytes", options=_FROM_PADDING),
    "jina_embeddings_v3": Family("unigram"),
    "layoutlm": Family(),
    "luke": Family(
        "bytes", options={"entity_emb_size": 8, "entity_vocab_size": 5, **_FROM_PADDING}
    ),
    "mbart": Family("unigram", options=_ENCODER_DECODER),
    "megatron-bert": Family(),
    "mobilebert": Family(
        options={"embedding_size": 16, "intra_bottleneck_size": 16, "num_feedforward_networks": 1}
    ),
    "modernbert": Family("bytes", options={"local_attention": 4, "num_hidden_layers": 3}),
    "modernvbert": Family("bytes", options={"vision_config": _VISION}),
    "mpnet": Family("wordpiece", options=_FROM_PADDING),
    "mvp": Family("bytes", options=_ENCODER_DECODER),
    "neomme": Family(
        "unigram", options={"num_key_value_heads": 1, "head_dim": 16, "embedding_rank": 8}
    ),
    "nomic_bert": Family(),
    "nystromformer": Family("unigram", options={"segment_means_seq_len": 8, "num_landmarks": 8}),
    "rembert": Family("unigram", options={"input_embedding_size": 16, "output_embedding_size": 16}),
    "roberta": Family("bytes", options={"type_vocab_size": 1, **_FROM_PADDING}),
    "roberta-prelayernorm": Family("bytes", options=_FROM_PADDING),
    "roc_bert": Family(options={"shape_vocab_size": 5, "pronunciation_vocab_size": 5}),
    "roformer": Family(options={"embedding_size": 16}),
    "squeezebert": Family(
        options={
            "embedding_size": 16, "q_groups": 2, "k_groups": 2, "v_groups": 2,
            "intermediate_groups": 2, "output_groups": 2,
        }
    ),
    "tapas": Family(),
    "ultrabert": Family("bytes"),
    "ultravbert": Family("bytes", options={"vision_config": _VISION}),
    "xlm": Family("unigram", options={"emb_dim": 16, "n_layers": 2, "n_heads": 2}),
    "xlm-roberta": Family("unigram", options=_FROM_PADDING),
    "xlm-roberta-xl": Family("unigram", options=_FROM_PADDING),
    "xmod": Family("unigram", options={"languages": ["en_XX", "de_DE"], **_FROM_PADDING}),
}  # fmt: skip
"""Every family that can be shown."""


def build(kind: str) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """A random model of a family, and its tokenizer."""
    family = FAMILIES[kind]
    tokenizer = TOKENIZERS[family.tokenizer]()
    options = {**_BASE, "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    if "vision_config" in family.options:
        options = {"text_config": options}
    elif any(name in family.options for name in ("d_model", "dim", "emb_dim")):
        options = {
            name: options[name]
            for name in ("vocab_size", "max_position_embeddings", "pad_token_id")
        }
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **{**options, **family.options})
    model_class = MODEL_FOR_MASKED_LM_MAPPING[type(config)]
    model = model_class._from_config(config, attn_implementation="eager")
    with torch.no_grad():  # initial weights are so small that every head would look the same
        for name, parameter in model.named_parameters():
            if parameter.dim() == 2 and "norm" not in name.lower():
                if not parameter.any():  # as if it had learnt something: else heads say nothing
                    parameter.normal_(std=0.02)
                parameter.mul_(8)
    return model.eval(), tokenizer


def save(kind: str, folder: Path) -> PreTrainedModel:
    """Write a random model of a family and its tokenizer into a folder."""
    model, tokenizer = build(kind)
    with quiet():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return model
