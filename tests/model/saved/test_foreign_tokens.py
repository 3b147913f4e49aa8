"""Attention that another tool saved: any marks on its tokens, any shape, anything in a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import desk
from tui.analysis.units import Units
from tui.errors import ModelError
from tui.model.saved.read_npz import read_npz
from tui.model.saved.saved_model import SavedModel
from tui.text import clean


def weights(layers: int, heads: int, count: int) -> np.ndarray:
    raw = np.random.default_rng(0).random((layers, heads, count, count), dtype=np.float32)
    shares: np.ndarray = raw / raw.sum(axis=-1, keepdims=True)
    return shares


def saved(folder: Path, tokens: Any, **arrays: Any) -> Path:
    if not arrays:
        arrays = {"attention": weights(2, 3, len(tokens))}
    path = folder / "other.npz"
    np.savez(path, tokens=tokens, **arrays)
    return path


@pytest.mark.parametrize(
    ("tokens", "text", "words"),
    [
        (["<s>", "The", "Ġcat", "s", "</s>"], "The cats", ("<s>", "The", "cats", "</s>")),
        (["[CLS]", "▁The", "▁cat", "s", "[SEP]"], "The cats", ("[CLS]", "The", "cats", "[SEP]")),
        (["[CLS]", "The", "cat", "##s", "[SEP]"], "The cats", ("[CLS]", "The", "cats", "[SEP]")),
        (["<s>", "The", "c@@", "at", "</s>"], "The cat", ("<s>", "The", "cat", "</s>")),
        (["The</w>", "c", "at</w>", ".</w>"], "The cat .", ("The", "cat", ".")),
        (["<s>", "Ġ", "æ", "Ĺ", "¥", "</s>"], "日", ("<s>", "日", "</s>")),
        (["<s>", "ĠcafÃ©", "Ġ<x>", "</s>"], "café <x>", ("<s>", "café", "<", "x", ">", "</s>")),
        (["▁", "<0xE6>", "<0x97>", "<0xA5>", "▁a"], "日 a", ("日", "a")),
        (["Ġthe", "<mask>", "Ġsat"], "the [MASK] sat", ("the", "<mask>", "sat")),
        (["the", "cat", "sat"], "the cat sat", ("the", "cat", "sat")),
    ],
)  # fmt: skip
def test_any_tool_s_marks_are_spelled(
    tmp_path: Path, tokens: list[str], text: str, words: tuple[str, ...]
) -> None:
    found = read_npz(saved(tmp_path, tokens))
    assert found.text == text
    assert [token.text for token in found.tokens] == tokens
    if "<x>" not in text:
        assert Units.of(found, words=True).labels == words
    assert SavedModel("x", found).analyze(text).text == text  # type: ignore[arg-type]


def test_a_given_text_is_where_the_tokens_are_looked_for(tmp_path: Path) -> None:
    tokens = np.array(["<s>", "the", "Ġcaf", "Ã", "©", "Ġsat", "</s>"])
    path = saved(tmp_path, tokens, attention=weights(1, 1, 7), text=np.array("The café  sat"))
    found = read_npz(path)
    assert found.text == "The café sat"
    assert [found.text[one.start : one.end] for one in found.tokens] == [
        "", "The", "caf", "é", "é", "sat", "",
    ]  # fmt: skip
    assert Units.of(found, words=True).labels == ("<s>", "the", "café", "sat", "</s>")


WORDS = ["[CLS]", "the", "cat", "[SEP]"]
FOUR = weights(3, 2, 4)


@pytest.mark.parametrize(
    ("arrays", "expected", "note"),
    [
        ({"attention": FOUR[0]}, FOUR[:1], "no dimension of layers"),
        ({"attention": FOUR[0, 0]}, FOUR[:1, :1], "one matrix"),
        ({"a": FOUR[1]}, FOUR[1:2], "no dimension of layers"),
        ({"a": FOUR[1, 1], "hidden": np.ones((4, 8))}, FOUR[1:2, 1:2], "one matrix"),
        ({"attention": FOUR[np.newaxis]}, FOUR, ""),
        ({"attention": FOUR[:, np.newaxis]}, FOUR, ""),
        (
            {f"layer_{at}": FOUR[at % 3][np.newaxis] for at in range(11)},
            np.stack([FOUR[at % 3] for at in range(11)]),
            "an array for each layer: layer_0, layer_1, layer_2, layer_3",
        ),
        ({"arr_0": FOUR[0], "arr_1": FOUR[1]}, FOUR[:2], "an array for each layer"),
    ],
    ids=["layer", "matrix", "unnamed layer", "unnamed matrix", "batch first", "batch second",
         "one a layer", "one a layer, no batch"],
)  # fmt: skip
def test_any_shape_opens(
    tmp_path: Path, arrays: dict[str, Any], expected: np.ndarray, note: str
) -> None:
    found = read_npz(saved(tmp_path, WORDS, **arrays))
    np.testing.assert_array_equal(found.attention, expected)
    assert note in " ".join(found.notes)
    assert bool(note) == bool(found.notes)
    assert (found.model.layers, found.model.heads) == expected.shape[:2]


def test_tokens_in_a_batch_of_one(tmp_path: Path) -> None:
    found = read_npz(saved(tmp_path, [WORDS], attention=FOUR))
    assert [token.text for token in found.tokens] == WORDS


@pytest.mark.parametrize(
    "arrays",
    [
        {"attention": FOUR[0, 0, :3]},
        {"a": FOUR[0, 0, 0]},
        {"a": FOUR, "b": FOUR},
        {"a": FOUR[0, 0], "b": FOUR[1, 1]},
    ],
)
def test_what_is_no_attention_is_said_in_a_sentence(tmp_path: Path, arrays: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"\[layer, head, query, key\]") as caught:
        read_npz(saved(tmp_path, WORDS, **arrays))
    assert "\n" not in str(caught.value)


ODD = [
    "[CLS]", "a\nb", "c\td", "\u2028", "\x1b[31mred\x1b[0m", "[b]bold[/b]", "\u200b", "\u202eevil",
    "שלום", "x" * 4000, "", " ", "👩\u200d👩\u200d👧", "e\u0301", "\u0301", "漢字", "|||",
    "[/MASK]", "\\", "\ufeff", "##", "[MASK]", "[SEP]",
]  # fmt: skip


@pytest.mark.parametrize(
    "tokens", [ODD, np.char.encode(np.array(ODD), "utf-8"), [*ODD[1:9], "Ġcat"]]
)
def test_any_token_is_data(tmp_path: Path, tokens: Any) -> None:
    found = read_npz(saved(tmp_path, tokens))
    assert clean(found.text) == found.text
    for token in found.tokens:
        assert token.label.strip()
        assert len(token.label.splitlines()) == 1
        assert "\x1b" not in token.label
        assert 0 <= token.start <= token.end <= len(found.text)
    assert all(label.strip() for label in Units.of(found, words=True).labels)


async def test_the_grid_s_lines_stay_whole(tmp_path: Path) -> None:
    model = SavedModel.load(str(saved(tmp_path, ODD)))
    async with desk(tmp_path, None, loaded=model, size=(80, 30), model="other.npz") as app:  # type: ignore[arg-type]
        assert "U+200B" in app.text
        assert len(app.main.grid.content.labels) == len(ODD)  # type: ignore[union-attr]
        for keys in ((), ("u",), ("u", "x"), ("escape", "t")):
            await app.press(*keys)
            lines = app.screen
            assert len(lines) == 30
            for line in lines:
                assert len(line.splitlines()) <= 1
                assert line.isprintable() or "\u200d" in line
