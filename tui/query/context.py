"""The context of a query: the numbers, weights and tokens of the heads that it is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.analysis.analysis import Analysis
from tui.analysis.columns import numbers_of
from tui.analysis.units import Units
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
        words: words of several pieces as they are written in the text, each with the positions of
            its pieces wherever it stands.
        unmeasured: names whose numbers are not there yet, each with what brings them.
    """

    numbers: Mapping[str, NDArray[np.float32]]
    attention: NDArray[np.float32]
    tokens: Sequence[str]
    spelt: Sequence[str]
    parts: Mapping[str, int]
    words: Mapping[str, tuple[range, ...]] = field(default_factory=dict)
    unmeasured: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        analysis: Analysis,
        *,
        mask: int | None = None,
        key: range | None = None,
        measured: Mapping[str, NDArray[np.float32]] | None = None,
        unmeasured: Mapping[str, str] | None = None,
    ) -> QueryContext:
        """The heads of an answer.

        Args:
            analysis: the answer.
            mask: the position of the mask that `mask` stands for, if there is one.
            key: the tokens of the cursor's column, if there are any.
            measured: what is measured besides, `[layer, head]`, by the names of its columns, of
                `MEASURED`; None if nothing is.
            unmeasured: what brings numbers that are not there yet, by their names.
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
        numbers = numbers_of(analysis, mask=mask, key=key, measured=measured)
        return cls(
            numbers={**numbers, "layer": counted[0], "head": counted[1]},
            attention=analysis.attention,
            tokens=[token.text for token in analysis.tokens],
            spelt=[analysis.text[token.start : token.end] for token in analysis.tokens],
            parts=parts,
            words=_split_words(analysis),
            unmeasured={
                name: how for name, how in (unmeasured or {}).items() if name not in numbers
            },
        )

    def places(self, word: str) -> list[range]:
        """Where something written so stands, in the order of the text: pieces, or whole words.

        In any case, if nothing is written exactly so. Where a whole word is, its pieces are not
        counted besides: of a character of several tokens each stands for all of it.
        """
        for alike in (str, str.casefold):
            wanted = alike(word)
            whole = [
                place
                for spelt, places in self.words.items()
                if alike(spelt) == wanted
                for place in places
            ]
            pieces = [
                range(place, place + 1)
                for place, (token, spelt) in enumerate(zip(self.tokens, self.spelt, strict=True))
                if wanted in (alike(token), alike(spelt)) and not any(place in one for one in whole)
            ]
            if whole or pieces:
                return sorted([*whole, *pieces], key=lambda place: place.start)
        return []


def _split_words(analysis: Analysis) -> dict[str, tuple[range, ...]]:
    """The words of several pieces, as they are written, and where they stand."""
    units = Units.of(analysis, words=True)
    found: dict[str, tuple[range, ...]] = {}
    for unit, label in enumerate(units.labels):
        if len(pieces := units.tokens_of(unit)) > 1 and label:
            found[label] = (*found.get(label, ()), pieces)
    return found
