"""Pairs of tokens of two sentences, and which are none."""

from __future__ import annotations

from itertools import pairwise

from tui.analysis.alignment import Alignment
from tui.analysis.interventions import Pairs
from tui.errors import RequestError
from tui.text import visible


def transplanted_pairs(alignment: Alignment) -> Pairs:
    """The pairs of an alignment, here on its left, as transplants take them.

    Returns:
        Empty for place by place, where every token stands for the one at its place.
    """
    return () if alignment.is_identity else alignment.pairs


def check_pairs(
    text: str, pairs: Pairs, here: int, there: int, what: str = "heads are transplanted"
) -> None:
    """Refuse pairs of tokens that two sentences do not have.

    Args:
        text: the sentence that something is transplanted from.
        pairs: (token here, token there); empty for token by token.
        here: how many tokens the sentence has that it is transplanted to.
        there: how many that one has.
        what: what is done, in words.

    Raises:
        RequestError: there is no such token, or one here is in two pairs; or there are no pairs and
            the sentences are not of one length.
    """
    if not pairs and there != here:
        raise RequestError(
            f"“{visible(text)}” has {there} word pieces, special tokens included, and the text "
            f"{here}: {what} token by token, so choose sentences of one length."
        )
    for place, count in ((0, here), (1, there)):
        for pair in pairs:
            if not 0 <= pair[place] < count:
                where = f"“{visible(text)}”" if place else "the text"
                raise RequestError(f"There is no token {pair[place] + 1}: {where} has {count}.")
    if len({first for first, _ in pairs}) < len(pairs):
        twice = next(one for (one, _), (other, _) in pairwise(sorted(pairs)) if one == other)
        raise RequestError(
            f"Token {twice + 1} is paired with two tokens of “{visible(text)}”: choose one of them."
        )
