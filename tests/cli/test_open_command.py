"""`bertmask-tui open`: the app's command on a file, with the app's own options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.conftest import Call
from tui.cli.app import app


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the app was asked for, instead of the app."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "callback", lambda **options: asked.append(options))
    return asked


def test_a_file_opens_in_the_place_of_a_model(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[dict[str, Any]]
) -> None:
    (tmp_path / "x.npz").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert call("open", "x.npz", "--layer", "2", "--no-mouse") == 0
    (options,) = opened
    assert options["model"] == str(tmp_path / "x.npz")
    assert (options["text"], options["layer"], options["mouse"]) == (None, 1, False)
    assert options["offline"] is False
    assert set(options) == {param.name for param in app.params}


def test_what_concerns_a_model_is_no_option(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"")
    assert call("open", tmp_path / "x.npz", "--model", "bert-base-uncased") == 2
    assert "No such option" in call.err


@pytest.mark.parametrize(
    ("name", "said"), [("gone.npz", "There is no file"), ("notes.txt", "no npz file")]
)
def test_what_is_no_file_of_attention(
    call: Call, opened: list[dict[str, Any]], name: str, said: str
) -> None:
    assert call("open", name) == 2
    assert said in call.err
    assert opened == []


def test_the_app_s_options_are_offered(call: Call) -> None:
    assert isinstance(app, click.Command)
    assert call("open", "--help") == 0
    for option in ("--layer", "--head", "--save-dir", "--ascii", "--fresh"):
        assert option in call.out
