"""Writing files: each whole or not at all, and none in the place of something else."""

from __future__ import annotations

import errno
import os
import secrets
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from tui.errors import SaveError
from tui.text import visible


def picture_name(layer: int, head: int, qualities: Sequence[str] = ()) -> str:
    """The file name of a head's picture.

    Args:
        layer: the layer, counted from 0; the name counts from 1.
        head: the head, counted from 0; the name counts from 1.
        qualities: what else decides the picture, such as `perhead`; nothing for raw weights in
            the absolute scale.
    """
    return "_".join([f"Attention_Layer{layer + 1}_Head{head + 1}", *qualities]) + ".png"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, or leave what was there as it is.

    Args:
        path: the file; its folder exists. A link of that name is replaced, not followed.
        data: all that the file is to hold.

    Raises:
        SaveError: it cannot be written.
    """
    temporary = _write_beside(path, data)
    try:
        temporary.replace(path)
    except OSError as error:
        raise _explained(path.parent, error, path.name) from error
    finally:
        _remove(temporary)


def save_picture(folder: Path, name: str, data: bytes, facts: Mapping[str, str]) -> Path:
    """Save a picture under its name, or with a number behind it where that shows something else.

    Args:
        folder: where to; it is made if it is not there.
        name: the file's name, without a folder.
        data: the PNG.
        facts: what decides the picture, as in the PNG's text chunks; a file with the same facts
            is replaced.

    Returns:
        The absolute path.

    Raises:
        SaveError: it cannot be written.
    """
    assert Path(name).name == name, name
    assert Path(name).suffix, name  # which neither nothing nor `..` has
    try:
        folder = folder.expanduser().absolute()
        folder.mkdir(parents=True, exist_ok=True)
    except RuntimeError as error:  # `~someone` of whom this machine knows no home
        raise SaveError(
            f"Cannot write to {visible(str(folder))}: there is no such home folder; {_ELSEWHERE}."
        ) from error
    except OSError as error:
        raise _explained(folder, error) from error
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in count(1):
        path = folder / (name if number == 1 else f"{stem}_{number}{suffix}")
        # Looking comes after trying: another app may make the file at any moment in between.
        if not os.path.lexists(path) and _write_new(path, data):
            return path
        if _facts_of(path) == dict(facts):
            write_whole(path, data)
            return path
    raise AssertionError("count() does not end")


def _write_new(path: Path, data: bytes) -> bool:
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
        raise _explained(path.parent, error, path.name) from error
    finally:
        _remove(temporary)
    return True


def _take_name(path: Path) -> None:
    """Make an empty file, so that the name is ours; FileExistsError if it is somebody's."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))


def _write_beside(path: Path, data: bytes) -> Path:
    """Write a temporary file in the folder of `path`, down to the disk."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        _take_name(temporary)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        _remove(temporary)
        raise _explained(path.parent, error, path.name) from error
    except BaseException:
        _remove(temporary)
        raise
    return temporary


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _facts_of(path: Path) -> dict[str, str] | None:
    """The text chunks of a PNG, or None if the file is none, or damaged."""
    from PIL import Image

    if not path.is_file():  # opening a pipe would wait for its other end
        return None
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            texts = getattr(picture, "text", {})
            return {str(name): str(text) for name, text in texts.items()}
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
        return None


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


def _explained(folder: Path, error: OSError, name: str = "") -> SaveError:
    """One sentence about a folder, or about a name in it where that is what is wrong."""
    about = (folder / name if error.errno in _ABOUT_THE_NAME else folder).absolute()
    reason = _REASONS.get(error.errno or 0, f"{error.strerror or error}; {_ELSEWHERE}")
    return SaveError(f"Cannot write to {visible(str(about))}: {reason}.")
