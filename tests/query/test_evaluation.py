"""Queries against filters written by hand; every error points at its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    ("PREV > .5 AND NOT sep < .2", lambda: (N["prev"] > 0.5) & ~(N["sep"] < 0.2)),
    ("not (prev > .5 or sep < .2)", lambda: ~((N["prev"] > 0.5) | (N["sep"] < 0.2))),
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
        number = N[name].astype(float)
        met = number < limit if sign == "<" else number > limit
        return f"{name} {sign} {limit}", met
    if kind == "in":
        first = draw(st.integers(0, 5))
        last = draw(st.integers(first, 6))
        return f"head in {first}..{last}", (N["head"] >= first) & (N["head"] <= last)
    left, met = draw(queries(depth=depth - 1))
    if kind == "not":
        return f"not ({left})", ~met
    right, also = draw(queries(depth=depth - 1))
    return f"({left}) {kind} ({right})", met & also if kind == "and" else met | also


@given(queries())
@settings(max_examples=80, deadline=None)
def test_any_condition_is_what_numpy_makes_of_it(query: tuple[str, Any]) -> None:
    text, wanted = query
    np.testing.assert_array_equal(find(text, H).heads, wanted)


def test_a_head_without_a_number_meets_no_comparison() -> None:
    for query in ("sep < .5", "sep >= .5", "sep != .5", "sep in 0..9", "0 < sep < 1", "-sep < 9"):
        assert not find(query, H).heads[1, 2], query


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


def test_a_part_that_a_sentence_has_not_is_named() -> None:
    bare = QueryContext(N, A, TOKENS, SPELT, {})
    with pytest.raises(QueryError, match="no mask"):
        find("mask->cat > .1", bare)


@given(st.text(alphabet="prevsp .5<>=()->\"'#+*/%andorit,", max_size=20))
@settings(max_examples=200, deadline=None)
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


def test_every_token_that_is_offered_is_found() -> None:
    places = set()
    for word in complete("mask->", H).words:
        query = f"mask->{word} >= 0"
        parse(query)
        assert find(query, H).heads.all()
        assert not find(query, H).notes or word in ("the", "The")
        places.add(word)
    assert len(places) == len(TOKENS)
