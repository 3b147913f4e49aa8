"""How commands print: results on standard output, what the reader has to know on the other."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.storage.json_text import json_text
from tui.text import visible
from tui.window_size import terminal_size

if TYPE_CHECKING:
    from rich.console import Console

PROGRAM = "bertmask-tui"
"""The program's name, with which every line on standard error begins."""

PIPE_WIDTH = 10_000
"""A pipe gets whole lines, whatever the width of the terminal behind it, in columns."""


def print_json(data: object) -> None:
    """Print plain data as JSON for people and programs; what is not a number is null.

    Where standard output's encoding lacks a sign of its words, they stand as JSON's own escapes:
    nothing is replaced.
    """
    print(_encodable(data, indent=2))


def print_json_line(data: object) -> None:
    """Print plain data as JSON on one line, at once: whoever follows the lines waits for it."""
    print(_encodable(data), flush=True)


def _encodable(data: object, *, indent: int | None = None) -> str:
    written = json_text(data, indent=indent)
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json_text(data, indent=indent, ascii_only=True)
    return written


def table_console() -> Console:
    """The console for tables: as wide as the terminal, or in a pipe as wide as they need."""
    from rich.console import Console

    width, height = terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else (PIPE_WIDTH, 25)
    return Console(highlight=False, width=width, height=height)


def say(notes: Iterable[str]) -> None:
    """Say what the reader has to know, a line each, on standard error."""
    for note in notes:
        print(f"{PROGRAM}: {visible(note)}", file=sys.stderr)
