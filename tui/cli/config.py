"""`bertmask-tui config`: the settings in force, as a file that would say them again."""

from __future__ import annotations

import sys

import click

from tui.cli import options
from tui.cli.settings import as_toml, settings_in_force
from tui.storage.paths import settings_file


@options.command("config")
@click.option("--path", "only_path", is_flag=True, help="Print where the file is, and no more.")
@click.pass_context
def config(ctx: click.Context, only_path: bool) -> None:
    """Print the settings in force, as the TOML file that they are read from.

    What is not set stands there as a comment, with its default. The command line wins over the
    file.
    """
    if only_path:
        print(settings_file())
        return
    print(as_toml(ctx, settings_in_force(ctx), can_say=_can_say), end="")


def _can_say(text: str) -> bool:
    """Whether standard output's encoding has all signs of a text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
