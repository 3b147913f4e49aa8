"""Reports of errors nobody foresaw: the traceback, without the values of variables, and versions.

The same error is one report however often it happens: its name is made of where it was raised.
"""

from __future__ import annotations

import hashlib
import os
import platform
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tui import __version__
from tui.storage.files import make_folder, write_whole
from tui.text import harmless

MOST = 20
"""Reports that are kept; the oldest go."""

_PREFIX = "error-"


@dataclass(frozen=True, slots=True)
class Report:
    """One error.

    Attributes:
        path: where the report is to be kept.
        text: what it says.
        times: how often this error has happened since the program was started, this time included.
    """

    path: Path
    text: str
    times: int


class ErrorReports:
    """Makes reports and counts them; it writes none.

    Args:
        folder: where they are to be kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times: Counter[str] = Counter()

    def of(self, error: BaseException, size: tuple[int, int]) -> Report:
        """Make the report of an error.

        Args:
            error: as it was caught.
            size: the terminal's columns and lines.
        """
        name = f"{_PREFIX}{_fingerprint(error)}.txt"
        self._times[name] += 1
        return Report(self._folder / name, _text(error, size), self._times[name])


def keep(path: Path, text: str) -> None:
    """Write a report, and remove the oldest ones beside it.

    Raises:
        SaveError: it cannot be written.
    """
    make_folder(path.parent)
    write_whole(path, text.encode("utf-8", "replace"))
    with suppress(OSError):
        reports = sorted(path.parent.glob(f"{_PREFIX}*.txt"), key=_written)
        for old in reports[:-MOST]:
            old.unlink(missing_ok=True)


def _written(path: Path) -> float:
    """When a file was written, in seconds of the epoch; 0.0 if it has just gone."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _fingerprint(error: BaseException) -> str:
    """The same for errors of one kind raised on one way, whatever their message says."""
    way = [
        f"{frame.filename}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    said = "\n".join([type(error).__qualname__, *way])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:10]


def _text(error: BaseException, size: tuple[int, int]) -> str:
    lines = [
        f"bertmask-tui {__version__}, textual {_version('textual')}, rich {_version('rich')}, "
        f"Python {platform.python_version()}, {platform.platform()}",
        f"TERM={os.environ.get('TERM', '')}, {size[0]}x{size[1]}, "
        f"{datetime.now().astimezone().isoformat(timespec='seconds')}",
        "",
        *traceback.format_exception(error),
    ]
    return harmless("\n".join(line.rstrip("\n") for line in lines) + "\n")


def _version(name: str) -> str:
    from importlib.metadata import version  # 20 ms, which the first frame does not wait for

    try:
        return version(name)
    except Exception:  # whatever is wrong with what is installed, the traceback is still said
        return "(unknown)"
