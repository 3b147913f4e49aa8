"""A tokenizer that is missing, or another model's, is refused; a few tokens too many are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from tests.model import families, tiny
from tests.model.torch_engine.odd_checkpoints import (
    TEXT,
    edited,
    refusal,
    vocabulary_alone,
    warnings,
    without,
)
from tests.model.torch_engine.test_renamed_weights import rename
from tui.errors import RequestError
from tui.model.masked_lm import MaskedLM
from tui.model.tokenizing.vocabulary_size import is_rounded_up
from tui.model.torch_engine.loading import load
from tui.model.torch_engine.quiet import quiet

FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def retokenized(folder: Path, tokenizer: PreTrainedTokenizerBase) -> Path:
    """Put another tokenizer beside the model, which stays as it is."""
    with quiet():
        tokenizer.save_pretrained(without(folder, *FILES))
    return folder


def byte_pairs(folder: Path) -> Path:
    """A model whose tokenizer is written down in vocab.json and merges.txt."""
    families.save("roberta", folder)
    backend = json.loads((folder / "tokenizer.json").read_text())["model"]
    without(folder, *FILES)
    (folder / "vocab.json").write_text(json.dumps(backend["vocab"]))
    merges = "\n".join(" ".join(pair) for pair in backend["merges"])
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    return folder


# Missing


def test_a_folder_without_a_tokenizer(folder: Path) -> None:
    without(folder, *FILES)
    assert (
        "has no tokenizer that can read a text: vocab.txt or tokenizer.json is missing; put the "
        "tokenizer's files into its folder"
    ) in refusal(folder)


@pytest.mark.parametrize("kind", ["roberta", "camembert", "deberta-v2", "esm", "esmc"])
def test_a_folder_of_another_family_without_one(tmp_path: Path, kind: str) -> None:
    families.save(kind, tmp_path)
    without(tmp_path, *FILES)
    assert "has no tokenizer that can read a text: " in refusal(tmp_path)


@pytest.mark.parametrize("left", ["tokenizer_config.json", "special_tokens_map.json"])
def test_its_settings_are_no_vocabulary(folder: Path, left: str) -> None:
    without(folder, "tokenizer.json")
    (folder / left).write_text("{}")
    assert "has no tokenizer that can read a text" in refusal(folder)


@pytest.mark.parametrize("gone", ["vocab.json", "merges.txt"])
def test_half_of_a_tokenizer(tmp_path: Path, gone: str) -> None:
    """Without its merges every character is a piece, without its vocabulary everything unknown."""
    byte_pairs(tmp_path)
    assert warnings(tmp_path) == ()
    without(tmp_path, gone)
    assert f"{gone} is missing" in refusal(tmp_path)


# Of another size


def test_tokens_that_were_added_without_embeddings_are_told(folder: Path) -> None:
    tokenizer = tiny.tokenizer()
    tokenizer.add_tokens(["[HL]", "covid"])
    retokenized(folder, tokenizer)
    model = MaskedLM.load(str(folder))
    [warning] = model.info.warnings
    assert "“[HL]” and “covid” were added to the tokenizer" in warning
    assert "a text with one of them cannot be read" in warning
    assert model.analyze(TEXT).candidates
    for text in ("the covid [MASK]", "the [HL] cat [MASK]", "a ||| covid"):
        with pytest.raises(RequestError, match="for which its model has no embedding") as raised:
            model.analyze(text)
        assert ("“covid”" in str(raised.value)) == ("covid" in text)
    with pytest.raises(RequestError):
        model.analyze_batch([TEXT, "covid"])
    with pytest.raises(RequestError):
        model.count_tokens("covid")


def test_added_tokens_that_have_embeddings_are_nothing_to_tell(folder: Path) -> None:
    tokenizer = tiny.tokenizer()
    tokenizer.add_tokens(["covid"])
    model = load(str(folder)).model
    with quiet():
        model.resize_token_embeddings(len(tokenizer))
        model.save_pretrained(folder)
    assert warnings(retokenized(folder, tokenizer)) == ()
    assert MaskedLM.load(str(folder)).analyze("the covid [MASK]").masks == (3,)


@pytest.mark.parametrize("kind", ["mask", "pad", "cls", "sep", "unk"])
def test_a_special_token_without_an_embedding_is_refused(folder: Path, kind: str) -> None:
    tokenizer = tiny.tokenizer()
    tokenizer.add_special_tokens({f"{kind}_token": "[ODD]"})
    said = refusal(retokenized(folder, tokenizer))
    assert "The tokenizer of" in said
    assert "does not fit its model: its [ODD] is number 18, and the model has" in said
    assert "embeddings for the numbers 0 to 17; put the tokenizer's files" in said


def test_a_vocabulary_with_more_pieces_than_the_model(folder: Path) -> None:
    vocabulary_alone(folder, "covid")
    assert "it has 19 tokens, and the model has embeddings for the numbers 0 to 17" in refusal(
        folder
    )


def test_a_piece_that_stands_twice(folder: Path) -> None:
    """The second line counts, and its number is none of the model's."""
    vocabulary_alone(folder, "cat", "")
    assert "it has 20 tokens (vocab.txt has “cat” twice)" in refusal(folder)


