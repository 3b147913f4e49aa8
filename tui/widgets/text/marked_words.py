"""The words of a sentence that another one does not have in their place, marked."""

from __future__ import annotations

from difflib import SequenceMatcher

from rich.highlighter import Highlighter
from rich.text import Text

DIFFERS = "bold underline"
"""The style of words that the other sentence does not have: it is seen without colours too."""


def different_words(text: str, other: str) -> list[tuple[int, int]]:
    """Where words begin and end that another text does not have in their place."""
    words, others = text.split(" "), other.split(" ")
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    changes = SequenceMatcher(None, words, others, False).get_opcodes()
    return [
        (starts[at], starts[at] + len(words[at]))
        for kind, start, end, _, _ in changes
        if kind != "equal"
        for at in range(start, end)
        if words[at]
    ]


class MarkedWords(Highlighter):
    """Marks them in whatever a field shows.

    Args:
        other: the sentence that it stands beside.
    """

    def __init__(self, other: str) -> None:
        self.other = other

    def highlight(self, text: Text) -> None:
        """Mark a text's words."""
        for start, end in different_words(text.plain, self.other):
            text.stylize(DIFFERS, start, end)
