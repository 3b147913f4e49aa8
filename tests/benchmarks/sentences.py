"""Sentences of a given number of word pieces, each with its mask somewhere else."""

from __future__ import annotations

PAUSE = 0.25
"""Seconds of rest before each pass."""

WARM_UP = 2
"""Passes that are not counted: the first ones allocate."""

# Each is one word piece of bert-base-uncased.
_WORDS = [
    *("the", "cat", "sat", "on", "a", "warm", "stone", "while", "two", "old", "men", "walked"),
    *("along", "river", "and", "talked", "about", "their", "work", "in", "city", "where"),
    *("every", "house", "had", "small", "garden", "with", "green", "trees", "near", "water"),
]


def sentence(tokens: int, number: int) -> tuple[str, int]:
    """A sentence that neither the one before nor the one after looks like.

    Args:
        tokens: How many word pieces it has, the two special ones included.
        number: Which sentence.

    Returns:
        The text and the mask's place among the word pieces, counted from 1 as on the screen.
    """
    words = [_WORDS[(number * 7 + position) % len(_WORDS)] for position in range(tokens - 2)]
    mask = 1 + number * 3 % (tokens - 4)
    words[mask] = "[MASK]"
    return " ".join(words), mask + 2
