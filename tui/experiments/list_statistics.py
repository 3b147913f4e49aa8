"""Every head's statistics over a list of sentences: the job, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.list_statistics import ListStatistics, compute_list_statistics
from tui.errors import RequestError, UserError
from tui.experiments.one_by_one import FailedSentence, left_out
from tui.model.batches import analyze_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Attention
    from tui.lazy import np
    from tui.model.language_model import LanguageModel


@dataclass(frozen=True, slots=True)
class MeasureList:
    """Measure every head on each sentence of a list.

    Attributes:
        texts: the sentences.
        model: the model's name.
        interventions: what is changed inside the model all the while.
    """

    texts: tuple[str, ...]
    model: str
    interventions: Interventions = NONE


@dataclass(frozen=True, slots=True, eq=False)
class ListMeasured:
    """The statistics of a list, and the sentences that are not in them.

    Attributes:
        statistics: each head's means and spreads over the sentences that could be analysed.
        failed: the others, in their order.
        told: everything that whoever reads the statistics must be told, each sentence once: what
            makes the model doubtful, then what is to be known of the texts.
    """

    statistics: ListStatistics
    failed: tuple[FailedSentence, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """A sentence for the user about what is missing; empty if nothing is."""
        return left_out(self.failed)


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """What is kept of one sentence: its statistics, `[layer, head]`, and what is to be told."""

    numbers: Mapping[str, NDArray[np.float32]]
    told: tuple[str, ...]


def measure_list(
    job: MeasureList,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ListMeasured:
    """Measure every head on each sentence of a list.

    Args:
        job: the sentences.
        model: the model; a long list goes through it in few passes.
        allocate: not needed, the result is small.
        progress: told of how many sentences, and of how many in all, the model has been asked.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: no sentence of the list could be analysed.
        Cancelled: it was given up.
    """
    if not job.texts:
        raise RequestError("The list has no sentence.")
    if model.info.only_text is not None:
        raise RequestError(
            "Saved attention is one sentence's, and a list needs a model: press o to choose one."
        )
    of = len(job.texts)
    progress(0, of)
    found: list[tuple[int, _Measured]] = []
    failed: list[tuple[int, str]] = []
    answers = analyze_all(
        model, job.texts, top_k=1, interventions=job.interventions, cancelled=cancelled
    )
    for done, (place, answer) in enumerate(answers, 1):
        if isinstance(answer, UserError):
            failed.append((place, str(answer)))
        else:
            # The statistics are kept, and not the weights, which are far larger.
            found.append((place, _Measured(dict(answer.statistics.numbers), answer.told)))
        progress(done, of)
    named = tuple(FailedSentence(job.texts[place], reason) for place, reason in sorted(failed))
    if not found:
        raise RequestError(f"No sentence of the list could be analysed: {named[0].reason}")
    # In the order of the list, so that sums of the same numbers are the same to the last bit.
    in_order = [measured for _, measured in sorted(found, key=lambda one: one[0])]
    told = dict.fromkeys(sentence for measured in in_order for sentence in measured.told)
    numbers = [measured.numbers for measured in in_order]
    return ListMeasured(compute_list_statistics(numbers), named, tuple(told))
