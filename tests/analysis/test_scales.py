"""Each scale against the loop that its sentence describes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui.analysis.scales import (
    ABSOLUTE,
    ALL_HEADS,
    LOG_FLOOR,
    LOGARITHMIC,
    PER_HEAD,
    PER_ROW,
    SCALES,
    HeadMatrix,
    Scale,
    ordinary_peaks,
)

WEIGHTS = st.one_of(st.just(0.0), st.floats(2.0**-20, 1.0, width=32))
BY_NAME = pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)


@st.composite
def heads(draw: st.DrawFn) -> HeadMatrix:
    """Any head: rows need not sum to 1, and any tokens may be special."""
    count = draw(st.integers(1, 6))
    matrix = draw(arrays(np.float32, (count, count), elements=WEIGHTS))
    special = draw(arrays(np.bool_, count))
    return HeadMatrix(matrix, special, draw(st.floats(0.25, 1.0)))


def ordinary(head: HeadMatrix) -> list[int]:
    keys = [key for key, special in enumerate(head.special) if not special]
    return keys or list(range(len(head.special)))


def naive_ceiling(scale: Scale, head: HeadMatrix, query: int) -> float:
    count = range(len(head.special))
    if scale is PER_HEAD:
        return max(float(head.matrix[q, key]) for q in count for key in ordinary(head))
    if scale is PER_ROW:
        return max(float(head.matrix[query, key]) for key in ordinary(head))
    return head.peak if scale is ALL_HEADS else 1.0


def naive_brightness(scale: Scale, head: HeadMatrix, query: int, key: int) -> float:
    weight, ceiling = float(head.matrix[query, key]), naive_ceiling(scale, head, query)
    if weight == 0.0:
        return 0.0
    if scale is LOGARITHMIC:
        return max(0.0, 1.0 + math.log10(weight) / 3.0)
    return weight / ceiling if ceiling else math.inf


@BY_NAME
@given(head=heads())
@settings(max_examples=60)
def test_a_scale_is_its_loop(scale: Scale, head: HeadMatrix) -> None:
    found = scale.brightness(head)
    assert found.shape == head.matrix.shape
    assert found.dtype == np.float32
    for (query, key), brightness in np.ndenumerate(found):
        wanted = naive_brightness(scale, head, query, key)
        if math.isinf(wanted):
            assert brightness > 1.0, "over a ceiling of 0 is over the ceiling"
        else:
            assert brightness == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@BY_NAME
@given(head=heads())
@settings(max_examples=60)
def test_a_row_alone_is_as_bright_as_in_its_head(scale: Scale, head: HeadMatrix) -> None:
    row = scale.by_row(head)
    for query, wanted in enumerate(scale.brightness(head)):
        np.testing.assert_array_equal(row(query), wanted)


@given(heads())
@settings(max_examples=40)
def test_absolute_changes_nothing(head: HeadMatrix) -> None:
    np.testing.assert_array_equal(ABSOLUTE.brightness(head), head.matrix)
    assert ABSOLUTE.full_weight(head) == 1.0


@BY_NAME
@given(head=heads())
@settings(max_examples=60)
def test_in_a_row_a_larger_weight_is_never_darker(scale: Scale, head: HeadMatrix) -> None:
    order = np.argsort(head.matrix, axis=1)
    rising = np.take_along_axis(scale.brightness(head), order, axis=1)
    assert (rising[:, 1:] >= rising[:, :-1]).all()
    assert (rising >= 0.0).all()
    assert np.isfinite(rising).all()


@given(heads())
@settings(max_examples=60)
def test_per_head_the_largest_ordinary_weight_is_full(head: HeadMatrix) -> None:
    shown = PER_HEAD.brightness(head)[:, ordinary(head)]
    if head.matrix[:, ordinary(head)].any():
        assert shown.max() == 1.0


def sink() -> HeadMatrix:
    """Nearly everything rests on the first token, which is special."""
    matrix = np.array([[0.9, 0.1, 0.0], [0.8, 0.0, 0.2], [0.5, 0.1, 0.4]], dtype=np.float32)
    return HeadMatrix(matrix, np.array([True, False, False]), 0.8)


def test_a_sink_does_not_empty_the_rest_of_its_head() -> None:
    shown = PER_HEAD.brightness(sink())
    assert PER_HEAD.full_weight(sink()) == pytest.approx(0.4)
    assert shown[2, 2] == 1.0
    assert shown[0, 0] == pytest.approx(2.25), "over the ceiling"


def test_a_head_that_is_all_sink_is_not_dark() -> None:
    head = sink()
    matrix = np.zeros_like(head.matrix)
    matrix[:, 0] = 1.0
    for scale in (PER_HEAD, PER_ROW):
        shown = scale.brightness(HeadMatrix(matrix, head.special, 0.8))
        assert (shown[:, 0] > 1.0).all()
        assert (shown[:, 1:] == 0.0).all()


@BY_NAME
@pytest.mark.filterwarnings("error")
def test_what_is_no_number_is_dark_and_darkens_nothing_else(scale: Scale) -> None:
    whole, holed = sink(), sink()
    holed.matrix[1, 1] = np.nan
    shown, wanted = scale.brightness(holed), scale.brightness(whole)
    assert shown[1, 1] == 0.0
    wanted[1, 1] = 0.0
    np.testing.assert_array_equal(shown, wanted)


@BY_NAME
@pytest.mark.filterwarnings("error")
def test_no_weights_at_all_are_dark(scale: Scale) -> None:
    for nothing in (0.0, np.nan):
        matrix = np.full((3, 3), nothing, dtype=np.float32)
        assert not scale.brightness(HeadMatrix(matrix, sink().special, 0.8)).any()


@pytest.mark.filterwarnings("error")
def test_a_tiny_ceiling_does_not_overflow() -> None:
    matrix = np.array([[1.0, 1e-42], [1.0, 0.0]], dtype=np.float32)
    shown = PER_HEAD.brightness(HeadMatrix(matrix, np.array([True, False]), 1.0))
    assert np.isfinite(shown).all()
    assert (shown[:, 0] > 1.0).all()


@BY_NAME
def test_full_weight_is_what_is_drawn_full(scale: Scale) -> None:
    full = scale.full_weight(sink())
    if scale is PER_ROW:
        assert full is None
        return
    assert full is not None
    matrix = np.full((3, 3), full, dtype=np.float32)
    assert scale.brightness(HeadMatrix(matrix, sink().special, 0.8)) == pytest.approx(1.0)


@BY_NAME
@given(brightness=st.floats(0.0, 1.0))
@settings(max_examples=30)
def test_weight_at_turns_brightness_back(scale: Scale, brightness: float) -> None:
    weight = scale.weight_at(brightness, 1.0)
    matrix = np.full((2, 2), weight, dtype=np.float32)
    matrix[0, 0] = matrix[1, 1] = 1.0  # what is full in every scale
    shown = scale.brightness(HeadMatrix(matrix, np.zeros(2, dtype=np.bool_), 1.0))
    assert shown[0, 1] == pytest.approx(brightness, abs=1e-4)


def test_logarithmic_steps_are_decades() -> None:
    matrix = np.array([[1.0, 0.1], [0.01, LOG_FLOOR]], dtype=np.float32)
    shown = LOGARITHMIC.brightness(HeadMatrix(matrix, np.zeros(2, dtype=np.bool_), 1.0))
    assert shown.ravel().tolist() == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0], abs=1e-6)


@given(
    arrays(np.float32, (2, 3, 5, 5), elements=st.one_of(WEIGHTS, st.just(math.nan))),
    arrays(np.bool_, 5),
)
@settings(max_examples=80)
def test_ordinary_peaks_is_its_loop(
    attention: np.ndarray,
    special: np.ndarray,
) -> None:
    keys = [key for key in range(5) if not special[key]] or list(range(5))
    found = ordinary_peaks(attention, special)
    assert found.shape == (2, 3)
    assert found.dtype == np.float32
    for place in np.ndindex(2, 3):
        numbers = [
            float(attention[place][query, key])
            for query in range(5)
            for key in keys
            if not math.isnan(attention[place][query, key])
        ]
        if numbers:
            assert found[place] == max(numbers)
        else:
            assert math.isnan(found[place])


@pytest.mark.parametrize("count", [1, 4])
def test_where_all_tokens_are_special_no_column_is_left_out(count: int) -> None:
    matrix = np.linspace(0.1, 0.9, count * count, dtype=np.float32).reshape(1, 1, count, count)
    peaks = ordinary_peaks(matrix, np.ones(count, dtype=np.bool_))
    assert peaks.tolist() == [[matrix.max()]]


def test_scales_can_be_told_apart() -> None:
    assert len({scale.name for scale in SCALES}) == len({scale.slug for scale in SCALES}) == 5
    assert SCALES[0] is PER_HEAD
