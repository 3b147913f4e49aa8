"""One program at a time: a lock on a folder, waited for no longer than a person would wait."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.errors import SaveError
from tui.storage.files import ELSEWHERE, explained
from tui.text import visible

PATIENCE = 5.0
"""Seconds that another program may hold the lock: it writes a small file, which takes far less."""

_LOOK_EVERY = 0.02


@contextmanager
def locked(folder: Path, kept: str, *, instead: str = ELSEWHERE) -> Iterator[None]:
    """Inside the `with` block no other program changes the files of the folder.

    The lock (`flock`) is the folder's own, so that no file of it is left behind, and it goes with
    the process that holds it. Within one process two blocks exclude each other as well.

    Args:
        folder: the folder; it exists.
        kept: the files in it as the user knows them, such as `notes`.
        instead: what the user can do who cannot use the folder.

    Raises:
        SaveError: the folder cannot be opened, or another program has held the lock for
            `PATIENCE` seconds.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise explained(folder, error, instead=instead) from error
    try:
        if not _taken(descriptor):
            raise SaveError(
                f"The {kept} in {visible(str(folder))} are in use by another program: "
                "close the other bertmask-tui, or wait for it, and try again."
            )
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Take the lock; false if that was not possible in time."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_EVERY)
        except OSError:
            return True  # a file system without locks: each file is written whole all the same
        else:
            return True
