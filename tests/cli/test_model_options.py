"""Every command that runs a model takes the same options about it, and passes them on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.support import embedded
from tui.model.hub.download import Progress
from tui.model.masked_lm import MaskedLM

TEXT = "The cat [MASK]."


@pytest.mark.parametrize(
    "command",
    [
        ("predict", TEXT),
        ("heads", TEXT),
        ("heads", "--from", "list.txt"),
        ("export", TEXT, "--layer", "1", "--head", "1"),
        ("export", "--from", "list.txt", "--layer", "1", "--head", "1"),
        ("notes", TEXT, "--layer", "1", "--head", "1"),
    ],
    ids=lambda command: " ".join(command[:2]).removesuffix(TEXT),
)
def test_the_model_is_loaded_as_asked(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    asked: list[dict[str, Any]] = []

    def load(name: str, **options: object) -> MaskedLM:
        options.pop("report", None)
        asked.append({"name": name, **options})
        return embedded()

    monkeypatch.setattr(MaskedLM, "load", load)
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text(f"{TEXT}\n")
    options = ("--model", "somebody/model", "--offline", "--device", "cpu", "--dtype", "bfloat16")
    assert call(*command, *options) == 0, call.err
    assert asked == [
        {"name": "somebody/model", "offline": True, "device": "cpu", "dtype": "bfloat16"}
    ]


def test_an_export_says_how_far_the_model_is(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_: str, *, report: Any, **__: object) -> MaskedLM:
        report(Progress(3_000_000, 9_000_000, 0.0))
        time.sleep(0.3)  # the line is drawn ten times a second
        return embedded()

    monkeypatch.setattr(MaskedLM, "load", load)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    assert call("export", TEXT, "--out", tmp_path, "--layer", "1", "--head", "1") == 0
    assert "downloading, 3 MB of 9 MB" in call.err
