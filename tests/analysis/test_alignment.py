"""Which token stands for which: one to one, in order, nothing kept twice or lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.alignment import Alignment, align, align_by_characters, corrected, without
from tui.analysis.analysis import Token

WORDS = st.lists(st.sampled_from("abcde"), max_size=9)


def sentence(*words: str) -> list[Token]:
    """Tokens of a text that are not looked up by place."""
    return [
        Token("[CLS]", 1, True, 0, 0),
        *(Token(word, 7, False, 0, 0) for word in words),
        Token("[SEP]", 2, True, 0, 0),
    ]


def cut(
    *pieces: str, opens: Sequence[str] = ("[CLS]",), closes: Sequence[str] = ("[SEP]",)
) -> list[Token]:
    """Tokens that cover a text one after the other, a space before each that begins with one."""
    tokens = [Token(text, 1, True, 0, 0) for text in opens]
    place = 0
    for piece in pieces:
        place += len(piece) - len(piece.lstrip())
        text = piece.strip()
        tokens.append(Token(text, 7, False, place, place + len(text)))
        place += len(text)
    return [*tokens, *(Token(text, 2, True, place, place) for text in closes)]


def assert_sound(alignment: Alignment) -> None:
    lefts, rights = [a for a, _ in alignment.pairs], [b for _, b in alignment.pairs]
    assert lefts == sorted(set(lefts))
    assert rights == sorted(set(rights))
    assert {type(at) for at in [*lefts, *rights]} <= {int}, "as plain data can be kept"
    assert sorted([*lefts, *alignment.left_alone]) == list(range(alignment.left))
    assert sorted([*rights, *alignment.right_alone]) == list(range(alignment.right))


def test_a_replaced_word_is_the_partner_of_what_replaced_it() -> None:
    alignment = align(sentence("the", "cat", "sat"), sentence("the", "dog", "sat"))
    assert alignment.is_identity


def test_of_nothing_in_common_and_equal_length_it_is_the_identity() -> None:
    assert align(sentence("x", "y", "z"), sentence("p", "q", "r")).is_identity


def test_an_inserted_word_is_alone() -> None:
    alignment = align(sentence("the", "cat"), sentence("the", "old", "cat"))
    assert alignment.pairs == ((0, 0), (1, 1), (2, 3), (3, 4))
    assert (alignment.left_alone, alignment.right_alone) == ((), (2,))


def test_a_word_in_another_place_is_paired_with_itself() -> None:
    """As in pairs of sentences that differ by where a word stands."""
    a = sentence("who", "did", "she", "hug", "after", "seeing", "ann")
    b = sentence("who", "did", "she", "hug", "ann", "after", "seeing")
    alignment = align(a, b)
    assert (alignment.left_alone, alignment.right_alone) == ((7,), (5,))


def test_one_word_for_two_has_no_partner() -> None:
    alignment = align(sentence("x", "cat", "y"), sentence("x", "big", "dog", "y"))
    assert (alignment.left_alone, alignment.right_alone) == ((2,), (2, 3))


def test_special_tokens_pair_only_with_special_tokens() -> None:
    """Even where as many tokens stand on both sides, and where a piece looks like one."""
    left = [*sentence("a", "b"), *sentence("c")[1:]]
    alignment = align(left, sentence("a", "b", "x", "c"))
    assert all((left[a].special) == (b in (0, 5)) for a, b in alignment.pairs)
    spelled = align([Token("[SEP]", 1, True, 0, 0)], [Token("[SEP]", 1, False, 0, 5)])
    assert spelled.pairs == ()


@given(WORDS)
def test_of_a_sentence_with_itself_it_is_the_identity(words: list[str]) -> None:
    assert align(sentence(*words), sentence(*words)).is_identity


@given(WORDS, st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xyz")), max_size=6))
def test_with_words_inserted_every_token_is_paired_with_itself(
    words: list[str], inserted: list[tuple[int, str]]
) -> None:
    longer = [(word, at) for at, word in enumerate(words, start=1)]
    for place, word in inserted:
        longer.insert(min(place, len(longer)), (word, 0))
    alignment = align(sentence(*words), sentence(*(word for word, _ in longer)))
    own = [(at, place) for place, (_, at) in enumerate(longer, start=1) if at]
    assert alignment.pairs == ((0, 0), *own, (len(words) + 1, len(longer) + 1))


@given(WORDS, st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcde")), max_size=6))
def test_whatever_is_inserted_every_token_keeps_a_partner_like_it(
    words: list[str], inserted: list[tuple[int, str]]
) -> None:
    """A longest run of equal words, chosen first, would leave some without one."""
    longer = list(words)
    for place, word in inserted:
        longer.insert(min(place, len(longer)), word)
    a, b = sentence(*words), sentence(*longer)
    alignment = align(a, b)
    assert alignment.left_alone == ()
    assert all(a[left].text == b[right].text for left, right in alignment.pairs)


@given(WORDS, WORDS)
def test_it_is_sound_and_the_same_from_the_other_side(left: list[str], right: list[str]) -> None:
    a, b = sentence(*left), sentence(*right)
    alignment = align(a, b)
    assert_sound(alignment)
    assert alignment == align(b, a).swapped
    assert all(a[x].special == b[y].special for x, y in alignment.pairs)


@given(WORDS, WORDS)
def test_what_is_kept_is_the_shortest_way_from_one_to_the_other(
    left: list[str], right: list[str]
) -> None:
    """Against the recursion by which an edit distance is defined: keeping all but so many."""
    if left > right:
        left, right = right, left
    alignment = align(sentence(*left), sentence(*right))
    same = sum(([*left, 1][a - 1] == [*right, 1][b - 1]) for a, b in alignment.pairs[1:-1])

    def best(n: int, m: int) -> tuple[int, int]:
        if not n or not m:
            return n + m, 0
        if (n, m) not in known:
            steps = [(best(n - 1, m), 1, 0), (best(n, m - 1), 1, 0)]
            equal = left[n - 1] == right[m - 1]
            steps.append((best(n - 1, m - 1), not equal, -equal))
            known[n, m] = min((cost + c, kept + k) for (cost, kept), c, k in steps)
        return known[n, m]

    known: dict[tuple[int, int], tuple[int, int]] = {}
    assert same == -best(len(left), len(right))[1]


def test_pieces_of_one_text_pair_with_those_they_share_most_with() -> None:
    a = cut("the", " playing", " cat")
    b = cut("the", " play", "ing", " cat", opens=["<s>"], closes=["</s>", "</s>"])
    alignment = align_by_characters(a, b)
    assert alignment.pairs == ((0, 0), (1, 1), (2, 2), (3, 4), (4, 5))
    assert (alignment.left_alone, alignment.right_alone) == ((), (3, 6))


def test_pieces_that_overlap_crosswise_each_find_a_partner() -> None:
    assert align_by_characters(cut("ab", "c"), cut("a", "bc")).is_identity


def test_pieces_of_one_character_pair_in_their_order() -> None:
    """As bytes of one character, which all have the place of the whole."""
    bytes_ = [Token(text, 7, False, 0, 1) for text in ("ð", "Ł", "ĺ")]
    assert align_by_characters(bytes_, bytes_).is_identity
    assert align_by_characters(bytes_, bytes_[:2]).pairs == ((0, 0), (1, 1))


@given(st.text("ab", max_size=12), st.sets(st.integers(1, 11)), st.sets(st.integers(1, 11)))
def test_by_characters_it_is_sound_and_the_same_from_the_other_side(
    text: str, at: set[int], other: set[int]
) -> None:
    def pieces(places: set[int]) -> list[str]:
        edges = [0, *sorted(place for place in places if place < len(text)), len(text)]
        return [text[begin:end] for begin, end in pairwise(edges) if text]

    a, b = cut(*pieces(at)), cut(*pieces(other))
    alignment = align_by_characters(a, b)
    assert_sound(alignment)
    assert alignment == align_by_characters(b, a).swapped
    assert all(a[x].special == b[y].special for x, y in alignment.pairs)
    assert align_by_characters(a, a).is_identity
    assert all(
        a[x].special or min(a[x].end, b[y].end) > max(a[x].start, b[y].start)
        for x, y in alignment.pairs
    )


@given(WORDS, WORDS, st.data())
def test_a_pair_made_by_hand_stands_and_what_it_contradicts_goes(
    left: list[str], right: list[str], data: st.DataObject
) -> None:
    before = align(sentence(*left), sentence(*right))
    a = data.draw(st.integers(0, before.left - 1))
    b = data.draw(st.integers(0, before.right - 1))
    after = corrected(before, a, b)
    assert_sound(after)
    assert after.right_of(a) == b
    assert after.swapped.right_of(b) == a
    gone = set(before.pairs) - set(after.pairs)
    assert all((x - a) * (y - b) <= 0 for x, y in gone)
    alone = without(after, a)
    assert alone.right_of(a) is None
    assert set(after.pairs) - set(alone.pairs) == {(a, b)}


def test_no_pair_is_made_of_a_token_that_is_not_there() -> None:
    alignment = align(sentence("a"), sentence("a"))
    for a, b in ((3, 0), (0, 3), (-1, 0)):
        with pytest.raises(ValueError, match="no tokens"):
            corrected(alignment, a, b)
