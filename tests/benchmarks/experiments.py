"""Experiments: the effect of cutting each head alone, beside so many bare forward passes."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks.base_model import base_model
from tests.benchmarks.figures import Figure
from tests.benchmarks.forward import baseline

TOKENS, HEADS, TIMES = 24, 144, 2


def sweeps(_: int) -> list[float]:
    """Sweeps over all heads, in a process of their own."""
    script = Path(__file__).with_name("sweep_script.py")
    done = subprocess.run(
        [sys.executable, str(script), str(base_model()), str(TOKENS), str(TIMES)],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


FIGURES = [
    Figure(
        "experiments.sweep",
        f"each of {HEADS} heads cut alone, {TOKENS} tokens",
        sweeps,
        partial(baseline, base_model, TOKENS),
        lambda bare: 0.35 * HEADS * bare,
        f"0.35 × {HEADS} bare forward passes",
    ),
]
