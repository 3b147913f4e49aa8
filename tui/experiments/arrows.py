"""The likely arrows: those whose cut should change a candidate most, each then cut alone.

An arrow is the attention weight of one query on one key in one head; cut, it is 0. To try all of
them takes thousands of passes. A gradient says of all at once what each cut would do to first
order (Nanda 2023, attribution patching; Syed et al. 2023): the largest of these estimates are
proposed, and what they say is then measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, CutArrow, Interventions, ordered
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import RequestError
from tui.experiments.lens import check_can_predict, mask_position
from tui.experiments.measures import MEASURES, Measure, measure_named
from tui.experiments.so_far import SoFar
from tui.experiments.sweep import ESTIMATED, find_asked
from tui.lazy import np
from tui.model.batches import TOKENS_A_PASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Attention
    from tui.model.language_model import LanguageModel

COUNT = 50
"""How many arrows are cut, if nobody says otherwise."""

SINGULAR = 0.98
"""The share of its row from which on an arrow has no estimate where the row is renormalised: what
is left would have to grow by more than fiftyfold, of which a tangent says nothing."""

FIRST_ORDER = (
    "The estimate is first order, a tangent: it lies where the effect is large. The effect is "
    "measured."
)
"""What is to be known of estimates: whoever shows them says this."""

_LEAST = 3
"""Fewer points than this always lie on a line, or nearly."""


@dataclass(frozen=True, slots=True)
class SweepArrows:
    """Cut each of the likely arrows alone.

    Attributes:
        text: the sentence.
        model: the model's name.
        interventions: what is changed inside the model all the while.
        mask: which of the masks is looked at, counted from 0.
        token: the candidate, or None for the first.
        count: how many arrows are cut.
        renormalised: the rest of an arrow's row is scaled so that it sums to 1 again.
        measure: the measure by whose estimate arrows are proposed, one of `ESTIMATED`.
    """

    text: str
    model: str
    interventions: Interventions = NONE
    mask: int = 0
    token: int | None = None
    count: int = COUNT
    renormalised: bool = False
    measure: str = MEASURES[0].slug


@dataclass(frozen=True, slots=True)
class SweptArrow:
    """An arrow that was cut alone.

    Attributes:
        arrow: which.
        weight: the attention weight that it has when it is not cut, 0..1.
        estimates: by a measure's slug, what the effect would be to first order; NaN where there is
            no estimate. Some measures have none.
        effects: by a measure's slug, the measured effect, as `Measure.effect` says; NaN before it
            is measured.
    """

    arrow: CutArrow
    weight: float
    estimates: Mapping[str, float]
    effects: Mapping[str, float]

    def estimate(self, measure: Measure) -> float:
        """The estimate of the effect in a measure; NaN if there is none."""
        return self.estimates.get(measure.slug, float("nan"))


@dataclass(frozen=True, slots=True, eq=False)
class ArrowSweep:
    """The effects of cutting likely arrows, each alone, on one candidate.

    Attributes:
        text: the text as analysed.
        model: the model's name.
        tokens: the tokens as people read them: arrows are between word pieces.
        mask: which of the masks, counted from 0.
        position: where it stands among the tokens.
        token: the candidate's number in the vocabulary.
        word: its name as people read it.
        runner_up: the number of the best of all others in the model without these cuts.
        runner_up_word: its name.
        renormalised: the rest of an arrow's row is scaled so that it sums to 1 again.
        interventions: what is changed inside the model all the while.
        measure: the measure by whose estimate the arrows were proposed.
        arrows: the arrows, as they were proposed, the likeliest first.
        told: everything that a reader must be told, a sentence each.
        so_far: how far it has come; None at its end. Before that arrows that are still to be cut
            have an estimate and no effect.
    """

    text: str
    model: str
    tokens: tuple[str, ...]
    mask: int
    position: int
    token: int
    word: str
    runner_up: int
    runner_up_word: str
    renormalised: bool
    interventions: Interventions
    measure: str
    arrows: tuple[SweptArrow, ...]
    told: tuple[str, ...] = ()
    so_far: SoFar | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all arrows are cut."""
        return self.so_far is None

    def has(self, arrow: CutArrow) -> bool:
        """Whether the effect of one of its arrows is measured."""
        if self.so_far is None:
            return True
        return not self.so_far.to_come[[one.arrow for one in self.arrows].index(arrow)]

    def at(self, swept: Mapping[CutArrow, SweptArrow], to_come: Collection[CutArrow]) -> ArrowSweep:
        """The same with the arrows that are cut by now, others being still to come."""
        left = np.array([arrow in to_come for arrow in swept], dtype=bool)
        so_far = SoFar(left, len(swept), "arrows")
        return replace(self, arrows=tuple(swept.values()), so_far=so_far)

    def correlation(self, measure: Measure) -> float | None:
        """Pearson's correlation of estimates with effects, as `correlation` says."""
        return correlation(
            [one.estimate(measure) for one in self.arrows],
            [one.effects[measure.slug] for one in self.arrows],
        )

    def compared(self, measure: Measure) -> str:
        """A clause on the estimates against the effects, or on how many of these are known."""
        if self.so_far is not None:
            return self.so_far.legend
        if not self.arrows:
            return "no arrow has any effect to first order"
        if measure.slug not in ESTIMATED:
            return f"{measure.name} has no estimate"
        if (found := self.correlation(measure)) is None:
            return f"{len(self.arrows)} arrows are too few, or too alike, for a correlation"
        known = sum(not np.isnan(one.estimate(measure)) for one in self.arrows)
        return f"estimate and effect correlate {found:.2f} over {known} arrows"


