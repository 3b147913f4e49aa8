"""Files changed at random: a tokenizer that is opened still reads as transformers' own does."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, AutoTokenizer

from tests.model.tokenizing.conftest import MAKERS
from tui.model.tokenizing.plain_tokenizer import open_plain_tokenizer
from tui.model.torch_engine.quiet import quiet
from tui.model.torch_engine.transformers_tokenizer import TransformersTokenizer

TEXTS = (
    "The [MASK] sat, cäts 日本 on",
    " <mask> the cat",
    "a  [SEP] b dogs</s>",
    "[MASK]s un[UNK]",
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 3, "", "cat", "[MASK]", "<mask>", "##", [], {}, ["cat"], "right",
    "BertTokenizer", "DistilBertTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend",
)  # fmt: skip
SETTINGS = (
    "do_lower_case", "strip_accents", "add_prefix_space", "tokenizer_class", "mask_token",
    "unk_token", "cls_token", "eos_token", "additional_special_tokens", "extra_special_tokens",
    "model_max_length", "padding_side", "never_split", "model_input_names", "name_or_path",
)  # fmt: skip


def places(found: Any) -> Iterator[tuple[Any, Any]]:
    """Where something stands in an object: in what, and at which key; vocabularies stay."""
    for key in list(found) if isinstance(found, dict) else range(len(found)):
        if key in ("vocab", "merges"):
            continue
        yield found, key
        if isinstance(found[key], (dict, list)):
            yield from places(found[key])


def change_anything(found: dict[str, Any], chance: random.Random) -> None:
    where, key = chance.choice(list(places(found)))
    old = where[key]
    where[key] = not old if isinstance(old, bool) else chance.choice(VALUES)


def change_a_setting(found: dict[str, Any], chance: random.Random) -> None:
    key = chance.choice(SETTINGS)
    if chance.random() < 0.3:
        found.pop(key, None)
    else:
        found[key] = chance.choice(VALUES)


def list_the_added(found: dict[str, Any], chance: random.Random) -> None:
    names = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    listed = {str(id_): {"content": name, **flags} for id_, name in enumerate(names)}
    found["added_tokens_decoder"] = {id_: {**one, "special": True} for id_, one in listed.items()}


CHANGES: tuple[tuple[str, Callable[[dict[str, Any], random.Random], None]], ...] = (
    ("tokenizer.json", change_anything),
    ("tokenizer_config.json", change_a_setting),
    ("tokenizer_config.json", list_the_added),
    ("special_tokens_map.json", change_a_setting),
    ("config.json", change_a_setting),
)


@pytest.mark.parametrize("seed", range(3))
def test_it_reads_alike_or_is_left_to_transformers(
    folders: dict[str, Path], tmp_path: Path, seed: int
) -> None:
    chance, opened = random.Random(seed), 0
    for number in range(120):
        kind = chance.choice(list(MAKERS))
        folder = Path(shutil.copytree(folders[kind], tmp_path / str(number)))
        for _ in range(chance.choice((1, 1, 2))):
            file, change = chance.choice(CHANGES)
            path = folder / file
            found = json.loads(path.read_text()) if path.is_file() else {}
            change(found, chance)
            path.write_text(json.dumps(found))
        ours = open_plain_tokenizer(folder, MAKERS[kind][0])
        if ours is None:
            continue
        opened += 1
        with quiet():
            config = AutoConfig.from_pretrained(folder)
            theirs = TransformersTokenizer(AutoTokenizer.from_pretrained(folder, config=config))
        assert ours.facts == theirs.facts, folder
        for text in TEXTS:
            assert ours.read(text, TEXTS[0]) == theirs.read(text, TEXTS[0]), folder
    assert opened > 10
