"""A masked language model as those see it who only ask it: no torch behind the import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Attention, ModelInfo
    from tui.analysis.scores import Scores
    from tui.model.engine import EngineAnswer
    from tui.model.interventions import HeadMeans
    from tui.model.numpy_engine.encoder import PlainEncoder
    from tui.model.other_model import OtherModel
    from tui.model.tokenizing.encoding import Encoded


class Answerer(Protocol):
    """Whatever gives an analysis of a text: a model, or saved attention of its one text."""

    @property
    def info(self) -> ModelInfo:
        """The facts about the model."""

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
        """Ask about one text."""


class LanguageModel(Answerer, Protocol):
    """The questions that a model answers; `MaskedLM` says what arguments and errors mean.

    Attributes:
        head_is_checked: the head, asked alone, was seen to give the model's own logits.
    """

    head_is_checked: bool

    def count_tokens(self, text: str) -> int:
        """How many word pieces a text has, special tokens included."""

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
        text: str | Encoded,
        changes: Sequence[Interventions] = (NONE,),
        *,
        asked: Sequence[int] | None = None,
        known: Scores | None = None,
        keeps_hidden: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Scores]:
        """Ask for all scores at a text's masks, or other places, changed in several ways."""

    def means(
        self,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> HeadMeans:
        """Each head's mean output, which it is cut to."""

    def encode(self, text: str) -> Encoded:
        """Read a text as the model gets it."""

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
        """Carry out a forward pass of which no attention is kept."""

    def plain_encoder(self) -> PlainEncoder:
        """The weights of a plain BERT encoder; ModelError of any other model."""

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """The masked-LM head's logits of hidden states."""

    def spell(self, id_: int) -> str:
        """A token of the vocabulary in the model's own form."""

    def show(self, id_: int) -> str:
        """A token of the vocabulary as people read it."""

    def beside(
        self,
        other: OtherModel,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Answerer:
        """Another model, to be asked beside this one."""

    def alone(self) -> None:
        """The other model is not needed any more."""

    def told(self, encoded: Encoded, interventions: Interventions) -> tuple[str, ...]:
        """Everything that whoever reads numbers of a run must be told, a sentence each."""
