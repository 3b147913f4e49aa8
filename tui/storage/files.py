"""Writing files: each whole or not at all, and errors in one sentence."""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tui.errors import SaveError
from tui.text import visible

_PART = re.compile(r"\.[0-9a-f]{16}\.part")


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file, or leave what was there as it is.

    Args:
        path: the file; its folder exists. A link of that name is replaced, not followed.
        data: all that the file is to hold, if wanted piece by piece.

    Raises:
        SaveError: it cannot be written.
    """
    temporary = _write_beside(path, data)
    try:
        temporary.replace(path)
    except OSError as error:
        raise explained(path.parent, error, path.name) from error
    finally:
        _remove(temporary)


def make_folder(folder: Path) -> Path:
    """Make a folder if it is not there.

    Returns:
        Its absolute path, `~` replaced.

    Raises:
        SaveError: it cannot be made.
    """
    try:
        folder = folder.expanduser().absolute()
        folder.mkdir(parents=True, exist_ok=True)
    except RuntimeError as error:  # `~someone` of whom this machine knows no home
        raise SaveError(
            f"Cannot write to {visible(str(folder))}: there is no such home folder; {_ELSEWHERE}."
        ) from error
    except OSError as error:
        raise explained(folder, error) from error
    return folder


def sweep(folder: Path, *, older: float = 3600.0) -> None:
    """Remove what a program that was killed left half written: nobody writes for so long.

    Args:
        folder: where to look.
        older: seconds since the last write.
    """
    with suppress(OSError):
        for path in folder.iterdir():
            if _PART.fullmatch(path.name) and time.time() - path.stat().st_mtime > older:
                _remove(path)


def write_new(path: Path, data: bytes | Iterable[bytes]) -> bool:
    """Write a file that is not there yet; false if another program made it in the meantime."""
    temporary = _write_beside(path, data)
    try:
        try:
            os.link(temporary, path)  # unlike a rename, a link never takes another file's place
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _take_name(path)
            try:
                temporary.replace(path)
            except BaseException:
                _remove(path)
                raise
    except FileExistsError:
        return False
    except OSError as error:
        raise explained(path.parent, error, path.name) from error
    finally:
        _remove(temporary)
    return True


def _take_name(path: Path) -> None:
    """Make an empty file, so that the name is ours; FileExistsError if it is somebody's."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))


def _write_beside(path: Path, data: bytes | Iterable[bytes]) -> Path:
    """Write a temporary file in the folder of `path`, down to the disk."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        _take_name(temporary)
        with temporary.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        _remove(temporary)
        raise explained(path.parent, error, path.name) from error
    except BaseException:
        _remove(temporary)
        raise
    return temporary


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


# What file systems say that have no hard links.
_NO_LINKS = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
)

_ELSEWHERE = "choose another folder with --save-dir"
_REASONS = {
    errno.EACCES: f"you may not write there; {_ELSEWHERE}",
    errno.EPERM: f"you may not write there; {_ELSEWHERE}",
    errno.EROFS: f"it is read-only; {_ELSEWHERE}",
    errno.ENOSPC: f"the disk is full; free some space or {_ELSEWHERE}",
    errno.EDQUOT: f"your disk quota is used up; free some space or {_ELSEWHERE}",
    errno.ENOENT: f"the folder is not there; make it or {_ELSEWHERE}",
    errno.ENOTDIR: f"a part of that path is a file; {_ELSEWHERE}",
    errno.EEXIST: f"a part of that path is a file; {_ELSEWHERE}",
    errno.ENAMETOOLONG: f"that name is too long; {_ELSEWHERE}",
    errno.EISDIR: "a folder has that name; rename it",
}
_ABOUT_THE_NAME = frozenset({errno.ENAMETOOLONG, errno.EISDIR})


def explained(folder: Path, error: OSError, name: str = "") -> SaveError:
    """One sentence about a folder, or about a name in it where that is what is wrong."""
    about = (folder / name if error.errno in _ABOUT_THE_NAME else folder).absolute()
    reason = _REASONS.get(error.errno or 0, f"{error.strerror or error}; {_ELSEWHERE}")
    return SaveError(f"Cannot write to {visible(str(about))}: {reason}.")
