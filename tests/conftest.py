"""What holds for every test: how processes share them, and what would be done again for each."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Generator

import pytest
import textual.app
import textual.pilot
from hypothesis import settings
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

# Where several test processes, and the programs they start, share two processors, threads that wait
# for each other take many times longer over a small model than one thread does.
os.environ["OMP_NUM_THREADS"] = "1"

# Without bytecode each process of tests, and each program that one starts, would compile all
# modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Nobody's own settings: below a device no file can be.
os.environ["XDG_CONFIG_HOME"] = f"{os.devnull}/none"

# The same examples every time; `--hypothesis-profile=searching` draws others.
settings.register_profile("searching", deadline=None)
settings.register_profile("alike", derandomize=True, deadline=None)
settings.load_profile("alike")

SOON = 0.02
"""What is due within this many seconds is waited for, as Textual's own waiting does."""


async def wait_until_quiet(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Let the event loop go on until nothing is left to do and no timer is due soon.

    Textual's Pilot sleeps 20 ms twice a key and once a pause, and again while the process is busy:
    a test of a hundred keys sleeps six seconds, and its process does nothing else.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + max_sleep
    while loop.time() < end:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        timers = loop._scheduled  # type: ignore[attr-defined]
        due = min((timer.when() for timer in timers if not timer.cancelled()), default=end + SOON)
        if due > loop.time() + SOON:
            return
        await asyncio.sleep(max(0, due - loop.time()))


textual.app.wait_for_idle = wait_until_quiet  # type: ignore[attr-defined]
textual.pilot.wait_for_idle = wait_until_quiet  # type: ignore[attr-defined]


_parsed: dict[tuple[object, ...], list[RuleSet]] = {}
_parse_rules = Stylesheet._parse_rules


def parse_once(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """Parse what the app before this one has not: hundreds of apps begin with the same styles."""
    colours = frozenset(self._variables.items())
    key = (css, read_from, is_default_rules, tie_breaker, scope, colours)
    if key not in _parsed:
        _parsed[key] = _parse_rules(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _parsed[key]


Stylesheet._parse_rules = parse_once  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector pass over what imports leave, torch's and transformers' above all.

    It would look through a million objects that never go, a fifth of a second each time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
        gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: some tests wait for programs they started."""
    return (os.cpu_count() or 1) + 1


def has(item: pytest.Item, *names: str) -> bool:
    """Whether one of these stands in the file of a test."""
    return any(hasattr(getattr(item, "module", None), name) for name in names)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each process a file at a time, or one test where it runs a program of its own.

    The neighbours of a file share what they load and what they ask. What runs programs comes first,
    then what runs the app: the longest, begun last, would be waited for.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    for item in items:
        if not has(item, "Terminal", "bertmask"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=lambda item: (not has(item, "Terminal"), not has(item, "desk")))
