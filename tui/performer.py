"""Carries out the session's effects, on the model, the disk and the screens. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from tui.dialogs.dialog import Dialog
from tui.screens.main import MainScreen
from tui.screens.session_screen import SessionScreen
from tui.session.effects import (
    Ask,
    CloseBoard,
    Copy,
    Effect,
    FocusGrid,
    FocusSentence,
    GiveUp,
    GiveUpJob,
    GiveUpModel,
    KeepPlace,
    ListModels,
    LoadModel,
    Open,
    Redraw,
    RedrawLater,
    RunJob,
    ShowSentence,
    UseTheme,
    Write,
)
from tui.themes import theme_name

if TYPE_CHECKING:
    from tui.app import BertMaskApp
    from tui.model.worker.client import ModelClient
    from tui.session.session import Session
    from tui.storage.writer import Writer

KEEP_AFTER = 0.4
"""Seconds after a move until it is kept: the cursor is not written down at every step."""

KEYS_WAIT = 0.25
"""Seconds that keys wait for what a disk has to say before they count for what is on screen."""


class Happened(Message):
    """Something happened outside of the event loop's turn: the session is to be told.

    Args:
        event: the event of the session; it returns effects.
        is_awaited: the person waits for it, so that it is drawn at once.
    """

    def __init__(self, event: Callable[[], Iterable[Effect]], *, is_awaited: bool = False) -> None:
        super().__init__()
        self.event = event
        self.is_awaited = is_awaited


class Performer:
    """Knows the model's process, the writer and the screens.

    Args:
        app: the app.
        session: whose effects are carried out.
        client: the model's process.
        writer: owns every write.
    """

    def __init__(
        self, app: BertMaskApp, session: Session, client: ModelClient, writer: Writer
    ) -> None:
        self._app = app
        self._session = session
        self._client = client
        self._writer = writer
        self._place: KeepPlace | None = None  # to be kept in a moment

    async def perform(self, effects: Iterable[Effect]) -> None:
        """Carry effects out, one after the other; from the moment of leaving on, none."""
        if self._app.is_leaving:
            return
        for effect in effects:
            await self._one(effect)

    async def _one(self, effect: Effect) -> None:
        client, session, main = self._client, self._session, self._app.main
        match effect:
            case Redraw():
                for screen in self._app.screen_stack:
                    if screen is not main and not screen.is_mounted:
                        continue  # it is being opened, and will show everything by itself
                    if isinstance(screen, SessionScreen):
                        screen.show(effect)
                    elif isinstance(screen, Dialog) and effect is Redraw.EVERYTHING:
                        screen.follow()
            case RedrawLater():
                self._app.set_timer(effect.seconds, partial(self.perform, (Redraw.STATUS,)))
            case Ask():
                number = client.analyze(
                    effect.text,
                    top_k=session.options.top_k,
                    layer=effect.layer,
                    wanted=effect.wanted,
                    interventions=effect.interventions,
                )
                await self.perform(session.asked(number))
            case GiveUp():
                client.cancel()
            case LoadModel():
                options = session.options
                client.load(
                    effect.name,
                    offline=options.offline,
                    device=options.device,
                    dtype=options.dtype,
                )
            case GiveUpModel():
                client.cancel_load()
            case ListModels():
                client.list_models()
            case RunJob():
                number = client.start_job(effect.job)
                await self.perform(session.jobs.started(effect.kind, number))
            case GiveUpJob():
                client.cancel_job(effect.number)
            case Write():
                await self._write(effect)
            case KeepPlace():
                self._keep(effect)
            case ShowSentence():
                main.sentence.show(effect.text)
            case FocusSentence():
                main.set_focus(main.sentence)
            case FocusGrid():
                main.set_focus(main.grid)
            case Copy():
                self._app.copy_to_clipboard(effect.text)
            case UseTheme():
                self._app.theme = theme_name(contrast=effect.contrast, light=effect.light)
                # Once every style is read again: what is drawn once has the colours in it.
                self._app.call_later(self.perform, (Redraw.EVERYTHING,))
            case Open():
                from tui.screens.opening import opened

                screen, closed = opened(effect, session, self.perform)
                # Waited for, so that a key right behind this one is the new screen's.
                await self._app.push_screen(screen, closed)
            case CloseBoard():
                self._close_board()

    def _close_board(self) -> None:
        """Close the screen about all heads, and whatever lies over it."""
        app = self._app
        while any(
            isinstance(screen, SessionScreen) and not isinstance(screen, MainScreen)
            for screen in app.screen_stack
        ):
            app.pop_screen()

    # Writing

    async def _write(self, write: Write) -> None:
        then = write.then
        loop = asyncio.get_running_loop()
        awaited: asyncio.Future[object] | None = loop.create_future() if write.before_keys else None

        def done(result: object) -> None:
            if then is None:
                return
            if awaited is None:
                self._app.post_message(Happened(partial(then, result)))
            else:
                with suppress(RuntimeError):  # the app is left, and nobody waits
                    loop.call_soon_threadsafe(came, result)

        def came(result: object) -> None:
            assert awaited is not None
            assert then is not None
            if awaited.done():  # it was waited for long enough
                self._app.post_message(Happened(partial(then, result)))
            else:
                awaited.set_result(result)

        taken = self._writer.submit(
            write.run, done, instead_of=write.instead_of, can_wait=write.can_wait
        )
        if awaited is not None and then is not None and taken:
            await asyncio.wait((awaited,), timeout=KEYS_WAIT)
            if awaited.done():
                await self.perform(then(awaited.result()))
            else:
                awaited.cancel()

    def _keep(self, effect: KeepPlace) -> None:
        waiting, self._place = self._place is not None, effect
        if self._session.options.place_file and not waiting:
            self._app.set_timer(KEEP_AFTER, self.keep_now)

    def keep_now(self) -> None:
        """Hand where the reader is to the writer, if it is still to be kept."""
        from pathlib import Path

        from tui.storage import kept_place

        kept, self._place = self._place, None
        file = self._session.options.place_file
        if kept is not None and file is not None:
            # Nobody asked for it, so nobody is told if it fails; what was asked for says so itself.
            save = partial(kept_place.save, file, kept.place, Path())
            self._writer.submit(save, instead_of="place")
