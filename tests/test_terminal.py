"""The harness itself: what it shows, what it measures, and that it tells a terminal in disorder."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.pty_emulator import Emulator
from tests.pty_terminal import Terminal, key_bytes

BARE_APP = Path(__file__).parent / "benchmarks" / "bare_app.py"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def emulate(data: str, columns: int = 20, lines: int = 4) -> Emulator:
    emulator = Emulator(columns, lines, lambda reply: None)
    emulator.feed(data.encode())
    return emulator


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# The emulator


def test_what_pyte_takes_for_text_is_understood() -> None:
    emulator = emulate(
        "\x1b[>25ua\x1b[?2026$pb\x1b[<uc\x1b[>4;1md\x1bP1$r0m\x1b\\e\x1b]2;title\x07f"
    )
    assert emulator.display[0].rstrip() == "abcdef"
    assert emulator.title == "title"
    assert emulator.other_keys == 1
    assert emulator.kitty_depth == 0


def test_a_sequence_may_be_cut_anywhere() -> None:
    data = "é\x1b[2;3Hab\x1b]52;c;Y2F0\x1b\\\x1b[?2004h\x1b[1;31m猫\x1b[0m".encode()
    emulator = Emulator(20, 4, lambda reply: None)
    for position in range(len(data)):
        emulator.feed(data[position : position + 1])
    assert [line.rstrip() for line in emulator.display] == ["é", "  ab猫", "", ""]
    assert emulator.clipboard == "Y2F0"
    assert 2004 in emulator.modes


def test_a_malformed_sequence_loses_no_text() -> None:
    assert emulate("a\x1b\x1b[Cb\x1b[1;2;3;4Ac").display[0].rstrip() == "a bc"


def test_leaving_the_alternate_screen_brings_the_shell_back() -> None:
    emulator = emulate("$ run\x1b[?1049h\x1b[2J\x1b[Hfull screen")
    assert emulator.display[0].rstrip() == "full screen"
    emulator.feed(b"\x1b[?1049l\r\n$")
    assert [line.rstrip() for line in emulator.display][:2] == ["$ run", "$"]


def test_an_update_is_shown_when_it_is_whole() -> None:
    emulator = emulate("old\x1b[?2026h\rnew")
    assert emulator.display[0].rstrip() == "old"
    emulator.feed(b"\x1b[?2026l")
    assert emulator.display[0].rstrip() == "new"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("猫が[MASK]。", "猫が[MASK]。"),
        ("猫\x1b[1;1Hx", "x"),  # its left half overwritten
        ("猫\x1b[1;2Hx", " x"),  # its right half
        ("e\u0301a", "éa"),
        ("👩\u200d🔬 x", "👩🔬 x"),  # nothing after a joiner is lost
        ("\u05d0\u05d1", "\u05d0\u05d1"),
    ],
)
def test_cells_that_are_not_one_character(data: str, line: str) -> None:
    assert emulate(data).display[0].rstrip() == line


def test_a_wide_character_takes_two_cells() -> None:
    assert len(emulate("猫猫").display[0]) == 18


@pytest.mark.parametrize(
    ("left_on", "said"),
    [
        ("\x1b[?1049h", "mode 1049 is still on"),
        ("\x1b[?2004h", "mode 2004 is still on"),
        ("\x1b[?1003h", "mode 1003 is still on"),
        ("\x1b[?25l", "mode 25 is still off"),
        ("\x1b[?7l", "mode 7 is still off"),
        ("\x1b[>1u", "the keyboard protocol is 1 deep"),
        ("\x1b[31m", "text still has a style"),
        ("\x1b[2;3r", "the scrolling region is Margins(top=1, bottom=2)"),
        ("\x1b=", "the keypad sends escape sequences"),
        ("\x1b[5 q", "the cursor's shape is 5"),
    ],
)
def test_what_is_left_on_is_named(left_on: str, said: str) -> None:
    assert emulate(left_on).unrestored() == [said]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("up", b"\x1b[A"),
        ("shift+left", b"\x1b[1;2D"),
        ("pageup", b"\x1b[5~"),
        ("ctrl+q", b"\x11"),
        ("alt+x", b"\x1bx"),
        ("enter", b"\r"),
        ("+", b"+"),
        ("é", "é".encode()),
    ],
)
def test_keys_are_xterms(name: str, sent: bytes) -> None:
    assert key_bytes(name) == sent


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key is called 'uup'"):
        key_bytes("uup")


# Programs


def test_a_program_is_shown_and_ends(tmp_path: Path) -> None:
    code = "import sys; print('hello', sys.stdin.isatty()); sys.exit(3)"
    with Terminal(python(code), home=tmp_path, banner="$ hello\n") as terminal:
        assert terminal.wait() == 3
        assert terminal.text.splitlines()[:2] == ["$ hello", "hello True"]
        assert terminal.raw == b"hello True\r\n"
        assert terminal.written == 12
        assert terminal.started < terminal.log[0][0]
        assert terminal.ended is not None
        terminal.assert_restored()


def test_a_signal_is_told_as_subprocess_tells_it(tmp_path: Path) -> None:
    with Terminal(["cat"], home=tmp_path) as terminal:
        terminal.send("here\r")
        terminal.wait_for(re.compile(r"here\s+here"))  # the terminal's echo, and cat's own
        terminal.key("ctrl+c")  # the kernel's line discipline makes SIGINT of it
        assert terminal.wait() == -signal.SIGINT


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with Terminal(["no-such-program"], home=tmp_path) as terminal:
        assert terminal.wait() == 127
        assert "no-such-program" in terminal.text


def test_the_home_is_not_the_real_one(tmp_path: Path) -> None:
    code = (
        "import os; print(os.environ['HOME'], os.getcwd(), os.environ['XDG_STATE_HOME'], sep='\\n')"
    )
    with Terminal(python(code), columns=250, home=tmp_path) as terminal:
        terminal.wait()
        assert terminal.text.split() == [str(tmp_path)] * 2 + [f"{tmp_path}/.local/state"]


def test_settings_that_are_left_raw_are_noticed(tmp_path: Path) -> None:
    code = "import tty; tty.setraw(0)"
    with Terminal(python(code), home=tmp_path) as terminal:
        terminal.wait()
        assert not terminal.is_restored()
        with pytest.raises(AssertionError, match="local flags"):
            terminal.assert_restored()


def test_an_app_that_is_killed_leaves_disorder_and_one_that_quits_none(tmp_path: Path) -> None:
    app = [sys.executable, str(BARE_APP)]
    with Terminal(app, home=tmp_path, banner="$ app\n") as terminal:
        terminal.wait_for("type here")
        assert terminal.is_alternate
        assert {1049, 2004, 1003, 1006} <= terminal.modes
        assert 25 not in terminal.modes
        assert terminal.kitty_depth == 1
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
        left = "; ".join(terminal.unrestored())
        for piece in ("1049", "2004", "mode 25 is still off", "keyboard", "local flags"):
            assert piece in left
    with Terminal(app, home=tmp_path, banner="$ app\n") as terminal:
        terminal.wait_for("type here")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()
        assert terminal.text.strip() == "$ app"


def test_typing_into_an_app(tmp_path: Path) -> None:
    with Terminal([sys.executable, str(BARE_APP)], home=tmp_path) as terminal:
        terminal.wait_for("type here")
        terminal.wait_idle()
        assert 0 < terminal.echo("q") < 5
        assert terminal.echo("猫") < 5
        terminal.paste(" pasted\nand more")
        terminal.wait_for("q猫 pasted")
        terminal.key("home")
        terminal.wait_idle()  # Textual would let a letter in the same packet overtake the key
        terminal.send("x")
        terminal.wait_for("xq猫 pasted")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0


def test_a_resize_reaches_the_app(tmp_path: Path) -> None:
    with Terminal([sys.executable, str(BARE_APP)], home=tmp_path) as terminal:
        terminal.wait_for("type here")
        for columns, lines in ((60, 12), (100, 30)):
            terminal.resize(columns, lines)
            # The field's upper edge reaches to the last column and no further.
            terminal.wait_for(lambda text, n=columns: len(text.splitlines()[0]) == n)  # type: ignore[misc]
            assert len(terminal.display) == lines


def test_a_line_that_stalls_and_comes_back(tmp_path: Path) -> None:
    code = "input()\nfor n in range(60000): print(n)\nprint('through')"
    with Terminal(python(code), home=tmp_path) as terminal:
        terminal.stall()
        terminal.send("\n")
        time.sleep(0.5)
        assert terminal.written == 0
        assert terminal.returncode is None
        terminal.unstall()
        terminal.wait_for("through")
        assert terminal.wait() == 0


def test_a_line_that_breaks_hangs_the_program_up(tmp_path: Path) -> None:
    with Terminal(["cat"], home=tmp_path) as terminal:
        terminal.hang_up()
        assert terminal.wait() in {-signal.SIGHUP, 0, 1}


def test_children_are_found_and_ended(tmp_path: Path) -> None:
    code = """
import subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
own_session = subprocess.Popen(sleep, start_new_session=True)
plain = subprocess.Popen(sleep)
print("children", own_session.pid, plain.pid)
input()
plain.kill()
"""
    with Terminal(python(code), home=tmp_path) as terminal:
        terminal.wait_for(re.compile(r"children \d+ \d+\n"))
        own_session, plain = map(int, re.findall(r"\d+", terminal.text))
        assert set(terminal.children()) == {own_session, plain}
        terminal.send("\n")
        assert terminal.wait() == 0
        if sys.platform == "linux":  # elsewhere an orphan cannot be told
            assert terminal.children() == [own_session]
    if sys.platform == "linux":
        deadline = time.monotonic() + 5
        while alive(own_session) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not alive(own_session)


def test_what_never_comes_is_an_error_that_shows_the_screen(tmp_path: Path) -> None:
    with Terminal(["cat"], columns=20, lines=2, home=tmp_path, banner="here") as terminal:
        with pytest.raises(AssertionError, match=r"'there'(.|\n)*│here +│(.|\n)*running"):
            terminal.wait_for("there", timeout=0.2)
        with pytest.raises(AssertionError, match="already on the screen"):
            terminal.echo("x", expect="here")


def test_a_program_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    began = time.monotonic()
    ended = pytest.raises(AssertionError, match="ended with 0 before")
    with Terminal(["true"], home=tmp_path) as terminal, ended:
        terminal.wait_for("anything", timeout=30)
    assert time.monotonic() - began < 20


def test_the_time_told_is_that_of_arrival(tmp_path: Path) -> None:
    code = "import time; input(); time.sleep(0.3); print('late')"
    with Terminal(python(code), home=tmp_path) as terminal:
        taken = terminal.echo("\n", expect="late")
        shown = terminal.log[-1][0]
        assert 0.29 < taken < 5
        assert terminal.wait_for("late", since=shown) >= 0
