"""A minute in which nobody touches the app: what it writes, and what it costs."""

from __future__ import annotations

from functools import cache

from tests.benchmarks import screen
from tests.benchmarks.figures import MEAN, Figure, count_of_bytes, percent
from tests.benchmarks.predictions import TEXT
from tests.benchmarks.startup import BARE_APP
from tests.benchmarks.usage import over_a_minute
from tests.pty_terminal import Terminal, bertmask


@cache
def our_minute(_: int) -> tuple[float, float]:
    """The app with an answer on its screen."""
    with bertmask(TEXT) as terminal:
        terminal.wait_for(screen.CANDIDATE, timeout=120)
        return over_a_minute(terminal)


@cache
def bare_minute(_: int) -> tuple[float, float]:
    """A bare Textual app."""
    with Terminal(BARE_APP) as terminal:
        terminal.wait_for(screen.BARE_IS_UP)
        return over_a_minute(terminal)


FIGURES = [
    Figure(
        "idle.bytes",
        "an idle minute, bytes",
        lambda run: [our_minute(run)[0]],
        lambda run: [bare_minute(run)[0]],
        lambda _: 0,
        "0 bytes",
        percentile=MEAN,
        said=count_of_bytes,
        most_runs=1,
    ),
    Figure(
        "idle.processor",
        "an idle minute, share of a core",
        lambda run: [our_minute(run)[1]],
        lambda run: [bare_minute(run)[1]],
        lambda _: 0.005,
        "0.5 % of a core",
        percentile=MEAN,
        said=percent,
        most_runs=1,
    ),
]
