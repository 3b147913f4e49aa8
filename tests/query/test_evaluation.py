"""Queries against filters written by hand; every error points at its place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.analysis.columns import table_number
from tui.query.completion import complete
from tui.query.context import QueryContext
from tui.query.evaluation import find
from tui.query.grammar import QueryError, parse

TOKENS = ["[CLS]", "the", "cat", ",", "The", "[MASK]", "grace", "##fully", "in", "the", "[SEP]"]
SPELT = ["", "the", "cat", ",", "The", "", "grace", "fully", "in", "the", ""]
NAMES = ("entropy", "prev", "sep", "self")


def heads(seed: int = 0, layers: int = 4, count: int = 5) -> QueryContext:
    rng = np.random.default_rng(seed)
    n = len(TOKENS)
    layer, head = np.indices((layers, count), dtype=np.float32) + 1
    numbers: dict[str, Any] = {
        name: rng.random((layers, count), dtype=np.float32) for name in NAMES
    }
    numbers["sep"][1, 2] = np.nan
    numbers |= {"layer": layer, "head": head}
    attention = rng.dirichlet([0.3] * n, (layers, count, n)).astype(np.float32)
    return QueryContext(numbers, attention, TOKENS, SPELT, {"mask": 5, "cls": 0, "sep": 10})


H = heads()
N, A = H.numbers, H.attention

QUERIES: list[tuple[str, Callable[[], Any]]] = [
    ("prev > .5 and sep < .2", lambda: (N["prev"] > 0.5) & (N["sep"] < 0.2)),
    ("prev > .5 or sep < .2", lambda: (N["prev"] > 0.5) | (N["sep"] < 0.2)),
    ("PREV > .5 AND NOT sep < .2", lambda: (N["prev"] > 0.5) & (N["sep"] >= 0.2)),
    ("not (prev > .5 or sep < .2)", lambda: (N["prev"] <= 0.5) & (N["sep"] >= 0.2)),
    ("mask->cat > .3", lambda: A[:, :, 5, 2] > 0.3),
    ('"[MASK]"->"##fully" > .1', lambda: A[:, :, 5, 7] > 0.1),
    ("mask->fully > .1", lambda: A[:, :, 5, 7] > 0.1),
    ('"the#2"->cat > .1', lambda: A[:, :, 9, 2] > 0.1),
    ("the#2 -> cat > .1", lambda: A[:, :, 9, 2] > 0.1),
    ("The->cat > .1", lambda: A[:, :, 4, 2] > 0.1),
    ("'CAT'->sep > 10%", lambda: A[:, :, 2, 10] > 0.1),
    ("in->cls <= .1", lambda: A[:, :, 8, 0] <= np.float64(0.1)),
    ('","->"," > .1', lambda: A[:, :, 3, 3] > 0.1),
    ("layer in 3..5 and entropy < 1", lambda: (N["layer"] >= 3) & (N["entropy"] < 1)),
    ("layer in 1, 3..4", lambda: N["layer"] != 2),
    ("head in 2", lambda: N["head"] == 2),
    ("layer = 2 and head != 1", lambda: (N["layer"] == 2) & (N["head"] != 1)),
    ("0.2 < prev <= self < 0.9",
     lambda: (N["prev"] > 0.2) & (N["prev"] <= N["self"]) & (N["self"] < 0.9)),
    ("prev + sep > 1", lambda: N["prev"] + N["sep"] > 1),
    ("prev - sep * 2 / 4 < -.1", lambda: N["prev"] - N["sep"] / 2 < -0.1),
    ("mask->cat > 2 * mask->the#1", lambda: A[:, :, 5, 2] > 2 * A[:, :, 5, 1]),
    ("-(prev) > -5e-1", lambda: N["prev"] < 0.5),
    ("prev > .1 and (sep > .5 or self > .5) and layer < 4",
     lambda: (N["prev"] > 0.1) & ((N["sep"] > 0.5) | (N["self"] > 0.5)) & (N["layer"] < 4)),
    ("3 > 2", lambda: np.ones((4, 5), dtype=bool)),
]  # fmt: skip


@pytest.mark.parametrize(("query", "by_hand"), QUERIES, ids=[query for query, _ in QUERIES])
def test_a_query_is_its_filter(query: str, by_hand: Callable[[], Any]) -> None:
    found = find(query, H)
    assert found.heads.shape == (4, 5)
    assert found.heads.dtype == bool
    np.testing.assert_array_equal(found.heads, by_hand())


@st.composite
def queries(draw: st.DrawFn, depth: int = 3) -> tuple[str, Any]:
    """Any condition as a text, and what numpy makes of it."""
    kind = draw(st.sampled_from(["order", "in", "and", "or", "not"] if depth else ["order", "in"]))
    if kind == "order":
        name, sign = draw(st.sampled_from(NAMES)), draw(st.sampled_from("<>"))
        limit = draw(st.integers(0, 100)) / 100
        below = draw(st.sampled_from(["", f" / {draw(st.sampled_from(NAMES))}", " / 0", " / sep"]))
        numbers = N[name].astype(float)
        if below == " / 0":
            numbers = np.full(numbers.shape, np.nan)
        elif below:
            numbers = numbers / N[below[3:]].astype(float)
        return f"{name}{below} {sign} {limit}", compared(numbers, sign, limit)
    if kind == "in":
        first = draw(st.integers(0, 5))
        last = draw(st.integers(first, 6))
        return f"head in {first}..{last}", [
            first <= head <= last for head in N["head"].ravel().tolist()
        ]
    left, met = draw(queries(depth=depth - 1))
    if kind == "not":
        return f"not ({left})", [None if one is None else not one for one in met]
    right, also = draw(queries(depth=depth - 1))
    join = both if kind == "and" else either
    return f"({left}) {kind} ({right})", [join(*pair) for pair in zip(met, also, strict=True)]


Truth = bool | None
"""Whether a head meets a condition; None where nothing is known."""


def compared(numbers: np.ndarray, sign: str, limit: float) -> list[Truth]:
    return [
        None if math.isnan(one) else one < limit if sign == "<" else one > limit
        for one in numbers.ravel().tolist()
    ]


def both(a: Truth, b: Truth) -> Truth:
    """Kleene's and: false if one is, whatever the other."""
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def either(a: Truth, b: Truth) -> Truth:
    """Kleene's or: true if one is, whatever the other."""
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


