"""The files that a tokenizer is written down in, and whether they say one thing.

transformers puts a tokenizer together from up to six files, and where two of them disagree, which
one counts depends on the class, on what else is there, and on the library's version. Here nothing
is decided: files that disagree, or say anything unknown, are unusual.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.model.tokenizing.unusual import UnusualError, expect

WHOLE = "tokenizer.json"
SETTINGS = "tokenizer_config.json"
SPECIAL = "special_tokens_map.json"
SENTENCE_PIECE = "sentencepiece.bpe.model"
"""A file that one class has, and reads nothing from where there is a `tokenizer.json`."""

NAMED = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
"""The special tokens that have names."""
_KEYS = {f"{name}_token": name for name in NAMED}

_FLAGS = ("lstrip", "normalized", "rstrip", "single_word", "special")
_OF_WHOLE = {
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
    "post_processor", "decoder",
}  # fmt: skip

_BESIDE = ("vocab.txt", "vocab.json", "merges.txt")
"""Files that nothing is read from where there is a `tokenizer.json`."""
_OTHERS = re.compile(
    r"added_tokens\.json|bpe\.codes|entity_vocab\.json|word_(shape|pronunciation)\.json"
    r"|[\w.-]+\.model|.*\.jinja|additional_chat_templates"
)
_NO_TEXT = re.compile(
    rb"version https?://|\s*(<!doctype|<html|<\?xml)|\xef\xbb\xbf|\xff\xfe|\xfe\xff|$",
    re.IGNORECASE,
)
"""How a file begins that is a pointer, a web page, or not in UTF-8, or that is empty."""

AddedTokens = dict[int, dict[str, Any]]
"""Added tokens by their numbers: `content` and flags."""


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """A tokenizer as its files have it.

    Attributes:
        text: `tokenizer.json`.
        model: where the tokenizer's model begins in it.
        added: the added tokens that it names.
        settings: `tokenizer_config.json`, empty if there is none.
        special: the special tokens that files name, such as `mask`, and what they are.
        declared: the class that a file names; None if none does.
        has_model: SentencePiece's own file lies beside it.
    """

    text: str
    model: int
    added: AddedTokens
    settings: Mapping[str, Any]
    special: Mapping[str, str]
    declared: str | None
    has_model: bool = False


def read_files(folder: Path, model_type: str) -> TokenizerFiles:
    """Read a tokenizer's files.

    Args:
        folder: a checkpoint's folder.
        model_type: the type that its configuration names.

    Raises:
        UnusualError: one is missing that is always there, there is one that is not usual, or what
            they say is not one thing.
        OSError: one cannot be read.
        ValueError: one is not JSON in UTF-8.
    """
    names = {path.name for path in folder.iterdir()}
    odd = next((name for name in names - {SENTENCE_PIECE} if _OTHERS.fullmatch(name)), None)
    expect(odd is None, f"there is {odd}")
    for name in names.intersection(_BESIDE):
        with (folder / name).open("rb") as file:
            expect(_NO_TEXT.match(file.read(512)) is None, f"{name} is no text")
    config = _object(folder / "config.json")
    expect(config.get("model_type") == model_type, "the model's type is not the configuration's")
    expect("auto_map" not in config and "model_name" not in config, "the configuration is custom")
    text = (folder / WHOLE).read_bytes().decode("utf-8")
    parts, model = _before_model(text)
    added = _added(parts)
    settings = _object(folder / SETTINGS) if SETTINGS in names else {}
    special = _object(folder / SPECIAL) if SPECIAL in names else {}
    for key in special:
        expect(
            key in _KEYS or _is_empty(key, special[key]),
            f"the map has {key}",
        )
    if "added_tokens_decoder" in settings:
        listed = {int(id_): token for id_, token in settings["added_tokens_decoder"].items()}
        expect(listed == added, "the added tokens differ")
        # Then nobody reads the map.
        expect(settings.keys() >= special.keys(), "the map has a token that the settings have not")
    classes = [settings.get("tokenizer_class"), config.get("tokenizer_class")]
    declared = next((one for one in classes if one is not None), None)
    expect(declared is None or isinstance(declared, str), "the class is no name")
    return TokenizerFiles(
        text, model, added, settings, _special(settings, special, added), declared,
        has_model=SENTENCE_PIECE in names,
    )  # fmt: skip


def check_settings(settings: Mapping[str, Any], more: Mapping[str, Callable[[Any], bool]]) -> None:
    """See that settings are known, and of the kinds that they are known of.

    Args:
        settings: those of `tokenizer_config.json`.
        more: further settings, and which values of them are usual.

    Raises:
        UnusualError: one is not.
    """
    for key, value in settings.items():
        if key in _KEYS or _is_empty(key, value):
            continue
        known = more.get(key) or _KNOWN.get(key)
        expect(known is not None and known(value), f"the setting {key} is unusual")


def is_flag(value: object) -> bool:
    """Whether a setting is true or false."""
    return isinstance(value, bool)


def _anything(_: object) -> bool:
    return True


_KNOWN: Mapping[str, Callable[[Any], bool]] = {
    "tokenizer_class": lambda value: isinstance(value, str),
    "added_tokens_decoder": _anything,  # compared by whoever reads it
    "model_max_length": lambda value: value is None or (type(value) is int and value > 0),
    "model_input_names": lambda value: (
        isinstance(value, list)
        and "input_ids" in value
        and set(value) <= {"input_ids", "token_type_ids", "attention_mask"}
    ),
    "padding_side": lambda value: value in ("right", "left"),
    "truncation_side": lambda value: value in ("right", "left"),
    # Of no meaning to how a text is read.
    "backend": lambda value: value == "tokenizers",
    "extra_special_tokens": lambda value: value == {},
    "clean_up_tokenization_spaces": is_flag,
    "is_local": is_flag,
    "local_files_only": is_flag,
    "name_or_path": lambda value: isinstance(value, str),
    "special_tokens_map_file": lambda value: value is None or isinstance(value, str),
    "tokenizer_file": lambda value: value is None,
}


def _is_empty(key: str, value: object) -> bool:
    return key in ("additional_special_tokens", "extra_special_tokens") and value == []


def _object(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_bytes().decode("utf-8"))
    if not isinstance(found, dict):
        raise UnusualError(f"{path.name} is no object")
    return found


_SPACE = re.compile(r"[ \t\r\n]*")


def _before_model(text: str) -> tuple[dict[str, Any], int]:
    """The parts of a `tokenizer.json` that stand before its model, and where that begins.

    The model is most of the file; the tokenizers library reads it, and once more takes 10 ms.
    """
    decode = json.JSONDecoder().raw_decode
    found: dict[str, Any] = {}

    def past(at: int, sign: str = "") -> int:
        match = _SPACE.match(text, at)
        at = match.end() if match else at
        expect(text.startswith(sign, at), f"{WHOLE} is no object")
        match = _SPACE.match(text, at + len(sign))
        return match.end() if match else at

    at = past(0, "{")
    while True:
        key, at = decode(text, at)
        at = past(at, ":")
        if key == "model":
            return found, at
        expect(key in _OF_WHOLE and key not in found, f"{WHOLE} has {key} before its model")
        found[key], at = decode(text, at)
        at = past(at, ",")


def _added(parts: Mapping[str, Any]) -> AddedTokens:
    """The added tokens as the file names them; other libraries than this one read them too."""
    added: AddedTokens = {}
    for token in parts.get("added_tokens", ()):
        flags = {key: token[key] for key in token if key != "id"}
        expect(set(flags) == {"content", *_FLAGS}, "an added token has other flags")
        expect(all(map(is_flag, (flags[key] for key in _FLAGS))), "a flag is no flag")
        expect(type(token["id"]) is int and token["id"] not in added, "a number is unusual")
        added[token["id"]] = flags
    return added


def _special(
    settings: Mapping[str, Any], special: Mapping[str, Any], added: AddedTokens
) -> dict[str, str]:
    """The special tokens that files name, each with the flags that it was added with."""
    by_content = {token["content"]: token for token in added.values()}
    expect(len(by_content) == len(added), "a token is added twice")
    found: dict[str, str] = {}
    for values in (settings, special):
        for key, name in _KEYS.items():
            if key not in values:
                continue
            value = values[key]
            if isinstance(value, dict):
                # Only in one of the two files is it said what the object is.
                tagged = value.get("__type") == "AddedToken"
                expect(tagged == (values is settings), f"{key} is of no known kind")
                flags = {one: value[one] for one in value if one not in ("__type", "special")}
                same = {**flags, "special": value.get("special", True)}
                expect(same == by_content.get(value.get("content")), f"{key} differs")
                value = value["content"]
            expect(isinstance(value, str), f"{key} is no token")
            expect(found.setdefault(name, value) == value, f"{key} differs between files")
    return found
