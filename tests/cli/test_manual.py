"""The man page: as fresh as the help it is made of, whole, and what roff can read."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from tui.cli.main import APP, COMMANDS, cli
from tui.cli.manual import manual

PAGE = Path(__file__).parents[2] / "man" / "bertmask-tui.1"


def test_it_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual(), "run `make man`"


def test_the_user_s_settings_are_not_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bertmask-tui").mkdir()
    (tmp_path / "bertmask-tui" / "config.toml").write_text("top-k = 77\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert "77" not in manual()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_in_it(name: str) -> None:
    page = manual().replace("\\-", "-")
    options, commands = page.split("\n.SH COMMANDS\n")
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    if name == APP:
        part = options
    else:
        part = re.split(r"\n\.S[SH] ", commands.split(f".SS {name}\n")[1])[0]
        assert (command.help or "").split()[0] in part
    for param in command.params:
        if isinstance(param, click.Option):
            head = next(line for line in part.splitlines() if f" {param.opts[0]}" in line)
            assert all(opt in head for opt in (*param.opts, *param.secondary_opts))


def test_its_lines_are_roff_s_own_requests_or_text() -> None:
    known = {"TH", "SH", "SS", "B", "I", "PP", "TP", "br", "nf", "fi", '\\"'}
    for line in manual().splitlines():
        assert not line.startswith("'")
        assert not line.startswith(".") or line[1:].split()[0] in known, line
    assert manual().isascii()


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_groff_reads_it_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tascii", "-P-cbou", str(PAGE)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    assert "--cut-by" in done.stdout
