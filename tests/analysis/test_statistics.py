"""Each statistic against a loop of its own, written from its sentence; labels and thumbnails."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.analysis.head_statistics import HeadStatistics, compute_head_statistics
from tui.analysis.labels import TOO_SHORT
from tui.analysis.likeness import js_divergence
from tui.analysis.roles import Roles, is_punctuation
from tui.analysis.scales import ordinary_peaks
from tui.analysis.statistics import STATISTICS
from tui.analysis.thumbnails import SIDE, shrink, thumbnails

CLS, SEP, MASK, COMMA, WORD = range(5)
NAMES = ["[CLS]", "[SEP]", "[MASK]", ",", "word"]


def roles_of(ids: list[int]) -> Roles:
    return Roles.of(
        ids,
        [id_ in (CLS, SEP) for id_ in ids],
        [place for place, id_ in enumerate(ids) if id_ == MASK],
        ["," if id_ == COMMA else "word" if id_ >= WORD else "" for id_ in ids],
    )


def stochastic(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Rows that sum to 1; some weights are exactly 0, as under a window."""
    weights = rng.dirichlet([0.4] * shape[-1], shape[:-1])
    weights[weights < 1e-3] = 0.0
    return np.asarray(weights / weights.sum(-1, keepdims=True), dtype=np.float32)


