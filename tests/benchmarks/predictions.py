"""Start of the process with a text → its predictions; and the memory that is held then."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.benchmarks import screen
from tests.benchmarks.bare_script import FOLDER as EMBEDDED
from tests.benchmarks.base_model import base_model
from tests.benchmarks.figures import Figure, megabytes
from tests.benchmarks.usage import proportional_memory
from tests.pty_terminal import Terminal, bertmask

BARE_SCRIPT = [sys.executable, str(Path(__file__).with_name("bare_script.py"))]
TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."


def ours(_: int) -> list[float]:
    """The app with the text."""
    with bertmask(TEXT) as terminal:
        return [terminal.wait_for(screen.CANDIDATE, timeout=120, since=terminal.started)]


def baseline(_: int, *folder: str) -> list[float]:
    """A script that imports, loads, computes and prints, and nothing else."""
    with Terminal([*BARE_SCRIPT, TEXT, *folder]) as terminal:
        return [terminal.wait_for(screen.CANDIDATE, timeout=120, since=terminal.started)]


def printed(_: int) -> list[float]:
    """The command that prints candidates and leaves."""
    with bertmask("predict", TEXT) as terminal:
        return [terminal.wait_for(screen.PRINTED, timeout=120, since=terminal.started)]


def with_base(_: int) -> list[float]:
    """The app with the text, and a model of bert-base's size from the disk."""
    with bertmask("--model", str(base_model()), TEXT) as terminal:
        return [terminal.wait_for(screen.CANDIDATE, timeout=120, since=terminal.started)]


def base_baseline(run: int) -> list[float]:
    """The script with that model."""
    return baseline(run, str(base_model()))


def held(instances: int, _: int) -> list[float]:
    """The memory of all processes of so many apps, each with its first answer."""
    with ExitStack() as stack:
        terminals = [stack.enter_context(bertmask(TEXT)) for _ in range(instances)]
        for terminal in terminals:
            terminal.wait_for(screen.CANDIDATE, timeout=120)
        time.sleep(1)  # what a start took for a moment is let go of
        processes = [pid for one in terminals for pid in (one.pid, *one.children())]
        return [float(sum(map(proportional_memory, processes)))]


def second(run: int) -> list[float]:
    """The memory that a second app takes beside a first one."""
    return [two - one for one, two in zip(held(1, run), held(2, run), strict=True)]


def held_by_script(_: int) -> list[float]:
    """The script's memory, once it has printed."""
    with Terminal([*BARE_SCRIPT, TEXT, str(EMBEDDED), "stay"]) as terminal:
        terminal.wait_for(screen.CANDIDATE, timeout=120)
        return [proportional_memory(terminal.pid)]


FIGURES = [
    Figure(
        "start.predictions",
        "start with a text → predictions",
        ours,
        baseline,
        lambda bare: 0.25 * bare,
        "0.25 × a bare script on torch",
    ),
    Figure(
        "start.predict",
        "predict TEXT",
        printed,
        baseline,
        lambda bare: 0.15 * bare,
        "0.15 × a bare script on torch",
    ),
    Figure(
        "start.base",
        "start with a text → predictions, bert-base",
        with_base,
        base_baseline,
        lambda bare: 0.35 * bare,
        "0.35 × a bare script on torch",
    ),
    Figure(
        "memory.app",
        "held after the first answer",
        partial(held, 1),
        held_by_script,
        lambda _: 250e6,
        "250 MB, all processes",
        said=megabytes,
        most_runs=3,
    ),
    Figure(
        "memory.second",
        "a second app beside the first",
        second,
        partial(held, 1),
        lambda first: first - 0.8 * (EMBEDDED / "model.safetensors").stat().st_size,
        "the first without ⅘ of the weights",
        said=megabytes,
        most_runs=3,
    ),
]
