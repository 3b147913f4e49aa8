"""Writing files: each whole or not at all, and errors in one sentence."""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tui.errors import SaveError
from tui.storage.paths import absolute
from tui.text import visible

_OPTION = "--save-dir"

ELSEWHERE = f"choose another folder with {_OPTION}"
"""The way out for whoever cannot write where the pictures and notes go."""


@contextmanager
def folder_is_named_by(option: str) -> Iterator[None]:
    """Inside the `with` block errors name the option by which another folder is chosen.

    Args:
        option: such as `--out`.

    Raises:
        SaveError: something in the block could not be written.
    """
    try:
        yield
    except SaveError as error:
        instead = ELSEWHERE.replace(_OPTION, option)
        raise SaveError(str(error).replace(ELSEWHERE, instead)) from error


_PART = re.compile(r"\.[0-9a-f]{16}\.part")


def write_whole(path: Path, data: bytes | Iterable[bytes], *, instead: str = ELSEWHERE) -> None:
    """Write a file, or leave what was there as it is.

    Args:
        path: the file; its folder exists. A link of that name is replaced, not followed.
        data: all that the file is to hold, if wanted piece by piece.
        instead: what the user can do who cannot write there.

    Raises:
        SaveError: it cannot be written.
    """
    temporary = _write_beside(path, data, instead)
    try:
        temporary.replace(path)
    except OSError as error:
        raise explained(path.parent, error, path.name, instead=instead) from error
    finally:
        _remove(temporary)


def make_folder(folder: Path, *, instead: str = ELSEWHERE) -> Path:
    """Make a folder if it is not there.

    Args:
        folder: the folder; `~` in it is understood.
        instead: what the user can do who cannot write there.

    Returns:
        Its absolute path, `~` replaced.

    Raises:
        SaveError: it cannot be made.
    """
    try:
        folder = absolute(folder.expanduser())
        folder.mkdir(parents=True, exist_ok=True)
    except RuntimeError as error:  # `~someone` of whom this machine knows no home
        raise SaveError(
            f"Cannot write to {visible(str(folder))}: there is no such home folder; {instead}."
        ) from error
    except OSError as error:
        raise explained(folder, error, instead=instead) from error
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


def _write_beside(path: Path, data: bytes | Iterable[bytes], instead: str = ELSEWHERE) -> Path:
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
        raise explained(path.parent, error, path.name, instead=instead) from error
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

# Each with what is to be done: `{instead}` where it is to be done elsewhere.
_REASONS = {
    errno.EACCES: "you may not write there; {instead}",
    errno.EPERM: "you may not write there; {instead}",
    errno.EROFS: "it is read-only; {instead}",
    errno.ENOSPC: "the disk is full; free some space or {instead}",
    errno.EDQUOT: "your disk quota is used up; free some space or {instead}",
    errno.ENOENT: "the folder is not there; make it or {instead}",
    errno.ENOTDIR: "a part of that path is a file; {instead}",
    errno.EEXIST: "a part of that path is a file; {instead}",
    errno.ENAMETOOLONG: "that name is too long; {instead}",
    errno.EISDIR: "a folder has that name; rename it",
}
_ABOUT_THE_NAME = frozenset({errno.ENAMETOOLONG, errno.EISDIR})


def explained(
    folder: Path, error: OSError, name: str = "", *, instead: str = ELSEWHERE
) -> SaveError:
    """One sentence about a folder, or about a name in it where that is what is wrong.

    Args:
        folder: where something was to be written.
        error: why it could not be.
        name: the file's name.
        instead: what the user can do who cannot write there.
    """
    about = absolute(folder / name if error.errno in _ABOUT_THE_NAME else folder)
    reason = _REASONS.get(error.errno or 0)
    said = reason.format(instead=instead) if reason else f"{error.strerror or error}; {instead}"
    return SaveError(f"Cannot write to {visible(str(about))}: {said}.")
