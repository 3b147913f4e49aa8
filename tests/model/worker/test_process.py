"""Starting and ending the process: what goes wrong leaves nothing behind and holds up nobody."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.model.worker.real_child import is_running
from tui.model.worker import process as process_module
from tui.model.worker.process import Process, why_not_started

ENTRY = "tests.model.worker.job_process"


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@pytest.mark.parametrize(
    ("module", "name"), [(socket, "socketpair"), (tempfile, "TemporaryFile"), (subprocess, "Popen")]
)
def test_what_cannot_be_started_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    before = open_descriptors()
    monkeypatch.setattr(module, name, refuse)
    with pytest.raises(OSError, match="Too many open files"):
        Process(ENTRY)
    assert open_descriptors() == before


@pytest.mark.parametrize(
    ("error", "reason", "remedy"),
    [
        (OSError(errno.EAGAIN, "x"), "too many processes are running", "close other programs"),
        (OSError(errno.EMFILE, "x"), "too many files are open", "ulimit -n"),
        (FileNotFoundError(2, "No usable temporary directory"), "its log", "make room"),
        (FileNotFoundError(2, "No such file", "/gone/python"), "No such file", "close"),
        (PermissionError(errno.EPERM, "Not \x1b[31mpermitted"), "Not permitted", "close"),
    ],
)
def test_why_it_cannot_be_started_is_one_sentence(error: OSError, reason: str, remedy: str) -> None:
    said = why_not_started(error)
    assert said.startswith(f"The model's process cannot be started: {reason}")
    assert remedy in said
    assert said.endswith("then press enter to try again.")


def test_a_process_that_does_not_die_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in the middle of a call to a disk that hangs takes a kill to heart only afterwards."""
    process = Process(ENTRY)
    with monkeypatch.context() as patched:
        patched.setattr(process.popen, "kill", lambda: os.kill(process.popen.pid, 0))
        # It leaves by itself at the end of its socket; stopped, it cannot.
        os.kill(process.popen.pid, 19)
        begin = time.monotonic()
        process.end()
        assert time.monotonic() - begin < process_module.LAST_WAIT + 0.15
    pid = process.popen.pid
    assert is_running(pid)
    os.kill(pid, 9)
    deadline = time.monotonic() + 5
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    Process(ENTRY).end()
    assert process.popen.returncode == -9, "it is reaped when the next is started"
