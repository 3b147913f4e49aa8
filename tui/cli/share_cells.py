"""A share of the way as tables and CSV have it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER

if TYPE_CHECKING:
    from tui.experiments.way import Way


def share_cell(share: float) -> str:
    """A share in a table."""
    return NO_NUMBER if math.isnan(share) else f"{share:+.3f}"


def share_number(share: float) -> float | str:
    """A share in CSV; empty if it is no number."""
    return "" if math.isnan(share) else share


def share_meaning(way: Way) -> str:
    """A sentence on what a share is of, and which way it goes."""
    said = way.said
    return f"{said[0].upper()}{said[1:]}: 0 is as in the sentence, 1 as in the source."


def way_facts(way: Way) -> dict[str, object]:
    """The words and the direction of shares, by names that JSON and CSV have for them.

    `here` and `there` are the logit of `word` less that of `source_word` in both sentences, of
    which a share of 0 and of 1 are.
    """
    return {
        "word": way.word,
        "source_word": way.other_word,
        "here": way.here,
        "there": way.there,
    }
