"""What several tests need: the app with the embedded model in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import torch
from textual.pilot import Pilot

from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.app import BertMaskApp
from tui.errors import UserError
from tui.model.hub.catalogue import CachedModel
from tui.model.masked_lm import MaskedLM
from tui.model.names import AUTO, EMBEDDED, FLOAT32
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Analyzed, Event, Failed, Loaded, LoadFailed, ModelList
from tui.screens.main import MainScreen
from tui.session.options import Options
from tui.widgets.text.line import Line
from tui.widgets.text.status_line import StatusLine

torch.set_num_threads(1)  # see tests/model/conftest.py


@cache
def embedded() -> MaskedLM:
    """The embedded model, loaded once in a test process."""
    return MaskedLM.load()


class LocalClient(ModelClient):
    """A client without a process: the embedded model answers in the event loop.

    Answers can be held back, to look at what is on screen while one is awaited.
    """

    def __init__(self, model: MaskedLM | None = None) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.loads: list[str] = []
        self.model = model or embedded()
        self.holding = False
        self._held: list[Event] = []

    def listen(self, on_event: Callable[[Event], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._loop.call_soon(self.report, Loaded(1, self.model.info))

    def load(
        self, name: str, *, offline: bool = False, device: str = AUTO, dtype: str = FLOAT32
    ) -> int:
        self.loads.append(name)
        self._last_load += 1
        try:
            self.model = embedded() if name == EMBEDDED else MaskedLM.load(name, offline=True)
            event: Event = Loaded(self._last_load, self.model.info)
        except UserError as error:
            event = LoadFailed(self._last_load, name, str(error))
        self._held.append(event)
        if not self.holding:
            self.release()
        return self._last_load

    def cancel_load(self) -> bool:
        given_up = [event for event in self._held if isinstance(event, Loaded | LoadFailed)]
        self._held = [event for event in self._held if event not in given_up]
        return bool(given_up)

    def list_models(self) -> None:
        self.report(ModelList((CachedModel("somebody/cached", 12_345_678, 3, 4),)))

    def analyze(
        self, text: str, *, top_k: int, layer: int = 0, wanted: WantedQuantities = WEIGHTS_ALONE
    ) -> int:
        self.asked.append(text)
        self._next_id += 1
        self._pending = self._next_id
        try:
            analysis = self.model.analyze(text, top_k=top_k, layer=layer, wanted=wanted)
            event: Event = Analyzed(self._pending, analysis)
        except UserError as error:
            event = Failed(self._pending, str(error))
        self._held.append(event)
        if not self.holding:
            self.release()
        return self._pending

    def cancel(self) -> bool:
        was_busy, self._pending = self._pending is not None, None
        return was_busy

    def release(self) -> None:
        """Let the answers go that were held back."""
        held, self._held = self._held, []
        for event in held:
            if not isinstance(event, Analyzed | Failed) or event.id == self._pending:
                if isinstance(event, Analyzed | Failed):
                    self._pending = None
                assert self._loop
                self._loop.call_soon(self.report, event)

    def report(self, event: Event) -> None:
        """Tell the app something, as the model's process would."""
        if self._on_event:
            self._on_event(event)

    def close(self) -> None:
        self._on_event = None


class Desk:
    """The running app, as a test looks at it."""

    def __init__(self, app: BertMaskApp, pilot: Pilot[None], client: LocalClient) -> None:
        self.app = app
        self.pilot = pilot
        self.client = client

    @property
    def main(self) -> MainScreen:
        """The main screen."""
        return self.app.main

    @property
    def status(self) -> str:
        """What the status line says: a message, or what stands at its left."""
        line = self.main.query_one(StatusLine)
        return line.said or line.left.plain.strip()

    def line(self, name: str) -> str:
        """What a line says at its left."""
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
        """Press keys and let everything that follows from them happen."""
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Wait for workers and messages."""
        await self.app.workers.wait_for_complete()
        for _ in range(3):
            await self.pilot.pause()

    async def ask(self, text: str) -> None:
        """Type a sentence over what is in the field, and press enter."""
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
    **options: object,
) -> AsyncIterator[Desk]:
    """Run the app headless, with everything it keeps below `folder`.

    Args:
        folder: for the history and the pictures.
        text: a text to begin with.
        size: columns and lines.
        loaded: the model, instead of the embedded one.
        options: the command line's.
    """
    client = LocalClient(loaded)
    settings = Options(text=text, save_folder=folder / "pictures", **options)  # type: ignore[arg-type]
    app = BertMaskApp(client, settings, folder / "history.txt")
    async with app.run_test(size=size) as pilot:
        running = Desk(app, pilot, client)
        await running.settle()
        yield running
