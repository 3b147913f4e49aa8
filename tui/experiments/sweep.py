"""The effect of cutting each head alone: the job, and what runs it.

A cut changes nothing below its layer, so that a pass begins there where the engine can; and heads
of one layer go through the model together, as so many texts of a batch.

The candidate may be a word of several pieces. Then an effect is that on log p of the word alone,
the sum over its pieces, each with those before it filled in and those behind it still masked
(PLL-word-l2r, Kauf & Ivanova 2023): such a chain has no runner-up, no rank and no one distribution.
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
from tui.errors import NoMaskError, RequestError
from tui.experiments.effect_on import EffectOn, OnPiece, OnWord
from tui.experiments.lens import check_can_predict
from tui.experiments.means_first import means_first
from tui.experiments.measures import MEASURES, OF_WORD, Asked, Measure, check_numbers
from tui.experiments.so_far import SoFar
from tui.experiments.word_chain import check_can_be_changed, pieces_said, word_chains
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

NO_ESTIMATE = (
    "There is no first-order estimate of the effect on a word of several pieces: leave the "
    "estimate out, or choose a word of one piece."
)
"""Why there is none: each piece would have a gradient, and a text, of its own."""


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
        word: the candidate as a word, which may have several pieces; empty for `token`.
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
    word: str = ""
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
        token: the candidate's number in the vocabulary; None of a word of several pieces.
        word: its name as people read it.
        runner_up: the number of the best of all others in the whole model; None likewise.
        runner_up_word: its name; empty likewise.
        by: what a cut head gives on.
        interventions: what is changed inside the model all the while; a head that is cut among them
            has no effect left.
        means: the mean that heads are cut to, in words; empty if by zero.
        effects: for each measure, by its slug, `[layer, head]`; NaN where scores are no numbers. Of
            a word of several pieces there is `log-prob` alone: log p of the whole model minus that
            with the head cut, log p being Σ log p(piece | the pieces before it).
        all_at_once: for each measure the effect of cutting all heads together.
        layers: for each measure the effect of cutting all heads of one layer together, `[layer]`.
        estimates: for some measures the first-order estimate of a cut by zero, `[layer, head]`;
            empty if that was not wanted.
        told: everything that a reader must be told, a sentence each.
        so_far: how far it has come; None at its end. Before that the effects of heads that are
            still to be cut are NaN, and so is what cutting several together does.
        ids: of a word of several pieces their numbers in the vocabulary; else empty.
        pieces: the same as people read them.
    """

    text: str
    model: str
    mask: int
    position: int
    token: int | None
    word: str
    runner_up: int | None
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
    ids: tuple[int, ...] = ()
    pieces: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """How its effects are measured, the usual way first."""
        return (OF_WORD,) if self.pieces else MEASURES

    def measured_as(self, measure: Measure) -> str:
        """The name of a measure, and of a word of several pieces those: they may be anything."""
        return f"{measure.name} of {pieces_said(self.pieces)}" if self.pieces else measure.name

    @property
    def is_whole(self) -> bool:
        """Whether everything is measured."""
        return self.so_far is None

    def has(self, head: tuple[int, int]) -> bool:
        """Whether a head, its layer and number counted from 0, is measured."""
        return self.so_far is None or not self.so_far.to_come[head]

    def is_of_the_same(self, other: Sweep) -> bool:
        """Whether another one measures the same candidate against the same runner-up."""
        mine, theirs = ((one.mask, one.token, one.runner_up, one.ids) for one in (self, other))
        return mine == theirs

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
        word=job.word,
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
    word: str = "",
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
        word: a word as it would stand in the text, in the place of `token`. If it is several pieces
            wᵢ, an effect is Σᵢ log p(wᵢ | w₁ … wᵢ₋₁, masks) of the whole model minus that with the
            head cut (PLL-word-l2r, Kauf & Ivanova 2023), and takes a pass a piece; of one piece it
            is what it is of that `token`.
        estimate: first-order estimates are wanted too, which take a gradient.
        layer_first: the layer whose heads are cut first, counted from 0; None for whichever.
        known: the same sweep as far as it came before; what it knows is not measured again.
        progress: told of how many steps, and of how many in all, are done.
        so_far: told of what is measured whenever some heads more are, before `progress` is.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: the text has no such mask, or the vocabulary no such word piece; the word is
            not in the vocabulary or changes how its neighbours are read, or has several pieces and
            estimates are wanted, or something is changed that names tokens by their places; or as
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
    chain = None
    if word:
        [chain] = word_chains(model, text, [word], mask)
        check_can_be_changed(chain.ids, interventions)
        if len(chain.ids) == 1:
            token, chain = chain.ids[0], None
    if chain is not None and estimate:
        raise RequestError(NO_ESTIMATE)
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
    target: EffectOn
    runner_up: int | None = None
    if chain is not None:
        target, word = OnWord(model, chain, interventions, cancelled), chain.word
    else:
        [whole] = model.scores(text, [interventions], keeps_hidden=True, cancelled=cancelled)
        asked = find_asked(whole, mask, token)
        target = OnPiece(model, text, len(encoded.ids), asked, whole, cancelled)
        token, word, runner_up = asked.token, model.show(asked.token), asked.runner_up
    means, tell = means_first(model, by, count, progress, cancelled)
    to_come = np.zeros((info.layers, info.heads), dtype=bool)
    slugs = [measure.slug for measure in target.measures]
    effects = {slug: np.zeros(to_come.shape) for slug in slugs}
    found = Sweep(
        text=encoded.masked.text,
        model=info.name,
        mask=mask,
        position=encoded.masks[mask],
        token=token if chain is None else None,
        word=word,
        runner_up=runner_up,
        runner_up_word=model.show(runner_up) if runner_up is not None else "",
        by=by,
        interventions=interventions,
        means=means,
        effects=effects,
        all_at_once=dict.fromkeys(slugs, math.nan),
        layers={slug: np.full(info.layers, np.nan) for slug in slugs},
        estimates=estimates,
        told=model.told(encoded, interventions),
        ids=chain.ids if chain is not None else (),
        pieces=chain.pieces if chain is not None else (),
    )
    heads = list(_uncut(info, interventions))
    if known is not None and known.so_far is not None and known.is_of_the_same(found):
        heads = [place for place in heads if known.so_far.to_come[place]]
        for slug in slugs:
            effects[slug][:] = known.effects[slug]
    for place in heads:
        to_come[place] = True
    done = count - len(heads)
    tell(done)  # the time that is left is guessed from here on
    for batch in _batches(heads, target.tokens, layer_first):
        changes = [ordered((*interventions, CutHead(layer, head, by))) for layer, head in batch]
        for place, effect in zip(batch, target.of(changes), strict=True):
            for slug in slugs:
                effects[slug][place] = effect[slug]
            to_come[place] = False
        done += len(batch)
        so_far(found.at(SoFar(to_come.copy(), count, "heads")))
        tell(done)
    everything = all_but(changed_heads(interventions), info.layers, info.heads, by)
    layers = {slug: np.zeros(info.layers) for slug in slugs}
    for layer in range(info.layers):
        of_layer = [cut for cut in everything if cut.layer == layer]
        [effect] = target.of([ordered((*interventions, *of_layer))])
        for slug in slugs:
            layers[slug][layer] = effect[slug]
    [none_left] = target.of([ordered((*interventions, *everything))])
    return replace(found, all_at_once=dict(none_left), layers=layers)


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
    check_numbers(logits)
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
