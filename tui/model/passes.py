"""Passes of which no attention is kept: scores, hidden states, and the texts transplanted from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from tui.analysis.interventions import NONE, Interventions, Transplant, TransplantResidual
from tui.analysis.scores import Scores
from tui.errors import ModelError
from tui.model.budget import plan_memory
from tui.model.engine import (
    NO_RESIDUALS,
    Engine,
    EngineAnswer,
    EngineQuestion,
    EngineRow,
    new_array,
)
from tui.model.handover import Handover
from tui.model.interventions import (
    NO_SOURCES,
    Applied,
    HeadMeans,
    SourceText,
    apply,
    is_to_mean,
)
from tui.model.memory import lack_of_memory_is_told
from tui.model.numpy_engine.engine import NumpyEngine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.analysis.analysis import ModelInfo
    from tui.model.tokenizing.encoding import Encoded

NO_MEMORY = "There is not enough memory for this text's attention; shorten the text."


class RunModel(Protocol):
    """The model whose passes these are."""

    @property
    def engine(self) -> Engine:
        """The engine that runs it."""

    @property
    def info(self) -> ModelInfo:
        """The facts about it."""

    def encode(self, text: str) -> Encoded:
        """Read a text as the model takes it."""

    def means(self) -> HeadMeans:
        """Each head's mean output."""


class Passes:
    """Runs one model's passes.

    Args:
        model: the model.
    """

    def __init__(self, model: RunModel) -> None:
        self._model = model

    def scores(
        self,
        encoded: Encoded,
        changes: Sequence[Interventions],
        *,
        asked: Sequence[int] | None = None,
        known: Scores | None = None,
        keeps_hidden: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Scores]:
        """As `MaskedLM.scores`, of a text that is read."""
        start, hidden = 0, None
        if known is not None and known.hidden is not None and self._model.engine.can_start_inside:
            changed = (_first_change(known.interventions, one) for one in changes)
            start = min(self._model.info.layers, *changed)
            hidden = known.hidden[start] if start else None
        self._check_room(len(encoded.ids), len(changes))
        sources = self.sources(changes, cancelled)
        places = encoded.masks if asked is None else asked
        rows = [self._bare_row(encoded, places, changed, sources, hidden) for changed in changes]
        with lack_of_memory_is_told(NO_MEMORY):
            answers = self._model.engine.run(
                EngineQuestion(rows, cancelled=cancelled, start=start, hidden=keeps_hidden)
            )
        for answer in answers:
            if known is not None and known.hidden is not None and answer.hidden is not None:
                answer.hidden[:start] = known.hidden[:start]  # they were not computed again
        return [
            Scores(answer.logits, changed, answer.hidden)
            for changed, answer in zip(changes, answers, strict=True)
        ]

    def run(
        self,
        texts: Sequence[Encoded],
        asked: Sequence[Sequence[int]],
        *,
        interventions: Interventions = NONE,
        hidden: bool = False,
        hidden_at: Sequence[Sequence[int]] | None = None,
        outputs: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[EngineAnswer]:
        """As `MaskedLM.run`."""
        if not texts:
            return []
        self._check_room(max(len(text.ids) for text in texts), len(texts))
        sources = self.sources([interventions], cancelled)
        rows = [
            self._bare_row(text, places, interventions, sources, seen=seen)
            for text, places, seen in zip(
                texts, asked, [None] * len(texts) if hidden_at is None else hidden_at, strict=True
            )
        ]
        with lack_of_memory_is_told("There is not enough memory for this text; shorten it."):
            return self._model.engine.run(
                EngineQuestion(rows, cancelled=cancelled, hidden=hidden, outputs=outputs)
            )

    def applied(
        self, interventions: Interventions, encoded: Encoded, sources: Mapping[str, SourceText]
    ) -> Applied:
        """As `MaskedLM.applied`."""
        means = self._model.means() if any(is_to_mean(one) for one in interventions) else None
        return apply(interventions, self._model.info, encoded.tokens, means, sources)

    def sources(
        self, changes: Sequence[Interventions], cancelled: Callable[[], bool]
    ) -> dict[str, SourceText]:
        """The texts that something is transplanted from, a pass a text.

        Raises:
            ModelError: the model does not say what goes into its layers, where that is wanted.
        """
        ones = {one for all_ in changes for one in all_}
        heads = {one.text for one in ones if isinstance(one, Transplant)}
        residuals = {one.text for one in ones if isinstance(one, TransplantResidual)}
        with lack_of_memory_is_told(NO_MEMORY):
            return {
                text: self._source(text, text in heads, text in residuals, cancelled)
                for text in sorted(heads | residuals)
            }

    def _source(
        self, text: str, outputs: bool, hidden: bool, cancelled: Callable[[], bool]
    ) -> SourceText:
        encoded = self._model.encode(text)
        row = self._bare_row(encoded, (), NONE, NO_SOURCES)
        [answer] = self._model.engine.run(
            EngineQuestion([row], cancelled=cancelled, outputs=outputs, hidden=hidden)
        )
        if hidden and answer.hidden is None:
            raise ModelError(NO_RESIDUALS)
        return SourceText(len(encoded.ids), answer.outputs, answer.hidden)

    def _check_room(self, longest: int, texts: int) -> None:
        """Refuse a pass of which no attention is kept, but for which there is too little memory.

        torch computes a layer's attention of all texts at once, numpy that of a few heads.

        Raises:
            TextTooLongError: there is no memory for it.
        """
        engine, heads = self._model.engine, self._model.info.heads
        if isinstance(engine.first if isinstance(engine, Handover) else engine, NumpyEngine):
            heads = texts = 1
        plan_memory(1, heads, longest, shown=0, texts=texts)

    def _bare_row(
        self,
        text: Encoded,
        asked: Sequence[int],
        interventions: Interventions,
        sources: Mapping[str, SourceText],
        hidden: NDArray[np.float32] | None = None,
        seen: Sequence[int] | None = None,
    ) -> EngineRow:
        """A text of a pass of which no attention is kept: its array has no layers."""
        array = new_array((0, self._model.info.heads, len(text.ids), len(text.ids)))
        return EngineRow(
            text.inputs, asked, array, *self.applied(interventions, text, sources), hidden, seen
        )


def _first_change(one: Interventions, other: Interventions) -> int:
    """The lowest layer that two runs differ in; of the same runs, one above all layers."""
    return min((change.layer for change in {*one} ^ {*other}), default=sys.maxsize)
