"""The peak that a scale takes over all heads is that of what is displayed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tui.analysis.analysis import Analysis, ModelInfo, Token
from tui.analysis.derived import DerivedQuantities
from tui.analysis.displayed import displayed_matrix
from tui.analysis.head_statistics import unknown_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.peaks import with_peaks
from tui.analysis.scales import ALL_HEADS, ordinary_peaks
from tui.analysis.units import Units
from tui.analysis.views import RAW
from tui.analysis.wanted import WantedQuantities

PIECES = ("[CLS]", "em", "##bed", "##ding", "cat", "[SEP]")
WORDS = (0, 1, 1, 1, 2, 3)
SPECIAL = np.array([True, False, False, False, False, True])


def analysis(words: tuple[int, ...] = WORDS) -> Analysis:
    """Two layers of two heads; in the last head `cat` puts 0.45 on each of two pieces."""
    attention = np.full((2, 2, 6, 6), 1 / 6, dtype=np.float32)
    attention[1, 1, 4] = [0.05, 0.45, 0.45, 0.0, 0.0, 0.05]
    info = ModelInfo("made up", "bert", 2, 2, 32, "[MASK]", 2)
    tokens = tuple(
        Token(piece, at, bool(special), 0, 0, word)
        for at, (piece, special, word) in enumerate(zip(PIECES, SPECIAL, words, strict=True))
    )
    return Analysis(
        text="embedding cat",
        model=info,
        tokens=tokens,
        masks=(),
        candidates=(),
        attention=attention,
        peaks=ordinary_peaks(attention, SPECIAL),
        shown_peaks=shown_peaks(attention, SPECIAL),
        statistics=unknown_head_statistics(2, 2),
    )


def with_words(one: Analysis) -> Analysis:
    derived = DerivedQuantities(WantedQuantities(words=True))
    return replace(one, derived=with_peaks(derived, one.attention, one.special, one.firsts))


@pytest.mark.parametrize(("hides", "full"), [(False, 0.9), (True, 1.0)])
def test_of_words_the_largest_sum_is_full(hides: bool, full: float) -> None:
    units = Units.of(with_words(analysis()), words=True)
    for layer, head in np.ndindex(2, 2):
        found = displayed_matrix(units, RAW, layer, head, hides=hides)
        assert ALL_HEADS.full_weight(found.head) == pytest.approx(full)
    strongest = displayed_matrix(units, RAW, 1, 1, hides=hides)
    assert ALL_HEADS.brightness(strongest.head).max() == pytest.approx(1.0)


@pytest.mark.parametrize(("hides", "full"), [(False, 0.45), (True, 0.5)])
def test_of_pieces_the_largest_weight_is_full(hides: bool, full: float) -> None:
    for one in (analysis(), with_words(analysis())):
        found = displayed_matrix(Units.of(one, words=False), RAW, 0, 0, hides=hides)
        assert ALL_HEADS.full_weight(found.head) == pytest.approx(full)


@pytest.mark.parametrize("hides", [False, True])
def test_until_they_have_come_a_head_has_its_own_peak(hides: bool) -> None:
    units = Units.of(analysis(), words=True)
    strongest = displayed_matrix(units, RAW, 1, 1, hides=hides)
    even = displayed_matrix(units, RAW, 0, 0, hides=hides)
    assert ALL_HEADS.full_weight(strongest.head) == pytest.approx(1.0 if hides else 0.9)
    assert ALL_HEADS.full_weight(even.head) == pytest.approx(0.75 if hides else 0.5)


def test_where_no_word_is_split_nothing_is_to_come() -> None:
    one = analysis(words=(0, 1, 2, 3, 4, 5))
    assert with_words(one).derived.word_peaks == {}
    found = displayed_matrix(Units.of(one, words=True), RAW, 0, 0)
    assert ALL_HEADS.full_weight(found.head) == pytest.approx(0.45)


def test_words_that_were_not_asked_for_are_still_to_come() -> None:
    words = WantedQuantities(words=True)
    assert not DerivedQuantities().answers(words)
    assert DerivedQuantities(words).answers(words)
    assert DerivedQuantities(words).answers(WantedQuantities())
    assert words.joined(WantedQuantities(mixing=True)) == WantedQuantities(mixing=True, words=True)
    assert WantedQuantities(mixing=True).joined(words).words
