"""How large the window is: what the terminal says, not the environment, and within reason."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal, bertmask
from tui.window_size import MOST_COLUMNS, MOST_LINES, bounded, terminal_size

COFFEE = "I drank a cup of [MASK] this morning."
NONSENSE = [(0, 0), (1, 1), (65535, 65535), (65535, 1), (1, 65535), (0, 24)]
"""Columns and lines that a terminal may claim."""


def width(text: str) -> int:
    return max(map(len, text.splitlines()))


def test_the_window_s_own_size_is_drawn_for_and_followed(tmp_path: Path) -> None:
    env = {"COLUMNS": "37", "LINES": "9"}
    with bertmask(COFFEE, home=tmp_path, columns=90, lines=26, env=env) as terminal:
        terminal.wait_for("Layer 1 of 6")
        terminal.wait_for(lambda text: width(text) > 87 and "quit" in terminal.display[25])
        terminal.resize(70, 20)
        terminal.wait_for(lambda text: 67 < width(text) <= 70 and "quit" in terminal.display[19])
        terminal.key("q")
        assert terminal.wait() == 0
        terminal.assert_restored()


def test_sizes_of_nonsense_cost_little_and_q_leaves(tmp_path: Path) -> None:
    with bertmask(COFFEE, home=tmp_path, columns=90, lines=26) as terminal:
        terminal.wait_for("Layer 1 of 6")
        for size in NONSENSE:
            terminal.claim(*size)
            before = processor_time(terminal.pid)
            terminal.wait_idle()
            assert processor_time(terminal.pid) - before < 4, "seconds; less than one as a rule"
        assert terminal.written < 4_000_000
        terminal.key("q")
        assert terminal.wait() == 0
        terminal.assert_restored()


def test_q_leaves_where_nothing_has_room_though_the_field_has_the_focus(tmp_path: Path) -> None:
    with bertmask(home=tmp_path, columns=39, lines=11) as terminal:
        terminal.wait_for("too small")
        terminal.key("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize(("size", "key"), [((1, 1), "q"), ((65535, 65535), "ctrl+q")], ids=str)
def test_it_leaves_a_window_of_nonsense_that_it_was_started_in(
    tmp_path: Path, size: tuple[int, int], key: str
) -> None:
    env = {"COLUMNS": "0", "LINES": "a lot"}
    with bertmask(COFFEE, home=tmp_path, columns=90, lines=26, claims=size, env=env) as terminal:
        terminal.wait_for(lambda _: terminal.is_alternate)
        terminal.wait_idle()
        terminal.key(key)
        assert terminal.wait() == 0
        terminal.assert_restored()


def processor_time(pid: int) -> float:
    """Seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_size_among_the_keys_is_kept_within_reason(tmp_path: Path) -> None:
    """Terminals with mode 2048 tell each size as a sequence, and ask for no signal."""
    with bertmask(COFFEE, home=tmp_path, columns=90, lines=26) as terminal:
        terminal.wait_for("Layer 1 of 6")
        for lines, columns in ((999999, 999999), (0, 0)):
            terminal.send(f"\x1b[48;{lines};{columns};0;0t")
        terminal.send("\x1b[<35;3;3M")  # the mouse moves, in pixels of a size that is not known
        terminal.wait_idle()
        assert "error" not in terminal.text
        terminal.wait_for(lambda text: width(text) > 87)
        terminal.key("q")
        assert terminal.wait() == 0


def test_where_no_terminal_knows_its_size_the_environment_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    monkeypatch.setenv("LINES", "23")
    with Path(os.devnull).open() as nothing:
        assert terminal_size(nothing.fileno()) == (61, 23)
    assert terminal_size(-1) == (61, 23)
    monkeypatch.delenv("COLUMNS")
    monkeypatch.delenv("LINES")
    assert terminal_size(-1) == (80, 24)
    assert bounded(10**9, 10**9) == (MOST_COLUMNS, MOST_LINES)


def test_help_is_as_wide_as_the_window(tmp_path: Path) -> None:
    env = {"COLUMNS": "300"}
    with bertmask("predict", "--help", home=tmp_path, columns=62, lines=80, env=env) as terminal:
        assert terminal.wait() == 0
        assert 50 < width(terminal.text) <= 60


def test_tables_are_as_wide_as_the_window(tmp_path: Path) -> None:
    code = (
        "from tui.cli.output import table_console\n"
        "print('width', table_console().width, table_console().height)"
    )
    env = {"PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "300", "LINES": "3"}
    with Terminal([sys.executable, "-c", code], home=tmp_path, columns=77, env=env) as terminal:
        terminal.wait_for("width 77 40")
