"""Tiny tokenizers of every class that is read without transformers, each in a folder."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sentencepiece import SentencePieceTrainer
from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]
from tokenizers import AddedToken
from transformers import BertTokenizer, DistilBertTokenizer, PreTrainedTokenizerBase
from transformers import RobertaTokenizer as ByteLevelTokenizer
from transformers import XLMRobertaTokenizer as SentencePieceTokenizer

from tests.model import families
from tui.model.folders import EMBEDDED_FOLDER
from tui.model.torch_engine.quiet import quiet

_MERGES = [("a", "t"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("c", "at"), ("Ġ", "cat"), ("s", "at")]


def _roberta() -> PreTrainedTokenizerBase:
    mask = AddedToken("<mask>", lstrip=True, special=True)
    vocabulary = families.byte_level().get_vocab()
    return ByteLevelTokenizer(vocab=vocabulary, merges=_MERGES, mask_token=mask)


def _xlm_roberta() -> PreTrainedTokenizerBase:
    """With the characters' map that SentencePiece writes into its models, as the real one has."""
    written = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["the cat sat on the mat", "a dog sat"] * 20), model_writer=written,
        vocab_size=30, hard_vocab_limit=False, minloglevel=9, normalization_rule_name="nmt_nfkc",
    )  # fmt: skip
    proto = ModelProto()
    proto.ParseFromString(written.getvalue())
    pieces = [(piece.piece, piece.score) for piece in proto.pieces[3:]]
    pieces += [(letter, -9.0) for letter in "bfijklpqruvwxyz,.0123456789"]
    special = [(token, 0.0) for token in ("<s>", "<pad>", "</s>", "<unk>")]
    return SentencePieceTokenizer(
        vocab=[*special, *pieces, ("<mask>", 0.0)],
        mask_token=AddedToken("<mask>", lstrip=True, special=True),
        _spm_precompiled_charsmap=proto.normalizer_spec.precompiled_charsmap,
    )


MAKERS: dict[str, tuple[str, Callable[[], PreTrainedTokenizerBase]]] = {
    "bert": ("bert", lambda: BertTokenizer(vocab=families.wordpiece().get_vocab())),
    "cased": (
        "bert",
        lambda: BertTokenizer(
            vocab=families.wordpiece().get_vocab(),
            do_lower_case=False,
            strip_accents=True,
            tokenize_chinese_chars=False,
        ),
    ),
    "distilbert": (
        "distilbert",
        lambda: DistilBertTokenizer(vocab=families.wordpiece().get_vocab()),
    ),
    "roberta": ("roberta", _roberta),
    "xlm-roberta": ("xlm-roberta", _xlm_roberta),
    "wordpiece as it is": ("electra", families.wordpiece),
    "bytes as they are": ("roberta", families.byte_level),
    "unigram as it is": ("camembert", families.unigram),
}
"""A model type, and what makes a tokenizer for it."""

KINDS = ("embedded", *MAKERS)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each kind of tokenizer, which no test changes."""
    found = {"embedded": EMBEDDED_FOLDER}
    for kind, (model_type, make) in MAKERS.items():
        folder = found[kind] = tmp_path_factory.mktemp("tokenizer")
        with quiet():
            make().save_pretrained(folder)
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    return found


@pytest.fixture
def bert(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of BERT's tiny tokenizer, to be changed."""
    return Path(shutil.copytree(folders["bert"], tmp_path / "bert"))


@pytest.fixture
def roberta(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of RoBERTa's, to be changed."""
    return Path(shutil.copytree(folders["roberta"], tmp_path / "roberta"))
