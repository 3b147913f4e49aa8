"""Units: the word pieces, or the words they make, that rows and columns stand for."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.word_pieces import without_marks
from tui.lazy import np
from tui.text import legible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis


PairBlock = tuple[int, int]
"""A part of a pair's attention: the sentence that attends, and the one attended to, 0 or 1."""

PAIR_BLOCKS: tuple[PairBlock | None, ...] = (None, (0, 1), (1, 0), (0, 0), (1, 1))
"""In the order in which the key cycles them; None is all of it."""


def block_name(block: PairBlock | None) -> str:
    """A part of a pair as people read it, such as `A→B`; empty for all of it."""
    return "" if block is None else "→".join("AB"[sentence] for sentence in block)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The rows and columns of one answer, n of them.

    Attributes:
        analysis: the answer.
        firsts: each unit's first token; the tokens up to the next one's belong to it.
        of_words: the units are words.
    """

    analysis: Analysis
    firsts: tuple[int, ...]
    of_words: bool = False

    @classmethod
    def of(cls, analysis: Analysis, *, words: bool) -> Units:
        """The words, or the word pieces, of an answer."""
        if not words:
            return cls(analysis, tuple(range(len(analysis.tokens))))
        return cls(analysis, tuple(analysis.firsts.tolist()), of_words=True)

    def __len__(self) -> int:
        return len(self.firsts)

    def tokens_of(self, unit: int) -> range:
        """The positions of a unit's tokens."""
        is_last = unit in (-1, len(self) - 1)
        end = len(self.analysis.tokens) if is_last else self.firsts[unit + 1]
        return range(self.firsts[unit], end)

    def unit_of(self, token: int) -> int:
        """The unit that a token belongs to."""
        return bisect_right(self.firsts, token) - 1

    def span(self, unit: int) -> tuple[int, int]:
        """Where a unit begins and ends in the text."""
        tokens = [self.analysis.tokens[at] for at in self.tokens_of(unit)]
        return tokens[0].start, tokens[-1].end

    @property
    def labels(self) -> tuple[str, ...]:
        """How the units are called: pieces with their marks, words without.

        A word of one piece is spelled as the piece is, one of several as the text has it.
        """
        return tuple(self._label(unit) for unit in range(len(self)))

    def _label(self, unit: int) -> str:
        pieces = self.tokens_of(unit)
        first = self.analysis.tokens[pieces[0]]
        start, end = self.span(unit)
        if not self.of_words or first.special or start == end or pieces[0] in self.analysis.masks:
            return first.label
        written = self.analysis.text[start:end]
        return legible(written) if len(pieces) > 1 else without_marks(first.label, written)

    @property
    def masks(self) -> tuple[int, ...]:
        """The units that are masks, ascending."""
        return tuple(self.unit_of(mask) for mask in self.analysis.masks)

    @property
    def special(self) -> NDArray[np.bool_]:
        """Which units are special tokens, `[unit]`."""
        return self.analysis.special[list(self.firsts)]

    @property
    def sentences(self) -> NDArray[np.intp]:
        """Which sentence of a pair each unit belongs to, 0 or 1, `[unit]`."""
        return np.array([self.analysis.tokens[first].sentence for first in self.firsts])

    @property
    def boundary(self) -> int | None:
        """The first unit of a pair's second sentence; None where there is but one sentence."""
        sentences = self.sentences
        return int(np.argmax(sentences)) if sentences.any() else None
