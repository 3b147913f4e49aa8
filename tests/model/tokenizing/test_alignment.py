"""Word pieces laid along a text, of tokenizers that do not say where they stand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.tokenizing.alignment import find_pieces


@pytest.mark.parametrize(
    ("text", "pieces", "found"),
    [
        ("the Hxt sat", ["the", None, None, "t", "sat"], ["the", "H", "x", "t", "sat"]),
        ("Hah a b", [None, "a", "b"], ["Hah", "a", "b"]),
        ("¤¤ ¶¶ x", [None, None, "x"], ["¤¤", "¶¶", "x"]),
        ("東京の薔薇は", ["東京", "の", None, "は"], ["東京", "の", "薔薇", "は"]),
        ("I ❤\ufe0f you", ["I", "❤", "you"], ["I", "❤\ufe0f", "you"]),
        ("Cafe\u0301 ＷＩＤＥ", ["cafe", "wi", "de"], ["Cafe\u0301", "ＷＩ", "ＤＥ"]),
        ("hi 😀 there", ["hi", ":smile:", "there"], ["hi", "😀", "there"]),
        ("ask @bob now", ["ask", "@user", "now"], ["ask", "@bob", "now"]),
        ("a", ["", "a", ""], ["", "a", ""]),
        ("abc", ["q", "abc"], ["", "abc"]),
        ("", [], []),
        ("gone", ["gone", None], ["gone", ""]),
    ],
)
def test_pieces_keep_their_places(text: str, pieces: list[str | None], found: list[str]) -> None:
    assert [text[start:end] for start, end in find_pieces(text, pieces)] == found


@given(st.lists(st.lists(st.text("abcé日", min_size=1), min_size=1), max_size=8), st.randoms())
def test_known_pieces_are_found_whatever_is_unknown_between_them(
    words: list[list[str]], chance: object
) -> None:
    text = " ".join("".join(word) for word in words)
    pieces = [piece for word in words for piece in word]
    spans = find_pieces(text, list(pieces))
    assert [text[start:end] for start, end in spans] == pieces
    assert find_pieces(text.upper(), list(pieces)) == spans


@given(st.text(), st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=20))
def test_spans_are_in_order_and_in_the_text(text: str, pieces: list[str | None]) -> None:
    spans = find_pieces(text, pieces)
    assert len(spans) == len(pieces)
    reached = 0
    for start, end in spans:
        assert start <= end <= len(text)
        # Of a character that is several in another form, such as ‥, each may have all.
        assert start >= reached - 1 or start == end
        reached = max(reached, end)


@pytest.mark.parametrize(
    ("text", "pieces"), [("薔" * 3000, [None] * 510), ("a" * 3000, ["b"] * 510)]
)
def test_what_cannot_be_found_costs_no_time(text: str, pieces: list[str | None]) -> None:
    began = time.process_time()
    assert len(find_pieces(text, pieces)) == 510
    assert time.process_time() - began < 5
