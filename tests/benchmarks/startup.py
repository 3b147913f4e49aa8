"""Start of the process → first frame."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks import screen
from tests.benchmarks.figures import Figure
from tests.pty_terminal import Terminal, bertmask

BARE_APP = [sys.executable, str(Path(__file__).with_name("bare_app.py"))]


def ours(_: int) -> list[float]:
    """The app without a text."""
    with bertmask() as terminal:
        return [terminal.wait_for(screen.is_up, since=terminal.started)]


def baseline(_: int) -> list[float]:
    """A bare Textual app with one Input."""
    with Terminal(BARE_APP) as terminal:
        return [terminal.wait_for(screen.BARE_IS_UP, since=terminal.started)]


FIGURES = [
    Figure(
        "start.frame",
        "start → first frame",
        ours,
        baseline,
        lambda bare: 1.35 * bare,
        "1.35 × a bare Textual app",
    )
]
