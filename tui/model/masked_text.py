"""The masks in a text, as people write them and as the model wants them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from tui.text import MASK, clean

_WRITTEN_MASK = re.compile(r"\[mask\]|<mask>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MaskedText:
    """One line of text in which every mask is written `[MASK]`.

    Attributes:
        text: the text as people read it.
        own: the model's own mask token, such as `<mask>`.
        notes: which other spellings were taken as a mask.
    """

    text: str
    own: str
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str, own: str) -> MaskedText:
        """Clean a text and write its masks in one way.

        `[mask]` and `<mask>` in any case, and the model's own token, are taken as masks.
        """
        text = clean(text)
        if own != MASK:
            text = text.replace(own, MASK)
        others = {found for found in _WRITTEN_MASK.findall(text) if found not in (MASK, own)}
        notes = tuple(f"{other} was taken as {MASK}." for other in sorted(others))
        return cls(_WRITTEN_MASK.sub(MASK, text), own, notes)

    @property
    def for_model(self) -> str:
        """The text with the model's own mask token."""
        return self.text.replace(MASK, self.own)

    def spans(self, offsets: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Turn spans of characters of `for_model` into spans of `text`, without outer spaces.

        Args:
            offsets: where tokens begin and end in `for_model`; some tokenizers count the space
                before a word, or before the mask, as a part of the token.
        """
        own = re.escape(self.own)
        mask_ends = [match.end() for match in re.finditer(own, self.for_model)]
        longer = len(MASK) - len(self.own)

        def back(offset: int) -> int:
            return offset + longer * bisect_right(mask_ends, offset)

        return [self._without_spaces(back(start), back(end)) for start, end in offsets]

    def _without_spaces(self, start: int, end: int) -> tuple[int, int]:
        piece = self.text[start:end]
        if not piece.strip():
            return end, end  # SentencePiece has tokens for a space alone
        return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())

    def filled(self, mask: int, filler: str, *, joined: bool = False) -> str:
        """The text with something in the place of one mask; the other masks stay.

        Args:
            mask: which mask, counted from 0.
            filler: what takes its place.
            joined: the filler goes on the word before the mask.
        """
        parts = self.text.split(MASK)
        before, after = MASK.join(parts[: mask + 1]), MASK.join(parts[mask + 1 :])
        return (before.rstrip() if joined else before) + filler + after
