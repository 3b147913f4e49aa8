"""All heads at once: statistics, the map, a query, value-weighted attention, gradients."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks import screen
from tests.benchmarks.base_model import base_model
from tests.benchmarks.echo import bare_echo
from tests.benchmarks.figures import Figure
from tests.benchmarks.forward import SENTENCES, baseline
from tests.benchmarks.sentences import sentence
from tests.pty_terminal import bertmask

TOKENS = 128
MAP_TOKENS = 512
TIMES = 6
"""How often a run opens the map."""


def beside(what: str, _: int) -> list[float]:
    """Something measured beside the model, in a process of its own."""
    script = Path(__file__).with_name("all_heads_script.py")
    done = subprocess.run(
        [sys.executable, str(script), what, str(base_model()), str(TOKENS), str(SENTENCES)],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


def open_map(_: int) -> list[float]:
    """`m`, with 512 tokens analysed, until the map is on the screen."""
    seconds = []
    text, mask = sentence(MAP_TOKENS, 0)
    with bertmask("--model", str(base_model()), text) as terminal:
        shown = partial(screen.has_answer, mask=mask, tokens=MAP_TOKENS)
        terminal.wait_for(shown, timeout=120)
        for _number in range(TIMES):
            terminal.wait_idle(0.2)
            seconds.append(terminal.echo("m", screen.has_map))
            terminal.key("escape")
            terminal.wait_for(shown)
    return seconds


FIGURES = [
    Figure(
        "heads.statistics",
        f"statistics and thumbnails, 144 heads × {TOKENS}",
        partial(beside, "statistics"),
        partial(baseline, base_model, TOKENS),
        lambda bare: 0.25 * bare,
        "0.25 × the bare forward pass",
    ),
    Figure(
        "heads.map",
        f"m → the map, 144 heads × {MAP_TOKENS} tokens",
        open_map,
        bare_echo,
        lambda _: 0.050,
        "50 ms; beside it a key's echo in a bare app",
    ),
    Figure(
        "heads.query",
        "a query over 144 heads",
        partial(beside, "query"),
        partial(beside, "filter"),
        lambda _: 0.016,
        "16 ms, one frame; beside it the filter in numpy",
    ),
    Figure(
        "heads.values",
        f"value-weighted attention, {TOKENS} tokens",
        partial(beside, "values"),
        partial(baseline, base_model, TOKENS),
        lambda bare: 1.15 * bare,
        "1.15 × the bare forward pass",
    ),
    Figure(
        "heads.gradient",
        f"gradient and ranking of all heads, {TOKENS}",
        partial(beside, "gradient"),
        partial(baseline, base_model, TOKENS),
        lambda bare: 4.0 * bare,
        "4 × the bare forward pass",
    ),
]
