"""A − B as it is displayed: what is hidden of both, and a part of a pair."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import embedded
from tui.analysis.alignment import Alignment, corrected, without
from tui.analysis.analysis import Analysis
from tui.analysis.compared_head import NO_SENTENCE, FrameUnits, displayed_difference
from tui.analysis.comparison import Comparison, align_corrected_units, align_units
from tui.analysis.displayed import displayed_matrix
from tui.analysis.scales import ABSOLUTE, PER_HEAD, PER_ROW
from tui.analysis.units import PAIR_BLOCKS, PairBlock, Units
from tui.analysis.views import LAYER_MEAN, RAW
from tui.analysis.wanted import WantedQuantities

PAIR = "The cat sat on the mat. ||| It was tired."
SENTENCE = "The old dog sat on the mat."
BLOCKS = [block for block in PAIR_BLOCKS if block is not None]


def read(text: str) -> Analysis:
    return embedded().analyze(text, wanted=WantedQuantities(mixing=True))


@pytest.fixture(scope="module")
def pair() -> Analysis:
    return read(PAIR)


@pytest.fixture(scope="module")
def sentence() -> Analysis:
    return read(SENTENCE)


def of(a: Analysis, b: Analysis) -> Comparison:
    return Comparison.of(a, b)


# Hiding


@pytest.mark.parametrize("view", [RAW, LAYER_MEAN], ids=["raw", "mean"])
def test_what_each_side_hides_goes_with_the_difference(
    pair: Analysis, sentence: Analysis, view: object
) -> None:
    assert isinstance(view, type(RAW))
    one = of(pair, sentence)
    found = displayed_difference(one, view, 2, 3, hides=True)
    a, b = (displayed_matrix(side, view, 2, 3, hides=True).hidden for side in (one.a, one.b))
    assert a is not None
    assert b is not None
    assert found.hidden is not None
    assert found.hidden_of_both is not None
    for row, (left, right) in enumerate(one.alignment.pairs):
        both = [share[row] for share in found.hidden_of_both]
        assert both == [a[left], b[right]]
        assert found.hidden[row] == max(both)
    alone = [at for at in one.alignment.left_alone if not one.a.special[at]]
    assert found.hidden_of_both[0][-1] == pytest.approx(a[alone].mean(), abs=1e-6)
    assert displayed_difference(one, view, 2, 3).hidden is None


def test_hidden_tokens_have_no_part_in_the_pool(pair: Analysis, sentence: Analysis) -> None:
    """A's second `[SEP]` has no partner: its row, which is hidden, is not in the mean."""
    one = of(pair, sentence)
    assert any(one.a.special[at] for at in one.alignment.left_alone)
    for hides in (False, True):
        for side in (one.side_a, one.side_b):
            sums = side(1, 2, hides=hides).sum(axis=-1)
            special = [bool(one.a.special[left]) for left, _ in one.alignment.pairs]
            wanted = [0.0 if one and hides else 1.0 for one in special]
            np.testing.assert_allclose(sums, [*wanted, 1.0], atol=2e-6)
        sums = one.difference(1, 2, hides=hides).sum(axis=-1)
        np.testing.assert_allclose(sums, 0, atol=2e-6)


def test_a_pool_of_hidden_tokens_alone_is_not_shown() -> None:
    one = of(read("The cat sat. ||| The dog ran."), read("The cat sat. The dog ran."))
    assert [bool(one.a.special[at]) for at in one.alignment.left_alone] == [True]
    pool = one.size - 1
    assert pool in displayed_difference(one, RAW, 0, 0).tokens
    assert pool not in displayed_difference(one, RAW, 0, 0, hides=True).tokens


# A part of a pair


