"""How commands print: results on standard output, what the reader has to know on the other."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.text import visible

if TYPE_CHECKING:
    from rich.console import Console

PROGRAM = "bertmask-tui"
"""The program's name, with which every line on standard error begins."""

PIPE_WIDTH = 10_000
"""A pipe gets whole lines, whatever the width of the terminal behind it, in columns."""


def print_json(data: object) -> None:
    """Print plain data as JSON for people and programs, words in their own letters."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def json_number(value: float) -> float | None:
    """A number as JSON has it: what is not a number is null."""
    return None if math.isnan(value) else float(value)


def table_console() -> Console:
    """The console for tables: as wide as the terminal, or in a pipe as wide as they need."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def say(notes: Iterable[str]) -> None:
    """Say what the reader has to know, a line each, on standard error."""
    for note in notes:
        print(f"{PROGRAM}: {visible(note)}", file=sys.stderr)
