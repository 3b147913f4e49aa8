"""What goes into layers at tokens, transplanted one by one: a grid of shares of the way."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tests.support import embedded
from tui.analysis.interventions import Interventions, Pairs, Transplant, TransplantResidual
from tui.errors import Cancelled, RequestError
from tui.experiments.residual import (
    PLACES_OVERLAP,
    ResidualTransplants,
    SweepResidual,
    sweep_residual,
    transplant_residual,
)
from tui.model.worker.jobs import Telling
from tui.worker_process import find_runners

HERE = "I drank a cup of [MASK] today."
THERE = "I ate a slice of [MASK] today."
LONGER = "My old aunt ate a slice of [MASK] today."
PAIRS: Pairs = ((0, 0), (2, 4), (3, 5), (4, 6), (5, 7), (6, 8), (7, 9), (8, 10), (9, 11))


def test_shares_are_those_of_transplants_one_by_one() -> None:
    model, steps = embedded(), []
    found = transplant_residual(model, HERE, THERE, progress=lambda *step: steps.append(step))
    way = found.way
    assert found.shares.shape == (6, 10)

    def lead(text: str, changes: Interventions = ()) -> float:
        encoded = model.encode(text)
        [answer] = model.run([encoded], [encoded.masks], interventions=changes)
        return float(answer.logits[0][way.token]) - float(answer.logits[0][way.other])

    begin, end = lead(HERE), lead(THERE)
    assert begin > 0 > end
    for layer, token in [(0, 2), (0, 4), (2, 6), (4, 4), (5, 6)]:
        moved = lead(HERE, (TransplantResidual(layer, token, THERE),))
        assert found.shares[layer, token] == pytest.approx(
            (moved - begin) / (end - begin), abs=1e-4
        )
    assert (steps[0], steps[-1]) == ((0, 60), (60, 60))
    assert found.told == (PLACES_OVERLAP,)
    assert (way.labels[6], way.source_labels[4]) == ("[MASK]", "slice")


def test_what_differs_goes_from_its_words_to_the_mask() -> None:
    """What is equal below brings nothing; before the last layer most of it is at the mask."""
    shares = transplant_residual(embedded(), HERE, THERE).shares
    same = [0, 1, 3, 5, 6, 7, 8, 9]
    np.testing.assert_allclose(shares[0, same], 0, atol=1e-4)
    assert shares[0].sum() > 0.3
    assert shares[0, 6] < 0.1 < shares[5, 6]
    assert np.abs(shares[5]).argmax() == 6


def test_the_job_takes_pairs_and_says_where_there_is_none() -> None:
    changed = (TransplantResidual(2, 5, LONGER, PAIRS), Transplant(1, 1, LONGER, PAIRS))
    tokens = [embedded().find_token(HERE, 0, word) for word in ("tea", "bread")]
    job = SweepResidual(HERE, LONGER, "embedded", (tokens[0], tokens[1]), PAIRS, changed)
    assert find_runners()[SweepResidual] == Telling(sweep_residual)
    found = pickle.loads(pickle.dumps(sweep_residual(pickle.loads(pickle.dumps(job)), embedded())))
    nowhere = np.zeros((6, 10), dtype=bool)
    nowhere[:, 1], nowhere[2, 5] = True, True
    np.testing.assert_array_equal(np.isnan(found.shares), nowhere)
    assert (found.way.word, found.way.other_word) == ("tea", "bread")
    assert (found.way.position, found.way.source_position) == (6, 8)
    one = (*changed, TransplantResidual(4, 6, LONGER, PAIRS))
    [before], [moved] = (embedded().scores(HERE, [of]) for of in (changed, one))
    begin, then = (scores.lead(0, *tokens) for scores in (before, moved))
    assert found.shares[4, 6] == pytest.approx((then - begin) / (found.way.there - begin), abs=1e-4)
    assert found.said.startswith("share of the way that logit(tea) - logit(bread) goes from")


def test_a_layer_s_tokens_together_go_the_whole_way() -> None:
    model = embedded()
    way = transplant_residual(model, HERE, THERE).way
    for layer in range(6):
        all_ = tuple(TransplantResidual(layer, at, THERE) for at in range(10))
        [moved] = model.scores(HERE, [all_])
        assert way.share(moved) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("source", "pairs", "said"),
    [
        (LONGER, (), "have 10 and 12 word pieces.*what layers get is transplanted token by token"),
        (LONGER, PAIRS[:3], "masks of the sentences are no pair"),
        ("I drank a [MASK] of tea today.", (), "at the same place"),
        ("The cat sat.", (), r"There is no \[MASK\]"),
    ],
)
def test_what_cannot_be_compared_is_said(source: str, pairs: Pairs, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        transplant_residual(embedded(), HERE, source, pairs=pairs)


def test_it_is_given_up() -> None:
    looks = iter([False] * 30)
    with pytest.raises(Cancelled):
        transplant_residual(embedded(), HERE, THERE, cancelled=lambda: next(looks, True))


def test_what_is_measured_is_told_on_the_way_and_goes_on_from_there() -> None:
    changed = (TransplantResidual(0, 5, LONGER, PAIRS),)
    told: list[ResidualTransplants] = []

    def run(**options: object) -> ResidualTransplants:
        return transplant_residual(
            embedded(), HERE, LONGER, pairs=PAIRS, interventions=changed, so_far=told.append,
            **options,  # type: ignore[arg-type]
        )  # fmt: skip

    whole = run()
    assert whole.is_whole
    measured = np.isfinite(whole.shares)
    of = int(measured.sum())
    told.clear()
    with pytest.raises(Cancelled):
        run(cancelled=lambda: len(told) == 2)
    assert len(told) == 2
    for one in told:
        assert one.so_far is not None
        assert (one.so_far.of, one.so_far.things) == (of, "places")
        assert not (one.so_far.to_come & ~measured).any(), "what never has a number"
        np.testing.assert_array_equal(np.isfinite(one.shares), measured & ~one.so_far.to_come)
    known = told[-1]
    assert known.so_far is not None
    told.clear()
    found = run(known=known)
    assert all(one.so_far is not None and one.so_far.count > known.so_far.count for one in told)
    np.testing.assert_allclose(found.shares, whole.shares, atol=1e-4)
    there = np.isfinite(known.shares)
    np.testing.assert_array_equal(found.shares[there], known.shares[there])
