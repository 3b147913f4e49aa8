"""Every private name of Textual, and of Rich, that this program uses.

Such names may go with any release: Textual is pinned exactly, a test names each of them and what is
relied on, and no other module touches one. What is here decides nothing: it gives the rest of the
program public names for what Textual does not offer.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable, Iterable
from functools import cache, partial
from itertools import groupby
from types import CodeType
from typing import TYPE_CHECKING, Any

import rich.cells
from rich._unicode_data import load as load_cell_table
from rich.color import ColorSystem
from textual._callback import invoke
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Click, Key, Resize
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import WorkerFailed

from tui.terminal.keyboards import place_of_key

if TYPE_CHECKING:
    from rich.cells import CellTable
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.strip import Strip
    from textual.widget import Widget
    from textual.widgets import OptionList

    from tui.terminal.writer import FrameWriter


# One thing each


async def check_bindings(app: App[Any], key: str, *, priority: bool) -> bool:
    """Do what a key is bound to, now.

    Args:
        app: the app.
        key: the key's name.
        priority: look at bindings with priority, from the app down; else at the others, from the
            widget with the focus up.

    Returns:
        Whether it was bound to anything.
    """
    return await app._check_bindings(key, priority=priority)


def draw_now(screen: Screen[Any]) -> None:
    """Draw what has changed on a screen, without waiting for its next update."""
    screen._on_timer_update()


def screen_strips(screen: Screen[Any]) -> list[Strip]:
    """A screen's lines as they are drawn, dialogs with what is seen behind them."""
    return screen._compositor.render_strips()


def driver_of(app: App[Any]) -> Driver | None:
    """The driver, once the app has one."""
    return app._driver


def show_exact_colours(app: App[Any]) -> None:
    """Have the app write its colours as they are: who writes to the terminal limits them."""
    app.console._color_system = ColorSystem.TRUECOLOR


def has_lines(options: OptionList) -> bool:
    """Whether a list has laid out any lines: it has none before it is drawn, or without room."""
    return bool(options._lines)


# Widths


@cache
def _with_spacing_marks(version: str) -> CellTable:
    """Rich's table of widths, in which a spacing mark has the column that terminals give it.

    Rich follows terminals that draw a whole cluster in the columns of its letter. The others, of
    which there are more, would have the next letter written over the vowels of Hindi and Tamil.
    """
    table = load_cell_table(version)
    widths: list[tuple[int, int, int]] = []
    for start, end, width in table.widths:
        if width:
            widths.append((start, end, width))
            continue
        marks = groupby(range(start, end + 1), lambda point: unicodedata.category(chr(point)))
        for kind, group in marks:
            points = list(group)
            widths.append((points[0], points[-1], int(kind == "Mc")))
    return table._replace(widths=widths)


rich.cells.load_cell_table = _with_spacing_marks  # type: ignore[attr-defined]

cell_len = rich.cells.cell_len
"""The columns of a text; whoever takes it from here has it with those widths."""


# Errors


