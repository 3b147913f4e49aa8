"""The measures of how much a change inside the model does to one candidate at one mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.errors import ModelError
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.scores import Scores


@dataclass(frozen=True, slots=True)
class Asked:
    """The candidate that a measure is about.

    Attributes:
        mask: which of the text's masks, counted from 0.
        token: its number in the vocabulary.
        runner_up: the best of all others in the whole model.
    """

    mask: int
    token: int
    runner_up: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to say how much a change does.

    Attributes:
        slug: its name on the command line and in files.
        name: as people read it.
        meaning: its formula, as a phrase.
        effect: (the whole model, the changed one, the candidate) → the effect. Where a measure is
            better the larger it is, that of the whole model minus that of the changed one:
            positive if what was cut had helped.
        unit: what it is counted in.
        has_direction: its sign says whether what was cut had helped.
    """

    slug: str
    name: str
    meaning: str
    effect: Callable[[Scores, Scores, Asked], float]
    unit: str
    has_direction: bool = True


def _lead(whole: Scores, changed: Scores, of: Asked) -> float:
    return whole.lead(of.mask, of.token, of.runner_up) - changed.lead(
        of.mask, of.token, of.runner_up
    )


def _log_probability(whole: Scores, changed: Scores, of: Asked) -> float:
    return float(
        whole.log_probabilities(of.mask)[of.token] - changed.log_probabilities(of.mask)[of.token]
    )


def _divergence(whole: Scores, changed: Scores, of: Asked) -> float:
    return whole.divergence(of.mask, changed)


def _rank(whole: Scores, changed: Scores, of: Asked) -> float:
    return changed.rank(of.mask, of.token) - whole.rank(of.mask, of.token)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "logit-diff",
        "logit difference",
        "by how many logits the candidate's lead over the whole model's runner-up falls.",
        _lead,
        "logits",
    ),
    Measure(
        "log-prob",
        "log p",
        "by how many nats the candidate's log p falls.",
        _log_probability,
        "nats",
    ),
    Measure(
        "kl",
        "KL divergence",
        "KL(before ‖ after) of the whole distribution at the mask, in nats: whatever changes.",
        _divergence,
        "nats",
        has_direction=False,
    ),
    Measure("rank", "rank", "how many places the candidate loses.", _rank, "places"),
)
"""The measures, the usual one first."""


OF_WORD = replace(
    MEASURES[1],
    meaning="by how many nats the word's log p falls, the sum over its pieces, each with those "
    "before it filled in and those behind it masked (Kauf & Ivanova 2023).",
)
"""The one measure of a word of several pieces, whose chain has no runner-up, no rank and no one
distribution."""


def measure_named(slug: str) -> Measure:
    """The measure of a name.

    Raises:
        KeyError: there is none.
    """
    return {measure.slug: measure for measure in MEASURES}[slug]


def check_numbers(logits: NDArray[np.float32]) -> None:
    """Refuse scores at a mask that no effect can be measured on.

    Raises:
        ModelError: they are no numbers.
    """
    if (np.isnan(logits) | np.isposinf(logits)).any():
        raise ModelError(
            "At the mask the model's scores are no numbers (NaN), so no effect can be measured: "
            "the checkpoint is broken, or its numbers overflow their precision."
        )
