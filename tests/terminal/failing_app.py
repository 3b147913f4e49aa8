"""An app in which anything may fail: the tests run it under Pilot, and as a program of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from threading import Thread
from typing import ClassVar

from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.render.depth import Depth
from tui.terminal.app import TerminalApp


class Broken(Exception):
    """What nobody foresaw."""


def fail() -> None:
    """Raise it."""
    raise Broken("[MASK] and its fault")


class Child(Widget, can_focus=True):
    """Fails when it is asked to."""

    class Poke(Message):
        """It is to fail."""

    class Draw(Message):
        """It is to fail when it is drawn."""

    class Measure(Message):
        """It is to fail when it is laid out."""

    draws = True
    measures = True
    failed_to_draw = 0

    def on_child_poke(self) -> None:
        fail()

    def on_child_draw(self) -> None:
        self.draws = False
        self.refresh()

    def on_child_measure(self) -> None:
        self.measures = False
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        if not self.draws:
            self.failed_to_draw += 1
            self.call_later(self.refresh)
            fail()
        return "the child"

    def get_content_height(self, *sizes: object) -> int:
        if not self.measures:
            fail()
        return 1


class BrokenDialog(ModalScreen[None]):
    """Fails when it opens; escape closes it all the same."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close")]

    def compose(self) -> ComposeResult:
        yield Static("the dialog")

    def on_mount(self) -> None:
        fail()


class StrictInput(Input):
    """Textual's own field, with something in it that fails."""

    def validate_value(self, value: str) -> str:
        if "!" in value:
            fail()
        return value


class FailingApp(TerminalApp):
    """Each key fails in another way; `said` is what the status line says."""

    CSS = "Child { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "fail", "a binding", priority=True),
        Binding("f2", "poke", "a message of a child", priority=True),
        Binding("f3", "timer", "a timer", priority=True),
        Binding("f4", "later", "a callback", priority=True),
        Binding("f5", "loop", "a callback of the loop", priority=True),
        Binding("f6", "after_refresh", "a callback after drawing", priority=True),
        Binding("f7", "dialog", "a dialog", priority=True),
        Binding("f8", "work", "a worker", priority=True),
        Binding("f9", "interval", "a timer that goes on", priority=True),
        Binding("f10", "next", "callbacks after this message", priority=True),
        Binding("f11", "draw", "drawing", priority=True),
        Binding("f12", "measure", "layout", priority=True),
        Binding("ctrl+t", "thread", "a thread", priority=True),
        Binding("ctrl+q", "quit", "leave", priority=True),
        Binding("ctrl+s", "lend", "the editor", priority=True),
    ]

    def __init__(self, folder: Path, *, contains: bool | None = None) -> None:
        super().__init__(Depth.NONE)
        self.contains_errors = contains
        self.report_folder = folder / "errors"
        self.folder = folder
        self.sentences: list[str] = []
        self.called: list[str] = []

    def compose(self) -> ComposeResult:
        yield Child()
        yield StrictInput(id="field")
        yield Static(markup=False, id="said")
        yield Static(markup=False, id="answer")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_unmount(self) -> None:
        (self.folder / "kept.txt").write_text("kept", encoding="utf-8")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#answer", Static).update(f"typed {event.value}")

    def say(self, message: str) -> None:
        self.sentences.append(message)
        self.screen_stack[0].query_one("#said", Static).update(message)

    def action_fail(self) -> None:
        fail()

    def action_poke(self) -> None:
        self.query_one(Child).post_message(Child.Poke())

    def action_timer(self) -> None:
        self.query_one(Child).set_timer(0.01, fail)

    def action_interval(self) -> None:
        def tick() -> None:
            self.called.append("tick")
            fail()

        self.query_one(Child).set_interval(0.01, tick)

    def action_later(self) -> None:
        self.query_one("#field").call_later(fail)

    def action_loop(self) -> None:
        asyncio.get_running_loop().call_soon(fail)

    def action_after_refresh(self) -> None:
        for node in (self, self.query_one(Child)):
            node.call_after_refresh(fail)
            node.call_after_refresh(self.called.append, "the other one")

    def action_next(self) -> None:
        for node in (self, self.query_one(Child)):
            node.call_next(fail)
            node.call_next(self.called.append, "the other one")

    def action_dialog(self) -> None:
        self.push_screen(BrokenDialog())

    def action_work(self) -> None:
        async def work() -> None:
            fail()

        self.run_worker(work())

    def action_thread(self) -> None:
        Thread(target=fail, daemon=True).start()

    def action_draw(self) -> None:
        self.query_one(Child).post_message(Child.Draw())

    def action_measure(self) -> None:
        self.query_one(Child).post_message(Child.Measure())

    def action_lend(self) -> None:
        with self.suspend():
            fail()


if __name__ == "__main__":
    app = FailingApp(Path(sys.argv[1]))
    app.run()
    raise SystemExit(app.return_code)