@pytest.mark.parametrize("hides", [False, True])
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "".join(map(str, block)))
@pytest.mark.parametrize("b_is_pair", [True, False])
def test_a_block_is_cut_from_the_whole_difference(
    pair: Analysis, sentence: Analysis, block: PairBlock, b_is_pair: bool, hides: bool
) -> None:
    b = read("The dog sat there on the mat. ||| It was so hungry.") if b_is_pair else sentence
    one = of(pair, b)
    whole = displayed_difference(one, RAW, 1, 2, hides=hides)
    found = displayed_difference(one, RAW, 1, 2, hides=hides, block=block)
    assert found.tokens == whole.tokens
    inside = 0
    for row, (query, _) in enumerate(one.alignment.pairs):
        for column, (key, _) in enumerate(one.alignment.pairs):
            where = pair.tokens[query].sentence, pair.tokens[key].sentence
            if where == block:
                inside += 1
                np.testing.assert_equal(found.matrix[row, column], whole.matrix[row, column])
            else:
                assert np.isnan(found.matrix[row, column])
    assert np.isnan(found.matrix[-1]).all(), "the pool is in no sentence"
    assert np.isnan(found.matrix[:, -1]).all()
    assert inside


def test_the_pool_is_of_no_sentence_and_the_others_of_a_s(
    pair: Analysis, sentence: Analysis
) -> None:
    one = of(pair, sentence)
    units = FrameUnits.of(one)
    *others, pool = units.sentences.tolist()
    assert pool == NO_SENTENCE
    assert others == [pair.tokens[left].sentence for left, _ in one.alignment.pairs]
    assert len(units) == len(units.labels) == one.size


def test_an_empty_block_is_dark_in_every_scale(pair: Analysis, sentence: Analysis) -> None:
    first = sum(token.sentence == 0 for token in pair.tokens)
    by_place = Alignment(tuple((at, at) for at in range(5)), len(pair.tokens), len(sentence.tokens))
    assert first >= 5
    one = Comparison.of(pair, sentence, by_place)
    found = displayed_difference(one, RAW, 0, 0, block=(1, 1))
    assert np.isnan(found.matrix).all()
    assert PER_HEAD.full_weight(found.head) == 0
    for scale in (PER_HEAD, ABSOLUTE, PER_ROW):
        assert not scale.brightness(found.head).any()


# Words


def pieces_and_words(a: str, b: str) -> tuple[Comparison, Units, Units]:
    pieces = Comparison.of(read(a), read(b))
    a_words, b_words = (Units.of(side.analysis, words=True) for side in (pieces.a, pieces.b))
    return pieces, a_words, b_words


def test_a_word_that_stands_in_another_s_place_is_its_partner_however_it_is_cut() -> None:
    a, b = "The noise was loud.", "The toasterish was loud."
    pieces, of_a, of_b = pieces_and_words(a, b)
    assert pieces.has_unaligned, "one piece stands against several"
    found = align_corrected_units(of_a, of_b, pieces.alignment, pieces.alignment)
    assert found == Comparison.of(pieces.a.analysis, pieces.b.analysis, words=True).alignment
    assert found.is_identity


def test_words_follow_what_is_corrected_of_their_pieces() -> None:
    pieces, of_a, of_b = pieces_and_words("The old cat sat.", "The cat sat there.")
    automatic = pieces.alignment
    a, b = of_a.labels.index("cat"), of_b.labels.index("cat")
    left, right = of_a.firsts[a], of_b.firsts[b]
    apart = without(automatic, left)
    assert (a, b) in align_units(of_a, of_b).pairs
    assert align_corrected_units(of_a, of_b, automatic, apart).right_of(a) is None
    old = of_a.firsts[of_a.labels.index("old")]
    again = corrected(apart, old, right)
    found = align_corrected_units(of_a, of_b, automatic, again)
    assert found.right_of(of_a.labels.index("old")) == b
    assert found.right_of(a) is None
    back = align_corrected_units(of_a, of_b, automatic, automatic)
    assert back == align_units(of_a, of_b)


def test_pieces_stay_as_they_are_corrected() -> None:
    pieces, *_ = pieces_and_words("The old cat sat.", "The cat sat there.")
    by_hand = corrected(pieces.alignment, 2, 2)
    assert align_corrected_units(pieces.a, pieces.b, pieces.alignment, by_hand) is by_hand
