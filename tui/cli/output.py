"""How commands print: results on standard output, what the reader has to know on the other."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.text import visible
from tui.window_size import terminal_size

if TYPE_CHECKING:
    from rich.console import Console

PROGRAM = "bertmask-tui"
"""The program's name, with which every line on standard error begins."""

PIPE_WIDTH = 10_000
"""A pipe gets whole lines, whatever the width of the terminal behind it, in columns."""


def print_json(data: object, *, in_one_line: bool = False) -> None:
    """Print plain data as JSON for people and programs, words in their own letters.

    Where standard output's encoding lacks a sign of them, they stand as JSON's own escapes: nothing
    is replaced.
    """
    indent = None if in_one_line else 2
    written = json.dumps(data, ensure_ascii=False, indent=indent)
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        written = json.dumps(data, indent=indent)
    print(written, flush=in_one_line)


def json_number(value: float) -> float | None:
    """A number as JSON has it: what is not a number is null."""
    return None if math.isnan(value) else float(value)


def table_console() -> Console:
    """The console for tables: as wide as the terminal, or in a pipe as wide as they need."""
    from rich.console import Console

    width, height = terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else (PIPE_WIDTH, 25)
    return Console(highlight=False, width=width, height=height)


def say(notes: Iterable[str]) -> None:
    """Say what the reader has to know, a line each, on standard error."""
    for note in notes:
        print(f"{PROGRAM}: {visible(note)}", file=sys.stderr)
