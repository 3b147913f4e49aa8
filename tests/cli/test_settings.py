"""Settings: a file that stands in for options, the command line wins, and mistakes are named."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Call
from tui.cli.app import app
from tui.cli.main import COMMANDS, cli
from tui.cli.settings import TABLE, option_of, toml_value
from tui.storage.paths import settings_file

TEXT = "The cat [MASK]."

OF_ONE_LOOK = {"layer", "head", "fresh"}
"""Options of the app that are of a sentence or of one start, and no settings."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file, not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "config" / "bertmask-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the app was last called with; no terminal is needed."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(app, "callback", lambda **options: given.update(options))
    return given


def test_every_option_of_the_app_is_a_setting() -> None:
    names = {param.opts[0].removeprefix("--") for param in app.params if param.opts[0] != "text"}
    assert names - {one.name for one in TABLE} == OF_ONE_LOOK


@pytest.mark.parametrize("setting", TABLE, ids=lambda one: one.name)
def test_a_setting_means_the_same_to_all_who_take_it(setting: Any) -> None:
    """And each can be taken back on the command line, flags too."""
    ctx = click.Context(cli)
    like = option_of(ctx, setting)
    for name in COMMANDS:
        command = cli.get_command(ctx, name)
        assert command is not None
        for param in command.params:
            if f"--{setting.name}" in param.opts:
                assert isinstance(param, click.Option)
                own: dict[str, Any] = dict(param.type.to_info_dict())
                others: dict[str, Any] = dict(like.type.to_info_dict())
                # One may take more than all others, as `effects` cuts in both ways too.
                assert {*others.pop("choices", ())} <= {*own.pop("choices", ())}
                assert own == others
                assert bool(param.secondary_opts) == param.is_flag == like.is_flag


# Where the file is


def test_it_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for asked in ("", "relative/is/passed/over"):
        monkeypatch.setenv("XDG_CONFIG_HOME", asked)
        assert settings_file() == tmp_path / ".config" / "bertmask-tui" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    assert settings_file() == Path("/elsewhere/bertmask-tui/config.toml")


# Who wins


def test_a_command_takes_its_defaults_from_the_file(call: Call, file: Path) -> None:
    file.write_text("top-k = 2\ncut-by = 'zero'\ncolor = 'none'\n")
    for asked, candidates in (((), 2), (("--top-k", "4"), 4)):
        assert call("predict", TEXT, "--json", *asked) == 0
        assert len(json.loads(call.out)["masks"][0]["candidates"]) == candidates
    for asked, by_zero in (((), True), (("--cut-by", "mean"), False)):
        assert call("predict", TEXT, "--json", "--cut", "1.1", *asked) == 0
        assert ("cut (zero)" in " ".join(json.loads(call.out)["notes"])) == by_zero


def test_the_app_takes_every_one_of_its_own(
    call: Call, file: Path, opened: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file.write_text(
        "model = 'bert-base-uncased'\noffline = true\ndevice = 'cpu'\ndtype = 'bfloat16'\n"
        "top-k = 7\nsave-dir = '~/pictures'\ncolor = '16'\nascii = true\nmouse = false\n"
    )
    assert call() == 0
    assert opened == {
        "text": None, "model": "bert-base-uncased", "layer": None, "head": None, "top_k": 7,
        "save_dir": tmp_path / "pictures", "color": "16", "fresh": False, "ascii_only": True,
        "mouse": False, "offline": True, "device": "cpu", "dtype": "bfloat16",
        "theme": "auto",
    }  # fmt: skip
    assert call("--no-offline", "--no-ascii", "--mouse", "-m", "embedded", "--color", "auto") == 0
    assert not opened["offline"]
    assert not opened["ascii_only"]
    assert opened["mouse"]
    assert (opened["model"], opened["color"]) == ("embedded", "auto")


def test_so_does_open(call: Call, file: Path, opened: dict[str, Any], tmp_path: Path) -> None:
    file.write_text("ascii = true\nmodel = 'bert-base-uncased'\n")
    saved = tmp_path / "a.npz"
    saved.touch()
    assert call("open", saved) == 0
    assert opened["ascii_only"]
    assert opened["model"] == str(saved)


def test_a_scale_that_means_nothing_in_a_view_is_none_only_if_it_was_asked_for(
    call: Call, file: Path, tmp_path: Path
) -> None:
    file.write_text("scale = 'absolute'\n")
    export = ("export", TEXT, "--view", "values", "--layer", "1", "--head", "1", "--out")
    assert call(*export, tmp_path / "out") == 0, call.err
    assert call(*export, tmp_path / "out", "--scale", "absolute") == 2


# Mistakes


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("# mine\ntop_k = 3", "line 2: There is no setting top_k; did you mean top-k?"),
        ("nonsense = 1", "line 1: There is no setting nonsense; there are model, offline,"),
        ("[predict]\ntop-k = 3", "line 1: There is no setting predict;"),
        ("top-k = 0", "line 1: top-k: 0 is not in the range"),
        ("top-k = true", "line 1: top-k is a whole number, without quotes."),
        ("top-k = '3'", "line 1: top-k is a whole number, without quotes."),
        ("model = 3", "line 1: model is a text, in quotes."),
        ("model = ' '", "line 1: model is empty"),
        ("\n\noffline = 'yes'", "line 3: offline is true or false, without quotes."),
        ("device = 'tpu'", "line 1: device: 'tpu' is not one of"),
        ("view = 'sideways'", "line 1: view: 'sideways' is not one of"),
        ("top-k = \n", "no TOML: Invalid value (at line 1"),
        ("device = 'cpu'\ndevice = 'cpu'", "no TOML: "),
        ("model = " + "[" * 20000, "no TOML: "),
        ('"\\u001b[2J" = 1', "There is no setting"),
    ],
)
@pytest.mark.parametrize("way", [("predict", TEXT), (), ("config",)], ids=" ".join)
def test_a_mistake_is_one_sentence_with_its_place(
    call: Call, file: Path, opened: dict[str, Any], written: str, said: str, way: tuple[str, ...]
) -> None:
    file.write_text(written)
    assert call(*way) == 2
    assert call.out == ""
    assert len(call.err.splitlines()) == 1
    assert str(file) in call.err
    assert said in call.err
    assert "\x1b" not in call.err
    assert call.err.endswith((".\n", "?\n"))
    assert not opened, "offline, say, is not passed over: nothing is begun"
    assert file.read_text() == written


