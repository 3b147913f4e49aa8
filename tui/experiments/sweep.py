"""The effect of cutting each head alone: the job, and what runs it.

A cut changes nothing below its layer, so that a pass begins there where the engine can; and heads
of one layer go through the model together, as so many texts of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui.analysis.correlation import rank_correlation
from tui.analysis.interventions import (
    CUTS,
    NONE,
    CutBy,
    CutHead,
    Interventions,
    all_but,
    changed_heads,
    ordered,
)
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import ModelError, NoMaskError, RequestError
from tui.experiments.lens import check_can_predict
from tui.experiments.means_first import means_first
from tui.experiments.measures import MEASURES, Asked, Measure
from tui.experiments.so_far import SoFar
from tui.lazy import np
from tui.model.batches import TOKENS_A_PASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Attention, ModelInfo
    from tui.analysis.scores import Scores
    from tui.model.language_model import LanguageModel
    from tui.model.tokenizing.encoding import Encoded

ESTIMATED: Mapping[str, str] = {"logit-diff": "margin", "log-prob": "importance"}
"""The measures that have a first-order estimate, and which part of a gradient that is."""


@dataclass(frozen=True, slots=True)
class SweepHeads:
    """Cut each head alone.

    Attributes:
        text: the sentence.
        model: the model's name.
        by: what a cut head gives on.
        interventions: what is changed inside the model all the while.
        mask: which of the masks is looked at, counted from 0.
        token: the candidate, or None for the first.
        estimate: first-order estimates are wanted too.
        layer_first: the layer whose heads are cut first, counted from 0; None for whichever.
        known: the same sweep as far as it came before: the rest is cut. Neither of these makes it
            another job.
    """

    text: str
    model: str
    by: CutBy = CUTS[0]
    interventions: Interventions = NONE
    mask: int = 0
    token: int | None = None
    estimate: bool = False
    layer_first: int | None = field(default=None, compare=False)
    known: Sweep | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The effect of cutting each head alone on one candidate.

    Heads do not act one by one: what their single effects add up to is not what cutting all of
    them does, and a head without an effect may have a role that another one takes over
    (McGrath et al. 2023).

    Attributes:
        text: the text as analysed.
        model: the model's name.
        mask: which of the masks, counted from 0.
        position: where it stands among the tokens.
        token: the candidate's number in the vocabulary.
        word: its name as people read it.
        runner_up: the number of the best of all others in the whole model.
        runner_up_word: its name.
        by: what a cut head gives on.
        interventions: what is changed inside the model all the while; a head that is cut among them
            has no effect left.
        means: the mean that heads are cut to, in words; empty if by zero.
        effects: for each measure, by its slug, `[layer, head]`; NaN where scores are no numbers.
        all_at_once: for each measure the effect of cutting all heads together.
        layers: for each measure the effect of cutting all heads of one layer together, `[layer]`.
        estimates: for some measures the first-order estimate of a cut by zero, `[layer, head]`;
            empty if that was not wanted.
        told: everything that a reader must be told, a sentence each.
        so_far: how far it has come; None at its end. Before that the effects of heads that are
            still to be cut are NaN, and so is what cutting several together does.
    """

    text: str
    model: str
    mask: int
    position: int
    token: int
    word: str
    runner_up: int
    runner_up_word: str
    by: CutBy
    interventions: Interventions
    means: str
    effects: Mapping[str, NDArray[np.float64]]
    all_at_once: Mapping[str, float]
    layers: Mapping[str, NDArray[np.float64]]
    estimates: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    so_far: SoFar | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything is measured."""
        return self.so_far is None

    def has(self, head: tuple[int, int]) -> bool:
        """Whether a head, its layer and number counted from 0, is measured."""
        return self.so_far is None or not self.so_far.to_come[head]

    def is_of(self, asked: Asked) -> bool:
        """Whether it measures this candidate against this runner-up."""
        return (self.mask, self.token, self.runner_up) == (asked.mask, asked.token, asked.runner_up)

    def at(self, so_far: SoFar) -> Sweep:
        """The same with the effects that are known by now; it does not change when more are."""
        effects = {
            slug: np.where(so_far.to_come, np.nan, numbers)
            for slug, numbers in self.effects.items()
        }
        return replace(self, effects=effects, so_far=so_far)

    def total(self, measure: Measure) -> float:
        """The sum of the single effects."""
        return float(self.effects[measure.slug].sum())

    def agreement(self, other: Sweep, measure: Measure) -> float:
        """Spearman's ρ of the ranks of heads here and in another sweep of the same model."""
        return rank_correlation(self.effects[measure.slug], other.effects[measure.slug])

    def beside(self, other: Sweep, measure: Measure) -> str:
        """A sentence on how far heads cut in another way rank as they do here."""
        found = self.agreement(other, measure)
        if math.isnan(found):
            return "Cut in either way, heads have no order that could be compared."
        return (
            f"By {self.by} and by {other.by} heads rank alike to {found:.2f} (Spearman's ρ; 1 is "
            "the same order)."
        )

    def compared(self, measure: Measure) -> str:
        """A sentence on the single effects against all heads at once, or on how many are known."""
        if self.so_far is not None:
            return f"{self.so_far.said[0].upper()}{self.so_far.said[1:]}."
        total, together = self.total(measure), self.all_at_once[measure.slug]
        return (
            f"The single effects add up to {total:.3g}; cutting all heads at once does "
            f"{together:.3g}."
        )


