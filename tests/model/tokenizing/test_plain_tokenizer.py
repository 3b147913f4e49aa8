"""A tokenizer read without transformers reads as transformers' own, whatever the text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests.model.tokenizing.conftest import KINDS
from tui.errors import RequestError
from tui.model.tokenizing.candidates import Ranker
from tui.model.tokenizing.encoding import Encoded, Encoder
from tui.model.tokenizing.plain_tokenizer import PlainTokenizer, open_plain_tokenizer
from tui.model.tokenizing.tokenizer import Tokenizer
from tui.model.torch_engine.quiet import quiet
from tui.model.torch_engine.transformers_tokenizer import TransformersTokenizer

TAKES = ("input_ids", "attention_mask", "token_type_ids")

_PIECES = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(categories=("Cc", "Cf", "Mn", "Zs", "Lo", "So")), max_size=6),
    st.sampled_from([
        "the", "cat", "cats sat", " ", "  ", "\n", "\t", "\x00", "\u200b", "\ufeff", "\xad",
        "[MASK]", "[SEP]", "[CLS]", "[PAD]", "[UNK]", "<mask>", "<s>", "</s>", "<pad>", "<unk>",
        "[mask]", "<MASK>", "[MASK", "|||", " ||| ", "é", "e\u0301", "日本", "ＡＢ", "İ", "ß",
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}",
        "don't", "…", "▁the", "Ġcat", "##s", "x" * 101, "the cat " * 40,
    ]),
)  # fmt: skip
TEXTS = st.lists(_PIECES, max_size=9).map("".join)


class Both:
    """One folder's tokenizer as the tokenizers library reads it, and as transformers does."""

    def __init__(self, folder: Path) -> None:
        model_type = json.loads((folder / "config.json").read_text())["model_type"]
        ours = open_plain_tokenizer(folder, model_type)
        assert ours is not None
        self.ours = ours
        with quiet():
            self.theirs = TransformersTokenizer(AutoTokenizer.from_pretrained(folder))


@pytest.fixture(scope="module")
def kinds(folders: dict[str, Path]) -> dict[str, Both]:
    return {kind: Both(folder) for kind, folder in folders.items()}


def encoded(tokenizer: Tokenizer, text: str, segments: int) -> Encoded | str:
    """A text on its way into a model, or why it is refused."""
    try:
        return Encoder(tokenizer, TAKES, segments).encode(text)
    except RequestError as error:
        return str(error)


def check(both: Both, text: str, other: str) -> None:
    ours, theirs = both.ours, both.theirs
    assert ours.read(text) == theirs.read(text)
    assert ours.read(text, other) == theirs.read(text, other)
    assert ours.read_many([text, other]) == theirs.read_many([text, other])
    assert ours.read_many([text], [other]) == theirs.read_many([text], [other])
    for segments in (0, 2):
        assert encoded(ours, text, segments) == encoded(theirs, text, segments)


@given(TEXTS, TEXTS)
@settings(max_examples=1000)
def test_the_embedded_one_reads_any_text_alike(
    kinds: dict[str, Both], text: str, other: str
) -> None:
    check(kinds["embedded"], text, other)


@pytest.mark.parametrize("kind", KINDS[1:])
@given(TEXTS, TEXTS)
@settings(max_examples=150)
def test_each_reads_any_text_alike(
    kinds: dict[str, Both], kind: str, text: str, other: str
) -> None:
    check(kinds[kind], text, other)


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_the_same_of_itself(kinds: dict[str, Both], kind: str) -> None:
    both = kinds[kind]
    assert both.ours.facts == both.theirs.facts
    ids = range(31_000)
    assert both.ours.spell(ids) == both.theirs.spell(ids)


