"""Tokenizers that do not say where pieces stand, with pieces outside their vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMaskedLM,
    EsmConfig,
    EsmForMaskedLM,
    EsmTokenizer,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
)
from transformers.models.bert_japanese.tokenization_bert_japanese import BertJapaneseTokenizer
from transformers.models.bertweet.tokenization_bertweet import BertweetTokenizer
from transformers.models.phobert.tokenization_phobert import PhobertTokenizer
from transformers.models.roc_bert.tokenization_roc_bert import RoCBertTokenizer

from tui.analysis.analysis import Analysis
from tui.analysis.units import Units
from tui.model.masked_lm import MaskedLM
from tui.model.tokenizing.encoding import Encoder
from tui.model.torch_engine.model_inputs import segments, takes
from tui.model.torch_engine.quiet import quiet
from tui.model.torch_engine.transformers_tokenizer import TransformersTokenizer
from tui.session.filling import Filling
from tui.session.viewing import Viewing
from tui.text import MASK

SHAPE = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16,
    "max_position_embeddings": 66,
}  # fmt: skip

_FREQUENT = (
    "the 1\ncat 1\ns@@ 1\na@@ 1\nt 1\non 1\nm@@ 1\nsat 1\na 1\no@@ 1\nn 1\nmat 1\nat 1\n. 1\n"
)
_CODES = "t h 1\nth e</w> 1\nc a 1\nca t</w> 1\na t</w> 1\no n</w> 1\n"


@pytest.fixture(scope="module")
def bertweet(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    folder = tmp_path_factory.mktemp("bertweet")
    (folder / "vocab.txt").write_text(_FREQUENT)
    (folder / "bpe.codes").write_text(_CODES)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertweetTokenizer"}')
    tokenizer = BertweetTokenizer(str(folder / "vocab.txt"), str(folder / "bpe.codes"))
    torch.manual_seed(0)
    config = RobertaConfig(vocab_size=len(tokenizer), pad_token_id=1, **SHAPE)
    with quiet():
        RobertaForMaskedLM(config).save_pretrained(folder)
    return MaskedLM.load(str(folder))


def written(analysis: Analysis) -> list[str]:
    """What each ordinary token stands for in the text."""
    return [analysis.text[one.start : one.end] for one in analysis.tokens if not one.special]


def test_pieces_outside_the_vocabulary_keep_their_places(bertweet: MaskedLM) -> None:
    analysis = bertweet.analyze("the cat Hxt sat on [MASK] a #tag")
    assert written(analysis) == [
        "the", "cat", "H", "x", "t", "s", "at", "on", MASK, "a", "#", "t", "a", "g"
    ]  # fmt: skip
    assert analysis.notes == (
        "“H”, “x”, “#”, “t” and 1 more are not in the vocabulary: the model sees <unk>.",
    )
    words = Units.of(analysis, words=True).labels
    assert words == (
        "<s>", "the", "cat", "Hxt", "sat", "on", "<mask>", "a", "<unk>", "tag", "</s>"
    )  # fmt: skip


def test_a_word_with_unknown_pieces_can_be_masked(bertweet: MaskedLM) -> None:
    analysis = bertweet.analyze("the cat Hxt sat")
    viewing = Viewing(0, 0)
    viewing.show(analysis)
    viewing.toggle_words()
    viewing.put_cursor((3, 0))
    assert viewing.units.labels[3] == "Hxt"
    assert Filling(viewing).masking().text == f"the cat {MASK} sat"


def test_a_piece_that_wants_more_goes_on_what_is_behind(bertweet: MaskedLM) -> None:
    [ranked] = bertweet.analyze("on [MASK] at", top_k=99).candidates
    sentences = {one.token: (one.sentence, one.read_as) for one in ranked}
    assert sentences["m@@"][0] == "on mat"
    assert sentences["cat"] == ("on cat at", None)
    assert "@@" not in "".join(sentence for sentence, _ in sentences.values())


def test_what_a_filled_in_piece_is_read_as(bertweet: MaskedLM) -> None:
    """`m@@` and `at` are scored; the vocabulary's merges read their word in that way too."""
    [ranked] = bertweet.analyze("on [MASK] at", top_k=99).candidates
    for one in ranked:
        again = [token.id for token in bertweet.analyze(one.sentence).tokens]
        scored = [token.id for token in bertweet.analyze("on [MASK] at").tokens]
        scored[2] = one.id
        assert (again == scored) == (one.read_as is None), one


