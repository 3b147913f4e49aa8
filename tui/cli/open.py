"""`bertmask-tui open`: the app on saved attention, with the app's options but a model's."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli import completion, options
from tui.cli.app import app
from tui.cli.settings import ConfiguredCommand
from tui.errors import RequestError
from tui.model.names import is_saved
from tui.text import visible

_OF_A_MODEL = frozenset({"text", "model", "offline", "top_k", "device", "dtype"})


def _open(file: str, **options: object) -> None:
    if not is_saved(file):
        raise RequestError(f"{visible(file)} is no npz file: give one whose name ends with .npz.")
    if not Path(file).is_file():
        raise RequestError(f"There is no file {visible(file)}.")
    assert app.callback
    with app.make_context("open", []) as defaults:
        model = str(Path(file).absolute())
        app.callback(**{**defaults.params, **options, "model": model})


open_saved = ConfiguredCommand(
    "open",
    callback=_open,
    params=[
        click.Argument(
            ["file"], type=options.PathName(), metavar="FILE.npz", shell_complete=completion.files
        ),
        *(param for param in app.params if param.name not in _OF_A_MODEL),
    ],
    help="Open the app on saved attention: an npz of this program, or any with an array "
    "[layer, head, query, key] and its tokens. No model is needed.",
    context_settings=app.context_settings,
)
"""The command as click reads it."""