@given(queries())
@settings(max_examples=120)
def test_any_condition_is_met_where_it_is_known_to_be(query: tuple[str, list[Truth]]) -> None:
    text, wanted = query
    assert find(text, H).heads.ravel().tolist() == [one is True for one in wanted]


def test_a_head_without_a_number_meets_no_comparison_and_no_negation_of_one() -> None:
    for query in (
        "sep < .5", "sep >= .5", "sep != .5", "sep in 0..9", "sep in 1", "0 < sep < 1", "-sep < 9",
        "1 / sep > 0", "sep * 0 = 0", "prev + sep > 0", "sep > 0 or sep <= 0",
    ):  # fmt: skip
        assert not find(query, H).heads[1, 2], query
        assert not find(f"not ({query})", H).heads[1, 2], query
        assert not find(f"not not ({query})", H).heads[1, 2], query
    assert find("sep > .5 or layer > 0", H).heads[1, 2], "an or that holds without it"
    assert find("not (sep > .5 and layer > 9)", H).heads[1, 2], "an and that fails without it"


def test_what_is_unbounded_is_no_number_either() -> None:
    unbounded = replace(H, numbers={**N, "prev": np.full((4, 5), np.inf, dtype=np.float32)})
    for query in ("prev > 1", "not prev > 1"):
        assert not find(query, unbounded).heads.any(), query


def test_nothing_meets_a_division_by_nought() -> None:
    for by in ("0", "(prev - prev)", "(layer - layer)", "-0"):
        for query in (f"prev / {by} > 0", f"prev / {by} < 0", f"0 / {by} = 0"):
            assert not find(query, H).heads.any(), query
            assert not find(f"not {query}", H).heads.any(), query


