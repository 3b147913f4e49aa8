"""The masks in a text, as people write them and as the model wants them."""

from __future__ import annotations

import re
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

        `[mask]`, `<mask>` and the model's own token, in any case, are taken as masks.
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

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Turn a span of characters of `for_model` into one of `text`."""
        return self._back(start), self._back(end)

    def _back(self, offset: int) -> int:
        own, longer = len(self.own), len(MASK) - len(self.own)
        if not longer:
            return offset
        # A mask that ends at or before the offset shifts all that follows it.
        before = sum(
            match.end() <= offset for match in re.finditer(re.escape(self.own), self.for_model)
        )
        return offset + longer * before if own else offset

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
