"""The candidates of a changed model beside those of the whole one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.errors import NoMaskError

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.interventions import Interventions
    from tui.analysis.scores import Scores
    from tui.model.language_model import LanguageModel


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one run has a word piece.

    Attributes:
        probability: softmax over the whole vocabulary at the mask, 0..1.
        logit: the score before the softmax.
        rank: its place among all, counted from 1; NaN where scores are no numbers.
    """

    probability: float
    logit: float
    rank: float

    @classmethod
    def of(cls, scores: Scores, mask: int, token: int) -> Standing:
        """Where some scores have a word piece."""
        return cls(
            scores.probability(mask, token),
            float(scores.logits[mask, token]),
            scores.rank(mask, token),
        )


@dataclass(frozen=True, slots=True)
class ChangedCandidate:
    """A candidate of either run.

    Attributes:
        candidate: the word piece, and the sentence with it.
        now: where the changed model has it.
        before: where the whole model has it.
    """

    candidate: Candidate
    now: Standing
    before: Standing

    @property
    def risen(self) -> int | None:
        """How many places it has risen; negative if it has fallen, None if nobody can say."""
        risen = self.before.rank - self.now.rank
        return None if math.isnan(risen) else int(risen)


def changed_candidates(
    model: LanguageModel,
    text: str,
    interventions: Interventions,
    *,
    top_k: int = 10,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Analysis, tuple[tuple[ChangedCandidate, ...], ...]]:
    """Ask a model about one text, changed and whole.

    Args:
        model: the model.
        text: a sentence with masks.
        interventions: what is changed.
        top_k: how many candidates of each run there are at a mask.
        cancelled: asked before each layer.

    Returns:
        The changed model's answer, and for each mask its candidates: first those of the changed
        model, then those of the whole one that are no longer among them.

    Raises:
        NoMaskError: the text has no mask. Other errors are those of `MaskedLM.analyze`.
    """
    now = model.analyze(text, top_k=top_k, interventions=interventions, cancelled=cancelled)
    if not now.masks:
        raise NoMaskError
    before = model.analyze(text, top_k=top_k, cancelled=cancelled)
    whole, changed = before.scores, now.scores
    if whole is None or changed is None:  # they are too many to be held with an answer
        whole, changed = model.scores(text, [(), interventions], cancelled=cancelled)
    found = []
    for mask, (those_now, those_before) in enumerate(
        zip(now.candidates, before.candidates, strict=True)
    ):
        known = {candidate.id: candidate for candidate in (*those_before, *those_now)}
        there = {candidate.id for candidate in those_now}
        order = [*(one.id for one in those_now), *(o.id for o in those_before if o.id not in there)]
        found.append(
            tuple(
                ChangedCandidate(
                    known[id_], Standing.of(changed, mask, id_), Standing.of(whole, mask, id_)
                )
                for id_ in order
            )
        )
    return now, tuple(found)
