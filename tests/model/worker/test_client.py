"""The client beside a played process: what is asked again, what is passed on, what is replaced."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from tui.analysis.analysis import ModelInfo
from tui.model.worker import client as client_module
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import (
    Analyze,
    Cancel,
    CancelJob,
    CancelLoad,
    Died,
    Downloading,
    Event,
    Failed,
    GaveUp,
    JobDone,
    JobFailed,
    JobProgress,
    ListCachedModels,
    Load,
    Loaded,
    LoadFailed,
    ModelList,
    Request,
    StartJob,
)
from tui.model.worker.wire import Receiver, send

INFO = ModelInfo("played", "bert", 1, 1, 512, "[MASK]", 2)
A, B = Load(1, "a"), Load(2, "b")


@dataclass(frozen=True)
class PlayedJob:
    model: str


JOB = PlayedJob("a")


class PlayedProcess:
    """Stands in for `Process`: the test is the child."""

    def __init__(self, number: int) -> None:
        self.connection, self._theirs = socket.socketpair()
        self.connection.setblocking(False)
        self.receiver = Receiver(self.connection)
        self.unsent = bytearray()
        self.popen = SimpleNamespace(pid=number)
        self.ended = False
        self._inbox = Receiver(self._theirs)

    def requests(self) -> list[Request]:
        """What has been asked since the last look."""
        self._theirs.setblocking(False)
        found: list[Request] = []
        try:
            while True:
                found += self._inbox.receive()
        except BlockingIOError:
            return found
        finally:
            self._theirs.setblocking(True)

    def say(self, *events: object) -> None:
        for event in events:
            send(self._theirs, event)

    def die(self) -> None:
        self._theirs.close()

    def cause_of_death(self) -> str:
        return "was ended by the test"

    def end(self) -> None:
        self.ended = True
        self.connection.close()
        self._theirs.close()


class Stage:
    """A client, its played processes and what it passed on."""

    def __init__(self) -> None:
        self.processes: list[PlayedProcess] = []
        self.client = ModelClient()
        self.heard: list[Event] = []
        self.no_start: OSError | None = None  # why no process can be started

    def start(self, entry: str) -> PlayedProcess:
        assert entry == "tui.worker_process"
        if self.no_start is not None:
            raise self.no_start
        self.processes.append(PlayedProcess(len(self.processes) + 1))
        return self.processes[-1]

    @property
    def process(self) -> PlayedProcess:
        """The process that runs now."""
        return self.processes[-1]

    async def hear(self, seconds: float = 0.02) -> list[Event]:
        """What has been passed on since the last look."""
        await asyncio.sleep(seconds)
        heard = self.heard[:]
        self.heard.clear()
        return heard

    async def load(self) -> None:
        """Have the model A loaded."""
        self.client.load("a")
        self.process.say(Loaded(1, INFO))
        assert await self.hear() == [Loaded(1, INFO)]
        assert self.process.requests() == [A]


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    stage = Stage()
    monkeypatch.setattr(client_module, "Process", stage.start)
    monkeypatch.setattr(client_module, "PATIENCE", 0.1)
    stage.client.listen(stage.heard.append)
    yield stage
    stage.client.close()
    assert all(process.ended for process in stage.processes)


async def test_only_the_newest_request_is_answered(stage: Stage) -> None:
    await stage.load()
    first = stage.client.analyze("one", top_k=3)
    second = stage.client.analyze("two", top_k=3)
    assert stage.process.requests() == [
        Analyze(first, "one", 3), Cancel(first), Analyze(second, "two", 3)
    ]  # fmt: skip
    stage.process.say(Failed(first, "late"), Failed(second, "wanted"))
    assert await stage.hear() == [Failed(second, "wanted")]
    assert not stage.client.is_busy


async def test_a_cancelled_request_is_heard_of_no_more(stage: Stage) -> None:
    await stage.load()
    assert not stage.client.cancel()
    number = stage.client.analyze("one", top_k=3)
    assert [stage.client.is_busy, stage.client.cancel()] == [True, True]
    assert [stage.client.is_busy, stage.client.cancel()] == [False, False]
    stage.process.say(GaveUp(number))
    assert await stage.hear(0.2) == []
    assert len(stage.processes) == 1


@pytest.mark.parametrize("answer", [GaveUp, lambda number: Failed(number, "too late to stop")])
async def test_any_answer_to_what_was_given_up_shows_that_the_process_lives(
    stage: Stage, answer: Callable[[int], Event]
) -> None:
    await stage.load()
    number = stage.client.analyze("one", top_k=3)
    stage.client.cancel()
    stage.process.say(answer(number))
    assert await stage.hear(0.2) == []
    assert len(stage.processes) == 1


async def test_a_process_that_goes_on_is_replaced(stage: Stage) -> None:
    await stage.load()
    stage.client.analyze("one", top_k=3)
    stage.client.cancel()
    [died] = await stage.hear(0.2)
    assert isinstance(died, Died)
    assert "did not answer" in died.message
    assert died.restarted
    assert stage.processes[0].ended
    assert stage.process.requests() == [A], "what was cancelled is not asked again"


async def test_an_answer_to_an_earlier_request_does_not_end_the_wait(stage: Stage) -> None:
    await stage.load()
    first = stage.client.analyze("one", top_k=3)
    stage.client.analyze("two", top_k=3)
    stage.client.cancel()
    stage.process.say(GaveUp(first))
    [died] = await stage.hear(0.25)
    assert isinstance(died, Died)
    assert len(stage.processes) == 2


async def test_repeated_cancelling_does_not_put_the_replacement_off(stage: Stage) -> None:
    await stage.load()
    for _ in range(12):
        stage.client.analyze("one", top_k=3)
        await asyncio.sleep(0.02)
    assert len(stage.processes) > 1


async def test_the_newer_request_is_asked_of_the_replacement(stage: Stage) -> None:
    await stage.load()
    stage.client.analyze("hangs", top_k=3)
    newer = stage.client.analyze("two", top_k=3)
    assert await stage.hear(0.2) == [], "nobody need press a key again, so nothing is said"
    assert stage.process.requests() == [A, Analyze(newer, "two", 3)]
    stage.process.say(Loaded(1, INFO), Failed(newer, "answered"))
    assert await stage.hear() == [Loaded(1, INFO), Failed(newer, "answered")]


async def test_while_it_loads_a_process_is_waited_for(stage: Stage) -> None:
    stage.client.load("a")
    number = stage.client.analyze("one", top_k=3)
    stage.client.cancel()
    assert await stage.hear(0.2) == []
    assert len(stage.processes) == 1
    stage.process.say(Loaded(1, INFO), GaveUp(number))
    assert await stage.hear(0.2) == [Loaded(1, INFO)]
    assert len(stage.processes) == 1


async def test_a_death_is_told_once_and_the_model_loaded_anew(stage: Stage) -> None:
    await stage.load()
    stage.client.analyze("one", top_k=3)
    stage.process.die()
    assert await stage.hear() == [
        Died(
            "The model's process was ended by the test; "
            "a fresh one is loading, press enter to ask again.",
            restarted=True,
        )
    ]
    assert not stage.client.is_busy
    assert stage.process.requests() == [A], "what killed one process is not asked of the next"
    assert stage.client.pid == 2


async def test_a_death_while_loading_is_no_endless_round(stage: Stage) -> None:
    stage.client.load("a")
    stage.process.die()
    assert await stage.hear(0.1) == [
        Died(
            "The model's process was ended by the test while loading a; press enter to try again.",
            restarted=False,
        )
    ]
    assert stage.client.pid is None
    assert len(stage.processes) == 1
    number = stage.client.analyze("one", top_k=3)
    assert stage.process.requests() == [A, Analyze(number, "one", 3)]


async def test_a_death_in_the_middle_of_a_long_request(stage: Stage) -> None:
    await stage.load()
    stage.client.analyze("cat " * 1_000_000, top_k=3)
    stage.process.die()
    [died] = await stage.hear(0.1)
    assert isinstance(died, Died)
    assert len(stage.processes) == 2


async def test_a_long_request_arrives_in_portions(stage: Stage) -> None:
    await stage.load()
    text = "cat " * 1_000_000
    number = stage.client.analyze(text, top_k=3)
    found: list[Request] = []
    for _ in range(500):
        if found := stage.process.requests():
            break
        await asyncio.sleep(0)
    assert found == [Analyze(number, text, 3)]


async def test_a_model_that_cannot_be_had_leaves_the_one_before(stage: Stage) -> None:
    await stage.load()
    stage.client.load("b")
    failed = LoadFailed(2, "b", "no such model")
    stage.process.say(failed)
    assert await stage.hear() == [failed]
    stage.client.analyze("one", top_k=3)
    stage.process.die()
    [died] = await stage.hear()
    assert isinstance(died, Died)
    assert died.restarted
    assert stage.process.requests() == [A]


async def test_another_model_does_not_wait_for_a_load_under_way(stage: Stage) -> None:
    stage.client.load("a")
    number = stage.client.analyze("one", top_k=3)
    stage.client.load("b")
    assert stage.processes[0].ended
    assert stage.process.requests() == [B, Analyze(number, "one", 3)]
    assert await stage.hear() == []


async def test_requests_before_there_is_a_listener_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage()
    monkeypatch.setattr(client_module, "Process", stage.start)
    stage.client.load("a")
    number = stage.client.analyze("one", top_k=3)
    stage.process.say(Loaded(1, INFO), Failed(number, "early"))
    stage.client.listen(stage.heard.append)
    assert await stage.hear() == [Loaded(1, INFO), Failed(number, "early")]
    stage.client.close()


async def test_a_death_before_there_is_a_listener_is_told_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage()
    monkeypatch.setattr(client_module, "Process", stage.start)
    stage.client.load("a")
    stage.process.die()
    stage.client.analyze("one", top_k=3)
    stage.client.listen(stage.heard.append)
    [died] = await stage.hear()
    assert isinstance(died, Died)
    stage.client.close()


async def test_nothing_is_passed_on_after_closing(stage: Stage) -> None:
    heard: list[Event] = []

    def on_event(event: Event) -> None:
        heard.append(event)
        stage.client.close()

    stage.client.listen(on_event)
    stage.client.load("a")
    number = stage.client.analyze("one", top_k=3)
    stage.process.say(Loaded(1, INFO), Failed(number, "too late"))
    await stage.hear()
    assert heard == [Loaded(1, INFO)]
    assert stage.client.pid is None
    assert not stage.client.is_busy
    stage.client.close()


async def test_a_process_that_the_listener_replaced_is_not_listened_to(stage: Stage) -> None:
    heard: list[Event] = []

    def on_event(event: Event) -> None:
        heard.append(event)
        stage.client.load("b")
        stage.client.load("c")

    stage.client.listen(on_event)
    stage.client.load("a")
    number = stage.client.analyze("one", top_k=3)
    failed = LoadFailed(1, "a", "no such model")
    stage.process.say(failed, Failed(number, "of the process before"))
    await stage.hear()
    assert heard == [failed]
    assert stage.process.requests() == [Load(3, "c"), Analyze(number, "one", 3)]


async def test_how_far_a_download_is_is_passed_on(stage: Stage) -> None:
    stage.client.load("a")
    progress = Downloading(1, "a", 10, 100, 5.0)
    stage.process.say(progress)
    assert await stage.hear() == [progress]
    assert stage.client.is_loading


async def test_a_load_that_was_given_up_leaves_the_model_before(stage: Stage) -> None:
    await stage.load()
    assert not stage.client.cancel_load()
    stage.client.load("b")
    assert stage.client.cancel_load()
    assert not stage.client.cancel_load()
    assert not stage.client.is_loading
    assert stage.process.requests() == [B, CancelLoad(2)]
    stage.process.say(Downloading(2, "b", 1, 2, 3.0), LoadFailed(2, "b", ""))
    assert await stage.hear(0.2) == []
    assert len(stage.processes) == 1


async def test_a_load_given_up_too_late_is_told(stage: Stage) -> None:
    await stage.load()
    stage.client.load("b")
    stage.client.cancel_load()
    stage.process.say(Loaded(2, INFO))
    assert await stage.hear(0.2) == [Loaded(2, INFO)]
    stage.process.die()
    await stage.hear()
    assert stage.process.requests() == [B], "it is what the process held"


async def test_a_process_that_cannot_give_a_load_up_is_replaced(stage: Stage) -> None:
    await stage.load()
    stage.client.load("b")
    stage.client.cancel_load()
    [died] = await stage.hear(0.2)
    assert isinstance(died, Died)
    assert died.restarted
    assert stage.process.requests() == [A]


async def test_the_last_of_several_models_asked_for_is_loaded(stage: Stage) -> None:
    await stage.load()
    stage.client.load("b")
    third = stage.client.load("c")
    assert stage.process.requests() == [B, CancelLoad(2), Load(third, "c")]
    stage.process.say(LoadFailed(2, "b", ""), Loaded(third, INFO))
    assert await stage.hear(0.2) == [Loaded(third, INFO)]
    assert len(stage.processes) == 1


async def test_a_death_while_another_model_loads_brings_the_one_before_back(stage: Stage) -> None:
    await stage.load()
    stage.client.load("b")
    stage.process.die()
    assert await stage.hear() == [
        Died(
            "The model's process was ended by the test while loading b; "
            "the model before is loading, press enter to ask again.",
            restarted=True,
        )
    ]
    assert stage.process.requests() == [A]
    stage.process.say(Loaded(1, INFO))
    assert await stage.hear() == [Loaded(1, INFO)]


async def test_the_models_of_the_cache_are_listed_while_a_model_loads(stage: Stage) -> None:
    stage.client.load("a")
    stage.client.list_models()
    assert stage.process.requests() == [A, ListCachedModels()]
    stage.process.say(ModelList(()))
    assert await stage.hear() == [ModelList(())]


async def test_a_listeners_own_error_is_not_the_processs_death(stage: Stage) -> None:
    def on_event(event: Event) -> None:
        raise BrokenPipeError("the listener's own")

    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    stage.client.listen(on_event)
    stage.client.load("a")
    stage.process.say(Loaded(1, INFO))
    await stage.hear()
    assert len(errors) == 1
    assert stage.client.pid == 1


# Jobs


async def test_a_job_is_told_about_until_it_ends(stage: Stage) -> None:
    await stage.load()
    first, second = stage.client.start_job(JOB), stage.client.start_job(JOB)
    assert second > first
    assert stage.process.requests() == [StartJob(first, JOB), StartJob(second, JOB)]
    said = [JobProgress(first, 1, 2), JobDone(first, "result"), JobFailed(second, "no room")]
    stage.process.say(*said)
    assert await stage.hear() == said
    stage.process.say(JobProgress(first, 2, 2), JobDone(first, "again"), JobDone(second, "late"))
    assert await stage.hear() == [], "they have ended"


async def test_a_job_and_an_analysis_of_one_number_are_two(stage: Stage) -> None:
    await stage.load()
    analysis, job = stage.client.analyze("one", top_k=3), stage.client.start_job(JOB)
    assert analysis == job
    stage.process.say(JobDone(job, "result"))
    assert await stage.hear() == [JobDone(job, "result")]
    assert stage.client.is_busy
    stage.client.cancel()
    stage.process.say(GaveUp(analysis))
    assert await stage.hear() == []


@pytest.mark.parametrize("end", [JobFailed(1, ""), JobDone(1, "done before it could be stopped")])
async def test_a_cancelled_job_s_end_is_told(stage: Stage, end: Event) -> None:
    await stage.load()
    number = stage.client.start_job(JOB)
    assert [stage.client.cancel_job(number), stage.client.cancel_job(number)] == [True, False]
    [_, cancel] = stage.process.requests()
    assert isinstance(cancel, CancelJob)
    assert cancel.id == number
    stage.process.say(end)
    assert await stage.hear(0.2) == [end]
    assert not stage.client.cancel_job(number)
    assert len(stage.processes) == 1, "it followed"


async def test_a_process_that_goes_on_with_a_cancelled_job_is_replaced(stage: Stage) -> None:
    await stage.load()
    other = stage.client.start_job(JOB)
    number = stage.client.start_job(JOB)
    stage.client.cancel_job(number)
    failed, cancelled, died = await stage.hear(0.2)
    assert failed == JobFailed(other, "Stopped: the model's process did not answer; try again.")
    assert cancelled == JobFailed(number, "")
    assert isinstance(died, Died)
    assert stage.process.requests() == [A], "no job is asked for twice"


async def test_a_death_fails_the_jobs_and_none_is_asked_for_again(stage: Stage) -> None:
    await stage.load()
    number = stage.client.start_job(JOB)
    stage.process.die()
    failed, died = await stage.hear()
    assert failed == JobFailed(
        number, "Stopped: the model's process was ended by the test; try again."
    )
    assert isinstance(died, Died)
    assert stage.process.requests() == [A]
    again = stage.client.start_job(JOB)
    assert again > number
    stage.process.say(Loaded(1, INFO), JobDone(number, "of the process before"))
    assert await stage.hear() == [Loaded(1, INFO)]
    assert stage.process.requests() == [StartJob(again, JOB)]


async def test_a_job_started_when_told_of_a_death_is_the_new_process_s(stage: Stage) -> None:
    await stage.load()
    stage.client.start_job(JOB)
    heard: list[Event] = []

    def on_event(event: Event) -> None:
        heard.append(event)
        if isinstance(event, JobFailed):
            stage.client.start_job(JOB)

    stage.client.listen(on_event)
    stage.process.die()
    await stage.hear()
    assert [type(event) for event in heard] == [JobFailed, Died]
    assert len(stage.processes) == 2
    assert stage.process.requests() == [A, StartJob(2, JOB)]


async def test_a_load_that_ends_the_process_fails_the_jobs_that_waited(stage: Stage) -> None:
    stage.client.load("a")
    number = stage.client.start_job(JOB)
    stage.client.load("b")
    assert stage.heard == [], "not while the load is being asked for"
    assert await stage.hear() == [
        JobFailed(number, "Stopped: another model is being loaded; try again with that.")
    ]
    assert stage.process.requests() == [B]


async def test_a_job_goes_on_while_another_model_loads(stage: Stage) -> None:
    await stage.load()
    number = stage.client.start_job(JOB)
    stage.client.load("b")
    stage.process.say(Loaded(2, INFO), JobDone(number, "result"))
    assert await stage.hear() == [Loaded(2, INFO), JobDone(number, "result")]
    assert len(stage.processes) == 1


async def test_after_closing_nothing_is_said_of_jobs(stage: Stage) -> None:
    await stage.load()
    number = stage.client.start_job(JOB)
    stage.client.close()
    assert not stage.client.cancel_job(number)
    assert await stage.hear() == []


# No process


NO_MEMORY = OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
CANNOT_START = Died(
    "The model's process cannot be started: there is too little memory; "
    "close other programs, then press enter to try again.",
    restarted=False,
)


async def test_a_process_that_cannot_be_started_is_told_and_tried_again(stage: Stage) -> None:
    stage.no_start = NO_MEMORY
    stage.client.load("a")
    number = stage.client.analyze("one", top_k=3)
    job = stage.client.start_job(JOB)
    assert stage.heard == [], "not while it is being asked"
    assert await stage.hear() == [JobFailed(job, CANNOT_START.message), CANNOT_START]
    assert not stage.client.is_busy
    stage.client.analyze("two", top_k=3)
    assert await stage.hear() == [CANNOT_START]
    stage.no_start = None
    last = stage.client.analyze("three", top_k=3)
    assert last > number
    assert stage.process.requests() == [A, Analyze(last, "three", 3)]
    assert await stage.hear() == []


async def test_a_process_that_starts_a_moment_later_is_no_trouble_to_anybody(stage: Stage) -> None:
    stage.no_start = NO_MEMORY
    stage.client.load("a")
    number, job = stage.client.analyze("one", top_k=3), stage.client.start_job(JOB)
    stage.no_start = None
    stage.client.list_models()
    assert await stage.hear() == []
    assert stage.process.requests() == [
        A, ListCachedModels(), Analyze(number, "one", 3), StartJob(job, JOB)
    ]  # fmt: skip


async def test_what_could_not_be_started_before_anybody_listened_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage()
    monkeypatch.setattr(client_module, "Process", stage.start)
    stage.no_start = NO_MEMORY
    stage.client.load("a")
    stage.client.listen(stage.heard.append)
    assert await stage.hear() == [CANNOT_START]
    stage.client.close()


async def test_a_process_that_dies_and_cannot_be_replaced(stage: Stage) -> None:
    await stage.load()
    stage.no_start = NO_MEMORY
    stage.process.die()
    died, cannot = await stage.hear()
    assert died == Died(
        "The model's process was ended by the test; press enter to try again.", restarted=False
    )
    assert cannot == CANNOT_START
    stage.no_start = None
    number = stage.client.analyze("one", top_k=3)
    assert stage.process.requests() == [A, Analyze(number, "one", 3)]


async def test_a_process_that_hangs_and_cannot_be_replaced(stage: Stage) -> None:
    await stage.load()
    stage.no_start = NO_MEMORY
    stage.client.analyze("one", top_k=3)
    stage.client.cancel()
    assert await stage.hear(0.2) == [CANNOT_START]


async def test_the_list_of_models_is_asked_of_a_fresh_process_too(stage: Stage) -> None:
    stage.client.load("a")
    stage.process.die()
    await stage.hear()
    stage.client.list_models()
    assert stage.process.requests() == [A, ListCachedModels()]
    stage.process.say(ModelList(()))
    assert await stage.hear() == [ModelList(())]
    stage.process.die()
    await stage.hear()
    stage.client.analyze("one", top_k=3)
    assert not any(isinstance(one, ListCachedModels) for one in stage.process.requests())
