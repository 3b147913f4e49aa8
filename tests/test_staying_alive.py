"""What happens to terminals, happens here: stops, stalls, dead children, full disks, odd bytes."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal, bertmask

ROOT = Path(__file__).parents[1]
TEXT = "I drank a cup of [MASK] this morning."
READOUT = re.compile(r"^ \[MASK\] → \S+ \d\.\d{3}", re.MULTILINE)
PROMPT = "ready$ "
APP = f"{sys.executable} -m tui '{TEXT}'"


def shell(home: Path, **settings: object) -> Terminal:
    """An interactive shell, as a person starts the program from."""
    (home / ".inputrc").write_text("set enable-bracketed-paste off\n")
    env = {"PS1": PROMPT, "PYTHONPATH": str(ROOT)}
    terminal = Terminal(["bash", "--norc", "-i"], home=home, env=env, **settings)  # type: ignore[arg-type]
    terminal.wait_for(PROMPT.strip())
    return terminal


def ends(terminal: Terminal, pids: list[int]) -> None:
    """Wait until these processes are gone."""
    deadline = time.monotonic() + 10
    while left := set(pids) & set(terminal.children()):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)


def quits(terminal: Terminal) -> None:
    terminal.key("ctrl+q")
    assert terminal.wait() == 0
    terminal.assert_restored()
    assert terminal.children() == []


def test_ctrl_z_stops_make_run_too_and_fg_brings_everything_back(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {APP}\n")
    with shell(tmp_path) as terminal:
        terminal.send("make run\r")
        terminal.wait_for(READOUT, timeout=60)
        terminal.wait_idle()  # until all of it is drawn
        before = terminal.text
        terminal.key("ctrl+z")
        terminal.wait_for("Stopped")
        terminal.wait_for(lambda _: not terminal.is_alternate)
        assert terminal.modes & {1000, 1003, 1006, 1004} == set()
        terminal.send("echo 'the shell is here'\r")
        terminal.wait_for("\nthe shell is here")
        terminal.resize(100, 30)
        terminal.resize(120, 40)
        terminal.send("fg\r")
        terminal.wait_for(READOUT)
        terminal.wait_for(lambda _: terminal.is_alternate)
        terminal.wait_idle()
        assert terminal.text == before
        terminal.key("right")
        terminal.wait_for("Head 2 of 12")
        terminal.key("ctrl+z")
        terminal.wait_for("Stopped")
        terminal.wait_for(lambda _: not terminal.is_alternate)
        terminal.wait_idle()  # the shell has its prompt: the word stood there from the first time
        terminal.send("kill %1; fg; echo left with $?\r")
        terminal.wait_for(re.compile("left with [0-9]+"))
        terminal.send("exit\r")
        terminal.wait()
        terminal.assert_restored()


def test_a_stop_from_outside_is_survived(tmp_path: Path) -> None:
    with shell(tmp_path) as terminal:
        terminal.send(f"{APP}\r")
        terminal.wait_for(READOUT, timeout=60)
        terminal.wait_idle()  # until all of it is drawn
        before = terminal.text
        app = next(pid for pid in terminal.children() if os.getpgid(pid) == pid != os.getsid(pid))
        os.kill(app, signal.SIGSTOP)
        terminal.wait_for("Stopped")
        terminal.send("fg\r")
        terminal.wait_for(READOUT)
        terminal.wait_idle()
        assert terminal.text == before
        terminal.key("right")
        terminal.wait_for("Head 2 of 12")
        terminal.key("q")
        terminal.wait_for(lambda text: text.rstrip().endswith(PROMPT.strip()))
        assert not terminal.is_alternate


def test_ctrl_z_is_refused_where_nothing_could_bring_the_program_back(tmp_path: Path) -> None:
    alone = (
        "import os, pty, sys\n"
        "os.setsid() if os.fork() == 0 else os._exit(os.wait()[1] >> 8)\n"
        "from tui.terminal.jobs import can_be_resumed\n"
        "print('resumed' if can_be_resumed() else 'refused')\n"
    )
    with Terminal([sys.executable, "-c", alone], home=tmp_path, env={"PYTHONPATH": str(ROOT)}) as t:
        t.wait_for("refused")


def test_a_line_that_stalls_gets_the_newest_picture_and_not_all_of_them(tmp_path: Path) -> None:
    with bertmask(TEXT, home=tmp_path) as terminal:
        terminal.wait_for(READOUT, timeout=60)
        terminal.wait_idle()
        usual = terminal.written
        terminal.stall()
        for _ in range(301):
            terminal.key("right")
            time.sleep(0.004)
        time.sleep(0.3)
        before = terminal.written
        terminal.unstall()
        terminal.wait_for("Head 2 of 12")
        terminal.wait_idle()
        # A pty holds some kilobytes; three hundred heads would be hundreds of them.
        assert terminal.written - before < usual + 120_000
        quits(terminal)


def test_leaving_while_the_line_stalls(tmp_path: Path) -> None:
    with bertmask(TEXT, home=tmp_path) as terminal:
        terminal.wait_for(READOUT, timeout=60)
        terminal.stall()
        for _ in range(100):
            terminal.key("right")
            time.sleep(0.005)
        began = time.monotonic()
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        assert time.monotonic() - began < 5
        assert terminal.children() == []
        terminal.unstall()
        terminal.wait_idle()
        assert 1049 not in terminal.modes


def test_a_dropped_line_ends_everything_and_keeps_the_history(tmp_path: Path) -> None:
    with bertmask(home=tmp_path) as terminal:
        terminal.wait_for("quit")
        terminal.send(TEXT)
        terminal.key("enter")
        terminal.wait_for("piece 7 of 11", timeout=60)  # not the example that it opens with
        children = terminal.children()
        assert children
        terminal.hang_up()
        terminal.wait()
        ends(terminal, children)
    kept = [path for path in tmp_path.rglob("history*") if path.is_file()]
    assert [path.read_text(encoding="utf-8").strip() for path in kept] == [TEXT]


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_a_full_disk_loses_nothing_but_the_file(tmp_path: Path) -> None:
    with bertmask(TEXT, home=tmp_path) as terminal:
        terminal.wait_for(READOUT, timeout=60)
        kept = {path: path.read_bytes() for path in tmp_path.rglob("history*") if path.is_file()}
        assert kept
        resource.prlimit(terminal.pid, resource.RLIMIT_FSIZE, (10, 10))
        terminal.key("s")
        terminal.wait_for(re.compile("could|cannot|too large", re.IGNORECASE))
        assert "Traceback" not in terminal.text
        assert list(tmp_path.rglob("*.png")) == []
        terminal.key("i")
        terminal.key("end")
        terminal.send(" And more.")
        terminal.key("enter")
        terminal.wait_for("of 14")
        terminal.wait_idle()
        assert {path: path.read_bytes() for path in kept} == kept
        terminal.key("right")
        terminal.wait_for("Head 2 of 12")
        quits(terminal)


def test_without_the_mouse_it_is_the_terminal_s(tmp_path: Path) -> None:
    with bertmask("--no-mouse", TEXT, home=tmp_path) as terminal:
        terminal.wait_for("quit")
        terminal.wait_idle()
        assert terminal.modes & {1000, 1002, 1003, 1006, 1015, 1016} == set()
        quits(terminal)


def test_a_terminal_that_can_do_nothing_is_told_so(tmp_path: Path) -> None:
    with bertmask(home=tmp_path, env={"TERM": "dumb"}) as terminal:
        assert terminal.wait() == 2
        assert "TERM=dumb" in terminal.text
        assert "predict" in terminal.text
        assert "\x1b" not in terminal.raw.decode()


def test_a_linux_console_is_sent_nothing_strange(tmp_path: Path) -> None:
    with bertmask(TEXT, home=tmp_path, env={"TERM": "linux", "COLORTERM": None}) as terminal:
        terminal.wait_for("quit")
        terminal.wait_idle()
        said = terminal.raw.decode()
        assert not re.search(r"\x1b\[[<>]|\$p|\x1b\[\?(1000|1003|1006|2004|2026)h", said)
        assert not re.search(r"[34]8;[25];", said), "sixteen colours"
        quits(terminal)


@pytest.mark.parametrize(
    ("color", "environ", "sent", "never"),
    [
        ("16", {"COLORTERM": "truecolor"}, r"\x1b\[[0-9;]*4[0-7]m", r"[34]8;[25];"),
        ("256", {"COLORTERM": "truecolor"}, r"48;5;", r"[34]8;2;"),
        ("truecolor", {"NO_COLOR": "1"}, r"48;2;18;21;27", r"[34]8;5;"),
        ("none", {"COLORTERM": "truecolor"}, r"\x1b\[", r"[34]8;|\x1b\[[0-9;]*[349][0-7]m"),
        ("auto", {"COLORTERM": None, "TERM": "tmux-256color"}, r"48;5;", r"[34]8;2;"),
    ],
)
def test_colours_are_those_asked_for(
    tmp_path: Path, color: str, environ: dict[str, str | None], sent: str, never: str
) -> None:
    with bertmask("--color", color, home=tmp_path, env=environ) as terminal:
        terminal.wait_for("quit")
        terminal.wait_idle()
        said = terminal.raw.decode()
        assert re.search(sent, said)
        assert not re.search(never, said)
        quits(terminal)
