"""A real tmux with one program in it: what it takes the program's bytes for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


class Tmux:
    """A server of its own, with a window that no terminal is attached to.

    Args:
        command: what runs in it.
        home: HOME, and the folder that it runs in.
        columns: the window's width.
        lines: its height.
    """

    def __init__(self, *command: str, home: Path, columns: int = 100, lines: int = 30) -> None:
        self._name = f"test-{uuid.uuid4().hex[:12]}"
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LC_", "TMUX", "XDG_", "COLUMNS", "LINES"))
        }
        self._env = clean | {
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "TMUX_TMPDIR": str(home),
        }
        size = ["-x", str(columns), "-y", str(lines)]
        self._tell("-f", os.devnull, "-u", "new-session", "-d", "-c", str(home), *size, *command)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tell("kill-server")

    @property
    def rows(self) -> list[str]:
        """The window's lines; a character stands once, however many columns it has."""
        return self._tell("capture-pane", "-p").splitlines()

    def wait_for(self, met: Callable[[str], object], timeout: float = 60) -> list[str]:
        """Wait until the window shows something; returns its lines."""
        deadline = time.monotonic() + timeout
        while not met("\n".join(rows := self.rows)):
            assert time.monotonic() < deadline, "\n".join(rows)
            time.sleep(0.05)
        return rows

    def keys(self, *names: str) -> None:
        """Press keys, by tmux's names for them."""
        self._tell("send-keys", *names)

    def paste(self, text: str) -> None:
        """Paste a text, in brackets where the program asked for them."""
        self._tell("set-buffer", text)
        self._tell("paste-buffer", "-p")

    def _tell(self, *arguments: str) -> str:
        told = subprocess.run(
            ["tmux", "-L", self._name, *arguments],
            env=self._env, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        return told.stdout


def shown_by_tmux(data: str, home: Path, lines: int) -> list[str]:
    """The lines of a window to which some bytes were written."""
    file = home / "bytes"
    file.write_text(f"{data}\x1b[{lines + 1};1Hwritten", encoding="utf-8", newline="")
    code = f"import os, tty; tty.setraw(0); os.write(1, open({str(file)!r}, 'rb').read()); input()"
    with Tmux(sys.executable, "-c", code, home=home, lines=lines + 2) as tmux:
        return tmux.wait_for(lambda text: "written" in text)[:lines]
