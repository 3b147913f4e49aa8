"""Words that differ are marked where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.text.compare_line import differing
from tui.widgets.text.marked_words import different_words

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "[MASK]", "猫"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("text", "other", "marked"),
    [
        ("the cat sat", "the dog sat", ["cat"]),
        ("the old cat", "the cat", ["old"]),
        ("the cat", "the old cat", []),
        ("all new here", "what was there", ["all", "new", "here"]),
        ("the [MASK] sat", "the [MASK] sat", []),
    ],
)
def test_what_the_other_does_not_have_is_marked(text: str, other: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in different_words(text, other)] == marked
    assert differing(text, other).plain == text


@given(WORDS, WORDS)
def test_whole_words_are_marked_and_none_of_the_same(text: str, other: str) -> None:
    assert different_words(text, text) == []
    for start, end in different_words(text, other):
        assert text[start:end] in text.split(" ")
        assert start == 0 or text[start - 1] == " "
