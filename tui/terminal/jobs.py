"""Stopping as a job of the shell (ctrl+z), and whether anything could bring the job back."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path


def can_be_resumed() -> bool:
    """Whether a shell stands behind this job that sees it stop and can continue it.

    As POSIX has it for orphaned process groups: some process that started one of the group's must
    be of the same session and not of the group. Over `ssh -t host bertmask-tui`, in a terminal's
    own window or in a container there is none, and a stopped program would hang for ever.
    """
    group, session = os.getpgrp(), os.getsid(0)
    pid = os.getppid()
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        while pid > 1:
            if os.getsid(pid) != session:
                return False
            if os.getpgid(pid) != group:
                return True
            pid = _parent(pid)
    return False


def stop() -> None:
    """Stop the whole job, what `make run` is waiting with included; returns when it goes on."""
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        os.killpg(0, signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGSTOP)
    finally:
        signal.signal(signal.SIGTSTP, before)


def _parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        return int(stat.read_text().rpartition(")")[2].split()[1])
    asked = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=True, timeout=2
    )
    return int(asked.stdout)
