"""Start of the process with a text → its predictions on the screen."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks import screen
from tests.benchmarks.figures import Figure
from tests.pty_terminal import Terminal, bertmask

BARE_SCRIPT = [sys.executable, str(Path(__file__).with_name("bare_script.py"))]
TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."


def ours(_: int) -> list[float]:
    """The app with the text."""
    with bertmask(TEXT) as terminal:
        return [terminal.wait_for(screen.CANDIDATE, timeout=120, since=terminal.started)]


def baseline(_: int) -> list[float]:
    """A script that imports, loads, computes and prints, and nothing else."""
    with Terminal([*BARE_SCRIPT, TEXT]) as terminal:
        return [terminal.wait_for(screen.CANDIDATE, timeout=120, since=terminal.started)]


FIGURES = [
    Figure(
        "start.predictions",
        "start with a text → predictions",
        ours,
        baseline,
        lambda bare: 1.15 * bare,
        "1.15 × a bare script",
    )
]
