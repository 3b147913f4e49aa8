"""Answers that are made, of any shape, without a model: for rules that hold whatever it says."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from tui.analysis.analysis import Analysis, Candidate, ModelInfo, Token, token_roles
from tui.analysis.derived import DerivedQuantities, Gradient, TransformedValues
from tui.analysis.head_statistics import compute_head_statistics, unknown_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.interventions import (
    NONE,
    CutArrow,
    CutHead,
    Interventions,
    TransplantResidual,
    changed_heads,
)
from tui.analysis.likeness import js_divergence
from tui.analysis.mixing import relevance
from tui.analysis.peaks import mixing, with_peaks
from tui.analysis.scales import ordinary_peaks
from tui.analysis.wanted import WEIGHTS_ALONE, Quantity, Target, WantedQuantities
from tui.errors import ModelError, RequestError
from tui.experiments.arrows import ArrowSweep, SweepArrows, SweptArrow
from tui.experiments.direct import DirectParts
from tui.experiments.logit_parts import TakeApart, TakenApart
from tui.experiments.measures import MEASURES, OF_WORD
from tui.experiments.residual import ResidualTransplants, SweepResidual
from tui.experiments.smallest_set import FindSmallestSet, SmallestSet
from tui.experiments.so_far import SoFar
from tui.experiments.sweep import ESTIMATED, Sweep, SweepHeads
from tui.experiments.transplant import SweepTransplants, Transplants
from tui.experiments.way import Way
from tui.text import MASK, PAIR, clean

S = TypeVar("S", Transplants, ResidualTransplants)

WORDS = ("cat", "dog", "tree", "house")


@dataclass(frozen=True)
class MadeModel:
    """Splits words of more than four letters, and attends by lot, the same for the same text.

    Attributes:
        name: its name.
        layers: how many layers it has.
        heads: how many heads each of them has.
        holds_one_layer: every text is too long for it.
        refuses: quantities that it cannot supply.
        cannot_be_cut: nothing can be changed inside it.
    """

    name: str = "made"
    layers: int = 3
    heads: int = 2
    holds_one_layer: bool = False
    refuses: frozenset[Quantity] = field(default_factory=frozenset)
    cannot_be_cut: bool = False

    @property
    def info(self) -> ModelInfo:
        """The facts about it."""
        return ModelInfo(self.name, "made", self.layers, self.heads, 512, MASK, 2)

    def analyze(
        self,
        text: str,
        wanted: WantedQuantities,
        *,
        layer: int = 0,
        top_k: int = 4,
        interventions: Interventions = NONE,
    ) -> Analysis:
        """The answer to a text."""
        text = clean(text)
        tokens = _tokens(text)
        count = len(tokens)
        self._check(interventions, count)
        seed = zlib.crc32(f"{self.name} {text} {interventions or ''}".encode())
        chance = np.random.default_rng(seed)
        raw = chance.random((self.layers, self.heads, count, count), dtype=np.float32) ** 4 + 1e-3
        attention = raw / raw.sum(axis=-1, keepdims=True)
        masks = tuple(at for at, token in enumerate(tokens) if token.text == MASK)
        first = 0
        if self.holds_one_layer:
            first = min(layer, self.layers - 1)
            attention = attention[first : first + 1]
        special = np.array([token.special for token in tokens])
        peaks = ordinary_peaks(attention, special)
        pieces = [token.text for token in tokens]
        whole = not self.holds_one_layer
        answer = Analysis(
            text=text,
            model=self.info,
            tokens=tokens,
            masks=masks,
            candidates=tuple(
                _candidates(text, mask, top_k, len(interventions)) for mask in range(len(masks))
            ),
            attention=attention,
            peaks=peaks,
            shown_peaks=shown_peaks(attention, special),
            statistics=compute_head_statistics(
                attention, peaks, token_roles(text, tokens, masks), pieces
            )
            if whole
            else unknown_head_statistics(self.layers, self.heads),
            first_layer=first,
            interventions=interventions,
            means="mean of 2 sentences"
            if any(isinstance(one, CutHead) and one.by == "mean" for one in interventions)
            else "",
        )
        derived = self._derived(answer, wanted, chance)
        return Analysis(
            **{
                name: getattr(answer, name)
                for name in Analysis.__dataclass_fields__
                if name != "derived"
            },
            derived=derived,
        )

    def _check(self, interventions: Interventions, count: int) -> None:
        if interventions and self.cannot_be_cut:
            raise ModelError(f"Heads of {self.name} cannot be changed.")
        for one in interventions:
            last = max(one.query, one.key) if isinstance(one, CutArrow) else 0
            head = 0 if isinstance(one, TransplantResidual) else one.head
            if one.layer >= self.layers or head >= self.heads or last >= count:
                raise RequestError(f"There is no {one}.")

    def _derived(
        self, answer: Analysis, wanted: WantedQuantities, chance: np.random.Generator
    ) -> DerivedQuantities:
        weights = answer.attention
        missing: dict[Quantity, str] = {
            quantity: f"There is no {quantity} here."
            for quantity in wanted.quantities
            if quantity in self.refuses or self.holds_one_layer
        }
        if wanted.gradient and not answer.masks:
            missing["gradient"] = "There is no mask, so there is no gradient."
        gradient = None
        if wanted.gradient and "gradient" not in missing:
            target = wanted.gradient
            token = answer.candidates[target.mask][0].id if target.token is None else target.token
            products = weights * chance.normal(size=weights.shape).astype(np.float32)
            gradient = Gradient(
                Target(target.mask, token),
                "cat",
                products,
                relevance(products),
                products.sum(axis=(2, 3)),
                *((products.sum(axis=(2, 3)) / 2, "dog") if wanted.margin else ()),
            )
        layers, heads, count, _ = weights.shape
        found = DerivedQuantities(
            wanted=wanted,
            mixing=mixing(weights, lambda shape: np.empty(shape, np.float32))
            if wanted.mixing and "mixing" not in missing
            else None,
            values=TransformedValues(
                chance.normal(size=(layers, heads, count, 2)).astype(np.float32),
                np.tile(np.eye(2, dtype=np.float32), (layers, heads, 1, 1)),
            )
            if wanted.values and "values" not in missing
            else None,
            gradient=gradient,
            likeness=js_divergence(weights, *wanted.likeness)
            if wanted.likeness and "likeness" not in missing
            else None,
            missing=missing,
        )
        return with_peaks(found, weights, answer.special, np.array(answer.firsts))


def made_set(
    job: FindSmallestSet, *, kept: int = 2, layers: int = 1, heads: int = 1
) -> SmallestSet:
    """A set of heads as the worker would have found it; the first heads of the model are kept."""
    places = [(layer, head) for layer in range(layers) for head in range(heads)][:kept]
    return SmallestSet(
        job.text, job.model, layers, heads, job.mask, 0, job.token or 0, "cat", 1, job.by, "",
        tuple(places), np.zeros(len(places)), np.array([0]), np.zeros(1),
    )  # fmt: skip


def made_parts(job: TakeApart, model: MadeModel) -> TakenApart:
    """The parts that a job asks for, by lot."""
    chance = np.random.default_rng(zlib.crc32(repr(job).encode()))
    token = job.token or 0
    sums = []
    for _ in range(2):
        heads, blocks = chance.normal(size=(model.layers, model.heads)), np.ones(model.layers)
        sums.append(DirectParts(heads, blocks, 0.5, -0.5, float(heads.sum() + blocks.sum())))
    other = 0 if token else 1
    return TakenApart(
        job.text, job.model, job.mask, 1, 1, token, WORDS[token], other, WORDS[other],
        sums[0], sums[1], job.interventions,
    )  # fmt: skip


def _candidates(text: str, mask: int, top_k: int, cut: int) -> tuple[Candidate, ...]:
    """Each cut takes the first candidate to the end."""
    parts = text.split(MASK)
    before, after = MASK.join(parts[: mask + 1]), MASK.join(parts[mask + 1 :])
    order = [(rank + cut) % len(WORDS) for rank in range(len(WORDS))][:top_k]
    return tuple(
        Candidate(WORDS[word], word, 0.5 ** (rank + 1), -float(rank), before + WORDS[word] + after)
        for rank, word in enumerate(order)
    )


def _tokens(text: str) -> tuple[Token, ...]:
    found = [Token("[CLS]", 0, True, 0, 0)]
    at, word, sentence = 0, 0, 0
    for part in text.split():
        start = text.index(part, at)
        at = start + len(part)
        if part == PAIR:
            word += 1
            found.append(Token("[SEP]", 1, True, start, start, word))
            sentence = 1
            continue
        word += 1
        cuts = [part] if part == MASK else [part[:4], *([part[4:]] if part[4:] else [])]
        for number, cut in enumerate(cuts):
            name = cut if not number else f"##{cut}"
            found.append(Token(name, 5, False, start, start + len(cut), word, sentence))
            start += len(cut)
    found.append(Token("[SEP]", 1, True, len(text), len(text), word + 1, sentence))
    return tuple(found)


def made_sweep(job: SweepHeads, model: MadeModel) -> Sweep:
    """The effects that a job asks for, by lot."""
    shape = model.layers, model.heads
    chance = np.random.default_rng(zlib.crc32(repr(job).encode()))
    token = job.token or 0
    measures = (OF_WORD,) if job.word else MEASURES
    return Sweep(
        text=job.text,
        model=job.model,
        mask=job.mask,
        position=1,
        token=None if job.word else token,
        word=job.word or WORDS[token],
        runner_up=None if job.word else 0 if token else 1,
        runner_up_word="" if job.word else WORDS[0 if token else 1],
        by=job.by,
        interventions=job.interventions,
        means="mean of 2 sentences" if job.by == "mean" else "",
        effects={one.slug: chance.normal(size=shape) for one in measures},
        all_at_once={one.slug: 1.0 for one in measures},
        layers={one.slug: chance.normal(size=model.layers) for one in measures},
        ids=(5, 6) if job.word else (),
        pieces=(job.word[:4], f"##{job.word[4:]}") if job.word else (),
    )


def partly(found: Sweep, *heads: tuple[int, int]) -> Sweep:
    """The same effects when only these heads are cut."""
    to_come = np.ones(found.effects["log-prob"].shape, dtype=bool)
    for head in heads:
        to_come[head] = False
    part = found.at(SoFar(to_come, to_come.size, "heads"))
    nothing = {slug: np.full_like(numbers, np.nan) for slug, numbers in found.layers.items()}
    return replace(part, layers=nothing, all_at_once=dict.fromkeys(found.all_at_once, np.nan))


def shares_so_far(found: S, count: int, things: str = "heads") -> S:
    """The same shares when only so many of them are measured, in their order."""
    measured = np.isfinite(found.shares)
    to_come = measured & (np.cumsum(measured).reshape(measured.shape) > count)
    shares = np.where(to_come, np.nan, found.shares)
    so_far = SoFar(to_come, int(measured.sum()), things)
    return replace(found, shares=shares, so_far=so_far)


def arrows_so_far(found: ArrowSweep, count: int) -> ArrowSweep:
    """The same arrows when only the last so many of them are cut: of those there is news."""
    cut = [one.arrow for one in found.arrows[len(found.arrows) - count :]]
    swept = {
        one.arrow: one
        if one.arrow in cut
        else replace(one, effects=dict.fromkeys(one.effects, np.nan))
        for one in found.arrows
    }
    return found.at(swept, {*swept} - {*cut})


def made_arrows(job: SweepArrows, model: MadeModel, *, count: int = 5) -> ArrowSweep:
    """The arrows that a job asks for, by lot; there is no estimate of the last."""
    answer = model.analyze(job.text, WEIGHTS_ALONE, interventions=job.interventions)
    chance = np.random.default_rng(zlib.crc32(repr(job).encode()))
    token = job.token or 0
    shape = answer.attention.shape
    places = chance.choice(answer.attention.size, size=count, replace=False)
    arrows = []
    for place in places:
        layer, head, query, key = map(int, np.unravel_index(place, shape))
        arrows.append(CutArrow(layer, head, query, key, job.renormalised))
    return ArrowSweep(
        text=job.text,
        model=job.model,
        tokens=tuple(one.label for one in answer.tokens),
        mask=job.mask,
        position=answer.masks[job.mask],
        token=token,
        word=WORDS[token],
        runner_up=0 if token else 1,
        runner_up_word=WORDS[0 if token else 1],
        renormalised=job.renormalised,
        interventions=job.interventions,
        measure=job.measure,
        arrows=tuple(
            SweptArrow(
                arrow,
                float(chance.random()),
                {
                    slug: float("nan") if arrow is arrows[-1] else float(chance.normal())
                    for slug in ESTIMATED
                },
                {one.slug: float(chance.normal()) for one in MEASURES},
            )
            for arrow in arrows
        ),
    )


def made_transplants(job: SweepTransplants, model: MadeModel) -> Transplants:
    """The shares that a job asks for, by lot; of a head that is changed already there is none."""
    chance = np.random.default_rng(zlib.crc32(repr(job).encode()))
    shares = chance.normal(size=(model.layers, model.heads))
    for layer, head in changed_heads(job.interventions):
        shares[layer, head] = np.nan
    return Transplants(_made_way(job, model), shares)


def made_residual(job: SweepResidual, model: MadeModel) -> ResidualTransplants:
    """The shares that a job asks for, by lot; of a token without a partner there is none."""
    way = _made_way(job, model)
    chance = np.random.default_rng(zlib.crc32(repr(job).encode()))
    shares = chance.normal(size=(model.layers, len(way.labels)))
    alone = {*range(len(way.labels))} - {here for here, _ in way.pairs}
    shares[:, sorted(alone)] = np.nan
    return ResidualTransplants(way, shares)


def _made_way(job: SweepTransplants | SweepResidual, model: MadeModel) -> Way:
    here, there = (model.analyze(text, WEIGHTS_ALONE) for text in (job.text, job.source))
    assert job.tokens is not None
    token, other = job.tokens
    return Way(
        text=job.text,
        source=job.source,
        model=job.model,
        labels=tuple(one.label for one in here.tokens),
        source_labels=tuple(one.label for one in there.tokens),
        pairs=job.pairs or tuple((at, at) for at in range(len(here.tokens))),
        position=here.masks[0],
        source_position=there.masks[0],
        token=token,
        word=WORDS[token],
        other=other,
        other_word=WORDS[other],
        here=1.25,
        there=-0.5,
        interventions=job.interventions,
    )
