"""A run beside the one on screen, and the other model that it may be a run of.

The other model stays loaded for as long as it is compared with, in the same process as the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.model.budget import check_weights_fit
from tui.model.masked_lm import MaskedLM
from tui.model.memory import let_go
from tui.model.names import is_saved
from tui.model.opening import fetch
from tui.model.saved.saved_model import SavedModel

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Attention
    from tui.experiments.beside import AnalyzeBeside, LetGoOfOther
    from tui.model.hub.download import Progress
    from tui.model.language_model import Answerer, LanguageModel

MEGABYTE = 1_000_000


def analyze_beside(
    job: AnalyzeBeside,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Analysis:
    """Run the job.

    Args:
        job: the job.
        model: the model in use.
        allocate: makes the array for the attention.
        progress: told how much of another model is downloaded, in megabytes.
        cancelled: asked during a download, and before each layer.

    Raises:
        RequestError: the text is empty, or cannot be read.
        ModelError: the other model cannot be had, or there is no room for it beside the first.
        Cancelled: it was given up.
    """
    asked = _OTHER.beside(model, job, progress, cancelled) if job.other else model
    return asked.analyze(
        job.text or asked.info.only_text or "",
        top_k=job.top_k,
        wanted=job.wanted,
        interventions=job.interventions,
        allocate=allocate,
        cancelled=cancelled,
    )


def let_go_of_other(job: LetGoOfOther, model: LanguageModel, **_: object) -> None:
    """Run the job: give the other model's memory back."""
    _OTHER.let_go()


class _OtherModel:
    """The model that is compared with; another one takes its place."""

    def __init__(self) -> None:
        self._model: MaskedLM | SavedModel | None = None
        self._of: tuple[str, str, str] = ("", "", "")

    def beside(
        self,
        first: LanguageModel,
        job: AnalyzeBeside,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> Answerer:
        """The other model, loaded if it is not yet; it takes turns with the first."""
        of = job.other, job.device, job.dtype
        if self._of != of:
            self.let_go()
        if self._model is None:
            self._fetch(job, progress, cancelled)

        def loaded() -> MaskedLM | SavedModel:
            if self._model is None:
                self._model, self._of = _load(job, cancelled), of
            return self._model

        return first.beside(loaded)

    def let_go(self) -> None:
        """Give its memory back."""
        if self._model is None:
            return
        self._model = None
        let_go()

    def _fetch(
        self,
        job: AnalyzeBeside,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Have its files here, which takes nobody's turn, and look whether there is room for it."""
        if is_saved(job.other):
            return

        def report(so_far: Progress) -> None:
            progress(so_far.done // MEGABYTE, max(1, so_far.total // MEGABYTE))

        folder = fetch(job.other, offline=job.offline, report=report, cancelled=cancelled)
        check_weights_fit(folder, job.other)


_OTHER = _OtherModel()


def _load(job: AnalyzeBeside, cancelled: Callable[[], bool]) -> MaskedLM | SavedModel:
    if is_saved(job.other):
        return SavedModel.load(job.other)
    return MaskedLM.load(
        job.other, offline=True, device=job.device, dtype=job.dtype, cancelled=cancelled
    )
