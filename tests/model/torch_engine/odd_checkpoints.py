"""Tiny checkpoints whose files a test changes, and what is said of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from tui.errors import ModelError
from tui.model.masked_lm import MaskedLM

TEXT = "the [MASK] sat on the mat"


def refusal(folder: Path) -> str:
    """What the user is told about a folder that is no model: one line that names it."""
    with pytest.raises(ModelError) as raised:
        MaskedLM.load(str(folder))
    said = str(raised.value)
    assert said.isprintable(), said
    assert str(folder) in said
    assert said.endswith("."), said
    return said


def warnings(folder: Path) -> tuple[str, ...]:
    """What is told for as long as a model is loaded."""
    told = MaskedLM.load(str(folder)).info.warnings
    assert all(sentence.isprintable() for sentence in told)
    return told


def copied(folder: Path, to: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(folder, to))


def edited(folder: Path, file: str = "config.json", **changes: Any) -> Path:
    """Change a JSON file of a folder."""
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


def vocabulary_alone(folder: Path, *more: str) -> list[str]:
    """Have the tokenizer written down in vocab.txt and nothing else; returns its pieces."""
    numbers = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    pieces = [*sorted(numbers, key=lambda piece: numbers[piece]), *more]
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    without(folder, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
    return pieces


def without(folder: Path, *files: str) -> Path:
    """Take files out of a folder."""
    for name in files:
        (folder / name).unlink(missing_ok=True)
    return folder
