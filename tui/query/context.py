"""The context of a query: the numbers, weights and tokens of the heads that it is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.analysis import Analysis
from tui.analysis.columns import numbers_of
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MASK, OPENING, CLOSING = "mask", "cls", "sep"
"""Words that stand for a token by what it does, whatever the model calls it."""
LONGEST = 500
"""The most characters of a query: more than anybody writes, less than reading would take long."""


@dataclass(frozen=True, slots=True, eq=False)
class QueryContext:
    """All heads of one answer.

    Attributes:
        numbers: what a name stands for, `[layer, head]`.
        attention: attention weights, `[layer, head, query, key]`.
        tokens: the word pieces in the model's own form.
        spelt: each piece as it is written in the text, without what marks a word piece.
        parts: positions of the tokens that a word stands for by what they do: `MASK`, `OPENING`
            and `CLOSING`, where the sentence has them.
    """

    numbers: Mapping[str, NDArray[np.float32]]
    attention: NDArray[np.float32]
    tokens: Sequence[str]
    spelt: Sequence[str]
    parts: Mapping[str, int]

    @classmethod
    def of(
        cls, analysis: Analysis, *, mask: int | None = None, key: int | None = None
    ) -> QueryContext:
        """The heads of an answer.

        Args:
            analysis: the answer.
            mask: the position of the mask that `mask` stands for, if there is one.
            key: the token under the cursor, if there is one.
        """
        roles = analysis.roles
        parts: dict[str, int] = {}
        if mask is not None:
            parts[MASK] = mask
        if roles.opening is not None:
            parts[OPENING] = roles.opening
        if roles.closing.any():
            parts[CLOSING] = int(np.flatnonzero(roles.closing)[-1])
        counted = np.indices(analysis.attention.shape[:2]).astype(np.float32) + np.float32(1)
        numbers = numbers_of(analysis, mask=mask, key=key)
        return cls(
            numbers={**numbers, "layer": counted[0], "head": counted[1]},
            attention=analysis.attention,
            tokens=[token.text for token in analysis.tokens],
            spelt=[analysis.text[token.start : token.end] for token in analysis.tokens],
            parts=parts,
        )

    def places(self, word: str) -> list[int]:
        """Positions of the tokens that are written so; in any case, if none is exactly so."""
        for alike in (str, str.casefold):
            found = [
                place
                for place, (token, spelt) in enumerate(zip(self.tokens, self.spelt, strict=True))
                if alike(word) in (alike(token), alike(spelt))
            ]
            if found:
                return found
        return []
