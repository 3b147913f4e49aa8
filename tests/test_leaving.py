"""Leaving takes no longer than it may, whatever is under way: disk, lock or child that hangs."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal, bertmask

ROOT = Path(__file__).parents[1]
TEXT = "I drank a cup of [MASK] this morning."
READOUT = re.compile(r"^ \[MASK\] → \S+ \d\.\d{3}", re.MULTILINE)

SECONDS = 3.0
"""The program allows itself half a second; what hangs here would hang for an hour."""

HANGS = """
import os, subprocess, time
if os.environ.get("HANGS") == "disk":
    fsync = os.fsync
    def hang(descriptor):
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        time.sleep(3600 if "/pictures/" in path else 0)
        fsync(descriptor)
    os.fsync = hang
if os.environ.get("HANGS") == "child":
    subprocess.Popen.kill = lambda self: None
"""
"""Read by every Python that is started with this folder on its path."""


@contextmanager
def running(home: Path, hangs: str = "") -> Iterator[Terminal]:
    """The program with its first answer, and something about it that hangs."""
    (home / "site").mkdir()
    (home / "site" / "sitecustomize.py").write_text(HANGS)
    env = {"PYTHONPATH": f"{home / 'site'}{os.pathsep}{ROOT}", "HANGS": hangs}
    with bertmask(TEXT, "--save-dir", str(home / "pictures"), home=home, env=env) as terminal:
        terminal.wait_for(READOUT, timeout=60)
        yield terminal


def leaves_at_once(terminal: Terminal) -> None:
    began = time.monotonic()
    terminal.key("ctrl+q")
    assert terminal.wait() == 0
    assert time.monotonic() - began < SECONDS
    terminal.assert_restored()


def kept_head(home: Path) -> int | None:
    """The head in the place that was kept, counted from 0."""
    files = list(home.rglob("sessions/*.json"))
    assert len(files) == 1
    head = json.loads(files[0].read_text())["head"]
    return int(head) if head is not None else None


def test_while_a_save_hangs_on_its_disk(tmp_path: Path) -> None:
    with running(tmp_path, "disk") as terminal:
        terminal.key("s")
        terminal.key("right")
        terminal.wait_for("Head 2 of 12")
        leaves_at_once(terminal)
        assert terminal.children() == []
    assert kept_head(tmp_path) == 1, "another disk's write does not wait for this one"
    assert not list(tmp_path.glob("pictures/Attention*.png")), "nothing is half written"


def test_while_all_heads_are_being_saved(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.key("S")
        terminal.wait_for(re.compile(r"saving \d+ of 73"))
        leaves_at_once(terminal)
        assert terminal.children() == []


@pytest.mark.parametrize("keys", [("f3",), ("f3", "escape", "s")], ids=["note", "note and picture"])
def test_while_another_instance_holds_the_notes(tmp_path: Path, keys: tuple[str, ...]) -> None:
    notes = tmp_path / "pictures" / "analysis"
    notes.mkdir(parents=True)
    holder = os.open(notes, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with running(tmp_path) as terminal:
            terminal.key("right", "a")
            terminal.wait_for("What does this head do?")
            terminal.key(*keys)
            terminal.wait_idle()
            leaves_at_once(terminal)
    finally:
        os.close(holder)


def test_while_the_child_cannot_be_killed(tmp_path: Path) -> None:
    with running(tmp_path, "child") as terminal:
        leaves_at_once(terminal)


def test_while_a_note_is_being_written(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.key("a")
        terminal.wait_for("What does this head do?")
        terminal.send("last words")
        terminal.wait_for("last words")
        leaves_at_once(terminal)
    notes = (tmp_path / "pictures" / "analysis" / "analysis.md").read_text()
    assert "last words" in notes
