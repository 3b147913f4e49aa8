"""Enter → predictions and attention on the screen, with a model loaded."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks import screen
from tests.benchmarks.bare_script import FOLDER as EMBEDDED
from tests.benchmarks.base_model import base_model
from tests.benchmarks.figures import Figure
from tests.benchmarks.sentences import PAUSE, WARM_UP, sentence
from tests.pty_terminal import bertmask

SENTENCES = 8
"""How many a run measures."""


def ours(model: Callable[[], Path], tokens: int, _: int) -> list[float]:
    """Sentences typed into the app one after the other."""
    seconds = []
    first, mask = sentence(tokens, -1)
    with bertmask("--model", str(model()), first) as terminal:
        loaded = partial(screen.has_answer, mask=mask, tokens=tokens)
        terminal.wait_for(loaded, timeout=120)
        for number in range(WARM_UP + SENTENCES):
            text, mask = sentence(tokens, number)
            if not screen.is_in_field(terminal.text):
                terminal.key("i")
                terminal.wait_for(screen.is_in_field)
            terminal.key("end")
            terminal.wait_idle(0.1)
            terminal.key("ctrl+u")
            terminal.wait_idle(0.1)
            terminal.paste(text)
            terminal.wait_for(text[-20:])
            terminal.wait_idle(PAUSE)
            seconds.append(
                terminal.echo(
                    "\r",
                    partial(screen.has_answer, mask=mask, tokens=tokens),
                    timeout=60,
                )
            )
            time.sleep(0.05)
    return seconds[WARM_UP:]


def baseline(model: Callable[[], Path], tokens: int, _: int) -> list[float]:
    """The same sentences through the bare model, in a process of its own."""
    script = Path(__file__).with_name("bare_forward.py")
    done = subprocess.run(
        [sys.executable, str(script), str(model()), str(tokens), str(SENTENCES)],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


def embedded() -> Path:
    """The folder of the model that ships with the package."""
    return EMBEDDED


def figure(
    name: str, says: str, model: Callable[[], Path], tokens: int, times: float, more: float = 0.0
) -> Figure:
    """An answer beside the bare forward pass: at most so many times as long, and `more` seconds."""
    added = f" + {more * 1000:.0f} ms" if more else ""
    return Figure(
        f"forward.{name}",
        f"enter → answer, {says}, {tokens} tokens",
        partial(ours, model, tokens),
        partial(baseline, model, tokens),
        lambda bare: times * bare + more,
        f"{times:g} × torch's bare forward pass{added}",
    )


FIGURES = [
    figure("embedded", "embedded", embedded, 16, 1.0, 0.030),
    figure("16", "bert-base", base_model, 16, 1.2, 0.030),
    figure("128", "bert-base", base_model, 128, 1.3),
]
