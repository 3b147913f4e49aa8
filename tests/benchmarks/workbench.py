"""The wide screen: a head switch at 200x50 with both panes, its bytes and its processor time."""

from __future__ import annotations

from functools import cache

from tests.benchmarks.figures import MEAN, Figure, count_of_bytes, tenths_of_milliseconds
from tests.benchmarks.grid import TOKENS, changed, opened
from tests.benchmarks.usage import of_keys

COLUMNS, LINES = 200, 50

WALK = [key for _ in range(2) for key in [*["right"] * 11, "right", "down"]]
"""Heads of two layers, and the step between them."""

AT_MOST = 0.016
"""Seconds of the processor for a step: one of 60 pictures a second."""


@cache
def walk(_: int) -> tuple[list[float], list[float]]:
    """For each step all bytes that are sent, and those of the cells that changed."""
    sent: list[float] = []
    needed: list[float] = []
    with opened(TOKENS, COLUMNS, LINES) as terminal:
        for key in WALK:
            before, written = terminal.display, terminal.written
            terminal.key(key)
            terminal.wait_idle(0.1)
            sent.append(float(len(terminal.raw[written:])))
            needed.append(float(changed(before, terminal.display)))
    return sent, needed


def switch(_: int) -> list[float]:
    """Processor time of a head switch."""
    with opened(TOKENS, COLUMNS, LINES) as terminal:
        return of_keys(terminal, ["right"] * 24)


def narrow_switch(_: int) -> list[float]:
    """The same at 120x40, without panes."""
    with opened(TOKENS) as terminal:
        return of_keys(terminal, ["right"] * 24)


FIGURES = [
    Figure(
        "workbench.bytes",
        "a head switch at 200x50 with both panes, all bytes",
        lambda run: walk(run)[0],
        lambda run: walk(run)[1],
        lambda needed: 2 * needed,
        "2 × the cells that changed",
        percentile=MEAN,
        said=count_of_bytes,
        most_runs=1,
    ),
    Figure(
        "workbench.switch",
        "a head switch at 200x50 with both panes, processor",
        switch,
        narrow_switch,
        lambda _: AT_MOST,
        "16 ms; beside it 120x40 without panes",
        said=tenths_of_milliseconds,
    ),
]