def test_a_piece_that_stands_twice_in_a_vocabulary_of_the_right_size(folder: Path) -> None:
    pieces = vocabulary_alone(folder)
    pieces[pieces.index("b")] = "cat"
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in [*pieces, "b"]))
    assert "(vocab.txt has “cat” twice)" in refusal(folder)


def test_blank_lines_at_the_end_of_a_vocabulary_are_no_pieces(folder: Path) -> None:
    vocabulary_alone(folder, "", "")
    assert warnings(folder) == ()
    assert MaskedLM.load(str(folder)).analyze(TEXT).candidates


def test_another_model_s_small_vocabulary_is_refused(folder: Path) -> None:
    pieces = vocabulary_alone(folder)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces[:8]))
    assert "it has but 8 tokens, and the model has embeddings for the numbers 0 to" in refusal(
        folder
    )


def test_a_vocabulary_that_is_rounded_up_is_nothing_to_tell(folder: Path) -> None:
    checkpoint = load(str(folder))
    with quiet():
        checkpoint.model.resize_token_embeddings(32)
        checkpoint.model.save_pretrained(folder)
    assert warnings(folder) == ()


def test_embeddings_without_a_token_that_no_rounding_explains_are_told(folder: Path) -> None:
    """As of a cased model's tokenizer beside an uncased model, or of a file that was cut off."""
    pieces = vocabulary_alone(folder)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces[:-4]))
    [warning] = warnings(folder)
    assert "has 14 tokens and the model 18 embeddings: they may be of two different" in warning


@pytest.mark.parametrize(
    ("tokens", "rows"),
    [(50280, 50304), (128001, 128100), (250101, 251000), (33, 64), (30522, 30528), (7, 7)],
)
def test_the_roundings_of_known_models(tokens: int, rows: int) -> None:
    assert is_rounded_up(tokens, rows)


@pytest.mark.parametrize(("tokens", "rows"), [(28996, 30522), (30000, 30522), (30521, 50000)])
def test_what_is_no_rounding(tokens: int, rows: int) -> None:
    assert not is_rounded_up(tokens, rows)


def test_merges_that_were_cut_off_are_told(tmp_path: Path) -> None:
    byte_pairs(tmp_path)
    (tmp_path / "merges.txt").write_text("#version: 0.2\nh e\n")
    [warning] = warnings(tmp_path)
    assert "has 1 merge for 7 pieces, so it may be cut off" in warning


def test_files_that_a_tokenizer_fails_over_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer_config.json").write_text("[]")
    assert "its tokenizer_config.json is no JSON" in refusal(folder)
    vocabulary_alone(folder)
    with (folder / "vocab.txt").open("ab") as file:
        file.write("é\n".encode("latin-1"))
    assert "its vocab.txt is not written in UTF-8: save it as UTF-8." in refusal(folder)
    other = tmp_path / "other"
    families.save("xlm-roberta", other)
    without(other, *FILES)
    (other / "sentencepiece.bpe.model").write_bytes(b"\n\x0f\n\x05<unk>\x15")
    assert "its sentencepiece.bpe.model cannot be read by SentencePiece" in refusal(other)


def test_a_number_that_only_the_template_knows(folder: Path) -> None:
    """What the tokenizer puts around a text, under numbers of another vocabulary."""
    path = folder / "tokenizer.json"
    settings = json.loads(path.read_text())
    settings["post_processor"]["special_tokens"]["[CLS]"]["ids"] = [77]
    path.write_text(json.dumps(settings))
    assert "does not fit its model: it puts number 77 around a text, and" in refusal(folder)


def test_a_tokenizer_of_python_is_checked_too(tmp_path: Path) -> None:
    families.save("esm", tmp_path)
    pieces = [*AutoTokenizer.from_pretrained(tmp_path).get_vocab()]
    without(tmp_path, *FILES)
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "EsmTokenizer"}')
    special = ["<cls>", "<pad>", "<eos>", "<unk>", "<mask>"]
    (tmp_path / "vocab.txt").write_text("\n".join([*special, *pieces]))
    assert "does not fit its model: it has " in refusal(tmp_path)


