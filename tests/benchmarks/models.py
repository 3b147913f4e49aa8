"""Loading a model, changing it for another, and holding its attention: seconds and bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

from tests.benchmarks.base_model import base_model
from tests.benchmarks.figures import Figure, megabytes

_SCRIPT = Path(__file__).with_name("in_memory.py")


def _run(what: str, _: int) -> list[float]:
    done = subprocess.run(
        [sys.executable, str(_SCRIPT), what, str(base_model())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # progress bars of the libraries
        check=True,
    )
    numbers: list[float] = json.loads(done.stdout)
    return numbers


# Both sides of a memory figure come from one process.
_numbers = cache(_run)


def _switch(place: int, run: int) -> list[float]:
    """Bytes that ten switches left behind (0), or bytes of the other model (1)."""
    before, other, after = _numbers("switch", run)
    return [max(0.0, after - before), other - before][place : place + 1]


def _attention(place: int, run: int) -> list[float]:
    return _numbers("attention", run)[place : place + 1]


FIGURES = [
    Figure(
        "models.load",
        "loading from the disk, bert-base, float32",
        partial(_run, "load_ours"),
        partial(_run, "load_bare"),
        lambda bare: 1.1 * bare,
        "1.1 × from_pretrained",
    ),
    Figure(
        "models.switch",
        "left behind by ten switches of models",
        partial(_switch, 0),
        partial(_switch, 1),
        lambda other: 0.05 * other,
        "5 % of the other model",
        said=megabytes,
    ),
    Figure(
        "models.attention",
        "attention held, 144 heads × 512 tokens",
        partial(_attention, 0),
        partial(_attention, 1),
        lambda array: 1.2 * array,
        "1.2 × the array",
        said=megabytes,
    ),
]
