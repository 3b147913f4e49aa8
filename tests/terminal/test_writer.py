"""The thread that writes: the newest picture, whole sequences, and an end in every case."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tui.render.depth import Depth
from tui.terminal.cells import Cells
from tui.terminal.writer import FrameWriter, opened_anew


class Line:
    """A terminal whose other end is read when a test wants it."""

    def __init__(self) -> None:
        self.far, self.near = os.openpty()
        termios.tcsetwinsize(self.far, (24, 80))
        tty.setraw(self.near)
        self.file = os.fdopen(self.near, "w", closefd=False)
        self.writers: list[FrameWriter] = []

    def writer(self, **settings: Any) -> FrameWriter:
        """A thread that writes to it, the program's screen being shown."""
        made = FrameWriter(self.file, Cells(Depth.NONE), **settings)
        self.writers.append(made)
        made.start()
        made.write("\x1b[?1049h")
        return made

    def read(self, quiet: float = 0.2) -> str:
        """All that arrives until it has been quiet for a moment."""
        found = b""
        while select.select([self.far], [], [], quiet)[0]:
            found += os.read(self.far, 65536)
        return found.decode()

    def close(self) -> None:
        for writer in self.writers:
            writer.broken = True
            writer.end()
            writer.join(5)
            assert not writer.is_alive()
        for descriptor in (self.far, self.near):
            with suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_pictures_and_sequences_keep_their_order(line: Line) -> None:
    writer = line.writer()
    writer.write("\x1b[1;1Hbefore")
    line.read()
    writer.write("\x1b[2;1Hcat\x1b]52;c;Y2F0\x07")
    said = line.read()
    assert "cat" in said
    assert "\x1b]52;c;Y2F0\x07" in said
    writer.write("\x1b[3;1Hdog")
    writer.write("\x1b[?1049l")
    said = line.read()
    assert said.index("dog") < said.index("\x1b[?1049l")
    writer.write("\x1b[4;1Hnever")
    assert line.read() == ""


def test_a_picture_is_never_drawn_over_the_shell_s(line: Line) -> None:
    writer = FrameWriter(line.file, Cells(Depth.NONE))
    line.writers.append(writer)
    writer.start()
    writer.write("\x1b[1;1Htoo early")
    assert line.read() == ""
    writer.write("\x1b[?1049h")
    assert "too early" in line.read()


def test_while_the_line_stalls_pictures_do_not_queue(line: Line) -> None:
    writer = line.writer()
    for number in range(3000):
        writer.write("".join(f"\x1b[{row};1H{number * row:>70}" for row in range(1, 20)))
    time.sleep(0.3)
    said = line.read(0.5)
    assert f"{2999 * 19}"[-1:] in said
    assert len(said) < 400_000, "a picture is 1,400 bytes, the line's buffer some 64 kB"


def test_an_update_is_one_where_the_terminal_can_do_that(line: Line) -> None:
    writer = line.writer()
    line.read()
    writer.write("\x1b[?2026h")
    writer.write(f"\x1b[1;1H{'a' * 70}\x1b[2;1H{'b' * 70}")
    assert line.read() == "", "it is not whole"
    writer.write(f"\x1b[3;1H{'c' * 70}\x1b[?2026l")
    said = line.read()
    assert said.startswith("\x1b[?2026h")
    assert said.endswith("\x1b[?2026l")
    assert "ccc" in said
    writer.write("\x1b[?2026h")
    writer.write("\x1b[1;1Hx\x1b[?2026l")
    assert "2026" not in line.read(), "too little to be worth it"


def test_a_resize_is_followed_by_the_whole_picture(line: Line) -> None:
    writer = line.writer()
    writer.write("\x1b[1;1Hthe cat")
    assert "the cat" in line.read()
    writer.forget()
    assert "the cat" in line.read(0.5)
    assert line.read() == ""


def test_a_linux_console_is_spared(line: Line) -> None:
    writer = line.writer(console=True)
    line.read()
    writer.write("\x1b[>25u\x1b[?2026$p\x1b[?2048$p\x1b[?1003h\x1b[?25l\x1b[<u")
    assert line.read() == "\x1b[?25l"


def test_gnu_screen_passes_the_clipboard_on(line: Line) -> None:
    writer = line.writer(wrap_clipboard=True)
    line.read()
    writer.write("\x1b]52;c;Y2F0\x07")
    assert line.read() == "\x1bP\x1b]52;c;Y2F0\x07\x1b\\"


def test_leaving_a_line_that_takes_everything(line: Line) -> None:
    writer = line.writer()
    writer.write("\x1b[1;1Hlast words")
    assert writer.leave(2.0, b"RESTORE")
    said = line.read()
    assert "last words" in said
    assert "RESTORE" not in said


def test_leaving_a_line_that_takes_nothing(line: Line) -> None:
    writer = line.writer()
    for number in range(400):
        # Alternating pictures, so that each differs in every cell.
        writer.write("".join(f"\x1b[{row};1H{'ab'[number % 2] * 75}" for row in range(1, 24)))
        time.sleep(0.001)
    began = time.monotonic()
    assert not writer.leave(0.1, b"RESTORE")
    assert time.monotonic() - began < 2
    assert not writer.is_alive()
    assert "RESTORE" in line.read()


def test_a_picture_that_cannot_be_put_together_leaves_the_last_words(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = line.writer()
    line.read()
    monkeypatch.setattr(Cells, "changes", lambda self, columns, lines: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        writer.write("\x1b[1;1Hthe cat")
    writer.write("\x1b[2;1Hthe dog")  # nothing is tried again
    assert writer.leave(2.0, b"RESTORE")
    assert line.read() == "RESTORE"


def test_a_line_that_has_gone_is_no_error(line: Line) -> None:
    writer = line.writer()
    os.close(line.far)
    writer.write("\x1b[1;1Hanyone?")
    deadline = time.monotonic() + 5
    while not writer.broken and time.monotonic() < deadline:
        time.sleep(0.01)
    assert writer.broken
    assert writer.leave(2.0, b"RESTORE")


@pytest.mark.parametrize("how", [os.O_RDONLY, os.O_WRONLY])
def test_a_terminal_opened_anew_never_waits_and_the_shell_s_own_still_does(
    line: Line, how: int
) -> None:
    own = opened_anew(line.near, how)
    assert not os.get_blocking(own)
    assert os.get_blocking(line.near)
    if how == os.O_RDONLY:
        with pytest.raises(BlockingIOError):
            os.read(own, 1)  # as when somebody else took what select had seen
    os.close(own)
