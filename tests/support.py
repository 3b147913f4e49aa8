"""What several tests need: the app with the embedded model in the same process, which answers late.

Nothing that is asked of the model is answered while keys are pressed: answers come when the test
settles, after all of them. So the window between a question and its answer, in which a person on a
slow machine lives, is open in every test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Lock, Thread
from typing import Any

import numpy as np
import torch
from textual.events import Key
from textual.pilot import Pilot

from tui.analysis.analysis import Analysis
from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.app import BertMaskApp
from tui.errors import Cancelled, UserError
from tui.experiments.arrows import SweepArrows
from tui.experiments.residual import SweepResidual
from tui.experiments.smallest_set import FindSmallestSet
from tui.experiments.sweep import SweepHeads
from tui.experiments.transplant import SweepTransplants
from tui.model import budget
from tui.model.handover import Handover
from tui.model.hub.catalogue import CachedModel
from tui.model.masked_lm import MaskedLM
from tui.model.names import AUTO, EMBEDDED, FLOAT32
from tui.model.saved.saved_model import SavedModel
from tui.model.worker.client import ModelClient
from tui.model.worker.jobs import Job, run_job
from tui.model.worker.other_model import OtherModelHolder
from tui.model.worker.protocol import (
    Analyzed,
    Event,
    Failed,
    JobDone,
    JobFailed,
    JobProgress,
    JobSoFar,
    Loaded,
    LoadFailed,
    ModelList,
)
from tui.model.worker.turns import ForwardPassTurns, ModelInTurns
from tui.screens.main import MainScreen
from tui.session.effects import Effect
from tui.session.options import Options
from tui.session.session import Session
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.text.line import Line
from tui.widgets.text.status_line import StatusLine
from tui.worker_process import find_runners

torch.set_num_threads(1)  # see tests/model/conftest.py


@cache
def embedded() -> MaskedLM:
    """The embedded model, loaded once in a test process.

    Torch answers what it alone can, and does not take over: else numbers, and how long hundreds of
    passes take, would depend on the tests before.
    """
    model = MaskedLM.load()
    engine = model.engine
    assert isinstance(engine, Handover)
    first, make = engine.first, engine._run_make

    def make_beside() -> None:
        make()
        engine._first = first

    engine._run_make = make_beside  # type: ignore[method-assign]
    return model


def in_turns(model: MaskedLM | SavedModel) -> ModelInTurns:
    """A model as a job asks it, nobody else waiting for a turn."""
    turns = ForwardPassTurns()
    return ModelInTurns(model, turns, lambda: False, OtherModelHolder(turns))


_answers: dict[object, Analysis] = {}


def answer_of(model: MaskedLM, text: str, **asked: Any) -> Analysis:
    """What a model answers; the embedded one, which most tests ask the same, once in a process.

    Of a long text nothing is kept: it takes too much memory.
    """
    if model is not embedded() or len(text) > 200:
        return model.analyze(text, **asked)
    question = (text, repr(asked), _as_it_is())
    if question not in _answers:
        _answers[question] = model.analyze(text, **asked)
    return replace(_answers[question])


def _as_it_is() -> object:
    """What a test may have replaced, which then says something else."""
    return MaskedLM.analyze, MaskedLM.scores, budget.BUDGET


ONCE = (FindSmallestSet, SweepArrows, SweepHeads, SweepResidual, SweepTransplants)
"""Jobs of hundreds of passes that change nothing: what they say and find is kept."""

_runs: dict[object, tuple[list[tuple[bool, tuple[Any, ...]]], object]] = {}
"""Of each job, what it told: steps, and (True) what it had found so far; and what it found."""


def found_by(
    job: Job,
    model: MaskedLM,
    progress: Callable[[int, int], None],
    so_far: Callable[[object], None],
    cancelled: Callable[[], bool],
) -> object:
    """Run a job as the model's process does.

    One of `ONCE` that the embedded model has carried out before in this process says the same steps
    again and gives the same, without the passes between. One that goes on where another was
    cancelled is carried out.
    """
    if (
        not isinstance(job, ONCE)
        or model is not embedded()
        or getattr(job, "known", None) is not None
    ):
        return _run(job, model, progress, so_far, cancelled)
    key = (repr(job), _as_it_is())
    if key not in _runs:
        told: list[tuple[bool, tuple[Any, ...]]] = []

        def note(done: int, of: int) -> None:
            told.append((False, (done, of)))
            progress(done, of)

        def note_part(part: object) -> None:
            told.append((True, (part,)))
            so_far(part)

        found = _run(job, model, note, note_part, cancelled)
        _runs[key] = told, found
        return found
    told, found = _runs[key]
    for is_part, what in told:
        if cancelled():
            raise Cancelled
        (so_far if is_part else progress)(*what)
    return found


def _run(
    job: Job,
    model: MaskedLM,
    progress: Callable[[int, int], None],
    so_far: Callable[[object], None],
    cancelled: Callable[[], bool],
) -> object:
    return run_job(
        find_runners()[type(job)],
        job,
        model,
        allocate=lambda shape: np.zeros(shape, np.float32),
        progress=progress,
        so_far=so_far,
        cancelled=cancelled,
    )


class LateClient(ModelClient):
    """A client without a process: the embedded model answers in the event loop, but late.

    Attributes:
        asked: the texts that were asked about.
        loads: the models that were asked for.
        model: the model that answers.
        holding: answers are held back even when the test settles.
        settles: jobs go on; while keys are pressed they wait.
        stops_jobs_at: the step at which a job waits until `goes_on` is set; `stopped` is set then.
        awaited: the number of the question that is not answered yet.
    """

    def __init__(self, model: MaskedLM | None = None) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.loads: list[str] = []
        self.model = model or embedded()
        self.holding = False
        self._held: list[Callable[[], None]] = []
        self.awaited: int | None = None
        self.stops_jobs_at: int | None = None
        self.stopped, self.goes_on, self.settles = ThreadEvent(), ThreadEvent(), ThreadEvent()
        self._wanted: set[int] = set()  # those that are wanted
        self._running: set[int] = set()
        self._last_job = 0
        self._turn = Lock()  # jobs run one at a time, as in the model's process

    # What the app calls

    def listen(self, on_event: Callable[[Event], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._held.append(lambda: self.report(Loaded(1, self.model.info)))

    def load(
        self, name: str, *, offline: bool = False, device: str = AUTO, dtype: str = FLOAT32
    ) -> int:
        self.loads.append(name)
        self._last_load += 1
        number = self._last_load

        def answer() -> None:
            if number != self._last_load:
                return  # it was given up
            try:
                self.model = embedded() if name == EMBEDDED else MaskedLM.load(name, offline=True)
            except UserError as error:
                self.report(LoadFailed(number, name, str(error)))
            else:
                self.report(Loaded(number, self.model.info))

        self._held.append(answer)
        return number

    def cancel_load(self) -> bool:
        self._last_load += 1
        return True

    def list_models(self) -> None:
        cached = (CachedModel("somebody/cached", 12_345_678, 3, 4),)
        self._held.append(lambda: self.report(ModelList(cached)))

    def analyze(
        self,
        text: str,
        *,
        top_k: int,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Interventions = NONE,
    ) -> int:
        self.asked.append(text)
        self._next_id += 1
        number = self.awaited = self._next_id

        def answer() -> None:
            if number != self.awaited:
                return  # it was given up, or something else is wanted by now
            self.awaited = None
            try:
                analysis = answer_of(
                    self.model, text,
                    top_k=top_k, layer=layer, wanted=wanted, interventions=interventions,
                )  # fmt: skip
            except UserError as error:
                self.report(Failed(number, str(error)))
            else:
                self.report(Analyzed(number, analysis))

        self._held.append(answer)
        return number

    def cancel(self) -> bool:
        was_awaited, self.awaited = self.awaited is not None, None
        return was_awaited

    def start_job(self, job: Job) -> int:
        self._last_job += 1
        number = self._last_job
        self._wanted.add(number)
        loop = asyncio.get_running_loop()

        def tell(event: Event) -> None:
            loop.call_soon_threadsafe(self.report, event)

        def progress(done: int, of: int) -> None:
            tell(JobProgress(number, done, of))
            if done == self.stops_jobs_at:
                self.stopped.set()
                self.goes_on.wait()

        def run() -> None:
            try:
                self.settles.wait()
                with self._turn:
                    result = found_by(
                        job,
                        self.model,
                        progress,
                        lambda part: tell(JobSoFar(number, part)),
                        lambda: number not in self._wanted,
                    )
                end: Event = JobDone(number, result)
            except Cancelled:
                end = JobFailed(number, "")
            except UserError as error:
                end = JobFailed(number, str(error))
            self._running.discard(number)
            tell(end)

        self._running.add(number)
        Thread(target=run, daemon=True).start()
        return number

    def cancel_job(self, number: int) -> bool:
        was_there = number in self._wanted
        self._wanted.discard(number)
        return was_there

    def close(self) -> None:
        self._on_event = None
        self._wanted.clear()
        self.settles.set()
        self.goes_on.set()

    # What a test calls

    def report(self, event: Event) -> None:
        """Tell the app something, as the model's process would."""
        if self._on_event:
            self._on_event(event)

    @property
    def works(self) -> bool:
        """Whether a job is under way."""
        return bool(self._running) and not (self.stopped.is_set() and not self.goes_on.is_set())

    @property
    def owes(self) -> bool:
        """Whether something was asked and not answered, and is not held back."""
        return bool(self._held) and not self.holding

    def answer(self) -> None:
        """Give the answer that has been waited for longest."""
        self._held.pop(0)()


