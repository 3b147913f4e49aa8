"""Every head over a list of sentences: in this process, and as a job of the model's."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tests.model.worker.real_child import Ear
from tests.support import embedded
from tui.errors import Cancelled, RequestError
from tui.experiments.list_statistics import (
    ListMeasured,
    MeasureList,
    measure_list,
)
from tui.experiments.one_by_one import FailedSentence
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import JobDone, JobFailed, JobProgress, Loaded

TEXTS = ("A dog sat on the [MASK] mat.", "The cat [MASK].", "I drank a cup of [MASK].")
TOO_LONG = "long " * 600


def test_means_and_spreads_are_those_of_the_sentences() -> None:
    told: list[tuple[int, int]] = []
    measured = measure_list(
        MeasureList(TEXTS, "embedded"), embedded(), progress=lambda *step: told.append(step)
    )
    alone = [embedded().analyze(text).statistics.numbers["entropy"] for text in TEXTS]
    over = measured.statistics
    np.testing.assert_allclose(over.mean["entropy"], np.mean(alone, axis=0), atol=1e-4)
    np.testing.assert_allclose(over.spread["entropy"], np.std(alone, axis=0), atol=1e-4)
    assert over.count == 3
    assert not measured.failed
    assert measured.said == ""
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_sentence_that_fails_is_named_with_its_reason() -> None:
    measured = measure_list(MeasureList((TEXTS[0], TOO_LONG, ""), "embedded"), embedded())
    assert measured.statistics.count == 1
    assert [one.text for one in measured.failed] == [TOO_LONG, ""], "in the list's order"
    assert "too long" in measured.failed[0].reason
    assert measured.said.startswith("2 sentences are left out, the first because: The text is")
    one = ListMeasured(measured.statistics, (FailedSentence("x", "It is odd."),))
    assert one.said == "One sentence is left out: It is odd."


def test_a_list_of_nothing_but_failures_says_why() -> None:
    with pytest.raises(RequestError, match=r"No sentence .* analysed: The text is 90 word pieces"):
        measure_list(MeasureList((TOO_LONG,), "embedded"), embedded())
    with pytest.raises(RequestError, match="The list has no sentence"):
        measure_list(MeasureList((), "embedded"), embedded())


def test_it_is_given_up_between_layers() -> None:
    with pytest.raises(Cancelled):
        measure_list(MeasureList(TEXTS, "embedded"), embedded(), cancelled=lambda: True)


async def test_it_is_a_job_of_the_process_that_holds_the_model() -> None:
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load("embedded")
        assert isinstance(await ear.next(), Loaded)
        job = MeasureList((*TEXTS, TOO_LONG), "embedded")
        number = client.start_job(job)
        assert isinstance(await ear.next(), JobProgress)
        while isinstance(event := await ear.next(), JobProgress):
            pass
        assert isinstance(event, JobDone), event
        assert event.id == number
        there, here = event.result, measure_list(job, embedded())
        assert isinstance(there, ListMeasured)
        assert there.failed == here.failed
        for name, numbers in here.statistics.mean.items():
            np.testing.assert_allclose(there.statistics.mean[name], numbers, atol=1e-3)
        number = client.start_job(MeasureList(TEXTS * 2000, "embedded"))
        assert isinstance(await ear.next(), JobProgress)
        client.cancel_job(number)
        while isinstance(event := await ear.next(), JobProgress):
            pass
        assert event == JobFailed(number, "")
    finally:
        client.close()


def test_a_job_is_small_and_travels() -> None:
    job = MeasureList(TEXTS, "embedded")
    assert pickle.loads(pickle.dumps(job)) == job