def test_a_protein_with_residues_that_are_none(tmp_path: Path) -> None:
    pieces = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO", "<mask>"]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces))
    with quiet():
        EsmTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
        config = EsmConfig(
            vocab_size=len(pieces), pad_token_id=1, mask_token_id=29,
            position_embedding_type="rotary", **SHAPE,
        )  # fmt: skip
        EsmForMaskedLM(config).save_pretrained(tmp_path)
    analysis = MaskedLM.load(str(tmp_path)).analyze("MK7T[MASK]LJA")
    assert written(analysis) == [*"MK7T", MASK, *"LJA"]
    assert analysis.notes == ("“7” and “J” are not in the vocabulary: the model sees <unk>.",)


@pytest.fixture
def model() -> BertForMaskedLM:
    return BertForMaskedLM(BertConfig(vocab_size=99, **SHAPE))


def encoder(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase) -> Encoder:
    return Encoder(TransformersTokenizer(tokenizer), takes(model), segments(model))


def vocabulary(folder: Path) -> str:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"東京は日本の首都", "the", "cat"]
    (folder / "vocab.txt").write_text("\n".join([*pieces, "##s", "sat", ","]))
    for name in ("shapes.json", "sounds.json"):
        (folder / name).write_text(json.dumps(dict.fromkeys(pieces, 0)))
    return str(folder / "vocab.txt")


def test_japanese_characters_outside_the_vocabulary(tmp_path: Path, model: BertForMaskedLM) -> None:
    tokenizer = BertJapaneseTokenizer(
        vocabulary(tmp_path), word_tokenizer_type="basic", subword_tokenizer_type="character"
    )
    encoded = encoder(model, tokenizer).encode("東京は薔薇の首都[MASK]日本")
    assert [encoded.masked.text[one.start : one.end] for one in encoded.tokens[1:-1]] == [
        *"東京は薔薇の首都", MASK, *"日本"
    ]  # fmt: skip
    assert encoded.notes == ("“薔” and “薇” are not in the vocabulary: the model sees [UNK].",)


def test_whole_words_outside_the_vocabulary(tmp_path: Path, model: BertForMaskedLM) -> None:
    tokenizer = RoCBertTokenizer(
        vocabulary(tmp_path), str(tmp_path / "shapes.json"), str(tmp_path / "sounds.json")
    )
    encoded = encoder(model, tokenizer).encode("The ¤¤ cats ¶[MASK] sat, on")
    assert [encoded.masked.text[one.start : one.end] for one in encoded.tokens[1:-1]] == [
        "The", "¤¤", "cat", "s", "¶", MASK, "sat", ",", "on"
    ]  # fmt: skip


def test_vietnamese_syllables_outside_the_vocabulary(
    tmp_path: Path, model: BertForMaskedLM
) -> None:
    (tmp_path / "vocab.txt").write_text(_FREQUENT)
    (tmp_path / "codes").write_text(_CODES)
    tokenizer = PhobertTokenizer(str(tmp_path / "vocab.txt"), str(tmp_path / "codes"))
    encoded = encoder(model, tokenizer).encode("the ñoa ||| cat [MASK] sat")
    ordinary = [one for one in encoded.tokens if not one.special]
    assert [encoded.masked.text[one.start : one.end] for one in ordinary] == [
        "the", "ñ", "o", "a", "cat", MASK, "s", "at"
    ]  # fmt: skip


def test_a_mark_behind_the_last_piece_of_a_word(tmp_path: Path) -> None:
    """As XLM's and FlauBERT's: `at</w>` ends a word, `c` wants more behind it."""
    special = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    pieces = [*special, "c", "s", "at</w>", "the</w>", "t</w>", "a", "t", "h", "e</w>", "th"]
    backend = Tokenizer(
        models.BPE(
            vocab={piece: at for at, piece in enumerate(pieces)},
            merges=[("t", "h"), ("th", "e</w>"), ("a", "t</w>")],
            unk_token="<unk>",
            end_of_word_suffix="</w>",
        )
    )
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.decoder = decoders.BPEDecoder(suffix="</w>")
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", unk_token="<unk>", cls_token="<s>",
        sep_token="</s>", mask_token="<mask>",
    )  # fmt: skip
    model = BertForMaskedLM(BertConfig(vocab_size=len(tokenizer), **SHAPE))
    with quiet():
        model.save_pretrained(tmp_path)
        tokenizer.save_pretrained(tmp_path)
    [ranked] = MaskedLM.load(str(tmp_path)).analyze("the [MASK] at", top_k=99).candidates
    sentences = {one.token: (one.sentence, one.read_as) for one in ranked}
    assert sentences["c"] == ("the cat", None)
    assert sentences["the</w>"] == ("the the at", None)
    assert sentences["<mask>"] == (f"the {MASK} at", None)
