"""The likely arrows: estimates against finite differences, effects against cuts one by one."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from tests.model import tiny
from tests.model.torch_engine.test_pass_recorder import (
    IDS,
    MASK_AT,
    Nudged,
    at_mask,
    build,
    lead,
    log_p,
    passed,
)
from tests.model.torch_models import network, on_torch
from tests.model.worker.real_child import Ear
from tests.support import embedded
from tui.analysis.interventions import CutArrow, CutHead, Interventions, ordered
from tui.analysis.wanted import WEIGHTS_ALONE, Target, WantedQuantities
from tui.errors import Cancelled, ModelError, RequestError, UserError
from tui.experiments import arrows as module
from tui.experiments.arrows import (
    ArrowSweep,
    SweepArrows,
    correlation,
    estimates_of,
    first_order,
    run_sweep_arrows,
    sweep_arrows,
)
from tui.experiments.measures import MEASURES, measure_named
from tui.experiments.sweep import find_asked
from tui.model import budget
from tui.model.masked_lm import MaskedLM
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import JobDone, JobProgress, Loaded

TEXT = "The cat [MASK] on the mat."
LEAD, LOG_P = measure_named("logit-diff"), measure_named("log-prob")


@pytest.fixture(scope="module")
def model() -> MaskedLM:
    """The embedded model, of its own: torch takes it over."""
    return MaskedLM.load()


@pytest.fixture(scope="module")
def found(model: MaskedLM) -> ArrowSweep:
    return sweep_arrows(model, TEXT)


# Estimates


@pytest.mark.parametrize("renormalised", [False, True])
def test_an_estimate_is_the_derivative_on_the_way_to_the_cut(renormalised: bool) -> None:
    """A little of the way from the row to the row without the arrow, in float64."""
    config = tiny.bert_config()
    config.initializer_range = 0.5
    exact = build(config).double()
    token = int(at_mask(exact, Nudged(0, lambda _: None)).argmax())
    [answer], [weights] = passed(
        exact, IDS[:1], asked=(MASK_AT,), gradient=Target(0, token), margin=True,
        margin_products=True,
    )  # fmt: skip
    assert answer.gradient is not None
    assert answer.gradient.margin_products is not None
    again = np.full((*weights.shape[:3], 1), renormalised)
    step = 1e-5
    rng = np.random.default_rng(0)
    places = [(1, head, MASK_AT, key) for head in range(2) for key in range(7)]
    drawn = rng.integers(0, (2, 7, 7), (20, 3)).tolist()
    places += [(0, head, query, key) for head, query, key in drawn]
    for products, measure in (
        (answer.gradient.products, log_p), (answer.gradient.margin_products, lead),
    ):  # fmt: skip
        estimates = first_order(weights.astype(float), products.astype(float), again)
        compared = 0
        for layer, head, query, key in places:
            if math.isnan(estimates[layer, head, query, key]):
                continue

            def towards(
                by: float, at: tuple[int, int, int] = (head, query, key)
            ) -> Callable[[Tensor], None]:
                def move(seen: Tensor) -> None:
                    row = seen[0, at[0], at[1]]
                    without = row.clone()
                    without[at[2]] = 0.0
                    if renormalised:
                        without /= without.sum()
                    row += by * (without - row)

                return move

            up, down = (
                measure(at_mask(exact, Nudged(layer, towards(by))), token) for by in (step, -step)
            )
            wanted = (down - up) / (2 * step)
            assert estimates[layer, head, query, key] == pytest.approx(wanted, rel=1e-3, abs=1e-5)
            compared += 1
        assert compared > 20
        assert np.nanmax(np.abs(estimates)) > 1e-2


def test_the_margin_is_the_sum_of_its_products(model: MaskedLM) -> None:
    wanted = WantedQuantities(gradient=Target(), margin=True, margin_products=True)
    derived = model.analyze(TEXT, wanted=wanted).derived
    gradient = derived.gradient
    assert gradient is not None
    assert gradient.margin is not None
    assert gradient.margin_products is not None
    sums = gradient.margin_products.sum(axis=(2, 3))
    np.testing.assert_allclose(sums, gradient.margin, atol=1e-4)
    assert np.abs(gradient.margin_products - gradient.products).max() > 1e-3
    assert derived.answers(wanted)
    assert derived.answers(replace(wanted, margin_products=False))
    less = model.analyze(TEXT, wanted=replace(wanted, margin_products=False)).derived
    assert less.gradient is not None
    assert less.gradient.margin_products is None
    assert not less.answers(wanted)
    assert less.wanted.joined(wanted).margin_products


def test_a_row_by_hand() -> None:
    """y = 3 A₁ + 5 A₂ − 2 A₃ is linear, so that the estimate is the effect."""
    weights, slopes = np.array([[0.2, 0.5, 0.3]]), np.array([3.0, 5.0, -2.0])
    products = weights * slopes
    y = float((weights * slopes).sum())
    kept = first_order(weights, products, np.array([[False]]))
    again = first_order(weights, products, np.array([[True]]))
    for key in range(3):
        without = weights[0].copy()
        without[key] = 0
        assert kept[0, key] == pytest.approx(y - without @ slopes)
        assert again[0, key] == pytest.approx(y - without @ slopes / without.sum())
        a, p = weights[0, key], products[0, key]
        assert again[0, key] == pytest.approx(-(a * y - p) / (1 - a)), "as the help has it"


def test_of_a_row_that_is_cut_already() -> None:
    """Its weights sum to less than 1, and renormalised they sum to 1 again."""
    weights, slopes = np.array([[0.2, 0.5, 0.0]]), np.array([3.0, 5.0, -2.0])
    again = first_order(weights, weights * slopes, np.array([[True]]))
    y = float((weights * slopes).sum())
    assert again[0, 0] == pytest.approx(y - 5.0)
    assert again[0, 1] == pytest.approx(y - 3.0)


def test_an_arrow_that_is_all_of_a_row_has_no_estimate() -> None:
    weights = np.array([[0.985, 0.015, 0.0], [0.97, 0.03, 0.0], [0.0, 0.0, 0.0]])
    found = first_order(weights, weights * 2, np.array([[True], [True], [True]]))
    assert np.isnan(found[0, 0])
    assert np.isfinite(found[[0, 1, 1], [1, 0, 1]]).all()
    as_is = first_order(weights, weights * 2, np.array([[False]] * 3))
    assert np.isfinite(as_is).all()


def test_a_row_renormalised_already_is_so_again(model: MaskedLM) -> None:
    """What is cut in a row of which an arrow is cut so already renormalises it too."""
    in_force = (CutArrow(1, 2, 3, 0, renormalised=True),)
    wanted = WantedQuantities(gradient=Target(), margin=True, margin_products=True)
    analysis = model.analyze(TEXT, wanted=wanted, interventions=in_force)
    kept = estimates_of(analysis, renormalised=False)["logit-diff"]
    again = estimates_of(analysis, renormalised=True)["logit-diff"]
    assert np.array_equal(kept[1, 2, 3], again[1, 2, 3], equal_nan=True)
    assert not np.allclose(kept[1, 2, 4], again[1, 2, 4])
    found = sweep_arrows(model, TEXT, interventions=in_force, count=20)
    assert in_force[0] not in {replace(one.arrow, renormalised=True) for one in found.arrows}


# Effects


@pytest.mark.parametrize("renormalised", [False, True])
@pytest.mark.parametrize("in_force", [(), (CutHead(0, 1, "zero"), CutArrow(4, 6, 3, 4))])
def test_effects_are_those_of_cuts_one_by_one(
    model: MaskedLM,
    renormalised: bool,
    in_force: Interventions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TOKENS_A_PASS", 40)  # four arrows a pass
    found = sweep_arrows(model, TEXT, interventions=in_force, count=10, renormalised=renormalised)
    assert len(found.arrows) == 10
    [whole] = model.scores(TEXT, [in_force])
    asked = find_asked(whole, 0, None)
    assert (found.token, found.runner_up) == (asked.token, asked.runner_up)
    analysis = model.analyze(TEXT, interventions=in_force)
    for one in found.arrows:
        arrow = one.arrow
        assert arrow.renormalised is renormalised
        place = arrow.layer, arrow.head, arrow.query, arrow.key
        assert one.weight == pytest.approx(float(analysis.attention[place]), abs=1e-6)
        assert (arrow.layer, arrow.head) != (0, 1), "a head that is cut"
        [alone] = model.scores(TEXT, [ordered((*in_force, arrow))])
        for measure in MEASURES:
            wanted = measure.effect(whole, alone, asked)
            assert one.effects[measure.slug] == pytest.approx(wanted, abs=1e-5), measure.slug
    assert max(abs(one.effects["logit-diff"]) for one in found.arrows) > 1e-2


def test_both_engines_cut_the_same(found: ArrowSweep) -> None:
    arrows = [one.arrow for one in found.arrows[:5]]
    whole, *runs = embedded().scores(TEXT, [(), *((arrow,) for arrow in arrows)])
    asked = find_asked(whole, 0, None)
    for one, run in zip(found.arrows, runs, strict=False):
        assert one.effects["logit-diff"] == pytest.approx(LEAD.effect(whole, run, asked), abs=1e-4)


def test_the_likeliest_are_proposed_the_largest_first(model: MaskedLM, found: ArrowSweep) -> None:
    wanted = WantedQuantities(gradient=Target(), margin=True, margin_products=True)
    analysis = model.analyze(TEXT, wanted=wanted)
    assert len(found.arrows) == 50
    for measure in (LEAD, LOG_P):
        estimates = np.abs(estimates_of(analysis, renormalised=False)[measure.slug])
        swept = sweep_arrows(model, TEXT, measure=measure.slug, count=12)
        sizes = [abs(one.estimate(measure)) for one in swept.arrows]
        assert sizes == sorted(sizes, reverse=True)
        largest = np.sort(estimates, axis=None)[::-1][:12]
        np.testing.assert_allclose(sizes, largest, rtol=1e-4)
        assert swept.measure == measure.slug
    assert math.isnan(found.arrows[0].estimate(measure_named("kl")))


def test_one_without_an_estimate_is_proposed_by_its_product(model: MaskedLM) -> None:
    whole = sweep_arrows(model, TEXT, renormalised=True)
    without = [one for one in whole.arrows if math.isnan(one.estimate(LEAD))]
    assert without
    assert all(one.weight > module.SINGULAR * 0.999 for one in without)
    assert whole.correlation(LEAD) is not None


def test_what_does_nothing_is_not_proposed(model: MaskedLM) -> None:
    """In the last layer only the mask's row does anything, and of a head that is cut nothing."""
    layers, heads = model.info.layers, model.info.heads
    cut = tuple(
        CutHead(layer, head, "zero") for layer in range(layers - 1) for head in range(heads)
    )
    found = sweep_arrows(model, TEXT, interventions=cut, count=100_000)
    assert found.arrows
    assert {(one.arrow.layer, one.arrow.query) for one in found.arrows} == {
        (layers - 1, found.position)
    }
    everything = (*cut, *(CutHead(layers - 1, head, "zero") for head in range(heads)))
    nothing = sweep_arrows(model, TEXT, interventions=everything)
    assert nothing.arrows == ()
    assert nothing.correlation(LEAD) is None
    assert nothing.compared(LEAD) == "no arrow has any effect to first order"


