"""An engine's answer to a text becomes an `Analysis`: candidates, statistics, what is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.analysis.analysis import Analysis, Attention, ModelInfo, token_roles
from tui.analysis.head_statistics import compute_head_statistics, unknown_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.interventions import Interventions
from tui.analysis.peaks import placed
from tui.analysis.scales import ordinary_peaks
from tui.analysis.scores import Scores
from tui.analysis.wanted import WantedQuantities
from tui.model.budget import MOST_SCORES, NO_ROOM, Holding
from tui.model.derivation import ONE_LAYER, derive
from tui.model.engine import EngineAnswer, EngineRow
from tui.model.tokenizing.candidates import Ranker
from tui.model.tokenizing.encoding import Encoded

Allocate = Callable[[tuple[int, ...]], Attention]
"""Makes the float32 array of a given shape that will hold one text's attention, or its scores."""


class Answers:
    """Puts analyses of one model together.

    Args:
        info: the model as people read about it.
        ranker: orders its candidates.

    Attributes:
        info: as given.
    """

    def __init__(self, info: ModelInfo, ranker: Ranker) -> None:
        self.info = info
        self._ranker = ranker

    def answer(
        self,
        encoded: Encoded,
        interventions: Interventions,
        means: str,
        row: EngineRow,
        answer: EngineAnswer,
        plan: Holding,
        wanted: WantedQuantities,
        allocate: Allocate,
        top_k: int,
    ) -> Analysis:
        """Put one text's analysis together.

        Args:
            encoded: the text.
            interventions: what was changed inside the model.
            means: the mean that heads were cut to, in words; empty if none was.
            row: what the engine was asked, with the attention that it filled in.
            answer: what it said.
            plan: what the memory has room for.
            wanted: what was wanted beyond the attention weights.
            allocate: makes arrays that are as large as the attention.
            top_k: how many candidates each mask gets.
        """
        masks, attention = tuple(row.asked), row.attention
        layers, heads = self.info.layers, self.info.heads
        derived = derive(
            answer, attention, plan.wanted, special=encoded.special, firsts=encoded.firsts,
            allocate=allocate, spell=self._ranker.show,
        )  # fmt: skip
        reason = NO_ROOM if plan.layers == layers else ONE_LAYER
        derived = derived.refusing(plan.refused, reason, wanted)
        found = token_roles(encoded.masked.text, encoded.tokens, masks)
        peaks = ordinary_peaks(attention, encoded.special)
        broken: tuple[str, ...] = ()
        if plan.layers == layers:
            pieces = [token.label for token in encoded.tokens]
            measured = compute_head_statistics(attention, peaks, found, pieces)
            broken = _broken_notes(measured.numbers["max"])
        else:
            measured = unknown_head_statistics(layers, heads)
        if self.info.has_head:
            broken += _unranked_notes(answer.logits)
        return Analysis(
            text=encoded.masked.text,
            model=self.info,
            tokens=encoded.tokens,
            masks=masks,
            candidates=tuple(
                # Without a head its numbers would be as good as drawn by lot.
                self._ranker.candidates(encoded, order, logits, top_k) if self.info.has_head else ()
                for order, logits in enumerate(answer.logits)
            ),
            attention=attention,
            peaks=peaks,
            shown_peaks=shown_peaks(attention, encoded.special),
            statistics=measured,
            derived=derived,
            notes=(*encoded.notes, *broken),
            first_layer=plan.first,
            interventions=interventions,
            means=means,
            scores=self._kept_scores(answer.logits, interventions, allocate),
        )

    def _kept_scores(
        self, logits: NDArray[np.float32], interventions: Interventions, allocate: Allocate
    ) -> Scores | None:
        """A copy of the scores, which keeps no others in memory, unless they are too many."""
        if not self.info.has_head or not 0 < logits.size <= MOST_SCORES:
            return None
        return Scores(placed(logits, allocate), interventions)


def _broken_notes(largest: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[str, ...]:
    """A sentence if weights are no numbers; `largest` is each head's largest, `[layer, head]`."""
    broken = np.flatnonzero(np.isnan(largest).any(axis=1)) + 1
    if not broken.size:
        return ()
    layers = f"layer {broken[0]}" if broken.size == 1 else f"{broken.size} layers from {broken[0]}"
    return (
        f"In {layers} the attention weights are no numbers (NaN), which are shown as nothing: "
        "the checkpoint is broken, or its numbers overflow their precision.",
    )


def _unranked_notes(logits: NDArray[np.float32]) -> tuple[str, ...]:
    """A sentence if scores at the masks, `[mask, vocabulary]`, are no numbers."""
    odd = np.isnan(logits) | np.isposinf(logits)
    if not (count := int(odd.any(axis=-1).sum())):
        return ()
    where = "the mask" if len(logits) == 1 else f"{count} of {len(logits)} masks"
    return (
        f"At {where} the model's scores are no numbers (NaN), so that its candidates and their "
        "order mean nothing: the checkpoint is broken, or its numbers overflow their precision.",
    )