def test_a_file_that_cannot_be_read_is_said_too(call: Call, file: Path) -> None:
    file.write_bytes(b"model = '\xff'")
    assert call("predict", TEXT) == 2
    assert "UTF-8" in call.err
    file.unlink()
    file.mkdir()
    assert call("predict", TEXT) == 2
    assert "cannot be read" in call.err


def test_what_needs_no_settings_works_with_a_broken_file(call: Call, file: Path) -> None:
    file.write_text("nonsense = 1")
    for way in (("--help",), ("--version",), ("predict", "--help"), ("config", "--path")):
        assert call(*way) == 0, way
        assert call.err == ""


def test_help_has_the_program_s_own_defaults(call: Call, file: Path) -> None:
    file.write_text("top-k = 77")
    for way in (("--help",), ("predict", "--help")):
        assert call(*way) == 0
        assert "77" not in call.out


# Printed


def test_what_is_printed_is_a_file_that_changes_nothing(call: Call, file: Path) -> None:
    assert call("config") == 0
    assert tomllib.loads(call.out) == {}, "no default is held on to"
    file.write_text("mouse = false\ntop-k = 7\nsave-dir = '~/“é”'\nmodel = 'C:\\\\x'\n")
    assert call("config") == 0
    once = call.out
    assert tomllib.loads(once) == tomllib.loads(file.read_text())
    file.write_text(once)
    assert call("config") == 0
    assert call.out == once


def test_without_the_signs_in_front_it_is_valid_too(call: Call, file: Path) -> None:
    """What stands there as a comment is the default as the file would have it."""
    assert call("config") == 0
    every = re.sub(r"^# ([\w-]+ = )", r"\1", call.out, flags=re.MULTILINE)
    assert tomllib.loads(every).keys() == {one.name for one in TABLE}
    file.write_text(every)
    assert call("config") == 0
    assert call("predict", TEXT) == 0, call.err


def test_it_says_of_each_what_it_is(call: Call, file: Path) -> None:
    assert call("config", "--path") == 0
    assert call.out == f"{file}\n"
    assert call("config") == 0
    for setting in TABLE:
        option = option_of(click.Context(cli), setting)
        assert (option.help or "").split(":")[0] in call.out.replace("\n# ", " ")
    assert "Default: 10; 5 of compare; 3 of lens; 3 of predict." in call.out.replace("\n# ", " ")


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_any_text_is_written_so_that_toml_reads_it_again(text: str, ascii_only: bool) -> None:
    written = toml_value(text, can_say=str.isascii if ascii_only else lambda _: True)
    assert tomllib.loads(f"x = {written}") == {"x": text}
    assert written.isascii() or not ascii_only


def test_no_test_reads_the_developer_s_own_file() -> None:
    assert os.environ["XDG_CONFIG_HOME"].startswith(os.devnull)
