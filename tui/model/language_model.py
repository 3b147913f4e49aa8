"""A masked language model as those see it who only ask it: no torch behind the import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Attention, ModelInfo
    from tui.analysis.scores import Scores
    from tui.model.interventions import HeadMeans


class LanguageModel(Protocol):
    """The questions that a model answers; `MaskedLM` says what arguments and errors mean."""

    @property
    def info(self) -> ModelInfo:
        """The facts about the model."""

    def count_tokens(self, text: str) -> int:
        """How many word pieces a text has, special tokens included."""

    def analyze(
        self,
        text: str,
        *,
        top_k: int = 10,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Interventions = NONE,
        allocate: Callable[[tuple[int, ...]], Attention] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Analysis:
        """Ask the model about one text."""

    def analyze_batch(
        self,
        texts: Sequence[str],
        *,
        top_k: int = 10,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Sequence[Interventions] = (),
        allocate: Callable[[tuple[int, ...]], Attention] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Analysis]:
        """Ask the model about several texts in one forward pass."""

    def scores(
        self,
        text: str,
        changes: Sequence[Interventions] = (NONE,),
        *,
        known: Scores | None = None,
        keeps_hidden: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Scores]:
        """Ask for all scores at a text's masks, changed in several ways."""

    def means(
        self,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> HeadMeans:
        """Each head's mean output, which it is cut to."""

    def label_of(self, token: int) -> str:
        """A word piece as people read it, by its number in the vocabulary."""
