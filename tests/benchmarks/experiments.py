"""Experiments: beside bare forward passes, or beside plain runs of the same texts."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.benchmarks.base_model import base_model
from tests.benchmarks.figures import Figure, megabytes
from tests.benchmarks.forward import baseline

TOKENS, HEADS, TIMES = 24, 144, 2
MORE_TOKENS = 128
RUNS = 12
"""Texts that an experiment and a plain run take turns on."""


def sweeps(tokens: int, _: int) -> list[float]:
    """Sweeps over all heads, in a process of their own."""
    script = Path(__file__).with_name("sweep_script.py")
    done = subprocess.run(
        [sys.executable, str(script), str(base_model()), str(tokens), str(TIMES)],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


def _script(what: str, tokens: int, _: int, times: int = RUNS) -> Any:
    script = Path(__file__).with_name("experiments_script.py")
    done = subprocess.run(
        [sys.executable, str(script), what, str(base_model()), str(tokens), str(times)],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


# Both sides of a figure of time come from one process.
_in_turns = cache(_script)


def beside(what: str, side: int, run: int) -> list[float]:
    """The seconds of processors of an experiment (0), or of the plain runs beside it (1)."""
    seconds: list[float] = _in_turns(what, TOKENS, run)[side]
    return seconds


def part(what: str, side: int, run: int) -> list[float]:
    """The same of a part of what a sweep saves: 36 cuts a turn, so that few turns are enough."""
    seconds: list[float] = _in_turns(what, TOKENS, run, 3)[side]
    return seconds


FIGURES = [
    Figure(
        "experiments.sweep",
        f"each of {HEADS} heads cut alone, {TOKENS} tokens",
        partial(sweeps, TOKENS),
        partial(baseline, base_model, TOKENS),
        lambda bare: 0.35 * HEADS * bare,
        f"0.35 × {HEADS} bare forward passes",
    ),
    Figure(
        "experiments.sweep128",
        f"each of {HEADS} heads cut alone, {MORE_TOKENS} tokens",
        partial(sweeps, MORE_TOKENS),
        partial(baseline, base_model, MORE_TOKENS),
        lambda bare: 0.6 * HEADS * bare,
        f"0.6 × {HEADS} bare forward passes",
        most_runs=3,
    ),
    Figure(
        "experiments.sharing",
        "of that, known lower layers, a cut a pass",
        partial(part, "sharing", 0),
        partial(part, "sharing", 1),
        lambda whole: 0.65 * whole,
        "0.65 × whole passes, processor time",
        most_runs=1,
    ),
    Figure(
        "experiments.batching",
        "of that, a layer's cuts in one pass",
        partial(part, "batching", 0),
        partial(part, "batching", 1),
        lambda alone: 0.65 * alone,
        "0.65 × a cut a pass, processor time",
        most_runs=1,
    ),
    Figure(
        "experiments.cut",
        f"a cut → new candidates, {TOKENS} tokens",
        partial(beside, "cut", 0),
        partial(beside, "cut", 1),
        lambda plain: 1.15 * plain,
        "1.15 × a plain run, processor time",
    ),
    Figure(
        "experiments.lens",
        f"the lens's first page, {TOKENS} tokens",
        partial(beside, "lens", 0),
        partial(beside, "lens", 1),
        lambda plain: 1.1 * plain,
        "1.1 × a plain run, processor time",
    ),
    Figure(
        "experiments.memory",
        f"memory of a sweep, {MORE_TOKENS} tokens",
        partial(_script, "memory of a sweep", MORE_TOKENS),
        partial(_script, "memory of a run", MORE_TOKENS),
        lambda plain: 4 * plain,
        "4 × that of a plain run",
        said=megabytes,
        most_runs=1,  # it takes a minute, and the bytes are the same each time
    ),
]