class Desk:
    """The running app, as a test looks at it."""

    def __init__(self, app: BertMaskApp, pilot: Pilot[None], client: LateClient) -> None:
        self.app = app
        self.pilot = pilot
        self.client = client

    @property
    def main(self) -> MainScreen:
        """The main screen."""
        return self.app.main

    @property
    def session(self) -> Session:
        """The session."""
        return self.app.session

    @property
    def status(self) -> str:
        """The status line: a message, or the text at its left."""
        line = self.main.query_one(StatusLine)
        return line.said or line.left.plain.strip()

    def line(self, name: str) -> str:
        """The text at the left of a line."""
        return self.main.query_one(f"#{name}", Line).left.plain.strip()

    @property
    def screen(self) -> list[str]:
        """The lines of the whole screen, as text."""
        return [
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips()
        ]

    @property
    def text(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.screen)

    async def press(self, *keys: str) -> None:
        """Press keys, without an answer in between, and let everything follow from them."""
        await self.pilot.press(*keys)
        if not {"p", "f8"}.isdisjoint(keys):  # a picture is taken of what is drawn by then
            drawn = asyncio.Event()
            self.app.screen.call_after_refresh(drawn.set)
            await asyncio.wait_for(drawn.wait(), 10)
        await self.settle()

    async def hold(self, key: str, times: int) -> None:
        """Hold a key down: it comes so many times, faster than the screen is drawn."""
        for _ in range(times):
            self.app.post_message(Key(key, None).set_sender(self.app))
        await self.settle()

    async def press_each(self, *keys: str) -> None:
        """Press keys, each when everything has followed from the one before."""
        for key in keys:
            await self.press(key)

    async def stopped(self) -> None:
        """Wait until a job has come to the step at which it is to wait."""
        self.client.settles.set()
        await asyncio.to_thread(self.client.stopped.wait, 30)
        await self.idle()

    async def settle(self) -> None:
        """Let the model answer and the disk write, until nothing is under way."""
        await self.idle()
        while self.client.owes:
            self.client.answer()
            await self.idle()

    async def shows(self, words: str) -> None:
        """Wait until the screen shows something that follows once it has been drawn."""
        deadline = asyncio.get_running_loop().time() + 10
        while words not in self.text and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
            await self.settle()
        assert words in self.text

    async def idle(self) -> None:
        """Let messages, workers, jobs and writes come to an end; the model does not answer."""
        await self.pilot.pause()
        self.client.settles.set()
        while self.client.works or not self.app.is_written:
            while self.client.works or not self.app.is_written:
                await asyncio.sleep(0.002)
            await self.pilot.pause()
        if self.app.workers:
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()
        self.client.settles.clear()

    async def perform(self, effects: list[Effect]) -> None:
        """Carry out what an event of the session returned."""
        await self.main.perform(effects)
        await self.settle()

    async def point_at(self, query: int, key: int) -> None:
        """Put the token cursor on a cell, as the mouse does."""
        self.main.grid.post_message(AttentionGrid.Pointed((query, key)))
        await self.settle()

    async def ask(self, text: str) -> None:
        """Type a sentence over the one in the field, and press enter."""
        self.main.sentence.value = text
        self.main.sentence.focus()
        await self.press("enter")


@asynccontextmanager
async def desk(
    folder: Path,
    text: str | None = None,
    *,
    size: tuple[int, int] = (120, 40),
    loaded: MaskedLM | None = None,
    answers: bool = True,
    **options: object,
) -> AsyncIterator[Desk]:
    """Run the app headless, with everything it keeps below `folder`.

    Args:
        folder: for the history and the pictures.
        text: a text to begin with.
        size: columns and lines.
        loaded: the model, instead of the embedded one.
        answers: the model is there, and has answered, when the test begins.
        options: the command line's.
    """
    client = LateClient(loaded)
    settings = Options(
        text=text,
        save_folder=folder / "pictures",
        **{  # type: ignore[arg-type]
            "history_file": folder / "history.txt",
            "model_file": folder / "model.txt",
            **options,
        },
    )
    app = BertMaskApp(client, settings)
    async with app.run_test(size=size) as pilot:
        running = Desk(app, pilot, client)
        await (running.settle() if answers else running.idle())
        yield running
