"""A set of heads on other sentences: as runs of their own say it."""

from __future__ import annotations

import pickle

import pytest

from tests.support import embedded
from tui.analysis.intervals import share_interval
from tui.analysis.interventions import CutBy, all_but
from tui.errors import Cancelled, RequestError
from tui.experiments.set_over_list import (
    TrySetOverList,
    set_over_list,
    try_set_over_list,
)
from tui.experiments.smallest_set import smallest_set
from tui.worker_process import find_runners

FOUND_IN = "Paris is the [MASK] of France."
TEXTS = (
    "I drank a cup of [MASK] this morning.",
    "No mask here.",
    FOUND_IN,
    "The [MASK] sat on the [MASK].",
)


@pytest.mark.parametrize("by", ["mean", "zero"])
def test_each_sentence_is_as_its_own_run_says(by: CutBy) -> None:
    model = embedded()
    kept = smallest_set(model, FOUND_IN, by=by).kept
    found = set_over_list(model, TEXTS, kept, by=by)
    assert [one.text for one in found.sentences] == [TEXTS[0], TEXTS[2], TEXTS[3]]
    assert found.sentences[1].rank == 1, "where it was found, it keeps the rank"
    for one in found.sentences:
        first = model.analyze(one.text).candidates[0][0]
        pruned = model.scores(one.text, [all_but(kept, 6, 12, by)])[0]
        assert one.word == first.label
        assert one.rank == pruned.rank(0, first.id)
    assert [one.text for one in found.failed] == [TEXTS[1]]
    stays = sum(one.rank == 1 for one in found.sentences)
    assert found.share == share_interval(stays, 3)
    assert f"keeps the first candidate in {stays} of 3 other sentences of the list" in found.said
    assert found.missing.startswith("One sentence is left out: There is no [MASK] in the text")


def test_all_heads_keep_every_first_candidate() -> None:
    everything = tuple((layer, head) for layer in range(6) for head in range(12))
    found = set_over_list(embedded(), TEXTS, everything, by="zero")
    assert {one.rank for one in found.sentences} == {1}


def test_it_can_be_given_up_and_sent() -> None:
    job = TrySetOverList(TEXTS, "embedded", ((0, 0),))
    steps: list[tuple[int, int]] = []
    found = try_set_over_list(job, embedded(), progress=lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1] >= len(TEXTS)
    assert pickle.loads(pickle.dumps(found)).sentences == found.sentences
    with pytest.raises(Cancelled):
        try_set_over_list(job, embedded(), cancelled=lambda: True)
    assert find_runners()[TrySetOverList] is try_set_over_list


def test_a_head_that_is_not_there_is_refused() -> None:
    with pytest.raises(RequestError, match="There is no head 7·1"):
        set_over_list(embedded(), TEXTS, ((6, 0),))
    with pytest.raises(RequestError, match="No sentence of the list"):
        set_over_list(embedded(), ("a", "b"), (), by="zero")
