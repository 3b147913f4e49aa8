"""What a running program has used: processor time from the kernel's own books."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.pty_terminal import Terminal

QUIET = 0.06
"""Seconds without output after which an update counts as whole."""


def processor_time(pid: int) -> float:
    """Seconds that a process has been on a processor, all its threads together."""
    if sys.platform != "linux":
        raise AssertionError("processor time is read from /proc, which only Linux has")
    nanoseconds = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):  # a thread that has ended meanwhile
            nanoseconds += int(path.read_text(encoding="ascii").split()[0])
    return nanoseconds / 1e9


def proportional_memory(pid: int) -> float:
    """Bytes that a process holds, what it shares with others counted in shares."""
    return float(psutil.Process(pid).memory_full_info().pss)


def of_keys(terminal: Terminal, keys: list[str]) -> list[float]:
    """The processor time that each key costs the program, its model's process not counted."""
    seconds = []
    for key in keys:
        before = processor_time(terminal.pid)
        terminal.key(key)
        terminal.wait_idle(QUIET)
        seconds.append(processor_time(terminal.pid) - before)
    return seconds


def bytes_of_keys(terminal: Terminal, keys: list[str]) -> list[float]:
    """The bytes that the program writes for each key."""
    counts = []
    for key in keys:
        before = terminal.written
        terminal.key(key)
        terminal.wait_idle(QUIET)
        counts.append(float(terminal.written - before))
    return counts


def over_a_minute(terminal: Terminal) -> tuple[float, float]:
    """Bytes written and the share of a processor used while nobody touches the program."""
    time.sleep(5)
    written, used, began = terminal.written, processor_time(terminal.pid), time.monotonic()
    time.sleep(60)
    elapsed = time.monotonic() - began
    return float(terminal.written - written), (processor_time(terminal.pid) - used) / elapsed