@pytest.mark.parametrize("kind", KINDS)
def test_each_ranks_alike(kinds: dict[str, Both], kind: str) -> None:
    import numpy as np

    both, found = kinds[kind], []
    logits = np.random.default_rng(0).normal(size=len(both.ours._backend.get_vocab()))
    for tokenizer in (both.ours, both.theirs):
        encoder = Encoder(tokenizer, TAKES, 2)
        read = encoder.encode("the cats [MASK], un[MASK] ||| on the mat")
        found.append(Ranker(encoder).candidates(read, 1, logits.astype(np.float32), 40))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_a_model_with_as_many_embeddings(kinds: dict[str, Both], kind: str) -> None:
    ours = kinds[kind].ours
    size = len(ours._backend.get_vocab())
    assert ours.fits(size)
    assert ours.fits(-(-size // 64) * 64)
    assert not ours.fits(size - 1)
    assert not ours.fits(3 * size)
    assert not ours.fits(-(-size // 2048) * 2048 + 1999)


def test_reading_a_text_loads_no_model_library(folders: dict[str, Path]) -> None:
    code = f"""
import sys
from pathlib import Path
from tui.model.tokenizing.candidates import Ranker
from tui.model.tokenizing.encoding import Encoder
from tui.model.tokenizing.plain_tokenizer import open_plain_tokenizer
tokenizer = open_plain_tokenizer(Path({str(folders["embedded"])!r}), "bert")
print(len(Encoder(tokenizer, {TAKES!r}, 2).encode("a cup of [MASK] ||| so").ids))
heavy = ("torch", "transformers", "huggingface_hub", "safetensors")
print([name for name in heavy if name in sys.modules])
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert said.stdout.splitlines() == ["8", "[]"], said.stderr


def _settings(folder: Path, settings: dict[str, object]) -> None:
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _opened(folder: Path, model_type: str = "bert") -> PlainTokenizer:
    found = open_plain_tokenizer(folder, model_type)
    assert found is not None
    return found


def test_a_checkpoint_as_the_hub_has_berts(bert: Path) -> None:
    """Of few settings, with a vocabulary beside the whole."""
    _settings(bert, {"do_lower_case": True, "model_max_length": 512})
    (bert / "vocab.txt").write_text("[PAD]\n")
    assert _opened(bert).facts.longest == 512
    check(Both(bert), "The [MASK] sat", "on the mat")


def test_a_checkpoint_without_settings(bert: Path) -> None:
    (bert / "tokenizer_config.json").unlink()
    both = Both(bert)
    assert both.ours.facts == both.theirs.facts
    assert both.ours.facts.longest == sys.maxsize


@pytest.mark.parametrize("flags", [True, False])
def test_a_checkpoint_as_transformers_4_writes_it(bert: Path, flags: bool) -> None:
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    special = {f"{name}_token": token for name, token in names.items()}
    added = json.loads((bert / "tokenizer.json").read_text())["added_tokens"]
    listed = {str(token.pop("id")): token for token in added}
    _settings(
        bert,
        {
            **special,
            **({"added_tokens_decoder": listed} if flags else {}),
            "additional_special_tokens": [],
            "clean_up_tokenization_spaces": True,
            "do_basic_tokenize": True,
            "do_lower_case": True,
            "extra_special_tokens": {},
            "model_max_length": 1000000000000000019884624838656,
            "never_split": None,
            "strip_accents": None,
            "tokenize_chinese_chars": True,
            "tokenizer_class": "BertTokenizerFast",
        },
    )
    written = {
        f"{name}_token": {
            "content": token,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
        }
        for name, token in names.items()
    }
    (bert / "special_tokens_map.json").write_text(json.dumps(written if flags else special))
    (bert / "vocab.txt").write_text("[PAD]\n")
    both = Both(bert)
    assert both.ours.facts == both.theirs.facts
    check(both, "The [MASK] sat", "on the mat")


@pytest.mark.parametrize("name", ["ElectraTokenizer", "ElectraTokenizerFast"])
def test_a_class_of_another_name(bert: Path, name: str) -> None:
    (bert / "config.json").write_text(json.dumps({"model_type": "electra"}))
    settings = json.loads((bert / "tokenizer_config.json").read_text())
    _settings(bert, {**settings, "tokenizer_class": name})
    check(Both(bert), "The [MASK] sat", "on the mat")


def test_the_configuration_may_name_the_class(bert: Path) -> None:
    config = {"model_type": "bert", "tokenizer_class": "PreTrainedTokenizerFast"}
    (bert / "config.json").write_text(json.dumps(config))
    settings = json.loads((bert / "tokenizer_config.json").read_text())
    del settings["tokenizer_class"]
    _settings(bert, {**settings, "do_lower_case": False})
    check(Both(bert), "The [MASK] sat", "on the mat")