@st.composite
def sentences(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """Attention of 2 layers and 3 heads over 1 to 40 tokens of any kinds."""
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ids = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    if draw(st.booleans()) and n > 2:
        ids[0], ids[-1] = CLS, SEP
    return stochastic(rng, (2, 3, n, n)), ids


Naive = Callable[[list[list[float]], list[int]], float]


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else math.nan


def closing(ids: list[int]) -> list[int]:
    last = ids[-1]
    return [p for p, id_ in enumerate(ids) if p > 0 and id_ == last and id_ in (CLS, SEP)]


def entropy(a: list[list[float]], ids: list[int]) -> float:
    return mean([-sum(w * math.log(w) for w in row if w > 0) for row in a])


def share(a: list[list[float]], keys: list[int]) -> float:
    return mean([sum(row[key] for key in keys) for row in a]) if keys else math.nan


def distance(a: list[list[float]], ids: list[int]) -> float:
    n = range(len(ids))
    away = sum(a[q][k] * abs(q - k) for q in n for k in n)
    return away / sum(a[q][k] for q in n for k in n)


def context(a: list[list[float]], ids: list[int]) -> float:
    masks = [p for p, id_ in enumerate(ids) if id_ == MASK]
    words = [p for p, id_ in enumerate(ids) if id_ not in (CLS, SEP, MASK)]
    return mean([sum(a[q][k] for k in words) for q in masks]) if words else math.nan


def confidence(a: list[list[float]], ids: list[int]) -> float:
    kept = [p for p, id_ in enumerate(ids) if id_ not in (CLS, SEP)]
    return mean([max(a[q][k] for k in kept) for q in kept])


def offset(a: list[list[float]], ids: list[int], step: int) -> float:
    keys = [q + step for q in range(len(ids)) if 0 <= q + step < len(ids)]
    return mean([a[key - step][key] for key in keys if ids[key] not in (CLS, SEP)])


NAIVE: dict[str, Naive] = {
    "entropy": entropy,
    "breadth": lambda a, ids: entropy(a, ids) / math.log(len(ids)) if len(ids) > 1 else math.nan,
    "distance": distance,
    "prev": lambda a, ids: offset(a, ids, -1),
    "next": lambda a, ids: offset(a, ids, 1),
    "self": lambda a, ids: offset(a, ids, 0),
    "cls": lambda a, ids: share(a, [0] if ids[0] in (CLS, SEP) else []),
    "sep": lambda a, ids: share(a, closing(ids)),
    "punct": lambda a, ids: share(a, [p for p, id_ in enumerate(ids) if id_ == COMMA]),
    "context": context,
    "max": lambda a, ids: max(max(row) for row in a),
    "confidence": confidence,
}


def look(attention: np.ndarray, ids: list[int]) -> HeadStatistics:
    roles = roles_of(ids)
    peaks = ordinary_peaks(attention, roles.special)
    return compute_head_statistics(attention, peaks, roles, [NAMES[min(id_, WORD)] for id_ in ids])


@given(sentences())
@settings(max_examples=60)
def test_every_statistic_is_its_loop(sentence: tuple[np.ndarray, list[int]]) -> None:
    attention, ids = sentence
    seen = look(attention, ids)
    assert [statistic.name for statistic in STATISTICS] == list(seen.numbers) == list(NAIVE)
    for name, naive in NAIVE.items():
        for layer, head in np.ndindex(2, 3):
            wanted = naive(attention[layer, head].astype(float).tolist(), ids)
            assert seen.numbers[name][layer, head] == pytest.approx(
                wanted, rel=2e-5, abs=2e-6, nan_ok=True
            )


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_spoils_its_own_head_only() -> None:
    ids = [CLS, WORD, MASK, COMMA, SEP]
    attention = stochastic(np.random.default_rng(1), (1, 2, 5, 5))
    whole = look(attention, ids)
    attention[0, 1, 2, 2] = np.nan
    holed = look(attention, ids)
    for name, numbers in whole.numbers.items():
        assert holed.numbers[name][0, 0] == numbers[0, 0]
    assert np.isnan(holed.numbers["entropy"][0, 1])
    assert (0, 1) not in holed.labels


# Roles


def test_two_sentences_have_two_closing_tokens_and_one_opening() -> None:
    roles = roles_of([CLS, WORD, SEP, MASK, COMMA, SEP])
    assert roles.opening == 0
    assert np.flatnonzero(roles.closing).tolist() == [2, 5]
    assert np.flatnonzero(roles.words).tolist() == [1, 4]
    assert np.flatnonzero(roles.punctuation).tolist() == [4]


def test_one_token_that_both_opens_and_closes_is_told_by_its_place() -> None:
    roles = roles_of([SEP, WORD, SEP])
    assert roles.opening == 0
    assert np.flatnonzero(roles.closing).tolist() == [2]


def test_a_model_without_special_tokens_has_no_sinks() -> None:
    roles = roles_of([WORD, MASK])
    assert roles.opening is None
    assert not roles.closing.any()


@pytest.mark.parametrize(
    ("piece", "is_one"),
    [
        (",", True),
        (" — ", True),
        ("...", True),
        ("。", True),
        ("", False),
        ("a.", False),
        ("+", False),
    ],
)
def test_punctuation_is_punctuation_alone(piece: str, is_one: bool) -> None:
    assert is_punctuation(piece) is is_one


# Likeness


@given(sentences())
@settings(max_examples=30)
def test_likeness_is_its_loop(sentence: tuple[np.ndarray, list[int]]) -> None:
    attention, _ = sentence
    found = js_divergence(attention, 1, 2)
    one = attention[1, 2].astype(float)

    def negative(p: np.ndarray) -> float:
        return sum(float(x) * math.log(x) for x in p if x > 0)

    for layer, head in np.ndindex(2, 3):
        wanted = 0.0
        for p, q in zip(attention[layer, head].astype(float), one, strict=True):
            wanted += (negative(p) + negative(q)) / 2 - negative((p + q) / 2)
        assert found[layer, head] == pytest.approx(wanted, rel=1e-4, abs=1e-4)
    assert found[1, 2] == pytest.approx(0.0, abs=1e-5)
    assert (found <= attention.shape[-1] * math.log(2) + 1e-4).all()


# Thumbnails


def test_a_small_matrix_is_its_own_thumbnail() -> None:
    weights = stochastic(np.random.default_rng(2), (4, 9, 9))
    peaks = weights.max(axis=(1, 2))
    seen = thumbnails(weights, peaks)
    np.testing.assert_array_equal(seen, np.rint(weights / peaks[:, None, None] * 255))


@pytest.mark.parametrize("n", [33, 64, 200, 512])
def test_diagonals_and_columns_stay_visible(n: int) -> None:
    weights = np.zeros((2, n, n), dtype=np.float32)
    weights[0, range(1, n), range(n - 1)] = 1.0
    weights[1, :, n // 3] = 1.0
    seen = thumbnails(weights, np.ones(2, dtype=np.float32))
    assert seen.shape == (2, SIDE, SIDE)
    on_it = seen[0, range(1, SIDE), range(1, SIDE)] == 255
    beside_it = seen[0, range(1, SIDE), range(SIDE - 1)] == 255
    assert (on_it | beside_it).all()
    assert (seen[0] == 255).sum() < 3 * SIDE
    assert (seen[1].max(axis=0) == 255).sum() == 1
    assert (seen[1].min(axis=0) == 255).sum() == 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
@settings(max_examples=50)
def test_a_pixel_is_the_largest_of_what_it_stands_for(n: int, h: int, w: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).random((n, n), dtype=np.float32)
    small = shrink(matrix, h, w)
    assert small.shape == (h, w)
    for y, x in np.ndindex(h, w):
        rows = range(y * n // h, max((y + 1) * n // h, y * n // h + 1))
        columns = range(x * n // w, max((x + 1) * n // w, x * n // w + 1))
        assert small[y, x] == max(matrix[r, c] for r in rows for c in columns)


@pytest.mark.filterwarnings("error")
def test_a_head_without_numbers_has_a_dark_thumbnail() -> None:
    weights = np.full((1, 3, 3), np.nan, dtype=np.float32)
    assert not thumbnails(weights, np.full(1, np.nan, dtype=np.float32)).any()
    assert not thumbnails(np.zeros_like(weights), np.zeros(1, dtype=np.float32)).any()


# Labels

IDS = [CLS, *[WORD] * 6, MASK, COMMA, SEP]


def labelled(matrix: np.ndarray) -> str | None:
    seen = look(matrix.astype(np.float32)[np.newaxis, np.newaxis], IDS)
    label = seen.labels.get((0, 0))
    return None if label is None else str(label)


def shifted(share: float, offset: int) -> np.ndarray:
    n = len(IDS)
    matrix = np.full((n, n), (1 - share) / n)
    for query in range(n):
        matrix[query, min(max(query + offset, 0), n - 1)] += share
    return matrix


def sink(share: float, key: int) -> np.ndarray:
    n = len(IDS)
    matrix = np.full((n, n), (1 - share) / n)
    matrix[:, key] += share
    return matrix


@pytest.mark.parametrize(
    ("matrix", "label"),
    [
        (shifted(0.9, -1), "previous token 0.91"),
        (shifted(0.9, 1), "next token 0.91"),
        (shifted(0.8, 0), "same token 0.82"),
        (sink(0.9, 0), "[CLS] sink 0.91, as 1 of 1"),
        (sink(0.7, 9), "[SEP] sink 0.73, as 1 of 1"),
        (sink(0.6, 8), "punctuation 0.64"),
        (sink(0.6, 2), None),
        (shifted(0.15, -1), "broad"),
        (shifted(0.38, -1), None),
        (shifted(0.0, 1), "broad"),
    ],
)
def test_a_label_is_earned_or_there_is_none(matrix: np.ndarray, label: str | None) -> None:
    assert labelled(matrix) == label


def test_what_an_even_spread_would_do_as_well_earns_nothing() -> None:
    ids = [CLS, *[COMMA] * 6, WORD, WORD, SEP]
    even = np.full((1, 1, 10, 10), 0.1, dtype=np.float32)
    assert str(look(even, ids).labels[0, 0]) == "broad", (
        "0.6 on punctuation is what six of ten tokens get"
    )


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_sink_is_no_offset(step: int) -> None:
    """Next to `[CLS]` a sink and the token before cannot be told apart: such rows don't count."""
    for at, special in ((0, CLS), (9, SEP)):
        matrix = sink(0.9, at).astype(np.float32)
        roles = roles_of(IDS)
        name = {-1: "prev", 0: "self", 1: "next"}[step]
        numbers = look(matrix[np.newaxis, np.newaxis], IDS).numbers
        assert numbers[name][0, 0] == pytest.approx(0.01), NAMES[special]
        assert roles.special[at]


@pytest.mark.parametrize("ids", [[CLS, SEP], [CLS, WORD, SEP], [SEP], [CLS, CLS, SEP, SEP]])
def test_where_every_offset_lands_on_a_special_token_there_is_no_number(ids: list[int]) -> None:
    numbers = look(stochastic(np.random.default_rng(1), (1, 1, len(ids), len(ids))), ids).numbers
    has_words = WORD in ids
    for name in ("prev", "next", "self", "confidence"):
        assert np.isnan(numbers[name][0, 0]) != has_words, name


def test_confidence_does_not_find_sinks() -> None:
    """Of two heads that rest on a special token, the sharper at the words is the more confident."""
    for at in (0, 9):
        matrix = sink(0.9, at)
        sharp = matrix.copy()
        sharp[:, 3] += 0.05
        found = look(np.array([[matrix, sharp]], dtype=np.float32), IDS).numbers["confidence"]
        assert found[0].tolist() == pytest.approx([0.01, 0.06])


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_a_short_text_earns_no_labels_and_says_why(count: int) -> None:
    ids = [CLS, *[WORD] * count, SEP]
    n = len(ids)
    attention = np.zeros((1, 2, n, n), dtype=np.float32)
    attention[0, 0, :, 0] = 1.0
    attention[0, 1, range(n), [max(0, q - 1) for q in range(n)]] = 1.0
    seen = look(attention, ids)
    assert not seen.labels
    assert f"need 8 tokens, special ones not counted, and this text has {count}" in seen.no_labels
    assert seen.label((0, 0)) == seen.label((0, 1), brief=True) == TOO_SHORT


def test_a_text_just_long_enough_has_labels() -> None:
    """Masks count, special tokens in the middle don't."""
    for ids in (IDS, [CLS, *[WORD] * 4, SEP, *[MASK] * 4, SEP]):
        n = len(ids)
        attention = np.full((1, 1, n, n), 0.0, dtype=np.float32)
        attention[..., 0] = 1.0
        seen = look(attention, ids)
        assert not seen.no_labels
        assert seen.label((0, 0)) == "[CLS] sink 1.00, as 1 of 1"


def test_a_sink_says_how_many_heads_share_it() -> None:
    kinds = [sink(0.9, 0), sink(0.7, 0), sink(0.9, 9), shifted(0.9, -1), sink(0.6, 2)]
    seen = look(np.array([kinds], dtype=np.float32), IDS)
    assert [seen.label((0, head)) for head in range(5)] == [
        "[CLS] sink 0.91, as 2 of 5",
        "[CLS] sink 0.73, as 2 of 5",
        "[SEP] sink 0.91, as 1 of 5",
        "previous token 0.91",
        "",
    ]
    assert seen.label((0, 0), brief=True) == "[CLS] sink 0.91"


def test_sinks_of_one_name_at_two_ends_are_told_apart() -> None:
    """Where one token both opens and closes, the two are still two places."""
    ids = [SEP, *[WORD] * 8, SEP]
    seen = look(np.array([[sink(0.9, 0), sink(0.9, 9), sink(0.8, 9)]], dtype=np.float32), ids)
    assert [seen.labels[0, head].alike for head in range(3)] == [(1, 3), (2, 3), (2, 3)]
