"""Word pieces as tokenizers write them, and as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from tui.analysis.word_pieces import PieceStyle, without_marks

BYTES = PieceStyle.marked("Ġ", frozenset({"<s>", "</s>"}))


def letters(text: str) -> str:
    """A text in the letters that byte-level BPE writes for its bytes."""
    [(written, _)] = pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False
    ).pre_tokenize_str(text)
    return written


@given(st.text(min_size=1).filter(str.strip))
def test_letters_for_bytes_are_those_of_the_tokenizers_themselves(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert BYTES.joined([letters(text)]) == text


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["æ", "Ĺ", "¥"], ["日1/3", "日2/3", "日3/3"]),
        (["æĹ", "¥æ", "ľ¬"], ["日1-2/3", "日3/3本1/3", "本2-3/3"]),
        (["caf", "Ã©"], ["caf", "é"]),
        (["Ġcat", "ĠcafÃ©", "Ġ"], ["Ġcat", "Ġcafé", "Ġ"]),
        (["ð", "Łĳį"], ["👍1/4", "👍2-4/4"]),
        (["æ", "Ĺ"], ["<0xE6>", "<0x97>"]),
        (["<s>", "æ", "</s>"], ["<s>", "<0xE6>", "</s>"]),
        (["Ċ", "ĉ"], ["Ċ", "ĉ"]),
        (["âĢĭ"], ["U+200B"]),
        ([letters("́")], ["◌́"]),
        (["Ʊ", "æĹ¥"], ["Ʊ", "日"]),
    ],
)
def test_bytes_are_shown_as_the_letters_they_stand_for(pieces: list[str], shown: list[str]) -> None:
    assert BYTES.shown_in_order(pieces) == shown


def test_bytes_that_sentencepiece_falls_back_on_too() -> None:
    style = PieceStyle.marked("▁")
    assert style.shown_in_order(["▁", "<0xE6>", "<0x97>", "<0xA5>", "▁a", "<0x0A>"]) == [
        "▁", "日1/3", "日2/3", "日3/3", "▁a", "<0x0A>",
    ]  # fmt: skip
    assert style.shown("<0xE6>") == "<0xE6>"
    assert style.joined(["<0xE6>", "<0x97>", "<0xA5>"]) == "日"


@given(st.text(min_size=1), st.lists(st.integers(1, 5), min_size=1))
def test_pieces_of_bytes_cut_anywhere_are_as_many_and_each_is_seen(
    text: str, cuts: list[int]
) -> None:
    text = text.encode("utf-8", "replace").decode()
    whole = letters(text)
    pieces: list[str] = []
    while whole:
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(whole[:size])
        whole = whole[size:]
    shown = BYTES.shown_in_order(pieces)
    assert len(shown) == len(pieces)
    assert all(one.strip() and len(one.splitlines()) == 1 for one in shown)


@pytest.mark.parametrize(
    ("pieces", "starts"),
    [
        (["cat", "##s", "sat"], [True, False, True]),
        (["The", "Ġcat", "s"], [True, True, False]),
        (["▁the", "▁cat", "s"], [True, True, False]),
        (["on", "m@@", "at", "a"], [True, True, False, True]),
        (["c", "at</w>", "s", "at</w>"], [True, False, True, False]),
        (["the", "cat"], [True, True]),
    ],
)
def test_every_mark_says_where_words_begin(pieces: list[str], starts: list[bool]) -> None:
    style = PieceStyle.of_pieces(["[CLS]", *pieces, "[SEP]"], ["[CLS]", "[SEP]"])
    assert style.starts(["[CLS]", *pieces, "[SEP]"]) == [True, *starts, True]


@pytest.mark.parametrize(
    ("mark", "piece", "bare"),
    [
        ("##", "##s", "s"),
        ("##", "##", "##"),
        ("##", "Ġcat", "Ġcat"),
        ("Ġ", "ĠcafÃ©", "café"),
        ("▁", "▁cat", "cat"),
        ("▁", "▁New▁York", "New York"),
        ("@@", "m@@", "m"),
        ("@@", "@@", "@@"),
        ("</w>", "cat</w>", "cat"),
    ],
)
def test_a_piece_without_its_marks(mark: str, piece: str, bare: str) -> None:
    assert PieceStyle.marked(mark).bare(piece) == bare


@pytest.mark.parametrize(
    ("piece", "written", "word"),
    [
        ("Ġcat", "cat", "cat"),
        ("▁cat", "cat", "cat"),
        ("##s", "s", "s"),
        ("m@@", "m", "m"),
        ("cat</w>", "cat", "cat"),
        ("it", "It", "it"),
        ("[UNK]", "🙂", "[UNK]"),
        ("##x", "##x", "##x"),
    ],
)
def test_a_mark_that_the_text_has_is_none(piece: str, written: str, word: str) -> None:
    assert without_marks(piece, written) == word


@given(st.text())
def test_whatever_is_in_a_vocabulary_can_be_seen(piece: str) -> None:
    for mark in ("", "##", "Ġ", "▁", "@@", "</w>"):
        shown = PieceStyle.marked(mark).shown(piece)
        assert shown.strip()
        assert len(shown.splitlines()) == 1
        assert "\x1b" not in shown
