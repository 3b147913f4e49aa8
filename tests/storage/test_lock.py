"""The lock on a folder: one at a time, and nobody waits for ever."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.storage.test_saving import failing
from tui.errors import SaveError
from tui.storage import lock
from tui.storage.lock import locked


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another program holds the lock: `flock` tells open files apart, not processes."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def test_it_is_waited_for_no_longer_than_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with held(tmp_path):
        began = time.monotonic()
        with pytest.raises(SaveError) as caught, locked(tmp_path, "notes"):
            pytest.fail("two hold it")
        assert 0.1 <= time.monotonic() - began < 2
    sentence = str(caught.value)
    assert sentence == (
        f"The notes in {tmp_path} are in use by another program: "
        "close the other bertmask-tui, or wait for it, and try again."
    )
    with locked(tmp_path, "notes"):
        pass


def test_it_is_taken_as_soon_as_it_is_free(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with held(tmp_path):
            taken = pool.submit(lambda: locked(tmp_path, "notes").__enter__())
            time.sleep(0.1)
            assert not taken.done()
        taken.result(timeout=2)


def test_one_at_a_time(tmp_path: Path) -> None:
    inside = 0
    most = 0

    def enter(_: int) -> None:
        nonlocal inside, most
        with locked(tmp_path, "notes"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.002)
            inside -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enter, range(12)))
    assert most == 1


def test_it_goes_with_an_error_and_with_the_process_that_held_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path, "notes"):
        raise KeyError
    code = """
import os, signal, sys
from pathlib import Path
from tui.storage.lock import locked
with locked(Path(sys.argv[1]), "notes"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2], check=False
    )
    assert died.returncode == -9
    with locked(tmp_path, "notes"):
        assert not list(tmp_path.iterdir()), "no file of a lock stays behind"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF])
def test_a_file_system_without_locks_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(code))
    with locked(tmp_path, "notes"):
        pass


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.EACCES, "may not write there"),
        (errno.ENOENT, "not there"),
        (errno.ELOOP, "--save-dir"),
        (errno.EMFILE, "--save-dir"),
    ],
)
def test_a_folder_that_cannot_be_opened_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    monkeypatch.setattr(os, "open", failing(code))
    with pytest.raises(SaveError, match=said) as caught, locked(tmp_path, "notes"):
        pytest.fail("not opened")
    assert str(caught.value).count(". ") == 0


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveError, match="is a file"), locked(tmp_path / "file", "notes"):
        pytest.fail("locked a file")