EXACT = {
    "prev": np.array([[0.6149, 0.6151, 0.605]]), "self": np.array([[0.61, 0.62, 0.6051]]),
    "layer": np.array([[1.0, 1.0, 1.0]]), "importance": np.array([[-0.004, 0.004, 2.675]]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "met"),
    [
        ("prev = .61", [True, False, False]),
        ("prev == .61", [True, False, False]),
        ("prev = 61%", [True, False, False]),
        ("prev != .61", [False, True, True]),
        ("not prev = .61", [False, True, True]),
        ("prev in .61", [True, False, False]),
        ("prev in .6, .61", [True, False, True]),
        ("prev = self", [True, True, False]),
        ("layer = 1", [True, True, True]),
        ("importance = 0", [True, True, False]),
        ("importance = 2.67", [False, False, True]),
        ("importance < 0", [True, False, False]),
        ("a->b = .123", [True, False, True]),
        ("a->b = .12", [False, True, False]),
        ("a->b = prev - .49", [True, False, False]),
        ("3 = 3.001", [False, False, False]),
    ],
)
def test_equal_is_equal_as_shown(query: str, met: list[bool]) -> None:
    attention = np.zeros((1, 3, 2, 2), dtype=np.float32)
    attention[0, :, 0, 1] = [0.1234, 0.1197, 0.1226]
    shown = QueryContext(EXACT, attention, ["a", "b"], ["a", "b"], {})
    assert find(query, shown).heads[0].tolist() == met
    values = EXACT["prev"][0]
    assert [table_number(value) for value in values] == ["0.61", "0.62", "0.60"], "as tables do"


WORDY = QueryContext(
    N, A, TOKENS, SPELT, {"mask": 5, "cls": 0, "sep": 10},
    words={"gracefully": (range(6, 8),), "The cat": (range(1, 3),)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "by_hand"),
    [
        ("mask->gracefully > .1", lambda: A[:, :, 5, 6] + A[:, :, 5, 7] > 0.1),
        ("Gracefully->cat > .1", lambda: (A[:, :, 6, 2] + A[:, :, 7, 2]) / 2 > 0.1),
        (
            "gracefully->gracefully > .1",
            lambda: A[:, :, 6:8, 6:8].sum(axis=3).mean(axis=2) > 0.1,
        ),
        ('"##fully"->grace > .1', lambda: A[:, :, 7, 6] > 0.1),
    ],
)
def test_a_split_word_is_named_whole(query: str, by_hand: Callable[[], Any]) -> None:
    found = find(query, WORDY)
    np.testing.assert_array_equal(found.heads, by_hand())
    assert not found.notes
    with pytest.raises(QueryError):
        find("mask->gracefull > .1", WORDY)


def test_a_character_of_several_tokens_is_one_word() -> None:
    """Each of its tokens stands for all of it; named, it is all of them."""
    tokens, spelt = ["[CLS]", "ð", "Ł", "!"], ["", "🙂", "🙂", "!"]
    attention = A[:, :, :4, :4]
    context = QueryContext(N, attention, tokens, spelt, {}, words={"🙂": (range(1, 3),)})
    found = find('"!"->"🙂" > .1', context)
    np.testing.assert_array_equal(found.heads, attention[:, :, 3, 1:3].sum(axis=-1) > 0.1)
    assert not found.notes


def test_words_and_pieces_that_are_written_alike_are_counted_together() -> None:
    """`cats` stands whole and split; the piece `cat` of the split one is a piece still."""
    tokens = ["cats", "cat", "cat", "##s"]
    words = {"cats": (range(2, 4),)}
    context = QueryContext(N, A[:, :, :4, :4], tokens, ["cats", "cat", "cat", "s"], {}, words=words)
    assert context.places("cats") == [range(1), range(2, 4)]
    assert context.places("cat") == [range(1, 2), range(2, 3)]
    assert find("cats#2->cat#1 > 0", context).heads.any()
    assert {"cats", "cats#2", "cat", "cat#2", "s"} <= set(complete("cats->", context).words)


