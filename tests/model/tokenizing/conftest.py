"""Tiny tokenizers of every class that is read without transformers, each in a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import AddedToken
from transformers import BertTokenizer, DistilBertTokenizer, PreTrainedTokenizerBase
from transformers import RobertaTokenizer as ByteLevelTokenizer

from tests.model import families
from tui.model.folders import EMBEDDED_FOLDER
from tui.model.torch_engine.quiet import quiet

_MERGES = [("a", "t"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("c", "at"), ("Ġ", "cat"), ("s", "at")]


def _roberta() -> PreTrainedTokenizerBase:
    mask = AddedToken("<mask>", lstrip=True, special=True)
    vocabulary = families.byte_level().get_vocab()
    return ByteLevelTokenizer(vocab=vocabulary, merges=_MERGES, mask_token=mask)


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
