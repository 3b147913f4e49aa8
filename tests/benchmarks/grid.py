"""The grid: its bytes over a walk through all heads, its processor time, a move of the cursor."""

from __future__ import annotations

import sys
import tempfile
from functools import cache, partial
from pathlib import Path

import numpy as np

from tests.benchmarks import bare_grid, bare_table
from tests.benchmarks.figures import MEAN, Figure, count_of_bytes, tenths_of_milliseconds
from tests.benchmarks.sentences import sentence
from tests.benchmarks.usage import bytes_of_keys, of_keys
from tests.pty_emulator import _TOKEN
from tests.pty_terminal import Terminal, bertmask

TOKENS = 24
LAYERS, HEADS = 6, 12
LEFT, TOP, BOTTOM = 38, 3, 38
"""The grid's place at 120x40: right of the table, from below the heading to above the status."""

WALK = [key for _ in range(LAYERS) for key in [*["right"] * (HEADS - 1), "right", "down"]]
"""Every head of every layer, and back to the first of the next."""


def opened(tokens: int, columns: int = 120, lines: int = 40) -> Terminal:
    """The app with a sentence of so many word pieces, default shading."""
    text, _ = sentence(tokens, 0)
    terminal = bertmask("--", text, columns=columns, lines=lines, env={"COLORTERM": "truecolor"})
    terminal.wait_for("[MASK] →", timeout=120)
    terminal.wait_idle(0.5)
    return terminal


def grids_bytes(sent: bytes) -> int:
    """Those of the bytes that go to the grid: its text, and the moves and styles before that."""
    line = column = 0
    total = pending = 0
    for token in _TOKEN.finditer(sent.decode()):
        size = len(token[0].encode())
        if token.lastgroup == "text":
            if column >= LEFT and TOP <= line < BOTTOM:
                total += pending + size
            column, pending = column + len(token["text"]), 0
            continue
        pending += size
        numbers = [int(number or 1) for number in (token["numbers"] or "1").split(";")]
        if token["final"] == "H":
            line, column = numbers[0] - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif token["final"] == "G":
            column = numbers[0] - 1
        elif token["final"] == "C":
            column += numbers[0]
        elif token["control"] == "\r":
            column = 0
        elif token["control"] == "\n":
            line += 1
    return total


def changed(
    before: list[str], after: list[str], top: int = 0, bottom: int | None = None, left: int = 0
) -> int:
    """The bytes of a region's cells whose text changed, and one cursor move a run of them."""
    total = 0
    regions = (lines[top:bottom] for lines in (before, after))
    for line, (old, new) in enumerate(zip(*regions, strict=True), top):
        running = False
        pairs = zip(old[left:], new[left:], strict=True)
        for column, (one, other) in enumerate(pairs, left):
            if one != other:
                total += len(other.encode())
                if not running:
                    total += len(f"\x1b[{line + 1};{column + 1}H")
            running = one != other
    return total


@cache
def walk(_: int) -> tuple[list[float], list[float]]:
    """For each step through all heads, the grid's bytes, and those of the cells that changed."""
    sent: list[float] = []
    needed: list[float] = []
    with opened(TOKENS) as terminal:
        for key in WALK:
            before, written = terminal.display, terminal.written
            terminal.key(key)
            terminal.wait_idle(0.06)
            sent.append(float(grids_bytes(terminal.raw[written:])))
            needed.append(float(changed(before, terminal.display, TOP, BOTTOM, LEFT)))
    return sent, needed


@cache
def attention() -> Path:
    """The same heads for the baseline, in a file."""
    from tui.model.masked_lm import MaskedLM

    path = Path(tempfile.mkdtemp(prefix="bertmask-bench-")) / "attention.npz"
    analysis = MaskedLM.load().analyze(sentence(TOKENS, 0)[0])
    np.savez(path, attention=analysis.attention)
    return path


def of_static(_: int) -> list[float]:
    """The same walk through a plain Static: all that the app writes for each step."""
    script = [sys.executable, bare_grid.__file__, str(attention())]
    with Terminal(script, env={"COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for(bare_grid.IS_UP)
        terminal.wait_idle(0.5)
        return bytes_of_keys(terminal, ["right"] * len(WALK))


def switch(tokens: int, _: int) -> list[float]:
    """Processor time of a head switch."""
    with opened(tokens) as terminal:
        return of_keys(terminal, ["right"] * (2 * HEADS))


def scroll(tokens: int, lines: int, _: int) -> list[float]:
    """Processor time of a move that scrolls the grid by one line."""
    with opened(tokens, lines=lines) as terminal:
        terminal.key(*["pageup"] * 40)
        terminal.wait_idle(0.5)
        terminal.key(*["pagedown"] * (1 if lines > 20 else 2))
        terminal.wait_idle(0.5)
        return of_keys(terminal, ["j"] * 12)


def cursor(_: int) -> list[float]:
    """Bytes of moves of the cursor in every direction, on a screen that shows everything."""
    with opened(40, columns=200, lines=60) as terminal:
        return bytes_of_keys(terminal, [*"jjjlllkkkhhh", "home", "end", "*", "*"])


def table_cursor(_: int) -> list[float]:
    """Bytes of moves of a table's cursor."""
    with Terminal([sys.executable, bare_table.__file__], columns=200, lines=60) as terminal:
        terminal.wait_for(bare_table.IS_UP)
        terminal.wait_idle(0.5)
        return bytes_of_keys(terminal, ["down"] * 6 + ["right"] * 6 + ["up"] * 3 + ["left"] * 3)


FIGURES = [
    Figure(
        "grid.bytes",
        "a head switch, bytes of the grid",
        lambda run: walk(run)[0],
        lambda run: walk(run)[1],
        lambda needed: 2 * needed,
        "2 × the cells that changed",
        percentile=MEAN,
        said=count_of_bytes,
        most_runs=1,
    ),
    Figure(
        "grid.static",
        "a head switch, bytes of the grid",
        lambda run: walk(run)[0],
        of_static,
        lambda static: static / 4,
        "a quarter of a plain Static in truecolor",
        percentile=MEAN,
        said=count_of_bytes,
        most_runs=1,
    ),
    Figure(
        "grid.switch",
        "a head switch, 512 tokens against 32",
        partial(switch, 512),
        partial(switch, 32),
        lambda short: min(1.5 * short, 0.016),
        "1.5 × that at 32 tokens, and 16 ms",
        said=tenths_of_milliseconds,
    ),
    Figure(
        "grid.scroll",
        "a line's scroll, 512 tokens against 32",
        partial(scroll, 512, 24),
        partial(scroll, 32, 24),
        lambda short: 1.5 * short,
        "1.5 × that at 32 tokens, both at 120x24, where 32 scroll",
        said=tenths_of_milliseconds,
    ),
    Figure(
        "grid.scroll40",
        "a line's scroll, 512 tokens at 120x40",
        partial(scroll, 512, 40),
        partial(scroll, 32, 24),
        lambda _: 0.016,
        "16 ms; beside it 32 tokens at 120x24",
        said=tenths_of_milliseconds,
    ),
    Figure(
        "grid.cursor",
        "a move of the cursor at 200x60, most bytes",
        cursor,
        table_cursor,
        lambda _: 2000,
        "2 kB; beside it Textual's DataTable",
        percentile=100,
        said=count_of_bytes,
        most_runs=1,
    ),
]
