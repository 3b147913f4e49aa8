"""The README tells the truth: its keys are the bindings, its commands and pictures are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from screenshots.keys_table import README, table, with_table
from tui.cli.main import COMMANDS, cli
from tui.screens.help import sections

ROOT = Path(__file__).parents[1]
TEXT = README.read_text(encoding="utf-8")


def test_the_table_of_keys_is_that_of_the_bindings() -> None:
    assert with_table(TEXT) == TEXT, "run `make screenshots`"
    for _, lines in sections():
        assert all(line.long in table() for line in lines)


def test_what_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links
    assert all((ROOT / link).is_file() for link in links if "://" not in link)


def test_the_make_targets_it_names_are_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`?make (\w+)`", TEXT)) <= targets


def test_the_options_it_names_are_there() -> None:
    asked = [[], *([name] for name in COMMANDS)]
    helps = [CliRunner().invoke(cli, [*command, "--help"]).output for command in asked]
    for option in re.findall(r"(?<=[ `'])--[a-z-]+", TEXT):
        assert any(option in text for text in helps) or option == "--extra-index-url", option


PRINTED = [
    line
    for line in re.findall(r"^bertmask-tui (.*)$", TEXT, re.M)
    if re.match('(predict|lens|heads) "', line)
]


@pytest.mark.parametrize("line", PRINTED)
def test_what_it_asks_in_the_shell_is_answered(line: str) -> None:
    answered = CliRunner().invoke(cli, [*shlex.split(line), "--model", "embedded"])
    assert answered.exit_code == 0, answered.output
    assert answered.stdout
