"""Each private name of Textual that is used is there and is what it is taken for; no other is used.

A new release of Textual begins here: what fails names what has to be looked at.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import pkgutil
import sys
import textwrap
import tomllib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import ClassVar

import pytest
import rich.cells
import textual
from textual import _callback, _xterm_parser, events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Region
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, TextArea

import tui
from tui.terminal import textual_internals
from tui.terminal.driver import Driver

PACKAGE = Path(tui.__file__).parent
TEXTUAL = Path(textual.__file__).parent
INTERNALS = PACKAGE / "terminal" / "textual_internals.py"


def parameters(function: object) -> list[str]:
    """The names of a function's parameters, `self` left out."""
    assert callable(function)
    return [name for name in inspect.signature(function).parameters if name != "self"]


def test_textual_is_pinned_to_what_is_installed() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"textual=={version('textual')}" in project["project"]["dependencies"]


# What is called and what is overridden


@pytest.mark.parametrize(
    ("function", "takes", "is_async"),
    [
        (App._check_bindings, ["key", "priority"], True),
        (App._handle_exception, ["error"], False),
        (App._close_all, [], True),
        (App._register_child, ["parent", "child", "before", "after"], False),
        (App._start_widget, ["parent", "widget"], False),
        (App._display, ["screen", "renderable"], False),
        (MessagePump._dispatch_message, ["message"], True),
        (MessagePump._flush_next_callbacks, [], True),
        (Screen._on_timer_update, [], False),
        (Screen._compositor_refresh, [], False),
        (Screen._refresh_layout, ["size", "scroll"], False),
        (Screen._invoke_and_clear_callbacks, [], True),
        (_callback.invoke, ["callback", "params"], True),
        (LinuxDriver._get_terminal_size, [], False),
        (LinuxDriver._request_terminal_sync_mode_support, [], False),
        (LinuxDriver._query_in_band_window_resize, [], False),
        (LinuxDriver._enable_in_band_window_resize, [], False),
        (_xterm_parser.XTermParser.parse, ["token_callback"], False),
        (_xterm_parser.XTermParser._sequence_to_key_events, ["sequence", "alt"], False),
    ],
)
def test_a_private_function_takes_what_it_is_given(
    function: object, takes: list[str], is_async: bool
) -> None:
    assert parameters(function) == takes
    assert inspect.iscoroutinefunction(function) is is_async


@pytest.mark.parametrize(
    ("caller", "called"),
    [
        (MessagePump._process_messages_loop, "self._dispatch_message(message)"),
        (MessagePump._process_messages_loop, "self._flush_next_callbacks()"),
        (MessagePump._process_messages_loop, "self.app._handle_exception(error)"),
        (MessagePump._pre_process, "self._dispatch_message(events.Mount())"),
        (MessagePump._dispatch_message, "self._flush_next_callbacks()"),
        (Widget._compose, "self.app._handle_exception(error)"),
        (Widget._message_loop_exit, "self._dispatch_message(events.Unmount())"),
        (textual.timer.Timer._tick, "app._handle_exception(error)"),
        (textual.worker.Worker._run, "app._handle_exception(worker_failed)"),
        (App._register, "self._register_child(parent, widget, before, after)"),
        (App._shutdown, "await self._close_all()"),
        (App._handle_exception, "self._exception_event.set()"),
        (App.run_test, "raise self._exception"),
        (Screen._on_timer_update, "self._compositor_refresh()"),
        (Screen._on_timer_update, "self._refresh_layout("),
        (Screen._on_timer_update, "self._compositor.update_widgets(self._dirty_widgets)"),
        (vars(Screen)["_update_timer"].fget, "self._on_timer_update"),
        (Screen._on_timer_update, "self.call_next(self._invoke_and_clear_callbacks)"),
        (Screen._refresh_layout, "self.app._handle_exception(error)"),
        (textual.timer.Timer._tick, "if app._exit:"),
        (App.exit, "self._exit = True"),
        (App._process_messages, "driver.start_application_mode()"),
        (LinuxDriver.start_application_mode, "self._writer_thread = WriterThread(self._file)"),
        (LinuxDriver.start_application_mode, "terminal_size = self._get_terminal_size()"),
        (vars(App)["size"].fget, "width, height = self._driver._size"),
        (LinuxDriver.start_application_mode, "self._request_terminal_sync_mode_support()"),
        (LinuxDriver.start_application_mode, "self._query_in_band_window_resize()"),
        (LinuxDriver.start_application_mode, "KITTY_DISAMBIGUATE_ESCAPE_CODES"),
        (_xterm_parser.XTermParser.parse, "sequence_to_key_events = self._sequence_to_key_events"),
        (LinuxDriver.disable_input, "if self._key_thread is not None:"),
        (LinuxDriver.process_message, "self._in_band_window_resize = True"),
        (CommandList.action_page_down, "self._move_page"),
        (rich.cells.get_character_cell_size, "load_cell_table(unicode_version).widths"),
    ],
)
def test_textual_calls_where_it_is_taken_for_granted(caller: object, called: str) -> None:
    assert callable(caller)
    assert called in inspect.getsource(caller)


