"""The effect of cutting one head, over the sentences of a list: its mean, and how sure that is.

One sentence is an example. Over a list of them the mean effect with an interval says whether the
head helps such sentences, or helped the one that it was found with. The sentences are what the
interval is of: it holds for sentences like them, however few they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tui.analysis.intervals import Interval, bootstrap_mean
from tui.analysis.interventions import (
    CUTS,
    NONE,
    CutArrow,
    CutBy,
    CutHead,
    Interventions,
    cut_heads,
    ordered,
)
from tui.errors import NoMaskError, RequestError
from tui.experiments.lens import check_can_predict
from tui.experiments.means_first import means_first
from tui.experiments.measures import MEASURES, Measure
from tui.experiments.one_by_one import FailedSentence, left_out, one_by_one
from tui.experiments.sweep import find_asked

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel

CONSISTENT, NOT_SUPPORTED = "consistent with", "not supported by"
"""The verdicts on a head that is said to help."""

SELF_REPAIR = (
    "No effect is not no role: other heads may take it over (self-repair: McGrath et al. 2023)."
)
"""To be known of verdicts: whoever shows one says this once."""


@dataclass(frozen=True, slots=True)
class MeasureEffectOverList:
    """Cut one head alone in each sentence of a list.

    Attributes:
        texts: the sentences; of each that has a mask, its first mask is looked at.
        model: the model's name.
        layer: the head's layer, counted from 0.
        head: the head, counted from 0.
        by: what the cut head gives on.
        interventions: what is changed inside the model all the while: cuts of other heads.
    """

    texts: tuple[str, ...]
    model: str
    layer: int
    head: int
    by: CutBy = CUTS[0]
    interventions: Interventions = NONE


@dataclass(frozen=True, slots=True)
class SentenceEffect:
    """The effect in one sentence.

    Attributes:
        text: the sentence as it was read.
        word: its own first candidate, as people read it.
        runner_up_word: the best of all others.
        effects: for each measure, by its slug, the effect.
    """

    text: str
    word: str
    runner_up_word: str
    effects: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class EffectOverList:
    """The effect of cutting one head, over a list.

    Attributes:
        model: the model's name.
        layer: the head's layer, counted from 0.
        head: the head, counted from 0.
        by: what the cut head gives on.
        means: the mean that it is cut to, in words; empty if by zero.
        interventions: what is changed inside the model all the while.
        sentences: each sentence that could be measured, in the order of the list.
        failed: those that could not be, each with the reason.
        told: everything that a reader must be told, each sentence once.
    """

    model: str
    layer: int
    head: int
    by: CutBy
    means: str
    interventions: Interventions
    sentences: tuple[SentenceEffect, ...]
    failed: tuple[FailedSentence, ...] = ()
    told: tuple[str, ...] = ()

    def interval(self, measure: Measure) -> Interval:
        """The mean effect, with a bootstrap interval of 95 %, and how many sentences it is of."""
        return bootstrap_mean([one.effects[measure.slug] for one in self.sentences])

    def verdict(self, measure: Measure) -> str:
        """Whether it looks as if the head helped such sentences, and why not if it does not.

        A measure without a direction, which rises whatever changes, has none: it is empty then.
        """
        if not measure.has_direction:
            return ""
        mean = self.interval(measure)
        if mean.low > 0:
            return f"{CONSISTENT} a head that helps"
        if math.isnan(mean.low):
            why = "one sentence has no interval" if mean.n == 1 else "there is no number"
        elif mean.high < 0:
            why = "the interval lies below 0, the head hinders"
        else:
            why = "the interval holds 0"
        return f"{NOT_SUPPORTED} these sentences: {why}"

    def described(self, measure: Measure) -> str:
        """The finding in a sentence, with its verdict."""
        mean, count = self.interval(measure), len(self.sentences)
        unit = f" {measure.unit}" if measure.unit else ""
        of = f"{count} sentence{'s' if count != 1 else ''}"
        between = (
            "" if math.isnan(mean.low) else f", 95 % interval {mean.low:.3f} to {mean.high:.3f}"
        )
        cut_to = how_cut(self.by, self.means)
        verdict = self.verdict(measure)
        return (
            f"over a list of {of}: mean effect {mean.value:.3f}{unit}{between}, n {mean.n}, on the "
            f"first candidate of each ({measure.name}, {cut_to})"
            f"{f'; {verdict}' if verdict else ''}."
        )

    @property
    def said(self) -> str:
        """A sentence for the user about what is missing; empty if nothing is."""
        return left_out(self.failed)


def how_cut(by: CutBy, means: str) -> str:
    """How heads are cut, in a few words: `heads cut to their mean (200 sentences)`."""
    if by != "mean":
        return f"heads cut to {by}"
    of = means.removeprefix("mean of ")
    return f"heads cut to their mean{f' ({of})' if of and of != means else ''}"


def measure_effect_over_list(
    job: MeasureEffectOverList,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> EffectOverList:
    """Run the job; `allocate` is not needed, the result is small. The rest is as below."""
    return effect_over_list(
        model, job.texts, job.layer, job.head, by=job.by, interventions=job.interventions,
        progress=progress, cancelled=cancelled,
    )  # fmt: skip


def effect_over_list(
    model: LanguageModel,
    texts: Sequence[str],
    layer: int,
    head: int,
    *,
    by: CutBy = CUTS[0],
    interventions: Interventions = NONE,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> EffectOverList:
    """Cut one head alone in each sentence of a list.

    The candidate is each sentence's own: the first at its first mask, against its runner-up.

    Args:
        model: the model.
        texts: the sentences.
        layer: the head's layer, counted from 0.
        head: the head, counted from 0.
        by: what the cut head gives on.
        interventions: cuts of other heads, which stay all the while.
        progress: told of how many steps, and of how many in all, are done.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: the list is empty, or no sentence of it can be measured; the head is not
            there, or cut already; or what stays is no cut of a head, but of one sentence.
        ModelError: the model predicts nothing.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    info = model.info
    if not (0 <= layer < info.layers and 0 <= head < info.heads):
        raise RequestError(
            f"There is no head {layer + 1}·{head + 1}: the model has {info.layers} layers of "
            f"{info.heads} heads."
        )
    if (layer, head) in cut_heads(interventions):
        raise RequestError(f"Head {layer + 1}·{head + 1} is cut already: restore it first.")
    for one in interventions:
        if not isinstance(one, CutHead):
            which = "An arrow that is cut" if isinstance(one, CutArrow) else "What is transplanted"
            raise RequestError(f"{which} is one sentence's: restore it for a list.")
    progress(0, len(texts))
    means, tell = means_first(model, by, len(texts), progress, cancelled)
    told: dict[str, None] = {}
    cut = ordered((*interventions, CutHead(layer, head, by)))
    measure = partial(_measure, model, cut, interventions, told, cancelled)
    found, failed = one_by_one(texts, measure, tell)
    return EffectOverList(
        info.name, layer, head, by, means, interventions, found, failed, tuple(told)
    )


def _measure(
    model: LanguageModel,
    cut: Interventions,
    interventions: Interventions,
    told: dict[str, None],
    cancelled: Callable[[], bool],
    text: str,
) -> SentenceEffect:
    """One sentence, whole and with the head cut, in one pass."""
    encoded = model.encode(text)
    if not encoded.masks:
        raise NoMaskError
    whole, without = model.scores(text, [interventions, cut], cancelled=cancelled)
    asked = find_asked(whole, 0, None)
    told.update(dict.fromkeys(model.told(encoded, interventions)))
    return SentenceEffect(
        encoded.masked.text,
        model.show(asked.token),
        model.show(asked.runner_up),
        {measure.slug: measure.effect(whole, without, asked) for measure in MEASURES},
    )