def correlation(estimates: Sequence[float], effects: Sequence[float]) -> float | None:
    """Pearson's correlation, over the pairs of which both are numbers.

    Returns:
        −1..1; None where fewer than three pairs are left, or one side is all the same.
    """
    pairs = np.array([estimates, effects], dtype=np.float64)  # [side, arrow]
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if pairs.shape[1] < _LEAST:
        return None
    one, other = pairs - pairs.mean(axis=1, keepdims=True)
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(one @ other) / lengths if lengths > 0 else None


def run_sweep_arrows(
    job: SweepArrows,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[ArrowSweep], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ArrowSweep:
    """Run the job; `allocate` is not needed, and the rest is as in `sweep_arrows`."""
    return sweep_arrows(
        model,
        job.text,
        interventions=job.interventions,
        mask=job.mask,
        token=job.token,
        count=job.count,
        renormalised=job.renormalised,
        measure=job.measure,
        progress=progress,
        so_far=so_far,
        cancelled=cancelled,
    )


def sweep_arrows(
    model: LanguageModel,
    text: str,
    *,
    interventions: Interventions = NONE,
    mask: int = 0,
    token: int | None = None,
    count: int = COUNT,
    renormalised: bool = False,
    measure: str = MEASURES[0].slug,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[ArrowSweep], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ArrowSweep:
    """Cut each of the likely arrows alone.

    Proposed are the arrows with the largest estimates, whatever their sign. One that holds nearly
    all of a row that is renormalised has none (`estimates_of`), and may do much: it is ranked by
    the estimate of its cut with the row left as it is. An arrow that is cut already, and one whose
    cut does nothing to first order, is never proposed, so that there may be fewer than `count`.

    Args:
        model: the model.
        text: a sentence with a mask.
        interventions: what is changed inside the model all the while.
        mask: which of the masks is looked at, counted from 0.
        token: the candidate's number in the vocabulary, or None for the first candidate.
        count: how many arrows are cut, at least 1.
        renormalised: the rest of an arrow's row is scaled so that it sums to 1 again; by default it
            is left as it is.
        measure: the measure by whose estimate arrows are proposed, one of `ESTIMATED`.
        progress: told of how many arrows, and of how many in all, are done.
        so_far: told of what is proposed, and of what is measured whenever some arrows more are,
            before `progress` is.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: the text has no such mask, or the vocabulary no such word piece, or the
            measure no estimate, or there is no gradient; or as `MaskedLM.analyze`.
        ModelError: the model predicts nothing, its scores are no numbers, or its attention cannot
            be changed.
        Cancelled: it was given up.
    """
    if measure not in ESTIMATED:
        raise RequestError(f"Arrows are proposed by an estimate of {' or '.join(ESTIMATED)} alone.")
    if count < 1:
        raise RequestError("At least one arrow is to be cut.")
    check_can_predict(model)
    progress(0, count)
    position = mask_position(model.encode(text), mask)
    # Before a gradient is asked for: whether there is such a candidate.
    [first] = model.scores(text, [interventions], cancelled=cancelled)
    token = find_asked(first, mask, token).token
    analysis = _differentiated(model, text, interventions, Target(mask, token), cancelled)
    estimates = estimates_of(analysis, renormalised=renormalised)
    arrows = _likely(analysis, estimates[measure], _products(analysis)[measure], renormalised)[
        :count
    ]
    # Once more: for a gradient another engine may have taken over, which runs what follows.
    [whole] = model.scores(text, [interventions], keeps_hidden=True, cancelled=cancelled)
    asked = find_asked(whole, mask, token)
    swept = {
        arrow: _swept(arrow, analysis, estimates, {one.slug: math.nan for one in MEASURES})
        for arrow in arrows
    }
    found = ArrowSweep(
        text=analysis.text,
        model=model.info.name,
        tokens=tuple(one.label for one in analysis.tokens),
        mask=mask,
        position=position,
        token=asked.token,
        word=model.show(asked.token),
        runner_up=asked.runner_up,
        runner_up_word=model.show(asked.runner_up),
        renormalised=renormalised,
        interventions=interventions,
        measure=measure_named(measure).slug,
        arrows=tuple(swept.values()),
        told=analysis.told,
    )
    to_come, done = set(arrows), 0
    so_far(found.at(swept, to_come))
    progress(0, len(arrows))
    for batch in _batches(arrows, len(analysis.tokens)):
        changes = [ordered((*interventions, arrow)) for arrow in batch]
        runs = model.scores(text, changes, known=whole, cancelled=cancelled)
        for arrow, run in zip(batch, runs, strict=True):
            effects = {one.slug: one.effect(whole, run, asked) for one in MEASURES}
            swept[arrow] = replace(swept[arrow], effects=effects)
        to_come.difference_update(batch)
        done += len(batch)
        so_far(found.at(swept, to_come))
        progress(done, len(arrows))
    return replace(found, arrows=tuple(swept.values()))


def estimates_of(analysis: Analysis, *, renormalised: bool) -> dict[str, NDArray[np.float64]]:
    """The effect of cutting each arrow of an answer alone, as `first_order` says.

    Args:
        analysis: an answer with a gradient, its margin and the margin's products.
        renormalised: rows are renormalised; one of which an arrow is cut so already is in any case,
            for it is renormalised once, without both.

    Returns:
        By the slug of each measure that has an estimate, `[layer, head, query, key]`, in its unit.
    """
    weights = analysis.attention.astype(np.float64)
    again = np.full((*weights.shape[:3], 1), renormalised)
    for one in analysis.interventions:
        if isinstance(one, CutArrow) and one.renormalised:
            again[one.layer, one.head, one.query] = True
    return {
        slug: first_order(weights, products, again)
        for slug, products in _products(analysis).items()
    }


def first_order(
    weights: NDArray[np.float64], products: NDArray[np.float64], renormalised: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """By how much y falls when one arrow alone is cut, to first order.

    With a the arrow's weight, g = ∂y/∂a, P = a g, the row's sum s (1, but where arrows are cut
    already) and Σ P over the row's arrows, ȳ: a cut that leaves the row as it is changes it by −a
    at the arrow, so that y falls by P. One that renormalises it makes of each other weight A the
    weight A / (s − a): y falls by P − (ȳ − P) · (1 − (s − a)) / (s − a), which of a row that sums
    to 1 is −(a ȳ − P) / (1 − a).

    Args:
        weights: A, `[…, query, key]`.
        products: A ⊙ ∂y/∂A, of the same shape.
        renormalised: which rows are renormalised, `[…, query, 1]`.

    Returns:
        Of the shape of the weights; NaN where an arrow has more than `SINGULAR` of a row that is
        renormalised.
    """
    sums = weights.sum(axis=-1, keepdims=True)
    left = np.where(weights <= SINGULAR * sums, sums - weights, np.nan)
    others = products.sum(axis=-1, keepdims=True) - products
    with np.errstate(all="ignore"):  # a row of zeros has nothing to be scaled
        scaled = products - others * (1 - left) / left
    return np.where(renormalised, scaled, products)


def _products(analysis: Analysis) -> dict[str, NDArray[np.float64]]:
    """A ⊙ ∂y/∂A for each measure y that has one, `[layer, head, query, key]`."""
    gradient = analysis.derived.gradient
    assert gradient is not None
    assert gradient.margin_products is not None
    return {
        "logit-diff": gradient.margin_products.astype(np.float64),
        "log-prob": gradient.products.astype(np.float64),
    }


def _differentiated(
    model: LanguageModel,
    text: str,
    interventions: Interventions,
    target: Target,
    cancelled: Callable[[], bool],
) -> Analysis:
    """The attention with the gradients of both measures.

    Raises:
        RequestError: there is no gradient.
    """
    analysis = model.analyze(
        text,
        top_k=1,
        interventions=interventions,
        wanted=WantedQuantities(gradient=target, margin=True, margin_products=True),
        cancelled=cancelled,
    )
    if analysis.derived.gradient is None:
        raise RequestError(analysis.derived.missing.get("gradient", "There is no gradient."))
    return analysis


def _likely(
    analysis: Analysis,
    estimates: NDArray[np.float64],
    products: NDArray[np.float64],
    renormalised: bool,
) -> list[CutArrow]:
    """All arrows that may do something, the likeliest first; of equal ones the lower layer's."""
    sizes = np.abs(np.where(np.isnan(estimates), products, estimates))
    sizes[~(np.isfinite(sizes) & (analysis.attention > 0))] = 0
    order = np.argsort(-sizes, axis=None, kind="stable")[: np.count_nonzero(sizes)]
    places = np.unravel_index(order, sizes.shape)
    return [
        CutArrow(layer, head, query, key, renormalised)
        for layer, head, query, key in zip(*(one.tolist() for one in places), strict=True)
    ]


def _batches(arrows: Sequence[CutArrow], tokens: int) -> Iterator[list[CutArrow]]:
    """The arrows from the lowest layer on, as many at a time as a pass has room for.

    The layers below all arrows of a pass are not run again, so that its arrows lie close together.
    """
    step = max(1, TOKENS_A_PASS // tokens)
    upwards = sorted(arrows)
    for start in range(0, len(upwards), step):
        yield upwards[start : start + step]


def _swept(
    arrow: CutArrow,
    analysis: Analysis,
    estimates: Mapping[str, NDArray[np.float64]],
    effects: Mapping[str, float],
) -> SweptArrow:
    place = arrow.layer, arrow.head, arrow.query, arrow.key
    return SweptArrow(
        arrow,
        weight=float(analysis.attention[place]),
        estimates={slug: float(numbers[place]) for slug, numbers in estimates.items()},
        effects=effects,
    )
