"""A model of bert-base's size, for what depends on size and not on what a model has learnt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bare_script import FOLDER as EMBEDDED

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


def second_base_model() -> Path:
    """A copy of that folder, for whoever holds two models: a file that is its own."""
    folder = base_model()
    second = folder.with_name(f"{folder.name}-second")
    if not second.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            copied = shutil.copytree(folder, Path(unfinished) / "copy")
            copied.rename(second)
    return second
