"""An error nobody foresaw costs a sentence and a report; only where drawing fails the app ends."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
import tty
from pathlib import Path

import pytest
from textual import events
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList

from tests.pty_terminal import Terminal
from tests.support import desk
from tests.terminal.failing_app import Broken, Child, FailingApp
from tui.dialogs.palette import Palette
from tui.render.depth import Depth
from tui.storage import error_reports
from tui.terminal import writer
from tui.terminal.cells import Cells

ROOT = Path(__file__).parents[2]

EVERYTHING = ["f1", "f2", "f3", "f4", "f5", "f6", "f8", "f9", "f10", "ctrl+t"]


async def until(app: FailingApp, times: int = 1) -> None:
    """Wait until so many sentences have been said."""
    deadline = time.monotonic() + 5
    while len(app.sentences) < times and time.monotonic() < deadline:
        await asyncio.sleep(0.01)


async def pressed(app: FailingApp, key: str) -> None:
    """Run an app and press one key; nothing fails to be drawn more than once."""
    async with app.run_test() as pilot:
        child = app.query_one(Child)
        await pilot.press(key)
        await pilot.pause(0.2)
        assert child.failed_to_draw <= 1


def reports(folder: Path, number: int) -> list[str]:
    """The texts of the reports, once there are so many."""
    deadline = time.monotonic() + 5
    while True:
        found = sorted((folder / "errors").glob("error-*.txt"))
        if len(found) >= number or time.monotonic() > deadline:
            return [path.read_text(encoding="utf-8") for path in found]
        time.sleep(0.01)


@pytest.mark.parametrize("key", EVERYTHING)
async def test_an_error_is_said_reported_and_survived(tmp_path: Path, key: str) -> None:
    app = FailingApp(tmp_path, contains=True)
    async with app.run_test() as pilot:
        await pilot.press(key)
        await until(app)
        assert "Broken" in app.sentences[0]
        assert str(tmp_path / "errors" / "error-") in app.sentences[0]
        await pilot.press("a", "b")
        assert app.query_one(Input).value == "ab"
        assert app.query_one(Child).is_running
        assert app.is_running
    (report,) = reports(tmp_path, 1)
    assert "[MASK] and its fault" in report
    assert "failing_app.py" in report
    assert (tmp_path / "kept.txt").exists()


async def test_an_error_in_textual_s_own_field_leaves_it_alive(tmp_path: Path) -> None:
    app = FailingApp(tmp_path, contains=True)
    async with app.run_test() as pilot:
        await pilot.press("a", "!", "b")
        await until(app)
        assert "Broken" in app.sentences[0]
        assert app.query_one(Input).value == "ab"


async def test_a_dialog_that_fails_to_open_can_be_closed(tmp_path: Path) -> None:
    app = FailingApp(tmp_path, contains=True)
    async with app.run_test() as pilot:
        await pilot.press("f7")
        await until(app)
        assert len(app.screen_stack) == 2
        await pilot.press("escape", "a")
        assert len(app.screen_stack) == 1
        assert app.query_one(Input).value == "a"


@pytest.mark.parametrize("key", ["f6", "f10"])
async def test_a_callback_that_fails_takes_no_other_with_it(tmp_path: Path, key: str) -> None:
    app = FailingApp(tmp_path, contains=True)
    async with app.run_test() as pilot:
        await pilot.press(key)
        await until(app, 2)
        await pilot.pause()
        assert app.called == ["the other one"] * 2, "the app's own and a widget's"


async def test_an_error_that_comes_again_and_again_is_written_once(tmp_path: Path) -> None:
    app = FailingApp(tmp_path, contains=True)
    written: list[Path] = []
    app.keep_report = lambda path, text: written.append(path)  # type: ignore[method-assign]
    async with app.run_test() as pilot:
        await pilot.press("f9")
        deadline = time.monotonic() + 10
        while len(app.called) < 20 and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
    assert len(app.called) >= 20, "the timer goes on"
    assert len(written) == 1
    # At the first time, the second, the fourth, the eighth and so on.
    assert len(app.sentences) == len(app.called).bit_length()


async def test_a_status_line_that_fails_itself_is_no_endless_loop(tmp_path: Path) -> None:
    class Speechless(FailingApp):
        def say(self, message: str) -> None:
            self.sentences.append(message)
            self.query_one(Child).post_message(Child.Poke())

    app = Speechless(tmp_path, contains=True)
    async with app.run_test() as pilot:
        await pilot.press("f1")
        await until(app)
        await pilot.press("a")
        await pilot.pause(0.1)
        assert len(app.sentences) <= 4
        assert app.query_one(Input).value == "a"


async def test_a_dialog_that_is_closed_twice_closes_nothing_else(tmp_path: Path) -> None:
    async with FailingApp(tmp_path).run_test() as pilot:
        app = pilot.app
        palette, answers = Palette(), list[object]()
        await app.push_screen(ModalScreen[int]())
        below = app.screen
        await app.push_screen(palette, answers.append)
        palette.dismiss()
        palette.dismiss()
        await pilot.pause()
        assert app.screen is below
        assert answers == [None]


async def test_a_click_outside_of_a_window_that_became_smaller_is_nobody_s(tmp_path: Path) -> None:
    async with desk(tmp_path, "the [MASK] sat", size=(120, 40)) as at:
        await at.press(":")
        palette = at.app.screen
        await at.pilot.resize_terminal(60, 14)
        palette.post_message(events.Click(palette, 1, 30, 0, 0, 1, False, False, False, 1, 30))
        await at.settle()
        assert not list(tmp_path.rglob("errors/*"))
        assert at.app.screen is palette


async def test_a_click_on_a_line_that_has_gone_is_nobody_s(tmp_path: Path) -> None:
    async with FailingApp(tmp_path).run_test() as pilot:
        options = OptionList(*"abcdefgh")
        await pilot.app.mount(options)
        await pilot.pause()
        x, y = options.content_region.offset.x + 1, options.content_region.offset.y + 6
        style = pilot.app.screen.get_style_at(x, y)
        click = events.Click(options, 1, 6, 0, 0, 1, False, False, False, x, y, style)
        assert click.style.meta["option"] == 6
        options.clear_options()
        options.add_option("a")
        options.post_message(click)
        await pilot.pause()
        assert options.highlighted is None


@pytest.mark.parametrize("key", [key for key in EVERYTHING if key not in ("f5", "ctrl+t")])
async def test_under_pilot_an_error_fails_the_test(tmp_path: Path, key: str) -> None:
    app = FailingApp(tmp_path)
    with pytest.raises(Exception, match=r"\[MASK\] and its fault"):
        await pressed(app, key)
    assert app.sentences == []


@pytest.mark.parametrize("key", ["f11", "f12"])
async def test_a_drawing_that_fails_ends_the_app_once(tmp_path: Path, key: str) -> None:
    app = FailingApp(tmp_path, contains=True)
    told: list[Exception] = []
    app.end_with = told.append  # type: ignore[assignment,method-assign]
    with pytest.raises(Broken):
        await pressed(app, key)
    assert len(told) == 1
    assert app.return_code == 1
    assert app.sentences == []
    assert (tmp_path / "kept.txt").exists()


async def test_an_app_that_cannot_start_ends(tmp_path: Path) -> None:
    class Unborn(FailingApp):
        def on_mount(self) -> None:
            raise Broken

    app = Unborn(tmp_path, contains=True)
    with pytest.raises(Broken):
        async with app.run_test():
            pass
    assert app.return_code == 1
    assert "error of its own (Broken)" in app.last_words


async def test_an_error_while_leaving_is_said_at_the_end(tmp_path: Path) -> None:
    class Untidy(FailingApp):
        def on_unmount(self) -> None:
            raise Broken

    app = Untidy(tmp_path, contains=True)
    async with app.run_test():
        pass
    assert "while it ended (Broken)" in app.last_words


# In a real terminal


def failing(home: Path, code: str = "") -> Terminal:
    """The app as a program; `code` is run before it."""
    run = f"import sys, runpy; sys.argv[1:] = [{str(home)!r}]\n{code}\n"
    run += "runpy.run_module('tests.terminal.failing_app', run_name='__main__')"
    terminal = Terminal([sys.executable, "-c", run], home=home, env={"PYTHONPATH": str(ROOT)})
    terminal.wait_for("the child")
    terminal.wait_idle()
    return terminal


SENT = {"ctrl+t": "\x14", "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS"} | {
    f"f{number}": f"\x1b[{code}~"
    for number, code in zip(range(5, 13), [15, 17, 18, 19, 20, 21, 23, 24], strict=True)
}


def after_alternate(terminal: Terminal) -> list[str]:
    """The lines on the shell's own screen."""
    return [line.rstrip() for line in terminal.text.splitlines() if line.strip()]


