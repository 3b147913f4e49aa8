"""Which word pieces make one word, as people read it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def words(text: str, spans: Sequence[tuple[int, int]], apart: Sequence[bool]) -> list[int]:
    """Number the words that word pieces belong to.

    A piece goes on the word before it if it begins where that piece ends, and both are letters or
    digits there; if both are parts of one character; or if that piece was a space alone. Writing
    without spaces, such as Chinese, keeps its pieces: which of them are words no rule of letters
    knows.

    Args:
        text: the text that the spans are in.
        spans: where each piece begins and ends in it.
        apart: which pieces are words of their own whatever stands beside them: special tokens and
            masks, and those that the tokenizer itself keeps apart.

    Returns:
        For each piece its word, counted from 0.
    """
    numbers: list[int] = []
    word = -1
    for place, (start, end) in enumerate(spans):
        goes_on = False
        if place and not apart[place] and not apart[place - 1] and end > start:
            before_start, before_end = spans[place - 1]
            overlaps = before_start < before_end and start < before_end
            after_space = before_start == before_end == start
            touches = start == before_end > before_start
            goes_on = (
                overlaps
                or after_space
                or (touches and _joins(text[start - 1 : start]) and _joins(text[start : start + 1]))
            )
        word += not goes_on
        numbers.append(word)
    return numbers


def _joins(character: str) -> bool:
    return (
        character.isalnum() or unicodedata.category(character).startswith("M")
    ) and unicodedata.east_asian_width(character) not in ("W", "F")
