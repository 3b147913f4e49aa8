"""Tiny random models, made in a moment, for what the embedded model cannot show."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from tui.model.torch_engine.quiet import quiet

WORDS = ["the", "cat", "dog", "sat", "on", "mat", "##s", "##ting", ".", ",", "a", "b", "c"]


def tokenizer(mask: str = "[MASK]", *, lstrip: bool = False) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer whose mask is written as asked."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", mask]
    vocabulary = {piece: number for number, piece in enumerate([*special, *WORDS])}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )  # fmt: skip
    fast = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token=mask, model_max_length=32,
    )  # fmt: skip
    if lstrip:
        from tokenizers import AddedToken

        fast.add_special_tokens({"mask_token": AddedToken(mask, lstrip=True, special=True)})
    return fast


def bert_config() -> BertConfig:
    """Two layers of two heads, 32 positions."""
    return BertConfig(
        vocab_size=5 + len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip


def save_bert(
    folder: Path, *, mask: str = "[MASK]", lstrip: bool = False, dtype: torch.dtype = torch.float32
) -> Path:
    """A random masked language model in a folder."""
    torch.manual_seed(1)
    return _save(folder, BertForMaskedLM(bert_config()).to(dtype), mask, lstrip)


def save_gpt2(folder: Path) -> Path:
    """A random causal model in a folder."""
    config = GPT2Config(
        vocab_size=5 + len(WORDS), n_embd=16, n_layer=2, n_head=2, n_positions=32,
        bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    return _save(folder, GPT2LMHeadModel(config), "[MASK]", False)


def _save(folder: Path, model: PreTrainedModel, mask: str, lstrip: bool) -> Path:
    with quiet():
        model.save_pretrained(folder)
        tokenizer(mask, lstrip=lstrip).save_pretrained(folder)
    return folder
