"""Candidates: the word pieces that a model would put in the place of a mask, from its logits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tui.analysis.analysis import Candidate
from tui.analysis.ranking import best_places, softmax
from tui.analysis.word_pieces import PieceStyle
from tui.model.tokenizing.encoding import Encoded, Encoder
from tui.model.tokenizing.masked_text import Gap, MaskedText
from tui.model.tokenizing.tokenizer import Reading
from tui.text import MASK, clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECKED = 100
"""How many candidates of a mask are tried for how the sentence with them is read."""


class Ranker:
    """Ranks the word pieces of one vocabulary.

    Args:
        encoder: what turns texts into the model's input.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def candidates(
        self, encoded: Encoded, mask: int, logits: NDArray[np.float32], top_k: int
    ) -> tuple[Candidate, ...]:
        """The best word pieces for one mask.

        Args:
            encoded: the text.
            mask: which of its masks, counted from 0.
            logits: `[vocabulary]`.
            top_k: how many.
        """
        probabilities = softmax(logits)
        best = best_places(probabilities, top_k)
        ids = best.tolist()
        tokens = self._encoder.spell(ids)
        sentences = self._sentences(encoded, mask, ids, tokens)
        return tuple(
            Candidate(
                token, id_, probability, logit, sentence, self._encoder.style.shown(token), read_as
            )
            for token, id_, probability, logit, (sentence, read_as) in zip(
                tokens, ids, probabilities[best].tolist(), logits[best].tolist(), sentences,
                strict=True,
            )
        )  # fmt: skip

    def show(self, id_: int) -> str:
        """A token's word piece as people read it."""
        return self._encoder.style.shown(self._encoder.spell([id_])[0])

    def _sentences(
        self, encoded: Encoded, mask: int, ids: Sequence[int], tokens: Sequence[str]
    ) -> list[tuple[str, tuple[str, ...] | None]]:
        """The text with each candidate in the place of a mask, and what it is read as instead.

        What was scored is the candidate's number between the numbers of its neighbours. Where the
        most natural spelling is read as something else, other spaces are tried.
        """
        style, masked = self._encoder.style, encoded.masked
        texts = [_text_of(style, token, masked.own) for token in tokens]
        gaps = [_gaps(style, token) for token in tokens]
        differing = {}
        for place, (right, read_as) in enumerate(
            self._tried(masked, mask, ids[:CHECKED], texts, gaps)
        ):
            gaps[place], differing[place] = right, read_as
        return [
            (masked.filled(mask, text, before=before, behind=behind), differing.get(place))
            for place, (text, (before, behind)) in enumerate(zip(texts, gaps, strict=True))
        ]

    def _tried(
        self,
        masked: MaskedText,
        mask: int,
        ids: Sequence[int],
        texts: Sequence[str],
        gaps: Sequence[Gaps],
    ) -> Iterator[tuple[Gaps, tuple[str, ...] | None]]:
        """The gaps with which a sentence is the one that was scored, or what it is read as."""
        near, at = masked.around(mask)

        def readings(fillings: Sequence[tuple[int, Gaps]]) -> list[Reading | None]:
            return self._encoder.readings(
                [
                    near.filled(at, texts[order], before=before, behind=behind)
                    for order, (before, behind) in fillings
                ]
            )

        [asked] = self._encoder.readings([near.text])
        asked = asked or []
        masks = [place for place, (id_, _) in enumerate(asked) if id_ == self._encoder.mask_id]
        place = masks[at]
        scored = [[*asked[:place], (id_, asked[place][1]), *asked[place + 1 :]] for id_ in ids]
        usual = readings(list(enumerate(gaps[: len(ids)])))
        others = [
            (order, other)
            for order, reading in enumerate(usual)
            if reading != scored[order]
            for other in _GAPS
            if other != gaps[order]
        ]
        right: dict[int, Gaps] = {}
        for (order, other), reading in zip(others, readings(others), strict=True):
            if reading == scored[order]:
                right.setdefault(order, other)
        for order, (reading, wanted) in enumerate(zip(usual, scored, strict=True)):
            if reading == wanted or order in right:
                yield right.get(order, gaps[order]), None
            else:
                yield gaps[order], self._difference(reading or [], wanted, place)

    def _difference(self, reading: Reading, scored: Reading, place: int) -> tuple[str, ...]:
        """The pieces of a reading where it differs from what was scored, `place` included."""
        shorter = min(len(reading), len(scored))
        first = next((at for at in range(shorter) if reading[at] != scored[at]), shorter)
        first = min(first, place)
        shorter -= first
        last = next((at for at in range(shorter) if reading[-1 - at] != scored[-1 - at]), shorter)
        last = min(last, len(scored) - 1 - place)
        if reading[first : len(reading) - last] in ([], [scored[place]]):
            # It is lost, or something beside it: what it stands between tells where.
            first, last = max(0, first - 1), max(0, last - 1)
        ids = [id_ for id_, _ in reading[first : len(reading) - last]]
        return tuple(self._encoder.style.shown_in_order(self._encoder.spell(ids)))


Gaps: TypeAlias = tuple[Gap, Gap]
"""The gaps before and behind what fills a mask."""

_GAPS: tuple[Gaps, ...] = (
    ("kept", "kept"), ("space", "kept"), ("kept", "space"), ("space", "space"), ("none", "kept"),
    ("kept", "none"), ("none", "none"),
)  # fmt: skip


def _gaps(style: PieceStyle, token: str) -> Gaps:
    """The gaps around a word piece in a text, as its marks have it written."""
    before: Gap = "kept"
    if style.joins_before(token):
        before = "none"
    elif style.begins_word(token):
        before = "space"
    return before, "none" if style.joins_after(token) else "kept"


def _text_of(style: PieceStyle, token: str, mask: str) -> str:
    """The characters written for a word piece; no vocabulary gets escapes into a sentence."""
    return MASK if token == mask else clean(style.bare(token))
