"""Commands on a model that numpy can run never import torch, nor transformers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = "I drank a cup of [MASK] this morning."


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder that stands before all others, in which neither can be imported."""
    for name in ("torch", "transformers"):
        (tmp_path / f"{name}.py").write_text(f'raise ImportError("{name} was imported")\n')
    return tmp_path


def run(broken: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(broken), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", TEXT),
        ("predict", TEXT, "--word", "coffee", "--word", "gizmotron"),
        ("lens", TEXT, "--word", "coffee"),
        ("effects", TEXT, "--from", TEXT.replace("cup", "slice"), "--residual"),
        ("heads", TEXT, "--where", "prev > .2", "--sort", "entropy"),
        ("heads", TEXT, "--like", "2.5", "--sort", "unlike"),
        ("export", TEXT, "--out", "{out}", "--format", "npz,json,csv"),
        ("export", TEXT, "--out", "{out}", "--layer", "1", "--head", "2", "--view", "values"),
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[2:4]),
)
def test_a_command(broken: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(broken, *(one.format(out=tmp_path / "out") for one in arguments))
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_gradient_says_what_it_lacks(broken: Path) -> None:
    done = run(broken, "heads", TEXT, "--sort", "importance")
    assert done.returncode == 1
    assert done.stderr.startswith("bertmask-tui: torch and transformers, which this needs, cannot")
    assert done.stderr.count("\n") == 1