class GuardedApp(App[None]):
    """An app that is told of errors in handlers, timers and callbacks, and goes on.

    Textual ends a widget's loop, and with it the app, at the first error. Here the message, or the
    callback, in which it happened is dropped and the next one is looked at. Only where drawing or
    starting fails does the app end, in the usual way: screens are closed, `on_unmount` is called.

    Attributes:
        contains_errors: whether it does so; None, outside tests only: under Pilot an error ends the
            app and fails the test, as Textual has it.
    """

    contains_errors: bool | None = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._was_ready = False
        self._has_failed = False
        self._leaves = False

    # What the app hears

    def contain(self, error: Exception) -> None:
        """Take note of an error after which the app goes on; must not raise another."""
        raise NotImplementedError

    def end_with(self, error: Exception) -> None:
        """Take note of the error that ends the app, the first one only; must not raise another."""
        raise NotImplementedError

    # What the app may ask and say

    @property
    def is_leaving(self) -> bool:
        """Whether it leaves: from then on nothing can be put on the screen any more."""
        return self._leaves

    @property
    def is_containing(self) -> bool:
        """Whether errors are contained."""
        return not self.is_headless if self.contains_errors is None else self.contains_errors

    def fail(self, error: Exception) -> None:
        """End the app because of an error: no timer draws any more, everything is closed."""
        self._return_code = 1
        if self._has_failed:
            return
        self._has_failed = True
        self.exit()
        self._exception = error  # what Pilot raises again
        self.end_with(error)
        first_error: asyncio.Event = self._exception_event
        first_error.set()

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """Leave; what has failed stays failed."""
        self._leaves = True
        super().exit(result, 1 if self._has_failed else return_code, message)

    def on_ready(self) -> None:
        """From the first frame on there is something worth going on with."""
        self._was_ready = True

    # What Textual calls

    def _handle_exception(self, error: Exception) -> None:
        if not self.is_containing:
            super()._handle_exception(error)
            return
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        if self._was_ready and not _passed_through(error, _DRAWING):
            self.contain(error)
        else:
            self.fail(error)

    async def _dispatch_message(self, message: Message) -> None:
        await _guarded(self, partial(super()._dispatch_message, message))

    async def _flush_next_callbacks(self) -> None:
        await _flush_next_callbacks(self, self)

    async def _close_all(self) -> None:
        self._leaves = True  # also where nobody told it to: its screens go now
        # Whatever fails here, the rest of what is done at the end is done.
        await _guarded(self, super()._close_all)

    def _register_child(
        self, parent: DOMNode, child: Widget, before: int | None, after: int | None
    ) -> None:
        _guard(self, child)
        super()._register_child(parent, child, before, after)

    def _start_widget(self, parent: Widget, widget: Widget) -> None:
        _guard(self, widget)
        super()._start_widget(parent, widget)


_DRAWING: frozenset[CodeType] = frozenset(
    function.__code__
    for function in (
        Screen._compositor_refresh,
        Screen._refresh_layout,
        App._display,
        App._process_messages,  # taking the terminal over, and giving it back
    )
)
"""The code that an error has passed through with which the app cannot go on."""


def _passed_through(error: Exception, codes: frozenset[CodeType]) -> bool:
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in codes:
            return True
        traceback = traceback.tb_next
    return False


def _guard(app: GuardedApp, widget: Widget) -> None:
    """Give a widget, Textual's own ones too, a loop that no error ends."""
    if "_dispatch_message" in vars(widget):
        return  # it was taken off the screen and comes back
    dispatch = widget._dispatch_message

    async def dispatch_guarded(message: Message) -> None:
        if not _is_out_of_date(app, widget, message):
            await _guarded(app, partial(dispatch, message))

    shadowing: dict[str, object] = {
        "_dispatch_message": dispatch_guarded,
        "_flush_next_callbacks": partial(_flush_next_callbacks, app, widget),
    }
    if isinstance(widget, Screen):
        shadowing["_invoke_and_clear_callbacks"] = partial(_invoke_callbacks, app, widget)
        shadowing["_on_timer_update"] = partial(_draw_all_that_changed, widget)
    vars(widget).update(shadowing)


def _is_out_of_date(app: GuardedApp, widget: Widget, message: Message) -> bool:
    """Whether a message is about what is so no longer, and Textual would fall over it.

    - A size that the window no longer has. Textual tells a screen that took a size of that size
      once more; of two sizes that are under way at once each would then bring the other back, again
      and again.
    - A click outside of a window that has become smaller, or on a line of a list that has become
      shorter since it was drawn.
    """
    if isinstance(message, Resize):
        return isinstance(widget, Screen) and message.size != app.size and not app.is_inline
    if not isinstance(message, Click):
        return False
    if not app.size.contains(int(message.screen_x), int(message.screen_y)):
        return True
    if (option := message.style.meta.get("option")) is None:
        return False
    from textual.widgets import OptionList

    return isinstance(widget, OptionList) and option >= widget.option_count


