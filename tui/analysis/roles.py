"""The roles of a sentence's tokens: which open, close, punctuate or are to be predicted."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
    """Which of a sentence's n tokens play which part.

    Attributes:
        special: opens, closes, separates or pads, `[token]`.
        closing: a special token behind the first that is the same as the last: it closes the
            sentence, or each of two, `[token]`.
        punctuation: stands for punctuation alone, `[token]`.
        masked: is a mask, `[token]`.
    """

    special: NDArray[np.bool_]
    closing: NDArray[np.bool_]
    punctuation: NDArray[np.bool_]
    masked: NDArray[np.bool_]

    @classmethod
    def of(
        cls, ids: Sequence[int], special: Sequence[bool], masks: Sequence[int], spelt: Sequence[str]
    ) -> Roles:
        """Find the roles out.

        Args:
            ids: the tokens' numbers in the vocabulary.
            special: whether each opens, closes, separates or pads.
            masks: positions of the masks.
            spelt: the characters of the text that each token stands for, without what marks a
                word piece; empty where it stands for none.
        """
        is_special = np.array(special, dtype=bool)
        number = np.array(ids)
        closing = is_special & (number == number[-1]) & (np.arange(len(number)) > 0)
        masked = np.zeros(len(number), dtype=bool)
        masked[list(masks)] = True
        punctuation = np.array([is_punctuation(piece) for piece in spelt], dtype=bool)
        return cls(is_special, closing, punctuation & ~is_special & ~masked, masked)

    @property
    def opening(self) -> int | None:
        """The position of the special token that opens the sentence, if one does."""
        return 0 if self.special[0] else None

    @property
    def words(self) -> NDArray[np.bool_]:
        """Neither special nor a mask, `[token]`."""
        return ~self.special & ~self.masked


def is_punctuation(piece: str) -> bool:
    """Whether a text is made of characters of the Unicode categories P alone."""
    piece = piece.strip()
    return bool(piece) and all(unicodedata.category(one).startswith("P") for one in piece)
