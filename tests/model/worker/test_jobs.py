"""Jobs in the real process: told of, given up, beside analyses, with the model they began with."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.model import tiny
from tests.model.hub.hub_server import running_hub
from tests.model.worker.job_process import AskOn, Count, Fail, Fill, Unknown, Wait
from tests.model.worker.real_child import Ear, wait_for_end
from tui.model.worker.client import ModelClient
from tui.model.worker.jobs import SO_FAR_EVERY
from tui.model.worker.protocol import (
    Analyzed,
    Downloading,
    Event,
    JobDone,
    JobFailed,
    JobProgress,
    JobSoFar,
    Loaded,
    LoadFailed,
)

TEXT = "Paris is the [MASK] of France."
LONG = "cat " * 500 + "[MASK]"

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def served() -> Iterator[ModelClient]:
    client = ModelClient("tests.model.worker.job_process")
    client.load("embedded")
    yield client
    pid = client.pid
    client.close()
    if pid is not None:
        wait_for_end(pid, 20)


@pytest.fixture
async def ear(served: ModelClient) -> AsyncIterator[Ear]:
    """An ear on the client, once the process has the embedded model and nothing to say."""
    ear = Ear(served)
    served.analyze("Ready, [MASK].", top_k=1)
    while not isinstance(await ear.next(), Analyzed):
        pass
    yield ear
    await ear.silence(0)


async def end(ear: Ear, progress: list[JobProgress] | None = None) -> JobDone | JobFailed:
    """Wait for the end of a job, and take the progress before it."""
    while True:
        event = await ear.next()
        if isinstance(event, JobDone | JobFailed):
            return event
        assert isinstance(event, JobProgress), event
        if progress is not None:
            progress.append(event)


async def test_a_job_says_how_far_it_is_not_too_often_and_ends(
    served: ModelClient, ear: Ear
) -> None:
    number = served.start_job(Wait("embedded", 100, 0.004))
    progress: list[JobProgress] = []
    assert await end(ear, progress) == JobDone(number, "embedded")
    assert progress[0] == JobProgress(number, 1, 100)
    assert progress[-1] == JobProgress(number, 100, 100), "the last is told before the end"
    assert [one.done for one in progress] == sorted({one.done for one in progress})
    assert 3 <= len(progress) < 30


async def told(ear: Ear) -> tuple[list[JobSoFar], JobDone | JobFailed]:
    """What a job has told of its result, and its end."""
    parts: list[JobSoFar] = []
    while not isinstance(event := await ear.next(), JobDone | JobFailed):
        assert isinstance(event, JobProgress | JobSoFar), event
        parts += [event] if isinstance(event, JobSoFar) else []
    return parts, event


async def test_a_job_tells_what_it_has_found_not_too_often(served: ModelClient, ear: Ear) -> None:
    begin = time.monotonic()
    number = served.start_job(Count("embedded", 200, 0.005))
    parts, end = await told(ear)
    took = time.monotonic() - begin
    whole = [*range(1, 201)]
    assert end == JobDone(number, whole)
    assert parts[0] == JobSoFar(number, [1]), "the first is told at once"
    found = [one.result for one in parts]
    assert found == [whole[: len(one)] for one in found]  # type: ignore[arg-type]
    assert 3 <= len(parts) <= 1 + took / SO_FAR_EVERY
    assert found[-1] != whole, "what is there whole is not sent twice"


@pytest.mark.parametrize("fails", [True, False])
async def test_what_was_found_last_is_told_before_a_job_ends_in_vain(
    served: ModelClient, ear: Ear, fails: bool
) -> None:
    number = served.start_job(Count("embedded", 7 if fails else 10_000, 0.005, fails))
    if not fails:
        while not (isinstance(event := await ear.next(), JobProgress) and event.done > 5):
            pass
        served.cancel_job(number)
    parts, end = await told(ear)
    assert isinstance(end, JobFailed)
    assert end.message == ("It failed half-way: a fault at the end; try again." if fails else "")
    last = parts[-1].result
    assert isinstance(last, list)
    assert len(last) >= 6, "told behind the first, at the end alone"
    if fails:
        assert last == [*range(1, 8)]


async def test_jobs_run_one_after_the_other(served: ModelClient, ear: Ear) -> None:
    first = served.start_job(Wait("embedded", 2, 0.1))
    second = served.start_job(Wait("embedded", 1, 0.0))
    assert [(await end(ear)).id, (await end(ear)).id] == [first, second]


async def test_a_job_is_given_up_at_its_next_step(served: ModelClient, ear: Ear) -> None:
    number = served.start_job(Wait("embedded", 1000, 0.02))
    assert isinstance(await ear.next(), JobProgress)
    begin = time.monotonic()
    assert served.cancel_job(number)
    assert await end(ear) == JobFailed(number, "")
    assert time.monotonic() - begin < 1


async def test_a_job_that_waits_is_given_up_at_once(served: ModelClient, ear: Ear) -> None:
    first = served.start_job(Wait("embedded", 1000, 0.02))
    waiting = served.start_job(Wait("embedded", 1, 0.0))
    last = served.start_job(Wait("embedded", 1, 0.0))
    served.cancel_job(waiting)
    assert await end(ear) == JobFailed(waiting, "")
    served.cancel_job(first)
    assert await end(ear) == JobFailed(first, "")
    assert await end(ear) == JobDone(last, "embedded")


async def test_a_job_given_up_before_its_request_is_carried_out_never_begins(
    served: ModelClient, ear: Ear
) -> None:
    analysis = served.analyze(LONG, top_k=1)
    number = served.start_job(Wait("embedded", 1, 5.0))
    served.cancel_job(number)
    assert (await ear.answer()).id == analysis
    assert await end(ear) == JobFailed(number, "")


async def test_the_model_is_given_up_in_the_middle_of_a_pass(served: ModelClient, ear: Ear) -> None:
    number = served.start_job(AskOn("embedded", LONG, 1000))
    assert isinstance(await ear.next(), JobProgress)
    served.cancel_job(number)
    assert await end(ear) == JobFailed(number, "")


async def test_an_analysis_waits_for_one_pass_of_a_job_and_not_for_all(
    served: ModelClient, ear: Ear
) -> None:
    """A plain lock is taken again before whoever waits for it is awake."""
    number = served.start_job(AskOn("embedded", "cat " * 200 + "[MASK]", 1000))
    steps = 0
    for _ in range(5):
        while not isinstance(await ear.next(), JobProgress):
            pass
        analysis = served.analyze(TEXT, top_k=1)
        begin = time.monotonic()
        while not isinstance(event := await ear.next(), Analyzed):
            assert isinstance(event, JobProgress)
            steps += 1
        assert event.id == analysis
        assert time.monotonic() - begin < 3
    assert steps < 20
    served.cancel_job(number)
    assert await end(ear) == JobFailed(number, "")


async def test_answers_beside_a_job_are_those_without_one(served: ModelClient, ear: Ear) -> None:
    served.analyze(TEXT, top_k=3)
    alone = (await ear.answer()).analysis
    number = served.start_job(AskOn("embedded", "The [MASK] sat on the mat.", 1000))
    for _ in range(10):
        served.analyze(TEXT, top_k=3)
        while not isinstance(event := await ear.next(), Analyzed):
            pass
        np.testing.assert_allclose(event.analysis.attention, alone.attention, atol=1e-5)
    served.cancel_job(number)
    await end(ear)


async def test_a_job_keeps_the_model_that_it_began_with(
    served: ModelClient, ear: Ear, tmp_path: Path
) -> None:
    folder = str(tiny.save_bert(tmp_path))
    number = served.start_job(AskOn("embedded", TEXT, 60))
    assert isinstance(await ear.next(), JobProgress)
    load = served.load(folder)
    events: list[Event] = []
    while not (events and isinstance(events[-1], JobDone | JobFailed)):
        events.append(await ear.next())
    assert events[-1] == JobDone(number, ("embedded", 6))
    [loaded] = [event for event in events if isinstance(event, Loaded)]
    assert loaded.id == load
    other = served.start_job(AskOn("embedded", TEXT, 1))
    failed = await end(ear)
    assert isinstance(failed, JobFailed)
    assert failed.id == other
    assert failed.message == (
        f"This is about embedded, and {folder} is loaded now: "
        f"press enter to ask {folder}, and try again."
    )
    served.start_job(AskOn(folder, "the [MASK]", 1))
    assert (await end(ear)).result == (folder, 2)  # type: ignore[union-attr]
    served.load("embedded")
    assert isinstance(await ear.next(), Loaded)


async def test_a_job_goes_on_while_another_model_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    client = ModelClient("tests.model.worker.job_process")
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        files = hub.publish("somebody/tiny", tiny.save_bert(tmp_path / "published"))
        files["model.safetensors"] += bytes(64 << 20)
        hub.pace = 0.01
        ear = Ear(client)
        try:
            client.load("embedded")
            assert isinstance(await ear.next(), Loaded)
            client.load("somebody/tiny")
            assert isinstance(await ear.next(), Downloading)
            assert client.cancel_load()
            number = client.start_job(AskOn("embedded", TEXT, 1000))
            client.load("somebody/tiny")
            while not isinstance(await ear.next(), Downloading):
                pass
            seen: list[JobProgress] = []
            while len(seen) < 3:
                if isinstance(event := await ear.next(), JobProgress):
                    seen.append(event)
            assert client.is_loading
            client.cancel_job(number)
            while not isinstance(event := await ear.next(), JobFailed):
                pass
            assert event == JobFailed(number, "")
            assert client.is_loading, "giving a job up does not end a download"
        finally:
            client.close()


async def test_a_result_s_arrays_are_shared(served: ModelClient, ear: Ear) -> None:
    served.start_job(Fill("embedded", 40))
    done = await end(ear)
    assert isinstance(done, JobDone)
    assert isinstance(done.result, list)
    for number, array in enumerate(done.result):
        np.testing.assert_array_equal(array, np.full((3, 1000), number))
        assert not array.flags.writeable, "mapped, not copied"


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (Fail("embedded", "error"), "It failed half-way: a fault of its own; try again."),
        (Fail("embedded", "request"), "There is no such thing: choose another."),
        (Fail("embedded", "unpicklable"), "It failed half-way: "),
        (Unknown("embedded"), "It failed half-way: "),
    ],
)
async def test_a_job_that_fails_says_why_and_the_next_runs(
    served: ModelClient, ear: Ear, job: Fail | Unknown, said: str
) -> None:
    pid = served.pid
    number = served.start_job(job)
    failed = await end(ear)
    assert isinstance(failed, JobFailed)
    assert failed.id == number
    assert failed.message.startswith(said)
    assert "\n" not in failed.message
    served.start_job(Wait("embedded", 1, 0.0))
    assert isinstance(await end(ear), JobDone)
    assert served.pid == pid


async def test_without_a_model_a_job_says_why_there_is_none() -> None:
    client = ModelClient("tests.model.worker.job_process")
    ear = Ear(client)
    try:
        client.load("./no/such/folder")
        client.start_job(Wait("embedded", 1, 0.0))
        assert isinstance(await ear.next(), LoadFailed)
        failed = await end(ear)
        assert isinstance(failed, JobFailed)
        assert "There is no folder ./no/such/folder" in failed.message
    finally:
        client.close()


@needs_proc
async def test_jobs_leave_no_descriptor_open(served: ModelClient, ear: Ear) -> None:
    def count() -> tuple[int, int]:
        gc.collect()
        ours, theirs = Path("/proc/self/fd"), Path(f"/proc/{served.pid}/fd")
        return len(list(ours.iterdir())), len(list(theirs.iterdir()))

    async def run() -> None:
        for job in (Fill("embedded", 20), Fail("embedded", "error"), AskOn("embedded", TEXT, 1)):
            served.start_job(job)
            await end(ear)

    await run()
    await asyncio.sleep(0.1)
    before = count()
    for _ in range(5):
        await run()
    await asyncio.sleep(0.1)
    assert count() == before


def test_who_starts_a_job_needs_no_model_library() -> None:
    code = (
        "import sys\n"
        "from tui.evidence.export_heads import ExportHeads, HeadsExported\n"
        "from tui.experiments.list_statistics import ListMeasured, MeasureList\n"
        "print([name for name in ('torch', 'transformers', 'PIL', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_worker_imports_what_runs_jobs_when_the_first_comes() -> None:
    """The first answer waits for neither, and torch for something that needs it."""
    code = (
        "import sys, tui.worker_process\n"
        "print([name for name in sys.modules if name.startswith(('tui.evidence', 'tui.experiments',"
        "'tui.render', 'tui.storage', 'PIL', 'torch', 'transformers', 'huggingface_hub'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