def test_estimates_lie_near_the_effects(found: ArrowSweep) -> None:
    for measure in (LEAD, LOG_P):
        correlated = found.correlation(measure)
        assert correlated is not None
        assert correlated > 0.6
        assert f"correlate {correlated:.2f} over 50 arrows" in found.compared(measure)
    assert found.correlation(measure_named("kl")) is None
    assert "no estimate" in found.compared(measure_named("kl"))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([1, 2, 3], [2, 4, 6], 1.0),
        ([1, 2, 3], [1, 0, -1], -1.0),
        ([1, 2, 3, math.nan, 9], [2, 4, 6, 0, math.nan], 1.0),
        ([1, 2, 3, 4], [1, 3, 2, 4], 0.8),
        ([1, 2], [1, 2], None),
        ([1, 2, math.nan], [1, 2, 3], None),
        ([1, 1, 1], [1, 2, 3], None),
        ([], [], None),
    ],
)
def test_the_correlation_by_hand(
    one: list[float], other: list[float], wanted: float | None
) -> None:
    assert correlation(one, other) == (None if wanted is None else pytest.approx(wanted))


def test_it_says_which_candidate_at_which_mask(model: MaskedLM) -> None:
    text = "The [MASK] sat on the [MASK]."
    analysis = model.analyze(text)
    third = analysis.candidates[1][2]
    found = sweep_arrows(model, text, mask=1, token=third.id, count=3)
    assert (found.mask, found.position) == (1, analysis.masks[1])
    assert (found.token, found.word) == (third.id, third.token)
    assert found.runner_up == analysis.candidates[1][0].id
    assert found.tokens == tuple(token.label for token in analysis.tokens)


