"""What a person pastes becomes one harmless line; what a model spells is shown, never obeyed."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from tui import text as text_module
from tui.terminal.textual_internals import cell_len
from tui.text import MASK, REPLACEMENT, clean, clusters, harmless, legible, visible, wrap

# Text of the pieces that trip a cleaner, glued in any order.
PIECES = st.sampled_from(
    [
        "\x1b",
        "\x1b[",
        "\x1b]0;",
        "\x9b",
        "\x9c",
        "\x07",
        "\x00",
        "[MASK]",
        "[/MASK]",
        "31m",
        " ",
        "\n",
        "\r\n",
        "\t",
        "\x85",
        "\u2028",
        "\u00a0",
        "\u202e",
        "\u200f",
        "\ud800",
        "a",
        "é",
        "日",
        "🎉",
        "\\",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))


def is_harmless(character: str) -> bool:
    return (
        unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        and unicodedata.bidirectional(character) not in ("LRE", "RLE", "LRO", "RLO", "PDF")
        and character not in "\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
    )


@given(TEXTS)
@example("a\u200e b\x00 \x07c")
def test_clean_text_is_one_harmless_line(text: str) -> None:
    cleaned = clean(text)
    assert all(is_harmless(character) for character in cleaned)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    assert len(cleaned.splitlines()) <= 1


@given(TEXTS)
@example("a \x00 b")
@example("\x1b\x1b[MASK]")
@example("\x00 a")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.lists(st.sampled_from(["[MASK]", "[CLS]", "cat", "##ful", "日本", "🎉", "[unused1]"])))
def test_harmless_text_stays_as_it_is(words: list[str]) -> None:
    text = " ".join(words)
    assert clean(text) == text


@pytest.mark.parametrize("token", [MASK, "[CLS]", "[SEP]", "[/MASK]", "[unused1]", "[mask]"])
@pytest.mark.parametrize("escapes", ["", "\x1b", "\x1b\x1b", "\x1b\x1b\x1b"])
def test_a_token_glued_to_an_escape_key_survives(token: str, escapes: str) -> None:
    assert clean(f"the cat {escapes}{token} here") == f"the cat {token} here"
    assert clean(f"{escapes}{token}") == token


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[1;38;5;200m",
        "\x1b[2J",
        "\x1b[?1049h",
        "\x1b[A",
        "\x1b[200~",
        "\x9b31m",
        "\x1b]0;a title\x07",
        "\x1b]8;;http://example.org\x1b\\",
        "\x1b]52;c;QQ==\x9c",
        "\x1bPq#0\x1b\\",
        "\x1b_app\x1b\\",
        "\x1b^private\x1b\\",
        "\x1bXstring\x1b\\",
        "\x1b(B",
        "\x1b7",
        "\x1bc",
    ],
)
def test_escape_sequences_go(sequence: str) -> None:
    assert clean(f"the {sequence}cat{sequence} sat") == "the cat sat"


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", "\v", "\x85", "\u2028", "\u2029", " \n \n "])
def test_lines_are_joined_by_a_space(space: str) -> None:
    assert clean(f"{space}one{space}two{space}") == "one two"


@given(st.text(st.characters(codec=None)))
def test_visible_replaces_one_for_one(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        assert after in (before, REPLACEMENT)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)
    assert visible(shown) == shown


@pytest.mark.parametrize("token", ["[MASK]", "[/MASK]", "##ful", "日本", "🎉", "שלום", "e\u0301"])
def test_visible_leaves_ordinary_tokens_alone(token: str) -> None:
    assert visible(token) == token


@pytest.mark.parametrize("breaks", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e", "\n"])
def test_visible_leaves_nothing_that_breaks_a_line(breaks: str) -> None:
    assert visible(f"a{breaks}b").splitlines() == [f"a{REPLACEMENT}b"]


def test_visible_shows_where_something_was() -> None:
    assert visible("a\x1b[31m\nb\u202e") == f"a{REPLACEMENT}[31m{REPLACEMENT}b{REPLACEMENT}"


@given(TEXTS)
@example("a\x1b]0;b")
def test_harmless_text_keeps_its_lines_and_nothing_a_terminal_obeys(text: str) -> None:
    kept = harmless(text)
    assert all(
        character in "\t\r\n" or is_harmless(character) or character in "\u2028\u2029"
        for character in kept
    )
    assert clean(kept) == clean(text)


def test_harmless_leaves_a_note_as_it_is() -> None:
    assert harmless("one\n\ttwo\r\n [MASK] three") == "one\n\ttwo\r\n [MASK] three"


# Characters and lines


@pytest.mark.parametrize(
    "one",
    [
        "e\u0301", "한", "\u1112\u1161\u11ab", "हि", "न्दी", "क्षि", "க்", "กำ", "❤\ufe0f",
        "1\ufe0f\u20e3", "👍\U0001f3fd", "👩\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "🇩🇪",
        "🏴\U000e0067\U000e0062\U000e007f", "ه\u200dه", "a\u200b", "a\u2060", "\ufffd", "日", "…",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_belongs_together_is_one_cluster(one: str) -> None:
    assert clusters(one) == [one]
    assert clusters(f"x{one}y日") == ["x", one, "y", "日"]


def test_what_stands_alone_stands_alone() -> None:
    assert clusters("") == []
    assert clusters("naïve 日本, がギ!") == list("naïve 日本, がギ!")
    assert clusters("🇩🇪🇫🇷🇪") == ["🇩🇪", "🇫🇷", "🇪"], "flags are pairs, counted from the left"
    assert clusters("한국어") == ["한", "국", "어"]
    assert clusters("हिन्दी") == ["हि", "न्दी"]
    assert clusters("a\xadb") == ["a", "\xad", "b"], "a soft hyphen is seen"
    assert clusters("\u0301a") == ["\u0301", "a"]


SEEN = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))
    | st.sampled_from("ae1❤👩👧🇩🇪नदक\u094d\u0940\u200d\u200b\ufe0f\u0301\u1112\u1161\u11ab"),
    max_size=12,
)


@pytest.mark.parametrize("plane", range(4))
def test_what_has_no_cell_is_never_alone(plane: int) -> None:
    """Any character of Unicode that is shown in no cell goes with the one before it."""
    for character in map(chr, range(plane << 16, (plane + 1) << 16)):
        if unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp"):
            assert cell_len(character) or clusters(f"0{character}") == [f"0{character}"]


@given(SEEN)
@example("0\u1160")
def test_clusters_are_the_text_and_as_wide_as_it(text: str) -> None:
    """Whoever puts clusters into a terminal's cells one after the other fills as many as the text.

    What has no width of its own is never alone, but at the beginning.
    """
    found = clusters(text)
    assert "".join(found) == text
    if text and cell_len(text[0]):
        assert sum(map(cell_len, found)) == cell_len(text)
        assert all(cell_len(one) for one in found)


@given(
    st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=("Cc", "Cs", "Cn")), max_size=9)
)
def test_the_short_way_is_no_other(text: str) -> None:
    """Texts of characters that stand alone are cut without the library, into the same."""
    alone = "".join(c for c in text if re.fullmatch(text_module._ALONE, c))
    assert list(alone) == regex.findall(r"\X", alone)


@given(SEEN | st.text("ab /日", max_size=60), st.integers(2, 12))
@example("", 5)
@example("abc " * 9, 3)
@example("/a/long/path/that/goes/on and ends", 7)
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width, cell_len)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(lines)
    for line in lines:
        assert cell_len(line) <= width or len(clusters(line)) == 1
    for before, after in pairwise(lines):
        assert cell_len(f"{before} {after.split()[0]}") > width, "nothing that fits is put off"


def test_words_stay_whole_where_they_can() -> None:
    assert wrap("the cat  sat\non it", 7, len) == ["the cat", "sat on", "it"]
    assert wrap("a longword b", 4, len) == ["a", "long", "word", "b"]
    assert wrap("some wide", 2.5, lambda text: len(text) / 2) == ["some", "wide"]


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("cat", "cat"),
        ("", '""'),
        (" ", "U+0020"),
        ("\u200b", "U+200B"),
        ("\u2028", "U+2028"),
        ("\ufeff\u200d", "U+FEFF U+200D"),
        ("\u0301", "◌\u0301"),
        ("\u0940x", "◌\u0940x"),
        ("e\u0301", "e\u0301"),
        ("a\u2028b", "a\N{REPLACEMENT CHARACTER}b"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\x1b[31m", "\N{REPLACEMENT CHARACTER}[31m"),
        ("漢字", "漢字"),
    ],
)
def test_a_token_can_be_seen_whatever_it_is(token: str, shown: str) -> None:
    assert legible(token) == shown


@given(TEXTS)
def test_a_token_that_is_legible_stays_so(token: str) -> None:
    shown = legible(token)
    assert legible(shown) == shown
    assert shown.strip()
    assert len(shown.splitlines()) == 1