async def _guarded(app: GuardedApp, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception as error:
        if not app.is_containing:
            raise
        app._handle_exception(error)


async def _flush_next_callbacks(app: GuardedApp, pump: MessagePump) -> None:
    """Textual's own, but that one callback that fails takes no other with it."""
    callbacks = pump._next_callbacks.copy()
    pump._next_callbacks.clear()
    for callback in callbacks:
        try:
            with pump.prevent(*callback._prevent):
                await invoke(callback.callback)
        except Exception as error:
            app._handle_exception(error)
            if not app.is_containing:
                break


async def _invoke_callbacks(app: GuardedApp, screen: Screen[Any]) -> None:
    """Textual's own for what waits until a screen is drawn, with the same difference."""
    callbacks = screen._callbacks[:]
    screen._callbacks.clear()
    for callback, pump in callbacks:
        with pump._context():
            await _guarded(app, partial(invoke, callback))


def _draw_all_that_changed(screen: Screen[Any]) -> None:
    """Textual's own, which forgets what changed on a screen if a part of it is drawn anew as well.

    That is so when something has changed on the screen below it: what stood on this one would stay
    there until the next change.
    """
    if screen.is_current and screen._repaint_required:
        screen._compositor.update_widgets(screen._dirty_widgets)
    Screen._on_timer_update(screen)


# Input and output


class KeyParser(XTermParser):
    """Textual's parser of what a terminal sends, which survives what it cannot read."""

    def parse_mouse_code(self, code: str) -> Message | None:
        """Read where the mouse is; from a terminal that does not know its size in pixels, too."""
        sizes = self.terminal_size, self.terminal_pixel_size
        if any(size is not None and not all(tuple(size)) for size in sizes):
            self.mouse_pixels = False
        return super().parse_mouse_code(code)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        """Textual's own, which takes no sequence of a key with others that it also might be."""
        told = place_of_key(sequence)
        if told is None:
            yield from super()._sequence_to_key_events(sequence, alt)
            return
        plain, place = told
        for event in super()._sequence_to_key_events(plain, alt):
            for there in super()._sequence_to_key_events(place, alt):
                event.by_place = there.key  # type: ignore[attr-defined]
            yield event

    def restart(self) -> None:
        """Begin anew after an error; what is known of the terminal stays known."""
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)
        self._timeout_time = None

    def take(self, events: Iterable[Message], into: list[Message]) -> Exception | None:
        """Collect what was read, as far as it can be.

        Returns:
            The error that something could not be read with, if any: the parser has begun anew, and
            the rest of that packet is lost.
        """
        try:
            for event in events:
                into.append(event)  # noqa: PERF402 - what came before an error counts
        except Exception as error:
            into.extend(self._tokens)
            self._tokens.clear()
            self.restart()
            return error
        return None


# A terminal with kitty's keyboard protocol also tells where a key is. Textual asks for less.
linux_driver.KITTY_DISAMBIGUATE_ESCAPE_CODES |= linux_driver.KITTY_REPORT_ALTERNATE_KEYS  # type: ignore[misc]


class TerminalDriver(LinuxDriver):
    """Textual's driver, with its private steps under names of their own.

    Attributes:
        question: what the terminal is asked besides, once; empty for nothing.
    """

    question = ""

    def __init__(self, app: App[Any], **settings: Any) -> None:
        super().__init__(app, **settings)
        self._has_asked = False
        if self._size is None:  # what the app is told before the first event says a size
            self._size = self._get_terminal_size()

    def size_now(self) -> tuple[int, int]:
        """The terminal's columns and lines, for Textual's first picture and for every resize."""
        raise NotImplementedError

    def _get_terminal_size(self) -> tuple[int, int]:
        return self.size_now()

    def has_asked(self) -> None:
        """Called when the question has been written."""

    def make_writer(self, file: Any) -> FrameWriter:
        """Make what stands in for Textual's writer thread."""
        raise NotImplementedError

    @property
    def app(self) -> App[Any]:
        """The app that this driver drives."""
        return self._app

    @property
    def is_debugged(self) -> bool:
        """Whether Textual's parser is to log what it reads."""
        return self._debug

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        # Textual makes its writer inside this method, by this name.
        linux_driver.WriterThread = self.make_writer  # type: ignore[assignment, attr-defined]
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """End the reading thread; a terminal that has gone does not matter."""
        super().disable_input()
        self._key_thread = None

    # What a terminal can do it is asked once: an answer that comes when the program has stopped
    # again is typed into the shell.

    def _request_terminal_sync_mode_support(self) -> None:
        if not self._has_asked:
            super()._request_terminal_sync_mode_support()
            if self.input_tty and self.question:
                self.write(self.question)
                self.has_asked()

    def _query_in_band_window_resize(self) -> None:
        if not self._has_asked:
            self._has_asked = True  # the last of the questions
            super()._query_in_band_window_resize()
        elif self._in_band_window_resize:
            self._enable_in_band_window_resize()
