"""Comparing: the grid turned to A − B, two sentences together, and a second model in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

from tests.benchmarks.base_model import base_model, second_base_model
from tests.benchmarks.experiments import beside
from tests.benchmarks.figures import (
    MEAN,
    Figure,
    count_of_bytes,
    megabytes,
    tenths_of_milliseconds,
)
from tests.benchmarks.grid import opened
from tests.benchmarks.sentences import sentence
from tests.benchmarks.usage import of_keys

TOKENS, TURNS = 24, 24


@cache
def turns(_: int) -> tuple[list[list[float]], list[list[float]]]:
    """Turns from B to A − B, and head switches while A is seen: seconds and bytes of each."""
    found: tuple[list[list[float]], list[list[float]]] = ([[], []], [[], []])
    text, _mask = sentence(TOKENS, 0)
    with opened(TOKENS) as terminal:
        terminal.send("=")
        terminal.wait_idle(0.3)
        # Its label, on/by, is no longer than others, so that the grid stays where it is.
        terminal.paste(text.replace(" on ", " by "))
        terminal.wait_idle(0.3)
        terminal.send("\r")
        terminal.wait_for("A − B")  # one word differs, so that this is seen first
        terminal.wait_idle(0.5)
        terminal.key("B")
        terminal.wait_idle(0.5)
        for _turn in range(TURNS):
            for key, place in (("right", 1), ("B", None), ("B", 0), ("B", None)):
                written = terminal.written
                [seconds] = of_keys(terminal, [key])
                if place is not None:
                    found[place][0].append(seconds)
                    found[place][1].append(float(terminal.written - written))
    return found


def turned(side: int, unit: int, run: int) -> list[float]:
    """Of turns to A − B (0) or head switches (1) the seconds (0) or bytes (1)."""
    return turns(run)[side][unit]


@cache
def other_model(_: int) -> tuple[float, float]:
    """Bytes that a second model takes in the first one's process, and those of its file."""
    script = Path(__file__).with_name("in_memory.py")
    done = subprocess.run(
        [sys.executable, str(script), "other", str(base_model()), str(second_base_model())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # progress bars of the libraries
        check=True,
    )
    taken, file = json.loads(done.stdout)
    return taken, file


FIGURES = [
    Figure(
        "comparisons.turn",
        f"B → A − B beside a head switch, {TOKENS} tokens",
        partial(turned, 0, 0),
        partial(turned, 1, 0),
        lambda switch: 1.2 * switch,
        "1.2 × a head switch, processor time",
        said=tenths_of_milliseconds,
        most_runs=1,
    ),
    Figure(
        "comparisons.bytes",
        f"B → A − B beside a head switch, {TOKENS} tokens",
        partial(turned, 0, 1),
        partial(turned, 1, 1),
        lambda switch: 1.2 * switch,
        "1.2 × a head switch, all that is written",
        percentile=MEAN,
        said=count_of_bytes,
        most_runs=1,
    ),
    Figure(
        "comparisons.two",
        f"two sentences compared, {TOKENS} tokens each",
        partial(beside, "two sentences", 0),
        partial(beside, "two sentences", 1),
        lambda plain: 1.1 * plain,
        "1.1 × two plain runs, processor time",
    ),
    Figure(
        "comparisons.other",
        "a second model beside the first, bert-base",
        lambda run: [other_model(run)[0]],
        lambda run: [other_model(run)[1]],
        lambda file: 1.05 * file,
        "1.05 × the file of its weights",
        said=megabytes,
        most_runs=1,
    ),
]
