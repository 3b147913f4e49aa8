"""The smallest set: alone it keeps the rank, and without any one of its heads it does not."""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.model import tiny
from tests.support import embedded, in_turns
from tui.analysis.interventions import NONE, CutBy, CutHead, Interventions, all_but, ordered
from tui.analysis.ranking import log_probability, rank_of
from tui.errors import Cancelled, RequestError
from tui.experiments.smallest_set import (
    ONE_OF_MANY,
    FindSmallestSet,
    SmallestSet,
    find_smallest_set,
    smallest_set,
)
from tui.model.masked_lm import MaskedLM

TEXT = "Paris is the [MASK] of France."
TWO = "The [MASK] sat on the [MASK]."


@cache
def capital() -> SmallestSet:
    """The set for the first candidate of `TEXT`."""
    return smallest_set(embedded(), TEXT)


@cache
def short() -> tuple[SmallestSet, list[tuple[int, int]]]:
    """The set of a short text, and the steps that were told."""
    told: list[tuple[int, int]] = []
    found = smallest_set(
        embedded(), "A [MASK].", by="zero", progress=lambda *step: told.append(step)
    )
    return found, told


def logits(model: MaskedLM, text: str, mask: int, cuts: Interventions) -> NDArray[np.float32]:
    """What a whole pass of its own says at a mask, `[vocabulary]`."""
    encoded = model.encode(text)
    [answer] = model.run([encoded], [encoded.masks], interventions=cuts)
    return np.asarray(answer.logits[mask])


@pytest.mark.parametrize(
    ("text", "mask", "by", "choice"),
    [(TEXT, 0, "mean", 0), (TEXT, 0, "zero", 0), (TWO, 1, "mean", 2)],
)
def test_every_head_of_it_is_needed_and_it_alone_keeps_the_rank(
    text: str, mask: int, by: CutBy, choice: int
) -> None:
    model = embedded()
    token = model.analyze(text).candidates[mask][choice].id
    if (text, by) == (TEXT, "mean"):
        found = capital()
    else:
        found = smallest_set(model, text, by=by, mask=mask, token=token if choice else None)
    assert (found.token, found.rank) == (token, choice + 1)
    assert found.interventions == all_but(found.kept, 6, 12, by)
    assert 0 < len(found.kept) < 36
    alone = logits(model, text, mask, found.interventions)
    assert rank_of(alone, token) <= found.rank
    for head in found.kept:
        cuts = ordered((*found.interventions, CutHead(*head, by)))
        assert rank_of(logits(model, text, mask, cuts), token) > found.rank, head


def test_the_most_important_come_first() -> None:
    found = capital()
    assert list(found.losses) == sorted(found.losses, reverse=True)

    def lead(cuts: Interventions) -> float:
        scores = logits(embedded(), TEXT, 0, cuts)
        return float(scores[found.token] - np.delete(scores, found.token).max())

    alone = lead(found.interventions)
    for head, loss in zip(found.kept, found.losses, strict=True):
        without = lead(ordered((*found.interventions, CutHead(*head))))
        assert loss == pytest.approx(alone - without, abs=1e-3)


def test_the_curve_goes_from_all_heads_to_none() -> None:
    found = capital()
    assert list(found.left) == list(range(72, -1, -1))
    for count, cuts in [
        (72, NONE),
        (len(found.kept), found.interventions),
        (len(found.kept) - 1, all_but(found.kept[:-1], 6, 12)),
        (0, all_but([], 6, 12)),
    ]:
        expected = log_probability(logits(embedded(), TEXT, 0, cuts), found.token)
        assert found.log_probabilities[72 - count] == pytest.approx(expected, abs=1e-3)


def test_it_says_that_it_is_one_of_many() -> None:
    found = capital()
    assert found.said.startswith(f"“capital” stays first with {len(found.kept)} of 72 heads: ")
    assert found.said.endswith("one set of many.")
    layer, head = found.kept[0]
    assert f": {layer + 1}·{head + 1}, " in found.said
    assert found.told[-1] == ONE_OF_MANY
    assert "cut (mean of 200 sentences)" in found.told[0]
    assert found.means == "mean of 200 sentences"


def test_where_no_head_is_needed_none_is_kept(tmp_path: Path) -> None:
    model = MaskedLM.load(str(tiny.save_bert(tmp_path)))
    last = len(logits(model, "the [MASK] sat", 0, NONE))
    order = np.argsort(logits(model, "the [MASK] sat", 0, NONE))
    found = smallest_set(model, "the [MASK] sat", by="zero", token=int(order[0]))
    assert found.rank == last
    assert found.kept == (), "the last of all cannot fall"
    assert f"keeps rank {last} with none of 4 heads; one set" in found.said


def test_progress_counts_heads_to_the_end() -> None:
    _, told = short()
    assert (told[0], told[-1]) == ((0, 72), (72, 72))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 5


def test_it_is_given_up() -> None:
    looks = iter([False] * 30)
    with pytest.raises(Cancelled):
        smallest_set(embedded(), TEXT, cancelled=lambda: next(looks, True))


@pytest.mark.parametrize(
    ("text", "wish", "said"),
    [
        ("The cat sat.", {}, r"There is no \[MASK\]"),
        (TEXT, {"mask": 1}, "The text has one mask, and no mask 2"),
        (TEXT, {"token": 10**6}, "There is no word piece 1000000"),
    ],
)
def test_what_cannot_be_asked_is_said(text: str, wish: dict[str, int], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        smallest_set(embedded(), text, **wish)  # type: ignore[arg-type]


def test_the_job_finds_the_same_in_its_turns() -> None:
    job = FindSmallestSet("A [MASK].", "embedded", by="zero")
    assert pickle.loads(pickle.dumps(job)) == job
    found = find_smallest_set(job, in_turns(embedded()))
    again = pickle.loads(pickle.dumps(found))
    assert isinstance(again, SmallestSet)
    assert again.kept == short()[0].kept
