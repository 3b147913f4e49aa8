"""On a light terminal the app is light: it asks the terminal, whose reply is never a key."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal, bertmask
from tui.terminal.background import QUESTION

ASKED = QUESTION.encode()
REPLY = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\"


def ground(terminal: Terminal) -> str:
    """The ground of a cell in the middle."""
    return str(terminal.cell(60, 20).bg)


def wait_for_question(terminal: Terminal) -> None:
    deadline = time.monotonic() + 20
    while ASKED not in terminal.raw and time.monotonic() < deadline:
        time.sleep(0.01)
    assert terminal.raw.count(ASKED) == 1


def test_the_colours_follow_the_terminal_s_background(tmp_path: Path) -> None:
    with bertmask(home=tmp_path, env={"COLORTERM": "truecolor"}) as terminal:
        wait_for_question(terminal)
        terminal.wait_for("quit")
        assert ground(terminal) == "12151b", "the first frame waits for no reply"
        terminal.send("ab")
        terminal.wait_for(" ab ")
        for piece in (REPLY[:1], REPLY[1:3], REPLY[3:12], REPLY[12:]):
            terminal.send(piece)
            time.sleep(0.02)
        terminal.wait_for(lambda _: ground(terminal) == "fcfcfa")
        terminal.send("cd")
        terminal.wait_for(" abcd ")
        assert "rgb" not in terminal.text
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()


@pytest.mark.parametrize(
    ("arguments", "env", "colour"),
    [
        (["--theme=dark"], {"COLORTERM": "truecolor"}, "12151b"),
        (["--theme=light"], {"COLORTERM": "truecolor"}, "fcfcfa"),
        (["--theme=light"], {"NO_COLOR": "1"}, "default"),
        ([], {"NO_COLOR": "1"}, "default"),
        ([], {"TERM": "linux"}, "black"),
    ],
    ids=["dark", "light", "light without colours", "without colours", "a console"],
)
def test_who_is_told_does_not_ask(
    tmp_path: Path, arguments: list[str], env: dict[str, str | None], colour: str
) -> None:
    with bertmask(*arguments, home=tmp_path, env=env) as terminal:
        terminal.wait_for("quit")
        assert ASKED not in terminal.raw
        terminal.send(REPLY)  # it may have been another program's
        terminal.send("ab")
        terminal.wait_for(" ab ")
        assert ground(terminal) == colour
        assert "rgb" not in terminal.text
        terminal.key("ctrl+q")
        assert terminal.wait() == 0


def test_a_reply_at_the_very_end_stays_out_of_the_shell(tmp_path: Path) -> None:
    with bertmask(home=tmp_path) as terminal:
        wait_for_question(terminal)
        terminal.key("ctrl+q")
        time.sleep(0.03)
        terminal.send(REPLY)
        assert terminal.wait() == 0
        terminal.assert_restored()
        assert b"rgb" not in terminal.raw, "the line echoes what is left to be read"
