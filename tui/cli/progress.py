"""How far something is, on a terminal's standard error while it lasts; nothing of it stays."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tui.experiments.time_left import TimeLeft

AFTER = 1.0
"""Seconds after which it is worth a word."""

_CLEAR_LINE = "\r\x1b[K"


@contextmanager
def progress_of(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Inside the `with` block what is given may be told how many steps are done, and of how many.

    Args:
        doing: a phrase for what is under way, such as `cutting heads`.
    """
    began, shown, left = time.monotonic(), False, TimeLeft()

    def tell(done: int, of: int) -> None:
        nonlocal shown
        left.tell(done, of)
        if sys.stderr.isatty() and time.monotonic() - began > AFTER:
            shown = True
            more = f", {left.said}" if left.said else ""
            said = f"{_CLEAR_LINE}{doing}: {done} of {of}{more}"
            print(said, end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
