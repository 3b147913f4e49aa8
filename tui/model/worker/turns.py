"""Two threads ask models, one at a time: an analysis waits for a job's pass, never for its rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from threading import Condition
from typing import TYPE_CHECKING, Protocol

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.errors import Cancelled, RequestError
from tui.model.saved.saved_model import SavedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Attention, ModelInfo
    from tui.analysis.scores import Scores
    from tui.model.engine import EngineAnswer
    from tui.model.interventions import HeadMeans
    from tui.model.language_model import Answerer
    from tui.model.masked_lm import MaskedLM
    from tui.model.numpy_engine.encoder import PlainEncoder
    from tui.model.other_model import OtherModel
    from tui.model.tokenizing.encoding import Encoded

_LOOK_EVERY = 0.05
"""Seconds between two looks whether what waits for its turn is still wanted."""


class ForwardPassTurns:
    """Lets one thread at a time run a model, or make one.

    A forward pass is recorded by hooks on the model, and a model is made under a number type that
    holds for the whole process. A plain lock would not do: a job that asks again at once would
    take it again before whoever waits has woken up.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._is_taken = False
        self._readers_waiting = 0

    @contextmanager
    def for_reader(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Inside the `with` block it is the turn of what the reader waits for.

        Args:
            cancelled: asked while waiting.

        Raises:
            Cancelled: it was given up before its turn came.
        """
        with self._changed:
            self._readers_waiting += 1
            try:
                self._wait(lambda: not self._is_taken, cancelled)
                self._is_taken = True
            finally:
                self._readers_waiting -= 1
                self._changed.notify_all()
        with self._release_after():
            yield

    @contextmanager
    def for_job(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Inside the `with` block it is a job's turn, which comes after what the reader wants.

        Args and errors are those of `for_reader`.
        """
        with self._changed:
            self._wait(lambda: not (self._is_taken or self._readers_waiting), cancelled)
            self._is_taken = True
        with self._release_after():
            yield

    def _wait(self, is_free: Callable[[], bool], cancelled: Callable[[], bool]) -> None:
        while not self._changed.wait_for(is_free, _LOOK_EVERY):
            if cancelled():
                raise Cancelled

    @contextmanager
    def _release_after(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()


class HoldsOther(Protocol):
    """Holds the model that another one is compared with."""

    def take(
        self,
        other: OtherModel,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> MaskedLM | SavedModel:
        """The other model, loaded if it is not yet."""

    def let_go(self) -> None:
        """Give its memory back."""


class ModelInTurns:
    """A model as a job asks it: each pass waits for its turn.

    Args:
        model: the model.
        turns: who may run a model.
        cancelled: whether the job is given up, asked while a turn is waited for.
        others: holds the model that this one is compared with.

    Attributes:
        info: the facts about the model.
    """

    def __init__(
        self,
        model: MaskedLM | SavedModel,
        turns: ForwardPassTurns,
        cancelled: Callable[[], bool],
        others: HoldsOther,
    ) -> None:
        self._others = others
        self._model = model
        self._turns = turns
        self._cancelled = cancelled
        self.info: ModelInfo = model.info

    @property
    def head_is_checked(self) -> bool:
        """As `MaskedLM.head_is_checked`; RequestError of saved attention."""
        return self._of_any_text().head_is_checked

    @head_is_checked.setter
    def head_is_checked(self, is_checked: bool) -> None:
        self._of_any_text().head_is_checked = is_checked

    def count_tokens(self, text: str) -> int:
        """As `MaskedLM.count_tokens`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):  # a tokenizer serves one thread at a time too
            return self._of_any_text().count_tokens(text)

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
        """As `MaskedLM.analyze`, or `SavedModel.analyze`."""
        self._prepare(wanted, interventions)
        with self._turns.for_job(self._cancelled):
            return self._model.analyze(
                text,
                top_k=top_k,
                layer=layer,
                wanted=wanted,
                interventions=interventions,
                allocate=allocate,
                cancelled=cancelled,
            )

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
        """As `MaskedLM.analyze_batch`; RequestError of saved attention."""
        self._prepare(wanted, tuple(chain(*interventions)))
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().analyze_batch(
                texts,
                top_k=top_k,
                layer=layer,
                wanted=wanted,
                interventions=interventions,
                allocate=allocate,
                cancelled=cancelled,
            )

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
        """As `MaskedLM.scores`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().scores(
                text, changes, asked=asked, known=known, keeps_hidden=keeps_hidden,
                cancelled=cancelled,
            )  # fmt: skip

    def means(
        self,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> HeadMeans:
        """As `MaskedLM.means`, a turn a pass; RequestError of saved attention."""
        return self._of_any_text().means(
            progress, cancelled, lambda: self._turns.for_job(self._cancelled)
        )

    def encode(self, text: str) -> Encoded:
        """As `MaskedLM.encode`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().encode(text)

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
        """As `MaskedLM.run`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().run(
                texts,
                asked,
                interventions=interventions,
                hidden=hidden,
                hidden_at=hidden_at,
                outputs=outputs,
                cancelled=cancelled,
            )

    def plain_encoder(self) -> PlainEncoder:
        """As `MaskedLM.plain_encoder`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().plain_encoder()

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `MaskedLM.score`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().score(hidden)

    def spell(self, id_: int) -> str:
        """As `MaskedLM.spell`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().spell(id_)

    def show(self, id_: int) -> str:
        """As `MaskedLM.show`; RequestError of saved attention."""
        with self._turns.for_job(self._cancelled):
            return self._of_any_text().show(id_)

    def told(self, encoded: Encoded, interventions: Interventions) -> tuple[str, ...]:
        """As `MaskedLM.told`; RequestError of saved attention."""
        return self._of_any_text().told(encoded, interventions)

    def beside(
        self,
        other: OtherModel,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Answerer:
        """As `MaskedLM.beside`; it is held from job to job, and takes turns with this one."""
        found = self._others.take(other, progress, cancelled)
        return ModelInTurns(found, self._turns, self._cancelled, self._others)

    def alone(self) -> None:
        """As `MaskedLM.alone`: the other model's memory is given back."""
        self._others.let_go()

    def _prepare(self, wanted: WantedQuantities, interventions: Interventions) -> None:
        """Have there what takes long, outside of a turn."""
        self._model.prepare(
            wanted,
            interventions,
            cancelled=self._cancelled,
            turn=lambda: self._turns.for_job(self._cancelled),
        )

    def _of_any_text(self) -> MaskedLM:
        if isinstance(self._model, SavedModel):
            raise RequestError(
                "Saved attention is one sentence's, and this needs a model: press o to choose one."
            )
        return self._model
