"""`bertmask-tui models`, and the options about models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from tests.model import families, tiny
from tests.model.hub.hub_server import running_hub
from tui.cli.main import main
from tui.storage import last_model

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with a cache of its own and no way to the network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["bertmask-tui", *arguments])
        code = 0
        try:
            main()
        except SystemExit as leave:
            code = int(leave.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_models_at_hand_are_listed(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cache" / "models--somebody--tiny" / "snapshots" / ("0" * 40)
    families.save("roberta", folder)
    (tmp_path / "cache" / "models--gone" / "snapshots" / "1").mkdir(parents=True)
    capsys.readouterr()
    code, said, complained = run("models")
    assert (code, complained) == (0, "")
    first, second = said.splitlines()
    assert first.split() == ["embedded", first.split()[1], "MB", "6×12"]
    assert second.split()[0] == "somebody/tiny"
    assert second.split()[-1] == "2×2"
    listed = json.loads(run("models", "--json")[1])
    assert [model["name"] for model in listed] == ["embedded", "somebody/tiny"]
    assert (listed[1]["layers"], listed[1]["heads"]) == (2, 2)
    for model in listed:
        code, said, _ = run("predict", "the cat [MASK]", "--model", model["name"])
        assert code == 0, "what is listed can be used without network"
        assert "[MASK], word piece" in said


def test_a_model_without_a_head_predicts_nothing(tmp_path: Path, run: Run) -> None:
    folder = tiny.save_bert(tmp_path / "headless")
    path = folder / "model.safetensors"
    kept = {name: w for name, w in load_file(path).items() if not name.startswith("cls.")}
    save_file(kept, path, metadata={"format": "pt"})
    code, said, complained = run("predict", "the [MASK]", "--model", str(folder))
    assert (code, said) == (1, "")
    assert "has no trained masked-LM head, so it predicts nothing" in complained
    assert len(complained.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--device", "tpu"], 2, "--device"),
        (["--dtype", "int8"], 2, "--dtype"),
        (["--model", "no/such", "--offline"], 2, "no model named no/such on this machine"),
        (["--model", "./no/such"], 2, "There is no folder ./no/such"),
        (["--model", __file__], 2, "is a file, and a model is a folder"),
        (["--model", "no such name", "--offline"], 2, "no model named"),
        (["--model", "no/such"], 1, "the hub cannot be reached"),
        (["--dtype", "bfloat16", "--device", "cpu"], 0, ""),
    ],
)
def test_options_about_models(run: Run, options: list[str], code: int, says: str) -> None:
    left, _, complained = run("predict", "The [MASK] sat.", *options)
    assert left == code, complained
    assert says in complained
    assert len(complained.splitlines()) == (1 if code else 0)


def test_a_terminal_is_told_how_far_a_download_is(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.model.hub.download._REPORT_EVERY", 0.0)
    with running_hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            hub.address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        hub.publish("somebody/tiny", tiny.save_bert(tmp_path / "published"))
        hub.pace = 0.01
        capsys.readouterr()
        assert run("predict", "the [MASK]", "--model", "somebody/tiny")[2] == "", "not into a file"
        hub.publish("somebody/other", tmp_path / "published")
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        told = run("predict", "the [MASK]", "--model", "somebody/other")[2]
    assert "downloading somebody/other: " in told
    assert told.endswith("\r\x1b[K"), "nothing of it stays"


# The model used last


def test_the_model_used_last_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "state" / "model.txt"
    assert last_model.load(path, "embedded") == "embedded"
    last_model.save(path, "somebody/model")
    assert last_model.load(path, "embedded") == "somebody/model"
    path.write_bytes(b"\x1b[2J\xff\n")
    assert last_model.load(path, "embedded").isprintable()
    path.write_bytes(b"")
    assert last_model.load(path, "embedded") == "embedded"
