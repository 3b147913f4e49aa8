"""The model that the one in use is compared with, held beside it in the same process.

It stays loaded for as long as it is compared with; another one takes its place.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.model.beside import fetch_beside
from tui.model.masked_lm import MaskedLM
from tui.model.memory import let_go
from tui.model.names import is_saved
from tui.model.other_model import OtherModel
from tui.model.saved.saved_model import SavedModel
from tui.model.worker.turns import ForwardPassTurns


class OtherModelHolder:
    """Holds at most one model.

    Args:
        turns: who may run a model, or make one.
    """

    def __init__(self, turns: ForwardPassTurns) -> None:
        self._turns = turns
        self._model: MaskedLM | SavedModel | None = None
        self._of: OtherModel | None = None

    def take(
        self,
        other: OtherModel,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> MaskedLM | SavedModel:
        """The other model, loaded if it is not yet; args and errors are `MaskedLM.beside`'s."""
        if self._of != other:
            self.let_go()
        if self._model is None:
            fetch_beside(other, progress, cancelled)  # which takes nobody's turn
            with self._turns.for_job(cancelled):
                if is_saved(other.name):
                    self._model = SavedModel.load(other.name)
                else:
                    self._model = MaskedLM.load(
                        other.name,
                        offline=True,
                        device=other.device,
                        dtype=other.dtype,
                        cancelled=cancelled,
                    )
            self._of = other
        return self._model

    def let_go(self) -> None:
        """Give its memory back."""
        if self._model is not None:
            self._model = self._of = None
            let_go()