@pytest.mark.parametrize(
    ("text", "columns"), [("हि", 2), ("நி", 2), ("मा", 2), ("e\u0301", 1), ("\u1161", 0), ("日", 2)]
)
def test_a_spacing_mark_has_the_column_that_terminals_give_it(text: str, columns: int) -> None:
    assert rich.cells.cell_len(text) == columns


# What is read and written


class Small(App[None]):
    """An app with something to look into."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "note('bound')", "note")]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        yield Label("the label")
        yield OptionList("one", "two")

    def action_note(self, what: str) -> None:
        self.noted.append(what)


class GuardedSmall(textual_internals.GuardedApp):
    """The same, with what is added to Textual."""

    def compose(self) -> ComposeResult:
        yield Label("the label")


@pytest.mark.parametrize(("app", "is_drawn"), [(Small(), False), (GuardedSmall(), True)])
async def test_what_changed_is_drawn_beside_a_part_of_its_screen(
    app: App[None], is_drawn: bool
) -> None:
    """A part of a screen is drawn anew where something changed on the screen below it.

    Textual alone forgets everything else that changed: once it does not, its own way will do.
    """
    async with app.run_test() as pilot:
        label = app.screen.query_one(Label)
        await pilot.pause()
        label._set_dirty()
        app.screen._dirty_widgets.add(label)  # as its `Update` has the screen do
        app.screen.refresh(Region(0, 5, 3, 1))
        textual_internals.draw_now(app.screen)
        assert (not label._repaint_regions) is is_drawn


async def test_private_attributes_are_what_they_are_taken_for() -> None:
    app = Small()
    async with app.run_test():
        screen = app.screen
        assert app._exception is None
        assert isinstance(app._exception_event, asyncio.Event)
        assert app._return_code is None
        assert isinstance(app._next_callbacks, list)
        assert isinstance(screen._callbacks, list)
        assert isinstance(screen._next_callbacks, list)
        assert isinstance(events.Callback(callback=print)._prevent, set)
        with screen._context():
            assert textual._context.active_message_pump.get() is screen
        assert "_dispatch_message" not in vars(screen), "a guard's place is free"
        assert textual_internals.driver_of(app) is app._driver is not None


def test_private_attributes_of_the_parser_are_what_they_are_taken_for() -> None:
    parser = _xterm_parser.XTermParser()
    assert isinstance(parser._tokens, deque)
    assert inspect.isgenerator(parser._gen)
    assert parser._awaiting == parser.read1()
    assert parser._timeout_time is None


async def test_private_attributes_of_the_driver_are_what_they_are_taken_for() -> None:
    app = Small()
    driver = LinuxDriver(app)
    assert driver._app is app
    assert driver._debug is False
    assert driver._key_thread is None
    assert driver._in_band_window_resize is False
    assert isinstance(driver.exit_event, Event)


async def test_what_is_offered_instead_works() -> None:
    app = Small()
    async with app.run_test(size=(40, 10)) as pilot:
        assert await textual_internals.check_bindings(app, "f1", priority=False)
        assert not await textual_internals.check_bindings(app, "f1", priority=True)
        assert app.noted == ["bound"]
        strips = textual_internals.screen_strips(app.screen)
        assert all(isinstance(strip, Strip) for strip in strips)
        assert strips[0].text.startswith("the label")
        textual_internals.show_exact_colours(app)
        assert app.console.color_system == "truecolor"
        options = app.query_one(OptionList)
        assert textual_internals.has_lines(options)
        options.clear_options()
        await pilot.pause()
        assert not textual_internals.has_lines(options)
        assert not textual_internals.has_lines(OptionList())


async def test_a_screen_is_drawn_at_once() -> None:
    app = Small()
    async with app.run_test() as pilot:
        app.query_one(Label).update("another")
        await pilot.pause()
        drawn: list[object] = []
        app._display = lambda *what: drawn.append(what)  # type: ignore[method-assign]
        app.screen.refresh()
        textual_internals.draw_now(app.screen)
        assert len(drawn) == 1


@pytest.mark.parametrize(
    ("widget", "handlers"),
    [
        (Widget, ["_on_focus", "_on_blur", "_on_key"]),
        (Widget, ["_on_mouse_scroll_down", "_on_mouse_scroll_up"]),
        (Widget, ["_on_mouse_scroll_left", "_on_mouse_scroll_right"]),
        (Input, ["_on_key", "_on_paste"]),
        (TextArea, ["_on_paste"]),
    ],
)
def test_a_public_handler_comes_before_textual_s_own(
    widget: type[Widget], handlers: list[str]
) -> None:
    """So that none has to be overridden: `prevent_default` leaves Textual's out."""
    for handler in handlers:
        assert handler in vars(widget)
    source = inspect.getsource(MessagePump._get_dispatch_methods)
    assert "for cls in self.__class__.__mro__" in source
    assert "if message._no_default_action" in source


