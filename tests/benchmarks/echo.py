"""While the model loads: a typed key's echo, and leaving."""

from __future__ import annotations

import time
from functools import partial

from tests.benchmarks import screen
from tests.benchmarks.figures import Figure
from tests.benchmarks.startup import BARE_APP
from tests.pty_terminal import Terminal, bertmask

_LETTERS = "quick brown foxes jump over the lazy dog and then sleep in the sun for a whole day"
_BETWEEN = 0.04
"""Seconds between an echo and the next key, so that the keys spread over the whole loading."""


def _echoes(terminal: Terminal, *, while_loading: bool) -> list[float]:
    terminal.wait_idle(0.05, timeout=2)
    seconds: list[float] = []
    for position, letter in enumerate(_LETTERS):
        if while_loading and not screen.is_loading(terminal.text):
            break
        if letter == " ":  # not to be seen before the next letter
            terminal.send(letter)
        else:
            shown = partial(screen.has_typed, typed=_LETTERS[: position + 1])
            seconds.append(terminal.echo(letter, shown))
        time.sleep(_BETWEEN)
    return seconds


def our_echo(_: int) -> list[float]:
    """Keys typed into the app from its first frame until the model is there."""
    with bertmask() as terminal:
        terminal.wait_for(screen.is_up)
        return _echoes(terminal, while_loading=True)


def bare_echo(_: int) -> list[float]:
    """The same keys typed into a bare Textual app."""
    with Terminal(BARE_APP) as terminal:
        terminal.wait_for(screen.BARE_IS_UP)
        return _echoes(terminal, while_loading=False)


def _leave(terminal: Terminal, run: int) -> list[float]:
    time.sleep(0.1 + 0.3 * (run % 6))  # each run in another phase of the loading
    sent = time.monotonic()
    terminal.key("ctrl+q")
    terminal.wait()
    assert terminal.ended is not None
    return [terminal.ended - sent]


def our_leave(run: int) -> list[float]:
    """The app, left while it loads."""
    with bertmask() as terminal:
        terminal.wait_for(screen.is_up)
        return _leave(terminal, run)


def bare_leave(run: int) -> list[float]:
    """A bare Textual app, left."""
    with Terminal(BARE_APP) as terminal:
        terminal.wait_for(screen.BARE_IS_UP)
        return _leave(terminal, run)


FIGURES = [
    Figure(
        "echo.key",
        "a key's echo while loading, p95",
        our_echo,
        bare_echo,
        lambda _: 0.050,
        "50 ms",
        percentile=95,
    ),
    Figure(
        "echo.leave",
        "leaving while loading, the slowest",
        our_leave,
        bare_leave,
        lambda _: 0.500,
        "0.5 s",
        percentile=100,
    ),
]
