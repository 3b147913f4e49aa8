"""The driver lets go of the terminal at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.failing_app import FailingApp
from tui.render.depth import Depth
from tui.terminal import driver as driver_module
from tui.terminal.driver import Driver

SIGNALS = (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGTTIN, signal.SIGTTOU)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal that this process is connected to; its other end is returned."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    far, near = os.openpty()
    with os.fdopen(near, "r+b", buffering=0) as file:
        monkeypatch.setattr(sys, "__stdin__", file)
        monkeypatch.setattr(sys, "__stderr__", file)
        yield far
    os.close(far)
    for number, handler in before.items():
        signal.signal(number, handler)


async def test_the_reading_thread_ends_when_it_is_told_to(terminal: int, tmp_path: Path) -> None:
    driver = Driver(FailingApp(tmp_path), depth=Depth.NONE)
    waited = 0.0
    for _ in range(8):
        driver.start_application_mode()
        time.sleep(0.01)
        began = time.monotonic()
        driver.disable_input()
        waited += time.monotonic() - began
        driver.stop_application_mode()
        driver.close()
    assert waited < 0.4, "a thread that looks up ten times a second would take twice as long"


async def test_a_terminal_is_given_back_when_textual_fails_to(
    terminal: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = FailingApp(tmp_path)
    failed: list[Exception] = []
    monkeypatch.setattr(app, "fail", failed.append)
    driver = Driver(app, depth=Depth.NONE)
    driver.start_application_mode()
    time.sleep(0.1)
    os.read(terminal, 4096)

    def broken() -> None:
        raise ValueError

    monkeypatch.setattr(driver, "_disable_bracketed_paste", broken)
    driver.stop_application_mode()
    driver.close()
    assert [type(error) for error in failed] == [ValueError]
    assert not driver.stalled
    assert "textual-input" not in [thread.name for thread in threading.enumerate()]
    said = os.read(terminal, 4096)
    assert said.endswith(driver_module._RESTORE)