def test_of_tokens_that_are_written_alike_it_says_which_one_it_takes() -> None:
    found = find("the->cat > .1 and the->sep < .9", H)
    assert found.notes == ('the occurs twice: the first is taken, "the#2" is the other.',)
    assert find("the#2->cat > .1", H).notes == ()
    many = QueryContext(N, A, ["a"] * 11, ["a"] * 11, {})
    assert "a occurs 11 times: the first is taken" in find("a->a#3 > 0", many).notes[0]


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ("", 0, "write one, such as"),
        ("   ", 0, "write one, such as"),
        ("prev >", 6, "stops short; expected one of: a name"),
        ("prev prev", 5, "prev cannot stand here; expected one of: a comparison"),
        ("prev > .5 $", 10, "$ cannot stand here"),
        ("(prev > .5", 10, "stops short; expected )"),
        ("prev > .5)", 9, ") cannot stand here"),
        ("prev > .5 and", 13, "stops short"),
        ('mask->"cat > .3', 6, "does not end"),
        ("mask-> > .3", 7, "a name"),
        ("layer in .. 3", 9, "a number"),
        ("prv > .5", 0, "did you mean prev?"),
        ("sep < .1 and nosuch > 1", 13, "names are: entropy, prev, sep, self, layer, head"),
        ("the > .5", 0, "write the->token or token->the"),
        ("mask > .5", 0, "write mask->token"),
        ("mask->dog > .3", 6, "no dog in this sentence"),
        ("mask->catt > .3", 6, "did you mean cat?"),
        ("mask->the#3 > .3", 6, "there is no the#3: the occurs twice"),
        ("mask->cat#2 > .3", 6, "there is no cat#2: cat occurs once"),
        ("prev", 0, "no condition: compare it"),
        ("prev > .5 and sep", 14, "no condition"),
        ("prev + (sep > 1) > 2", 8, "no number"),
        ("layer in 5..3", 9, "nothing in 5..3"),
    ],
)  # fmt: skip
def test_an_error_points_at_its_place(query: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as error:
        find(query, H)
    assert error.value.position == position
    assert says in error.value.reason
    assert str(error.value).startswith(f"At character {position + 1}: ")
    assert "\n" not in str(error.value)


def test_a_number_that_is_not_there_yet_says_what_brings_it() -> None:
    unmeasured = {"effect": "press e first"}
    heads_ = QueryContext(N, A, TOKENS, SPELT, {}, unmeasured=unmeasured)
    with pytest.raises(QueryError, match="Effect is not measured here: press e first\\.") as error:
        find("prev > .5 and Effect > .2", heads_)
    assert error.value.position == 14
    with pytest.raises(QueryError, match="did you mean"):
        find("efect > .2", QueryContext({**N, "effect": N["prev"]}, A, TOKENS, SPELT, {}))
    measured = QueryContext({**N, "effect": N["self"] - 0.5}, A, TOKENS, SPELT, {})
    found = find("effect > .2 and prev > .5", measured)
    assert np.array_equal(found.heads, (N["self"] - 0.5 > 0.2) & (N["prev"] > 0.5))
    assert complete("eff", measured).words == ("effect",)


def test_a_part_that_a_sentence_has_not_is_named() -> None:
    bare = QueryContext(N, A, TOKENS, SPELT, {})
    with pytest.raises(QueryError, match="no mask"):
        find("mask->cat > .1", bare)


@given(st.text(alphabet="prevsp .5<>=()->\"'#+*/%andorit,", max_size=20))
@settings(max_examples=200)
def test_any_text_is_answered_or_explained(text: str) -> None:
    try:
        found = find(text, H)
    except QueryError as error:
        position = error.position
    else:
        assert found.heads.dtype == bool
        return
    assert 0 <= position <= len(text)


# Completion


@pytest.mark.parametrize(
    ("query", "start", "some", "none"),
    [
        ("", 0, ["prev", "mask", "cat", "not", "the#2"], ["and", "in"]),
        ("p", 0, ["prev"], ["sep", "cat"]),
        ("prev ", 5, ["and", "in"], ["prev", "not"]),
        ("prev > .5 a", 10, ["and"], ["or"]),
        ("mask->", 6, ["cat", "mask", '","', '"in"'], ["prev", "entropy", "and"]),
        ("mask->c", 6, ["cat", "cls"], ["mask"]),
        ('mask->"f', 6, ["fully"], ["cat"]),
        ("prev > ", 7, ["sep", "cat"], ["and", "not"]),
        ("layer in ", 9, [], ["prev", "cat"]),
        ("prev prev ", 10, [], ["and"]),
    ],
)
def test_completion_offers_what_may_come(
    query: str, start: int, some: list[str], none: list[str]
) -> None:
    offered = complete(query, H)
    assert offered.start == start
    assert set(some) <= set(offered.words)
    assert not set(none) & set(offered.words)


@pytest.mark.parametrize("heads", [H, WORDY], ids=["pieces", "words"])
def test_every_token_and_word_that_is_offered_is_found(heads: QueryContext) -> None:
    places = set()
    for word in complete("mask->", heads).words:
        query = f"mask->{word} >= 0"
        parse(query)
        assert find(query, heads).heads.all()
        assert not find(query, heads).notes or word in ("the", "The")
        places.add(word)
    assert len(places) == len(TOKENS) + len(heads.words)
