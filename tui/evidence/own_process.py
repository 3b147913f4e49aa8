"""This program's commands in processes of their own, so that none holds up the interface."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

# The process finds the same modules as this one, and nothing in the current folder besides.
_BOOT = """
import sys
sys.path[:] = sys.argv.pop(1).split({sep!r})
from tui.cli.main import main
main()
"""


def start(
    *arguments: str, complaints: IO[bytes], pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a command; its output is a pipe.

    Args:
        arguments: the command and its options.
        complaints: where its standard error goes.
        pass_fds: descriptors that it may use.
    """
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT.format(sep=os.pathsep), path, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=complaints,
        pass_fds=pass_fds,
        start_new_session=True,  # a ctrl+c of the terminal is not this process's
    )


def last_words(complaints: IO[bytes]) -> str:
    """The last line of a command's standard error, without the program's name; empty if none."""
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("bertmask-tui: ") if lines else ""
