"""Effects are measured on one word piece at a mask, or on a word of several, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from tui.analysis.interventions import Interventions
from tui.experiments.measures import MEASURES, OF_WORD, Asked, Measure, check_numbers

if TYPE_CHECKING:
    from tui.analysis.scores import Scores
    from tui.experiments.word_chain import WordChain
    from tui.model.language_model import LanguageModel

Effects = Mapping[str, float]
"""The effect of one change, for each measure by its slug."""


class EffectOn(Protocol):
    """The candidate that effects are measured on.

    Attributes:
        measures: how they are.
        tokens: how many tokens a text of a pass has.
    """

    measures: tuple[Measure, ...]
    tokens: int

    def of(self, changes: Sequence[Interventions]) -> Iterator[Effects]:
        """The effect of each change; all go through the model together."""


class OnPiece:
    """One word piece, in every measure.

    Args:
        model: the model.
        text: the sentence.
        tokens: how many tokens it has.
        asked: the candidate.
        whole: the scores that changes are measured against, with their hidden states.
        cancelled: asked before each layer.
    """

    measures: tuple[Measure, ...] = MEASURES

    def __init__(
        self,
        model: LanguageModel,
        text: str,
        tokens: int,
        asked: Asked,
        whole: Scores,
        cancelled: Callable[[], bool],
    ) -> None:
        self.tokens = tokens
        self._model, self._text, self._asked, self._whole = model, text, asked, whole
        self._cancelled = cancelled

    def of(self, changes: Sequence[Interventions]) -> Iterator[Effects]:
        """The effect of each change, in one pass."""
        for changed in self._model.scores(
            self._text, changes, known=self._whole, cancelled=self._cancelled
        ):
            yield {one.slug: one.effect(self._whole, changed, self._asked) for one in MEASURES}


class OnWord:
    """A word of several pieces, in log p alone: Σ log p(piece), whole minus changed.

    Each piece is scored with those before it filled in and those behind it still masked
    (PLL-word-l2r, Kauf & Ivanova 2023), so that a change takes a pass a piece.

    Args:
        model: the model.
        chain: the word's pieces and their texts.
        interventions: what is changed inside the model all the while.
        cancelled: asked before each layer.

    Raises:
        ModelError: scores are no numbers.
        Cancelled: it was given up.
    """

    measures: tuple[Measure, ...] = (OF_WORD,)

    def __init__(
        self,
        model: LanguageModel,
        chain: WordChain,
        interventions: Interventions,
        cancelled: Callable[[], bool],
    ) -> None:
        self.tokens = len(chain.steps[0].text.ids)
        self._model, self._steps, self._cancelled = model, chain.steps, cancelled
        self._wholes = [
            model.scores(
                step.text, [interventions], asked=[step.place], keeps_hidden=True,
                cancelled=cancelled,
            )[0]
            for step in chain.steps
        ]  # fmt: skip
        for whole in self._wholes:
            check_numbers(whole.logits[0])

    def of(self, changes: Sequence[Interventions]) -> Iterator[Effects]:
        """The effect of each change, in a pass a piece."""
        sums = [0.0] * len(changes)
        for step, whole in zip(self._steps, self._wholes, strict=True):
            asked = Asked(0, step.id, step.id)
            scores = self._model.scores(
                step.text, changes, asked=[step.place], known=whole, cancelled=self._cancelled
            )
            for at, changed in enumerate(scores):
                sums[at] += OF_WORD.effect(whole, changed, asked)
        for total in sums:
            yield {OF_WORD.slug: total}
