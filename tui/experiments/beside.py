"""A run that is held beside the one on screen: another text, another model, saved attention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.model.names import AUTO, FLOAT32

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Attention
    from tui.model.language_model import Answerer, LanguageModel


@dataclass(frozen=True, slots=True)
class AnalyzeBeside:
    """Analyse a text, to be held beside the answer on screen.

    Attributes:
        text: the text; empty for that of saved attention.
        model: the name of the model in use.
        other: the model that answers, or a file of saved attention, if it is not the one in use.
        top_k: how many candidates each mask gets.
        wanted: what is wanted beyond the attention weights.
        interventions: what is changed inside the model while it runs.
        offline: never use the network.
        device: where another model computes.
        dtype: the numbers that it computes with.
    """

    text: str
    model: str
    other: str = ""
    top_k: int = 10
    wanted: WantedQuantities = WEIGHTS_ALONE
    interventions: Interventions = NONE
    offline: bool = False
    device: str = AUTO
    dtype: str = FLOAT32


@dataclass(frozen=True, slots=True)
class LetGoOfOther:
    """The other model is not needed any more.

    Attributes:
        model: the name of the model in use.
    """

    model: str


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
    asked: Answerer = model
    if job.other:
        from tui.model.other_model import OtherModel

        other = OtherModel(job.other, job.offline, job.device, job.dtype)
        asked = model.beside(other, progress=progress, cancelled=cancelled)
    return asked.analyze(
        job.text or asked.info.only_text or "",
        top_k=job.top_k,
        wanted=job.wanted,
        interventions=job.interventions,
        allocate=allocate,
        cancelled=cancelled,
    )


def let_go_of_other(job: LetGoOfOther, model: LanguageModel, **_: object) -> None:
    """Run the job: the other model's memory is given back."""
    model.alone()
