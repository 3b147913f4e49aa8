"""What is unusual about a tokenizer's files leaves it to transformers, which reads it otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tui.model.tokenizing.plain_tokenizer import (
    PlainTokenizer,
    open_plain_tokenizer,
    read_plain_tokenizer,
)
from tui.model.tokenizing.unusual import UnusualError
from tui.model.torch_engine.quiet import quiet
from tui.model.torch_engine.transformers_tokenizer import TransformersTokenizer

Change = Callable[[Path], object]


def edited(file: str, **changes: Any) -> Change:
    """Set keys of a JSON object; None of `DROP` takes one out."""

    def change(folder: Path) -> None:
        path = folder / file
        found = json.loads(path.read_text()) if path.is_file() else {}
        found.update(changes)
        path.write_text(
            json.dumps({key: value for key, value in found.items() if value is not DROP})
        )

    return change


DROP = object()


def settings(**changes: Any) -> Change:
    return edited("tokenizer_config.json", **changes)


def whole(**changes: Any) -> Change:
    return edited("tokenizer.json", **changes)


def part(name: str, **changes: Any) -> Change:
    """Change a part of `tokenizer.json`."""

    def change(folder: Path) -> None:
        path = folder / "tokenizer.json"
        found = json.loads(path.read_text())
        found[name] = {**found[name], **changes}
        path.write_text(json.dumps(found))

    return change


def token(at: int, **changes: Any) -> Change:
    """Change one of the added tokens."""

    def change(folder: Path) -> None:
        path = folder / "tokenizer.json"
        found = json.loads(path.read_text())
        found["added_tokens"][at].update(changes)
        path.write_text(json.dumps(found))

    return change


def written(file: str, content: str | bytes = "{}") -> Change:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / file).write_bytes(data)


def added(content: str, **flags: bool) -> dict[str, Any]:
    usual = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"content": content, **usual, "special": True, **flags}


def one_more(folder: Path) -> None:
    """Add a token beyond the vocabulary."""
    path = folder / "tokenizer.json"
    found = json.loads(path.read_text())
    number = len(found["model"]["vocab"])
    found["added_tokens"].append({"id": number, **added("dogs", special=False)})
    path.write_text(json.dumps(found))


def cut(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_bytes(path.read_bytes()[:-300])


def cut_in_a_letter(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_bytes(path.read_bytes()[:200] + b"\xe2\x96")


def turned(folder: Path) -> None:
    """Put the model before the other parts."""
    path = folder / "tokenizer.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps({"model": found.pop("model"), **found}))


def turned_with_more(folder: Path) -> None:
    turned(folder)
    path = folder / "tokenizer.json"
    path.write_text(f'{{"more": 1, {path.read_text()[1:]}')


def unread_map(folder: Path) -> None:
    """Name a token in a map that nobody reads, as the settings list the added tokens."""
    added = json.loads((folder / "tokenizer.json").read_text())["added_tokens"]
    settings(added_tokens_decoder={str(token.pop("id")): token for token in added})(folder)
    (folder / "special_tokens_map.json").write_text('{"eos_token": "[SEP]"}')


def class_of_configuration(folder: Path) -> None:
    settings(tokenizer_class=DROP)(folder)
    edited("config.json", tokenizer_class="BertJapaneseTokenizer")(folder)


@dataclass(frozen=True)
class Oddity:
    """A change of BERT's tiny tokenizer.

    Attributes:
        change: makes it.
        reason: what is unusual then, as the error names it; None if a library fails first.
        text: what transformers reads otherwise than what stands in `tokenizer.json`, where it does.
    """

    change: Change
    reason: str | None
    text: str = ""


TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
    "special_tokens": {},
}
LOWER = {"type": "Lowercase"}
CUT = {"max_length": 4, "strategy": "LongestFirst", "direction": "Right", "stride": 0}
FILLED = {
    "strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
    "pad_type_id": 0, "pad_token": "[PAD]",
}  # fmt: skip

ODDITIES = {
    # Settings, from which the class builds what it reads with.
    "capitals": Oddity(settings(do_lower_case=False), "normalized", "The CAT"),
    "accents": Oddity(settings(strip_accents=False), "normalized", "cät"),
    "Chinese": Oddity(settings(tokenize_chinese_chars=False), "normalized", "the日cat"),
    "a flag that is none": Oddity(settings(do_lower_case="no"), "do_lower_case"),
    "another unknown": Oddity(settings(unk_token="[MASK]"), "cut in another way", "日"),
    "another opening": Oddity(settings(cls_token="[PAD]"), "put around", "the cat"),
    "a mask that is not added": Oddity(settings(mask_token="dog"), "not added", "dogs"),
    "no mask": Oddity(settings(mask_token=None), "mask_token"),
    "a mask of other flags": Oddity(
        settings(mask_token={"__type": "AddedToken", **added("[MASK]", lstrip=True)}), "differs"
    ),
    "a mask of no kind": Oddity(settings(mask_token=added("[MASK]")), "no known kind"),
    "more special tokens": Oddity(settings(additional_special_tokens=["cat"]), "unusual", "cats"),
    "extra special tokens": Oddity(settings(extra_special_tokens=["cat"]), "unusual", "cats"),
    "a token of another name": Oddity(settings(image_token="cat"), "image_token", "cats"),
    "special tokens that are cut": Oddity(
        settings(split_special_tokens=True), "split_special_tokens", "the [MASK]"
    ),
    "a token without its whole name": Oddity(settings(mask="[MASK]"), "mask"),
    "an unknown setting": Oddity(settings(some_thing=1), "some_thing"),
    "code of its own": Oddity(settings(auto_map={"AutoTokenizer": ["a.B", None]}), "auto_map"),
    "a longest input that is none": Oddity(settings(model_max_length="long"), "model_max_length"),
    "no longest input": Oddity(settings(model_max_length=0), "model_max_length"),
    "the older longest input": Oddity(settings(max_len=9), "max_len"),
    "other inputs": Oddity(settings(model_input_names=["input_ids", "bbox"]), "model_input_names"),
    "another file": Oddity(settings(fast_tokenizer_files=["tokenizer.4.json"]), "fast_tokenizer"),
    "added tokens that differ": Oddity(
        settings(added_tokens_decoder={"4": added("[MASK]", lstrip=True)}), "added tokens differ"
    ),
    "added tokens of words": Oddity(settings(added_tokens_decoder={"four": {}}), None),
    "settings that are a list": Oddity(written("tokenizer_config.json", "[]"), "no object"),
    "settings that are cut": Oddity(written("tokenizer_config.json", '{"do_lower'), None),
    "settings with a mark": Oddity(written("tokenizer_config.json", b"\xef\xbb\xbf{}"), None),
    # The class.
    "a class of another family": Oddity(settings(tokenizer_class="AlbertTokenizer"), "classes"),
    "a class that is not fast": Oddity(settings(tokenizer_class="PreTrainedTokenizer"), "classes"),
    "a class without a name": Oddity(settings(tokenizer_class=""), "classes"),
    "a class that is a number": Oddity(settings(tokenizer_class=1), "no name"),
    "a class of the configuration": Oddity(class_of_configuration, "classes"),
    "another type": Oddity(edited("config.json", model_type="roberta"), "type"),
    "a configuration's own code": Oddity(edited("config.json", auto_map={}), "custom"),
    "a configuration that is none": Oddity(written("config.json", "null"), "no object"),
    "no configuration": Oddity(lambda folder: (folder / "config.json").unlink(), None),
    # The whole.
    "no whole": Oddity(lambda folder: (folder / "tokenizer.json").unlink(), None),
    "a whole that is empty": Oddity(written("tokenizer.json", ""), "no object"),
    "a whole that is cut": Oddity(cut, None),
    "a whole that is cut in a letter": Oddity(cut_in_a_letter, None),
    "a whole with its model first": Oddity(turned, "the added tokens"),
    "a whole with more in it": Oddity(turned_with_more, "has more"),
    "a text that is cut": Oddity(whole(truncation=CUT), "cut or filled", "the cat sat on the mat"),
    "a text that is filled": Oddity(whole(padding=FILLED), "cut or filled", "cat"),
    "another normalizer": Oddity(whole(normalizer=LOWER), "normalized", "cät"),
    "no normalizer": Oddity(whole(normalizer=None), "normalized", "CAT"),
    "another cut": Oddity(whole(pre_tokenizer={"type": "Whitespace"}), "texts are cut", "a..a"),
    "other tokens around": Oddity(whole(post_processor=TEMPLATE), "put around", "cat"),
    "another mark": Oddity(part("model", continuing_subword_prefix="@@"), "pieces are cut", "cats"),
    "longer words": Oddity(part("model", max_input_chars_per_word=3), "pieces are cut", "cats"),
    "no model that is known": Oddity(part("model", type="WordLevel"), "WordPiece"),
    "no decoder": Oddity(whole(decoder=None), "other marks"),
    "a token beyond the vocabulary": Oddity(one_more, "added to the vocabulary"),
    "a token of another number": Oddity(token(4, id=7), "not those of the vocabulary"),
    "a token that is added twice": Oddity(token(3, content="[MASK]"), None),
    "a token of other flags": Oddity(token(4, hidden=True), "other flags"),
    "a flag that is a number": Oddity(token(4, lstrip=0), "no flag"),
    "a special token that is none": Oddity(token(4, special=False), "not added as one"),
    # The files beside it.
    "a map that differs": Oddity(
        written("special_tokens_map.json", '{"cls_token": "[PAD]"}'), "between files", "cat"
    ),
    "a map of other flags": Oddity(
        written(
            "special_tokens_map.json", json.dumps({"mask_token": added("[MASK]", rstrip=True)})
        ),
        "differs",
    ),
    "a map of more": Oddity(
        written("special_tokens_map.json", '{"additional_special_tokens": ["cat"]}'),
        "additional_special_tokens",
        "cats",
    ),
    "a map of a token without a content": Oddity(
        written("special_tokens_map.json", '{"additional_special_tokens": {}}'),
        "additional_special_tokens",
    ),
    "a map that nobody reads": Oddity(unread_map, "the map has a token"),
    "a map that is cut": Oddity(written("special_tokens_map.json", '{"cls'), None),
    "a list of added tokens": Oddity(
        written("added_tokens.json", '{"cats": 59}'), "added_tokens.json", "cats"
    ),
    "a SentencePiece model": Oddity(written("spiece.model", "x"), "spiece.model"),
    "a template": Oddity(written("chat_template.jinja", "x"), "chat_template"),
    "a vocabulary that is a pointer": Oddity(
        written("vocab.txt", "version https://git-lfs.github.com/spec/v1\n"), "no text"
    ),
    "a vocabulary that is empty": Oddity(written("vocab.txt", ""), "no text"),
    "a vocabulary with a mark": Oddity(written("vocab.txt", b"\xff\xfea"), "no text"),
    "a vocabulary that is a page": Oddity(written("vocab.txt", "\n<!DOCTYPE html>"), "no text"),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_it_is_left_to_transformers(bert: Path, name: str) -> None:
    oddity = ODDITIES[name]
    oddity.change(bert)
    assert open_plain_tokenizer(bert, "bert") is None
    if oddity.reason is not None:
        with pytest.raises(UnusualError, match=oddity.reason):
            read_plain_tokenizer(bert, "bert")


@pytest.mark.parametrize("name", [name for name in ODDITIES if ODDITIES[name].text])
def test_transformers_reads_it_otherwise(bert: Path, name: str) -> None:
    """Otherwise than the tokenizers library would, were it given `tokenizer.json` alone."""
    from tokenizers import Tokenizer

    oddity = ODDITIES[name]
    oddity.change(bert)
    with quiet():
        theirs = TransformersTokenizer(AutoTokenizer.from_pretrained(bert)).read(oddity.text)
    alone = Tokenizer.from_file(str(bert / "tokenizer.json")).encode(oddity.text)
    assert theirs.ids != alone.ids


ROBERTA = {
    "a space before": (settings(add_prefix_space=True), "texts are cut"),
    "spaces in spans": (settings(trim_offsets=False), "put around"),
    "a normalizer": (whole(normalizer=LOWER), "normalized"),
    "an unknown piece": (part("model", unk_token="<unk>"), "merges otherwise"),
    "fused unknown pieces": (part("model", fuse_unk=True), "merges otherwise"),
    "bytes that fall back": (part("model", byte_fallback=True), "merges otherwise"),
    "whole words first": (part("model", ignore_merges=True), "merges otherwise"),
    "merges at random": (part("model", dropout=0.5), "merges otherwise"),
    "a mark at the end": (part("model", end_of_word_suffix="</w>"), None),
    "a setting of BERT's": (settings(do_lower_case=True), "do_lower_case"),
    "a template around": (whole(post_processor=TEMPLATE), "put around"),
}


@pytest.mark.parametrize("name", ROBERTA)
def test_robertas_too(roberta: Path, name: str) -> None:
    change, reason = ROBERTA[name]
    assert isinstance(open_plain_tokenizer(roberta, "roberta"), PlainTokenizer)
    change(roberta)
    assert open_plain_tokenizer(roberta, "roberta") is None
    if reason is not None:
        with pytest.raises(UnusualError, match=reason):
            read_plain_tokenizer(roberta, "roberta")


def test_a_class_that_builds_sentencepiece_anew(folders: dict[str, Path], tmp_path: Path) -> None:
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / file).write_bytes((folders["unigram as it is"] / file).read_bytes())
    edited("config.json", model_type="camembert")(tmp_path)
    assert open_plain_tokenizer(tmp_path, "camembert") is not None
    settings(tokenizer_class=DROP)(tmp_path)
    with pytest.raises(UnusualError, match="none of the classes"):
        read_plain_tokenizer(tmp_path, "camembert")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (part("model", unk_id=2), "unknown is cut"),
        (part("model", byte_fallback=True), "unknown is cut"),
        (settings(sp_model_kwargs={"enable_sampling": True}), "sp_model_kwargs is unusual"),
        (settings(add_prefix_space=False), "cut in another way"),
        (whole(normalizer=LOWER), "normalized anew"),
        (part("post_processor", single=[]), None),
        (written("spiece.model", "a model"), "spiece.model"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_oddities_of_xlm_roberta(
    folders: dict[str, Path], tmp_path: Path, change: Callable[[Path], object], reason: str | None
) -> None:
    folder = Path(shutil.copytree(folders["xlm-roberta"], tmp_path / "model"))
    (folder / "sentencepiece.bpe.model").write_bytes(b"nobody reads it")
    assert isinstance(open_plain_tokenizer(folder, "xlm-roberta"), PlainTokenizer)
    change(folder)
    assert open_plain_tokenizer(folder, "xlm-roberta") is None
    if reason is not None:
        with pytest.raises(UnusualError, match=reason):
            read_plain_tokenizer(folder, "xlm-roberta")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (part("model", dropout=0.5), "at random"),
        (whole(post_processor=None), "nothing is put around"),
        (part("post_processor", special_tokens={}), "an unknown token around"),
        (settings(mask_token=DROP), "no mask"),
        (settings(mask_token="the"), "not added"),
        (settings(add_prefix_space=True), "add_prefix_space"),
    ],
)
def test_one_that_is_taken_as_it_is(
    folders: dict[str, Path], tmp_path: Path, change: Change, reason: str
) -> None:
    for path in folders["bytes as they are"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    change(tmp_path)
    with pytest.raises(UnusualError, match=reason):
        read_plain_tokenizer(tmp_path, "roberta")


def test_no_folder_is_no_tokenizer(tmp_path: Path) -> None:
    assert open_plain_tokenizer(tmp_path / "nowhere", "bert") is None
    assert open_plain_tokenizer(tmp_path, "bert") is None


def test_a_file_cut_anywhere_raises_nothing(bert: Path) -> None:
    for file in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        path = bert / file
        content = path.read_bytes()
        for end in range(0, len(content) - 2, max(1, len(content) // 97)):
            path.write_bytes(content[:end])
            assert open_plain_tokenizer(bert, "bert") is None, (file, end)
        path.write_bytes(content)
    assert open_plain_tokenizer(bert, "bert") is not None