def test_every_family_fits_its_own(tmp_path: Path) -> None:
    for kind in ("albert", "bart", "xlm", "luke", "tapas", "roc_bert", "modernvbert", "neomme"):
        families.save(kind, tmp_path / kind)
        assert load(str(tmp_path / kind)).warnings == (), kind


# Capitals


CASED = ("The", "Paris", "France")


def cased(folder: Path) -> Path:
    """Make the model's vocabulary a cased one, in vocab.txt alone."""
    pieces = vocabulary_alone(folder)
    (folder / "vocab.txt").write_text("".join(f"{p}\n" for p in [*pieces[:-3], *CASED]))
    return folder


def test_a_cased_vocabulary_that_is_read_in_lower_case_is_told(folder: Path) -> None:
    [warning] = warnings(cased(folder))
    assert warning.startswith(
        f"Texts are read in lower case, as no file of {folder} says otherwise"
    )
    assert "has pieces with capitals, such as “France”" in warning
    assert 'put a tokenizer_config.json with {"do_lower_case": false} into its folder' in warning
    pieces = [token.text for token in MaskedLM.load(str(folder)).analyze("Paris").tokens]
    assert "Paris" not in pieces


def test_what_is_told_about_capitals_helps(folder: Path) -> None:
    cased(folder)
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    assert warnings(folder) == ()
    pieces = [token.text for token in MaskedLM.load(str(folder)).analyze("The Paris").tokens]
    assert pieces == ["[CLS]", "The", "Paris", "[SEP]"]


def test_settings_that_say_nothing_of_capitals(folder: Path) -> None:
    cased(folder)
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 32}')
    assert len(warnings(folder)) == 1


def test_who_wants_lower_case_is_not_told(folder: Path) -> None:
    cased(folder)
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    assert warnings(folder) == ()


@pytest.mark.parametrize("kind", ["distilbert", "electra", "mobilebert"])
def test_capitals_in_other_families(tmp_path: Path, kind: str) -> None:
    families.save(kind, tmp_path)
    assert "lower case" in warnings(cased(tmp_path))[0]


def test_an_uncased_vocabulary_is_nothing_to_tell(folder: Path) -> None:
    vocabulary_alone(folder)
    assert warnings(folder) == ()


def test_two_warnings_stand_beside_each_other(folder: Path) -> None:
    rename(cased(folder), lambda name: f"module.{name}")
    assert len(warnings(folder)) == 2


# Configurations


@pytest.mark.parametrize(
    "settings",
    [
        {"return_dict": False},
        {"output_attentions": True},
        {"output_hidden_states": True, "return_dict": False},
        {"output_attentions": True, "attn_implementation": "sdpa", "return_dict": False},
        {"torchscript": True},
        {"use_return_dict": False},
        {"_attn_implementation": "flash_attention_2"},
    ],
    ids=str,
)
def test_the_form_of_answers_is_not_the_configuration_s(
    folder: Path, settings: dict[str, Any]
) -> None:
    expected = MaskedLM.load(str(folder)).analyze(TEXT)
    found = MaskedLM.load(str(edited(folder, **settings))).analyze(TEXT)
    assert found.candidates == expected.candidates
    assert (found.attention == expected.attention).all()
    assert found.told == ()


@pytest.mark.parametrize("kind", ["deberta", "bart", "modernvbert", "squeezebert"])
def test_nor_that_of_families_that_answer_in_other_ways(tmp_path: Path, kind: str) -> None:
    families.save(kind, tmp_path)
    expected = MaskedLM.load(str(tmp_path)).analyze(families.TEXT)
    settings: dict[str, Any] = {
        "return_dict": False,
        "output_attentions": True,
        "output_hidden_states": True,
    }
    inner = json.loads((tmp_path / "config.json").read_text()).get("text_config")
    nested: dict[str, Any] = {"text_config": {**inner, **settings}} if inner else {}
    found = MaskedLM.load(str(edited(tmp_path, **settings, **nested))).analyze(families.TEXT)
    assert found.candidates == expected.candidates
    assert (found.attention == expected.attention).all()


def test_compressed_weights_are_refused_by_name(folder: Path) -> None:
    edited(folder, quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True})
    assert "is refused: its weights are compressed (bitsandbytes)" in refusal(folder)
    edited(folder, quantization_config={"load_in_4bit": True})
    assert "is refused: its weights are compressed, and" in refusal(folder)