# A job


def test_progress_counts_arrows(model: MaskedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOKENS_A_PASS", 90)
    told: list[tuple[int, int]] = []
    sweep_arrows(model, TEXT, count=25, progress=lambda *step: told.append(step))
    assert told[0] == (0, 25)
    assert told[-3:] == [(10, 25), (20, 25), (25, 25)]


def test_it_is_given_up_between_passes(model: MaskedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOKENS_A_PASS", 90)
    told: list[tuple[int, int]] = []
    with pytest.raises(Cancelled):
        sweep_arrows(
            model,
            TEXT,
            progress=lambda *step: told.append(step),
            cancelled=lambda: bool(told) and told[-1][0] >= 20,
        )
    assert told[-1] == (20, 50)


def test_what_cannot_be_is_refused(model: MaskedLM, tmp_path: Path) -> None:
    def refused(error: type[UserError], match: str, text: str = TEXT, **options: object) -> None:
        with pytest.raises(error, match=match):
            sweep_arrows(model, text, **options)  # type: ignore[arg-type]

    refused(RequestError, r"There is no \[MASK\] in the text", "The cat sat.")
    refused(RequestError, "no mask 2", mask=1)
    refused(RequestError, "There is no word piece 99999: the vocabulary has 30,522", token=99999)
    refused(RequestError, "There is no layer 9", interventions=(CutHead(8, 0),))
    refused(RequestError, "logit-diff or log-prob", measure="kl")
    refused(RequestError, "At least one", count=0)
    folder = tiny.save_bert(tmp_path)
    broken = on_torch(folder)
    for weight in network(broken).parameters():
        weight.requires_grad_(False).fill_(float("nan"))
    with pytest.raises(ModelError, match="no numbers"):
        sweep_arrows(broken, "the [MASK] sat")


def test_without_room_for_a_gradient_it_says_so(
    model: MaskedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "SMALL", 0)
    bare = budget.needed(6, 12, 9, wanted=WEIGHTS_ALONE)
    monkeypatch.setattr(budget, "BUDGET", bare + 1)
    with pytest.raises(RequestError, match="not enough free memory"):
        sweep_arrows(model, TEXT)


def test_a_gradient_through_a_renormalised_row(model: MaskedLM) -> None:
    cut = (CutArrow(2, 3, 4, 5, renormalised=True),)
    wanted = WantedQuantities(gradient=Target())
    gradient = model.analyze(TEXT, wanted=wanted, interventions=cut).derived.gradient
    assert gradient is not None
    assert gradient.products[2, 3, 4, 5] == 0
    assert np.abs(gradient.products[0]).max() > 0, "below it too"


def test_what_is_proposed_and_measured_is_told_on_the_way(
    model: MaskedLM, found: ArrowSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOKENS_A_PASS", 40)
    told: list[ArrowSweep] = []
    whole = sweep_arrows(model, TEXT, count=10, so_far=told.append)
    assert whole.is_whole
    assert [one.so_far.count for one in told if one.so_far] == [0, 4, 8, 10]
    for one in told:
        assert one.so_far is not None
        assert one.compared(LEAD) == one.so_far.legend
        for place, arrow in enumerate(one.arrows):
            end = whole.arrows[place]
            assert (arrow.arrow, arrow.weight) == (end.arrow, end.weight)
            assert arrow.estimates == end.estimates
            is_there = one.has(arrow.arrow)
            assert is_there is not one.so_far.to_come[place]
            if is_there:
                assert arrow.effects == end.effects
            else:
                assert all(map(math.isnan, arrow.effects.values()))
    assert told[1].so_far is not None
    assert told[1].so_far.legend == "4 of 10 arrows measured, – not yet"
    assert "correlate" in whole.compared(LEAD)


async def test_it_is_a_job_of_the_process_that_holds_the_model(found: ArrowSweep) -> None:
    job = SweepArrows(TEXT, "embedded", count=8)
    assert pickle.loads(pickle.dumps(job)) == job
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load("embedded")
        assert isinstance(await ear.next(), Loaded)
        client.start_job(job)
        while not isinstance(event := await ear.next(), JobDone):
            assert not isinstance(event, JobProgress) or event.of == 8
        there, here = event.result, run_sweep_arrows(job, MaskedLM.load())
        assert isinstance(there, ArrowSweep)
        assert [one.arrow for one in there.arrows] == [one.arrow for one in here.arrows]
        assert [one.arrow for one in here.arrows] == [one.arrow for one in found.arrows[:8]]
    finally:
        client.close()