def test_the_palette_s_pages_are_bound_to_keys_that_can_be_bound_anew() -> None:
    bound = {binding.key for binding in CommandPalette.BINDINGS if isinstance(binding, Binding)}
    assert {"pagedown", "pageup"} <= bound


# Nobody else


SOMEBODY_ELSE_S = {"os": {"_exit"}}
"""Names of other libraries that Textual has as well."""

STILL_TO_MOVE = {
    "app.py": {"_check_bindings", "_driver"},
    "screens/main.py": {"_on_timer_update"},
}
"""What the functions in `textual_internals` are there to replace."""


@cache
def private_names(source: Path) -> frozenset[str]:
    """Private names that a file defines or sets: functions, attributes, variables, modules."""
    found: set[str] = {source.stem}
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return frozenset(name for name in found if is_private(name))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


@cache
def textual_s_names() -> frozenset[str]:
    return frozenset().union(*(private_names(path) for path in TEXTUAL.rglob("*.py")))


def files() -> Iterator[Path]:
    return (path for path in sorted(PACKAGE.rglob("*.py")) if path != INTERNALS)


def private_uses(source: str) -> set[str]:
    """Private names of Textual that a module imports, or reads of anything but `self`."""
    found: set[str] = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            found.update(filter(is_private, names))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("textual"):
                    found.update(filter(is_private, alias.name.split(".")))
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            if of in ("self", "cls") or node.attr in SOMEBODY_ELSE_S.get(of, ()):
                continue
            if node.attr in textual_s_names():
                found.add(node.attr)
    return found


def module_attributes_replaced(source: str) -> set[str]:
    """Attributes of modules of Textual that a module sets."""
    tree = ast.parse(source)
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual")
        for alias in node.names
    }
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
    }


def test_the_look_for_private_names_finds_them() -> None:
    assert private_uses("from textual._xterm_parser import XTermParser") == {"_xterm_parser"}
    assert private_uses("import textual._callback") == {"_callback"}
    assert private_uses("super()._on_key(event)") == {"_on_key"}
    assert private_uses("self.screen._compositor.render_strips()") == {"_compositor"}
    assert private_uses("os._exit(0)") == set()
    assert module_attributes_replaced(
        "from textual.drivers import linux_driver\nlinux_driver.WriterThread = x"
    ) == {"linux_driver.WriterThread"}


def test_no_other_module_touches_a_private_name_of_textual() -> None:
    # A private name of a class of our own may be read by the file that defines it.
    for path in files():
        name = str(path.relative_to(PACKAGE))
        source = path.read_text(encoding="utf-8")
        used = private_uses(source) - private_names(path) - STILL_TO_MOVE.get(name, set())
        assert not used, f"{name} uses {used}: give it a public name in {INTERNALS.name}"
        assert not module_attributes_replaced(source), name


def classes() -> list[type]:
    """All classes of the package that come from one of Textual's."""
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        with suppress(ImportError):
            if module.name.startswith(("tui.model", "tui.cli", "tui.__main__")):
                continue
            importlib.import_module(module.name)
    for name, loaded in list(sys.modules.items()):
        if name.startswith("tui.") and name != textual_internals.__name__:
            for one in vars(loaded).values():
                if (
                    inspect.isclass(one)
                    and one.__module__ == name
                    and any(base.__module__.startswith("textual.") for base in one.__mro__)
                ):
                    found[one] = None
    return list(found)


@cache
def names_of(one: type) -> frozenset[str]:
    """Private names that a class's own body defines, or sets or reads of `self`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
    return frozenset(filter(is_private, vars(one))) | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    }


MADE_BY_TEXTUAL = {
    "_decorated_handlers", "_reactives", "_css_bases", "_css_type_name", "_css_type_names",
    "_merged_bindings", "_inherit_bindings", "_inherit_component_classes", "_inherit_css",
    "_computes", "_abc_impl",
}  # fmt: skip
"""What Textual itself puts into a class that is made from one of its own."""


@pytest.mark.parametrize("one", classes(), ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_a_class_neither_overrides_nor_hides_a_private_name_of_textual(one: type) -> None:
    """On purpose it would be here; by accident it breaks Textual in ways nobody finds."""
    its: frozenset[str] = frozenset().union(
        *(names_of(base) for base in one.__mro__ if base.__module__.startswith("textual."))
    )
    name = str(Path(inspect.getfile(one)).relative_to(PACKAGE))
    both = (names_of(one) & its) - MADE_BY_TEXTUAL - STILL_TO_MOVE.get(name, set())
    assert not both


def test_a_guard_hides_no_private_name_of_the_app_s() -> None:
    own = {"_was_ready", "_has_failed"}
    assert own <= names_of(textual_internals.GuardedApp)
    assert not own & private_names(Path(inspect.getfile(App)))
    assert not own & private_names(Path(inspect.getfile(MessagePump)))


def test_the_driver_that_is_used_overrides_what_it_says() -> None:
    assert Driver.make_writer is not textual_internals.TerminalDriver.make_writer
