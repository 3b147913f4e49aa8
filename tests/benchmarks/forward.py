"""Enter → predictions and attention on the screen, with a model of bert-base's size loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.benchmarks import screen
from tests.benchmarks.bare_script import FOLDER as EMBEDDED
from tests.benchmarks.figures import Figure
from tests.benchmarks.sentences import PAUSE, WARM_UP, sentence
from tests.pty_terminal import bertmask

SENTENCES = 8
"""How many a run measures."""

_BUILD = """
import sys, torch
from transformers import BertConfig, BertForMaskedLM
torch.manual_seed(0)
BertForMaskedLM(BertConfig()).save_pretrained(sys.argv[1])
"""


def base_model() -> Path:
    """A folder with a model of bert-base's size and random weights, made once on this machine."""
    folder = Path(tempfile.gettempdir()) / f"bertmask-bench-{os.getuid()}" / "bert-base-random"
    if not folder.is_dir():
        print("making a model of bert-base's size, once", file=sys.stderr)
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            subprocess.run([sys.executable, "-c", _BUILD, unfinished], check=True)
            for path in EMBEDDED.glob("tokenizer*.json"):
                shutil.copy(path, unfinished)
            shutil.copytree(unfinished, folder)
    return folder


def ours(tokens: int, _: int) -> list[float]:
    """Sentences typed into the app one after the other."""
    seconds = []
    first, mask = sentence(tokens, -1)
    with bertmask("--model", str(base_model()), first) as terminal:
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


def baseline(tokens: int, _: int) -> list[float]:
    """The same sentences through the bare model, in a process of its own."""
    script = Path(__file__).with_name("bare_forward.py")
    done = subprocess.run(
        [sys.executable, str(script), str(base_model()), str(tokens), str(SENTENCES)],
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


FIGURES = [
    Figure(
        f"forward.{tokens}",
        f"enter → answer, bert-base, {tokens} tokens",
        partial(ours, tokens),
        partial(baseline, tokens),
        lambda bare, more=more: 1.2 * bare + more,  # type: ignore[misc]
        f"1.2 × the bare forward pass{says}",
    )
    for tokens, more, says in ((16, 0.030, " + 30 ms"), (128, 0.0, ""))
]
