"""The masks in a text, as people write them and as the model wants them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tui.text import MASK, PAIR

_BRACKETS = ("[]", "［］", "【】", "〔〕", "〖〗", "<>", "＜＞", "〈〉", "《》", "⟨⟩", "{}", "｛｝")
# Also as markdown and HTML have to write them.
_WRITTEN_MASK = re.compile(
    "|".join(
        rf"{opens} ?(?:mask|ｍａｓｋ) ?{closes}"
        for opens, closes in (
            (r"\\\[", r"\\\]"),
            ("&lt;", "&gt;"),
            *(map(re.escape, pair) for pair in _BRACKETS),
        )
    ),
    re.IGNORECASE,
)

_NEAR = 12
"""How many words on each side are near a mask."""

Gap = Literal["kept", "none", "space"]
"""What stands on one side of what fills a mask: what stood there, nothing, or a space."""


@dataclass(frozen=True, slots=True)
class MaskedText:
    """One line of text in which every mask is written `[MASK]`.

    Attributes:
        text: the text as people read it.
        own: the model's own mask token, such as `<mask>`.
        notes: what was taken as something else than what was written.
    """

    text: str
    own: str
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str, own: str, notes: tuple[str, ...] = ()) -> MaskedText:
        """Write the masks of a clean text in one way.

        `[mask]` and `<mask>` in any case and with any script's brackets, and the model's own
        token, are taken as masks.

        Args:
            text: one line.
            own: the model's own mask token.
            notes: what was done to the text before.
        """
        if own != MASK:
            text = text.replace(own, MASK)
        others = {found for found in _WRITTEN_MASK.findall(text) if found not in (MASK, own)}
        taken = tuple(f"{other} was taken as {MASK}." for other in sorted(others))
        return cls(_WRITTEN_MASK.sub(MASK, text), own, (*notes, *taken))

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

    def around(self, mask: int) -> tuple[MaskedText, int]:
        """The words near a mask, and which mask of theirs it is.

        Tokenizers read words far apart without regard to each other.
        """
        parts = self.text.split(MASK)
        begin = len(MASK.join(parts[: mask + 1]))
        before = "".join(re.findall(r"[^ ]* |[^ ]+$", self.text[:begin])[-_NEAR:])
        behind = "".join(re.findall(r"^[^ ]+| [^ ]*", self.text[begin + len(MASK) :])[:_NEAR])
        # A pair has words on both sides of its sign.
        before = before.strip().removeprefix(PAIR) + before[len(before.rstrip()) :]
        behind = behind[: len(behind) - len(behind.lstrip())] + behind.strip().removesuffix(PAIR)
        return MaskedText(before + MASK + behind, self.own), before.count(MASK)

    def filled(self, mask: int, filler: str, *, before: Gap = "kept", behind: Gap = "kept") -> str:
        """The text with something in the place of one mask; the other masks stay.

        Args:
            mask: which mask, counted from 0.
            filler: what takes its place.
            before: what stands between it and what is before the mask.
            behind: what stands between it and what is behind the mask.
        """
        parts = self.text.split(MASK)
        left, right = MASK.join(parts[: mask + 1]), MASK.join(parts[mask + 1 :])
        if before != "kept":
            left = left.rstrip() + (" " if before == "space" else "")
        if behind != "kept":
            right = (" " if behind == "space" else "") + right.lstrip()
        return " ".join((left + filler + right).split())
