"""Which tokens of two sentences are partners: the same wherever something is transplanted."""

from __future__ import annotations

import pytest

from tests.support import embedded
from tui.analysis.alignment import corrected
from tui.analysis.comparison import align_units
from tui.analysis.token_pairs import transplanted_pairs
from tui.analysis.units import Units
from tui.errors import RequestError
from tui.experiments.way import find_pairs

HERE = "I drank a cup of [MASK] today."


def pairs_on_screen(text: str, source: str) -> tuple[tuple[int, int], ...]:
    """The pairs that the app has of two sentences that are compared."""
    a, b = (Units.of(embedded().analyze(one), words=False) for one in (text, source))
    return transplanted_pairs(align_units(a, b))


@pytest.mark.parametrize(
    ("source", "in_place"),
    [
        ("I ate a slice of [MASK] today.", True),
        ("We drank no cup of [MASK] yesterday.", True),
        (HERE, True),
        ("I drank cup after cup [MASK] today.", False),
        ("Today I drank of [MASK] a.", False),
        ("My old aunt ate a slice of [MASK] today.", False),
    ],
)
def test_pairs_are_those_of_the_screen(source: str, in_place: bool) -> None:
    pairs, said = find_pairs(embedded(), HERE, source)
    assert pairs == pairs_on_screen(HERE, source)
    assert (pairs == ()) == in_place
    assert ("place by place" in said) == in_place


def test_words_that_moved_are_partners_where_length_and_mask_agree() -> None:
    """As many word pieces, and the mask at one place, are no reason to pair other words."""
    text, source = "Often the cat [MASK] it.", "The dogs often [MASK] it."
    here, there = embedded().encode(text), embedded().encode(source)
    assert (len(here.ids), here.masks) == (len(there.ids), there.masks)
    pairs, said = find_pairs(embedded(), text, source)
    assert pairs == pairs_on_screen(text, source)
    words = {(here.tokens[a].text, there.tokens[b].text) for a, b in pairs}
    assert all(a == b for a, b in words)
    assert "without a partner: " in said


def test_masks_that_the_script_does_not_pair_are_paired_as_by_hand() -> None:
    source = "[MASK] is in my cup all day long."
    a, b = (Units.of(embedded().analyze(one), words=False) for one in (HERE, source))
    on_screen, masks = align_units(a, b), (a.analysis.masks[0], b.analysis.masks[0])
    assert masks not in on_screen.pairs
    pairs, _ = find_pairs(embedded(), HERE, source)
    assert masks in pairs
    assert pairs == transplanted_pairs(corrected(on_screen, *masks)), "as with A in the app"


@pytest.mark.parametrize(
    ("source", "said"),
    [("word " * 600, "The sentence to transplant from: The text is"), ("", "to transplant from:")],
)
def test_a_source_that_cannot_be_read_is_said_to_be_the_source(source: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        find_pairs(embedded(), HERE, source)