def sweep_heads(
    job: SweepHeads,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[Sweep], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Sweep:
    """Run the job; `allocate` is not needed, the result is small. The rest is as in `sweep`."""
    return sweep(
        model,
        job.text,
        by=job.by,
        interventions=job.interventions,
        mask=job.mask,
        token=job.token,
        estimate=job.estimate,
        layer_first=job.layer_first,
        known=job.known,
        progress=progress,
        so_far=so_far,
        cancelled=cancelled,
    )


def sweep(
    model: LanguageModel,
    text: str,
    *,
    by: CutBy = CUTS[0],
    interventions: Interventions = NONE,
    mask: int = 0,
    token: int | None = None,
    estimate: bool = False,
    layer_first: int | None = None,
    known: Sweep | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[Sweep], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Sweep:
    """Cut each head alone, all heads of each layer, and all of them at once.

    Args:
        model: the model.
        text: a sentence with a mask.
        by: what a cut head gives on.
        interventions: what is changed inside the model all the while.
        mask: which of the masks is looked at, counted from 0.
        token: the candidate's number in the vocabulary, or None for the first candidate.
        estimate: first-order estimates are wanted too, which take a gradient.
        layer_first: the layer whose heads are cut first, counted from 0; None for whichever.
        known: the same sweep as far as it came before; what it knows is not measured again.
        progress: told of how many steps, and of how many in all, are done.
        so_far: told of what is measured whenever some heads more are, before `progress` is.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: the text has no such mask, or the vocabulary no such word piece; or as
            `MaskedLM.analyze`.
        ModelError: the model predicts nothing, its scores are no numbers, or its heads cannot be
            cut.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    info = model.info
    count = info.layers * info.heads
    progress(known.so_far.count if known is not None and known.so_far else 0, count)
    encoded = model.encode(text)
    _check_mask(encoded, mask)
    estimates: dict[str, NDArray[np.float64]] = {}
    if estimate:  # the attention is needed for nothing else, and of a long text it is large
        [first] = model.scores(text, [interventions], cancelled=cancelled)
        token = find_asked(first, mask, token).token  # a gradient is of what is there
        wanted = WantedQuantities(gradient=Target(mask, token), margin=True)
        estimates = _estimates(
            model.analyze(
                text, top_k=1, interventions=interventions, wanted=wanted, cancelled=cancelled
            )
        )
    [whole] = model.scores(text, [interventions], keeps_hidden=True, cancelled=cancelled)
    asked = find_asked(whole, mask, token)
    means, tell = means_first(model, by, count, progress, cancelled)
    to_come = np.zeros((info.layers, info.heads), dtype=bool)
    effects = {measure.slug: np.zeros(to_come.shape) for measure in MEASURES}
    heads = list(_uncut(info, interventions))
    if known is not None and known.so_far is not None and known.is_of(asked):
        heads = [place for place in heads if known.so_far.to_come[place]]
        effects = {slug: numbers.copy() for slug, numbers in known.effects.items()}
    for place in heads:
        to_come[place] = True
    found = Sweep(
        text=encoded.masked.text,
        model=info.name,
        mask=mask,
        position=encoded.masks[mask],
        token=asked.token,
        word=model.show(asked.token),
        runner_up=asked.runner_up,
        runner_up_word=model.show(asked.runner_up),
        by=by,
        interventions=interventions,
        means=means,
        effects=effects,
        all_at_once={measure.slug: math.nan for measure in MEASURES},
        layers={measure.slug: np.full(info.layers, np.nan) for measure in MEASURES},
        estimates=estimates,
        told=model.told(encoded, interventions),
    )
    done = count - len(heads)
    tell(done)  # the time that is left is guessed from here on
    for batch in _batches(heads, len(encoded.ids), layer_first):
        changes = [ordered((*interventions, CutHead(layer, head, by))) for layer, head in batch]
        for place, changed in zip(
            batch, model.scores(text, changes, known=whole, cancelled=cancelled), strict=True
        ):
            for measure in MEASURES:
                effects[measure.slug][place] = measure.effect(whole, changed, asked)
            to_come[place] = False
        done += len(batch)
        so_far(found.at(SoFar(to_come.copy(), count, "heads")))
        tell(done)
    everything = all_but(changed_heads(interventions), info.layers, info.heads, by)
    layers = {measure.slug: np.zeros(info.layers) for measure in MEASURES}
    for layer in range(info.layers):
        of_layer = [cut for cut in everything if cut.layer == layer]
        [changed] = model.scores(
            text, [ordered((*interventions, *of_layer))], known=whole, cancelled=cancelled
        )
        for measure in MEASURES:
            layers[measure.slug][layer] = measure.effect(whole, changed, asked)
    [none_left] = model.scores(
        text, [ordered((*interventions, *everything))], known=whole, cancelled=cancelled
    )
    return replace(
        found,
        all_at_once={measure.slug: measure.effect(whole, none_left, asked) for measure in MEASURES},
        layers=layers,
    )


def _check_mask(encoded: Encoded, mask: int) -> None:
    count = len(encoded.masks)
    if not count:
        raise NoMaskError
    if not 0 <= mask < count:
        raise RequestError(f"There is no mask {mask + 1}: the text has {count}; count them from 1.")


def find_asked(whole: Scores, mask: int, token: int | None) -> Asked:
    """The candidate, and its runner-up.

    Raises:
        RequestError: the vocabulary has no such word piece.
        ModelError: scores are no numbers.
    """
    logits = whole.logits[mask]
    if (np.isnan(logits) | np.isposinf(logits)).any():
        raise ModelError(
            "At the mask the model's scores are no numbers (NaN), so no effect can be measured: "
            "the checkpoint is broken, or its numbers overflow their precision."
        )
    if token is None:
        token = int(logits.argmax())
    if not 0 <= token < len(logits):
        raise RequestError(
            f"There is no word piece {token}: the vocabulary has {len(logits):,}, from 0."
        )
    return Asked(mask, token, whole.runner_up(mask, token))


def _uncut(model: ModelInfo, interventions: Interventions) -> Iterator[tuple[int, int]]:
    """The heads, (layer, head), that are neither cut nor transplanted already."""
    changed = changed_heads(interventions)
    for layer in range(model.layers):
        for head in range(model.heads):
            if (layer, head) not in changed:
                yield layer, head


def _batches(
    heads: Sequence[tuple[int, int]], tokens: int, first: int | None = None
) -> Iterator[list[tuple[int, int]]]:
    """The heads of each layer, as many at a time as a pass has room for.

    A layer from below, where a cut costs a whole pass, and one from above, where it costs next to
    nothing, take turns: so what the first ones took says how long all of them will take.

    Args:
        heads: those that are to be cut, (layer, head).
        tokens: how many tokens the text has.
        first: the layer that comes before all others, if there is one.
    """
    step = max(1, TOKENS_A_PASS // tokens)
    layers = sorted({layer for layer, _ in heads})
    turns = [layers.pop(layers.index(first))] if first in layers else []
    while layers:
        turns.append(layers.pop(-(len(turns) % 2)))
    for layer in turns:
        of_layer = [place for place in heads if place[0] == layer]
        for start in range(0, len(of_layer), step):
            yield of_layer[start : start + step]


def _estimates(analysis: Analysis) -> dict[str, NDArray[np.float64]]:
    """What a gradient says of each head, by measures.

    Raises:
        RequestError: there is no gradient.
    """
    gradient = analysis.derived.gradient
    if gradient is None:
        raise RequestError(analysis.derived.missing.get("gradient", "There is no gradient."))
    return {
        slug: np.asarray(getattr(gradient, part), np.float64) for slug, part in ESTIMATED.items()
    }
