"""The frame of two runs, by lot: no weight disappears, whatever is aligned and hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui.analysis.displayed import DisplayedMatrix
from tui.analysis.framing import FramedHead
from tui.analysis.hiding import hide, shown
from tui.analysis.scales import HeadMatrix

WEIGHTS = st.one_of(st.just(0.0), st.floats(2.0**-10, 1.0, width=32))


@dataclass(frozen=True)
class Side:
    """One run of the frame by lot: its rows, its special tokens, and those with a partner."""

    rows: np.ndarray
    special: np.ndarray
    places: list[int]

    @property
    def alone(self) -> list[int]:
        return [at for at in range(len(self.rows)) if at not in self.places]

    def displayed(self, *, hides: bool) -> DisplayedMatrix:
        """As `displayed_matrix` makes it of an answer."""
        if not hides:
            head = HeadMatrix(self.rows, self.special, 1.0)
            return DisplayedMatrix(self.rows, head, tuple(range(len(self.rows))))
        hidden, stays = hide(self.rows, self.special), shown(self.special)
        matrix = hidden.matrix * stays[:, np.newaxis]
        tokens = tuple(np.flatnonzero(stays).tolist())
        return DisplayedMatrix(matrix, HeadMatrix(matrix, self.special, 1.0), tokens, hidden.share)


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[Side, Side]:
    """Two runs of which as many tokens are partners, in their order."""
    counts = [draw(st.integers(1, 6)) for _ in range(2)]
    pairs = draw(st.integers(0, min(counts)))
    sides = []
    for count in counts:
        rows = draw(arrays(np.float32, (count, count), elements=WEIGHTS))
        rows[rows.sum(axis=-1) == 0] = 1.0
        places = sorted(draw(st.permutations(range(count)))[:pairs])
        special = draw(arrays(np.bool_, count))
        sides.append(Side(rows / rows.sum(axis=-1, keepdims=True), special, places))
    return sides[0], sides[1]


def framed_heads(drawn: tuple[Side, Side], *, hides: bool) -> tuple[FramedHead, FramedHead]:
    pools = any(side.alone for side in drawn)
    a, b = (FramedHead.of(side.displayed(hides=hides), side.places, pools=pools) for side in drawn)
    return a, b


@given(two_sides(), st.booleans())
@settings(max_examples=200)
def test_rows_sum_to_one_or_are_not_there(drawn: tuple[Side, Side], hides: bool) -> None:
    for side, found in zip(drawn, framed_heads(drawn, hides=hides), strict=True):
        displayed = side.displayed(hides=hides)
        sums = found.matrix.sum(axis=-1, dtype=np.float64)
        for row, token in enumerate(side.places):
            is_there = bool(displayed.matrix[token].any())
            assert found.shown[row] == (token in displayed.tokens)
            assert sums[row] == pytest.approx(float(is_there), abs=1e-5)
        if len(found.matrix) > len(side.places):
            rows = [at for at in side.alone if displayed.matrix[at].any()]
            wanted = 1.0 if rows else float("nan")
            assert sums[-1] == pytest.approx(wanted, abs=1e-5, nan_ok=True)
            assert found.shown[-1] == any(at in displayed.tokens for at in side.alone)


@given(two_sides(), st.booleans())
@settings(max_examples=200)
def test_rows_of_a_difference_sum_to_nothing_or_are_no_numbers(
    drawn: tuple[Side, Side], hides: bool
) -> None:
    a, b = framed_heads(drawn, hides=hides)
    difference = a.less(b)
    np.testing.assert_array_equal(difference, -b.less(a))
    seen = a.shown | b.shown
    for row, numbers in enumerate(difference):
        is_none = np.isnan(numbers)
        assert is_none.all() or not is_none.any(), "a row is there, or it is not"
        if not is_none.any():
            assert numbers.sum() == pytest.approx(0, abs=1e-5)
            assert numbers[seen].sum() == pytest.approx(0, abs=1e-5), "nothing is left out of it"
        else:
            rows = [bool(np.nan_to_num(side.matrix[row]).any()) for side in (a, b)]
            assert not all(rows), "both have it"


@given(two_sides())
@settings(max_examples=100)
def test_of_what_is_pooled_the_share_that_is_hidden_is_the_mean(drawn: tuple[Side, Side]) -> None:
    for side, found in zip(drawn, framed_heads(drawn, hides=True), strict=True):
        share, stays = hide(side.rows, side.special).share, shown(side.special)
        assert found.hidden is not None
        wanted = [share[token] for token in side.places]
        if len(found.matrix) > len(side.places):
            pooled = [share[token] for token in side.alone if stays[token]]
            wanted.append(np.mean(pooled) if pooled else np.nan)
        np.testing.assert_allclose(found.hidden, wanted, atol=1e-6)


def test_of_a_pair_that_one_side_hides_the_row_is_no_number_and_the_column_stays() -> None:
    """A's ordinary second token is paired by hand with a special one of B."""
    rows = np.full((3, 3), 1 / 3, dtype=np.float32)
    a = Side(rows, np.array([True, False, False]), [0, 1, 2])
    b = Side(rows, np.array([True, True, False]), [0, 1, 2])
    ours, others = framed_heads((a, b), hides=True)
    difference = ours.less(others)
    assert (ours.shown | others.shown).tolist() == [False, True, True]
    assert np.isnan(difference[1]).all()
    assert difference[2].tolist() == pytest.approx([0, 0.5, -0.5])