def test_in_a_terminal_every_error_is_survived(tmp_path: Path) -> None:
    with failing(tmp_path) as terminal:
        for number, key in enumerate(EVERYTHING, 1):
            terminal.send(SENT[key])
            terminal.wait_for("met an error of the program (Broken)")
            terminal.send("a")
            terminal.wait_for(f"typed {'a' * number}")
        assert len(reports(tmp_path, len(EVERYTHING))) >= len(EVERYTHING) - 1
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()
        assert "Traceback" not in terminal.raw.decode()
    assert (tmp_path / "kept.txt").exists()


def test_the_terminal_comes_back_when_whoever_it_was_lent_to_fails(tmp_path: Path) -> None:
    with failing(tmp_path) as terminal:
        terminal.key("ctrl+s")
        terminal.wait_for("met an error of the program (Broken)")
        assert terminal.is_alternate
        terminal.send("a")
        terminal.wait_for("typed a")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()


def test_bytes_that_textual_cannot_read_leave_the_app_its_keyboard(tmp_path: Path) -> None:
    with failing(tmp_path) as terminal:
        terminal.send("a\x1b[99999999999u")  # there is no such character
        terminal.wait_for("met an error of the program")
        terminal.send("b")
        terminal.wait_for("typed ab")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()


def test_sixteen_megabytes_pasted_leave_the_app_its_keyboard(tmp_path: Path) -> None:
    with failing(tmp_path) as terminal:
        terminal.paste("The cat [MASK] quickly. " * (16 * 1024 * 1024 // 24))
        terminal.send("a")
        terminal.wait_for("typed a")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()


@pytest.mark.parametrize("key", ["f11", "f12"])
def test_where_drawing_fails_one_line_is_said_and_the_terminal_is_whole(
    tmp_path: Path, key: str
) -> None:
    with failing(tmp_path) as terminal:
        terminal.send("a")
        terminal.wait_for("typed a")
        terminal.send(SENT[key])
        assert terminal.wait() == 1
        terminal.assert_restored()
        said = " ".join(after_alternate(terminal))
        (report,) = (tmp_path / "errors").glob("error-*.txt")
        assert said.startswith("bertmask-tui had to end because of an error of its own (Broken)")
        assert str(report) in "".join(after_alternate(terminal))
        assert "Traceback" not in terminal.raw.decode()
    assert (tmp_path / "kept.txt").exists()
    assert "Broken: [MASK] and its fault" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["write", "changes"])
def test_a_picture_that_cannot_be_put_together_ends_it_too(tmp_path: Path, method: str) -> None:
    """In the loop, where Textual writes, or in the thread that sends."""
    breaks = (
        "from tui.terminal.cells import Cells\n"
        f"whole = Cells.{method}\n"
        "def broken(self, *arguments):\n"
        "    found = whole(self, *arguments)\n"
        "    if 'typed a' in ''.join(cell.text for row in self._wanted for cell in row if cell):\n"
        "        raise ValueError('no picture')\n"
        "    return found\n"
        f"Cells.{method} = broken"
    )
    with failing(tmp_path, breaks) as terminal:
        terminal.send("a")
        assert terminal.wait() == 1
        terminal.assert_restored()
        assert "error of its own (ValueError)" in " ".join(after_alternate(terminal))
        assert re.search("Traceback", terminal.raw.decode()) is None
    assert (tmp_path / "kept.txt").exists()


def test_the_sending_thread_says_that_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    far, near = os.openpty()
    tty.setraw(near)
    failed: list[Exception] = []
    with os.fdopen(near, "w") as file:
        sending = writer.FrameWriter(file, Cells(Depth.NONE), failed=failed.append)
        monkeypatch.setattr(sending, "_next", lambda: 1 / 0)
        sending.start()
        assert sending.leave(2.0, b"LAST WORDS")
    assert [type(error) for error in failed] == [ZeroDivisionError]
    assert os.read(far, 100) == b"LAST WORDS"
    os.close(far)


# Reports


def caught(message: str) -> Exception:
    secret = "-".join(["nobody's", "business"])
    try:
        raise ValueError(message)
    except ValueError as error:
        assert secret
        return error


def test_a_report_says_where_and_with_what_and_no_more(tmp_path: Path) -> None:
    report = error_reports.ErrorReports(tmp_path).of(caught("\x1b[31mred"), (80, 24))
    for said in ("bertmask-tui 0", "textual 8", "Python 3", "TERM=", "80x24", "ValueError: red"):
        assert said in report.text
    assert "\x1b" not in report.text
    assert "nobody's-business" not in report.text


def test_the_same_error_has_the_same_name_whatever_it_says(tmp_path: Path) -> None:
    reports = error_reports.ErrorReports(tmp_path)
    first, second = reports.of(caught("one"), (80, 24)), reports.of(caught("two"), (80, 24))
    try:
        raise ValueError("one")
    except ValueError as error:
        other = reports.of(error, (80, 24))
    assert first.path == second.path != other.path
    assert (first.times, second.times, other.times) == (1, 2, 1)


def test_the_oldest_reports_go(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "when needed"
    for number in range(error_reports.MOST + 5):
        path = folder / f"error-{number:02}.txt"
        error_reports.keep(path, "text")
        os.utime(path, (number, number))
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == error_reports.MOST
    assert names[-1] == f"error-{error_reports.MOST + 4:02}.txt"
    assert "error-00.txt" not in names
