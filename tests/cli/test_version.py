"""`--version`: the program, its libraries, and which embedded model it has."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tui import __version__
from tui.cli.version import LIBRARIES, versions
from tui.model import folders


def test_it_prints_what_a_report_needs(call: Call) -> None:
    assert call("--version") == 0
    lines = call.out.splitlines()
    assert lines[0] == f"bertmask-tui {__version__}"
    assert lines[1] == f"python {sys.version.split()[0]}"
    assert lines[2:-1] == [f"{name} {version(name)}" for name in LIBRARIES]
    assert lines[-1].startswith("embedded ")
    assert call.err == ""


def test_another_embedded_model_is_another_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions()[-1]
    copy = tmp_path / "embedded"
    shutil.copytree(folders.EMBEDDED_FOLDER, copy)
    monkeypatch.setattr(folders, "EMBEDDED_FOLDER", copy)
    assert versions()[-1] == before
    with (copy / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        last = weights.read(1)
        weights.seek(-1, 2)
        weights.write(bytes([last[0] ^ 1]))
    assert versions()[-1] != before
    shutil.rmtree(copy)
    assert "cannot be read" in versions()[-1], "and nothing is raised"
