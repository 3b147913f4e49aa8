"""The standard streams as they are given: closed, full, or in an encoding that lacks signs.

Python leaves all three to whoever prints: a closed stream is None, a full one is found out when the
program has ended, and a sign that an encoding lacks is an error in the middle of a table.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from tui.errors import UserError

_STAND_IN, _NUMBER = "bertmask-tui-stand-in", "bertmask-tui-number"
"""The names under which `codecs` knows how signs are replaced on standard output and error."""


class OutputError(UserError):
    """Standard output takes nothing."""


class StandardStreams:
    """Standard output and error for one run of the command line; in place of Python's own ones.

    What cannot be written raises `OutputError`, or `BrokenPipeError` where nobody reads any more;
    what cannot be said on standard error is lost. A sign that the encoding lacks has a stand-in,
    on standard error its number.
    """

    def __init__(self) -> None:
        self._replaced = False
        self._output: _OutputFile | None = None
        codecs.register_error(_STAND_IN, self._stand_in)
        codecs.register_error(_NUMBER, _number)
        # Descriptors are given out from the lowest on: the next file would be the closed stream.
        for descriptor in range(3):
            _occupy(descriptor)
        if sys.stdin is None:
            sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
        # Whoever has put something else in a stream's place, as tests do, knows what it takes.
        if sys.stdout is sys.__stdout__:
            self._output = _OutputFile(sys.stdout)
            sys.stdout = _text(self._output, sys.stdout, _STAND_IN)
        if sys.stderr is sys.__stderr__:
            sys.stderr = _text(_ErrorFile(sys.stderr), sys.stderr, _NUMBER)

    def end(self) -> str:
        """Send what still waits to be printed.

        Returns:
            A sentence about what could not be said as it is; empty if all was.

        Raises:
            OutputError: it cannot be written.
            BrokenPipeError: nobody reads it any more.
        """
        sys.stdout.flush()
        if not self._replaced:
            return ""
        return (
            f"Standard output is {sys.stdout.encoding}, and what that has no sign for is shown as "
            "another, mostly ?; for everything as it is, set PYTHONIOENCODING=utf-8."
        )

    def drop_output(self) -> None:
        """Lose what still waits to be printed: it cannot be, and Python tries again at its end."""
        if self._output is not None:
            self._output.drops = True
            with suppress(OSError):
                sys.stdout.flush()

    def _stand_in(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        self._replaced = True
        from rich.cells import cell_len

        # As wide as it is: columns stay where they are.
        return _replaced(error, lambda sign: "?" * max(1, cell_len(sign)))


class _OutputFile(io.FileIO):
    """Standard output, whose errors are told from those of other files."""

    def __init__(self, stream: TextIO | None) -> None:
        self._is_closed = stream is None
        self.drops = False
        """What is written is lost."""
        super().__init__(1 if stream is None else stream.fileno(), "w", closefd=False)

    def write(self, data: Any, /) -> int:
        if self.drops:
            return memoryview(data).nbytes
        if self._is_closed:
            raise OutputError("Standard output is closed, so there is nowhere to print to.")
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"Standard output cannot be written: {error.strerror}.") from error


class _ErrorFile(io.FileIO):
    """Standard error: where it takes nothing, there is nowhere to say so."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__(2 if stream is None else stream.fileno(), "w", closefd=False)

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _text(raw: io.FileIO, like: TextIO | None, errors: str) -> io.TextIOWrapper:
    """A stream of text over a file, which says its lines when the one before did."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=like.encoding if like is not None else "utf-8",
        errors=errors,
        line_buffering=raw.isatty() or isinstance(raw, _ErrorFile),
        write_through=isinstance(like, io.TextIOWrapper) and like.write_through,
    )


def _occupy(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        nothing = os.open(os.devnull, os.O_RDWR)
        if nothing != descriptor:
            os.dup2(nothing, descriptor)
            os.close(nothing)


def _number(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _replaced(error, lambda sign: sign.encode("ascii", "backslashreplace").decode())


def _replaced(error: UnicodeEncodeError, stand_in: Callable[[str], str]) -> tuple[str, int]:
    """ASCII for the signs that an encoding lacks, and where the text goes on."""
    from tui.ascii_signs import ASCII_SIGNS

    signs = error.object[error.start : error.end]
    return "".join(ASCII_SIGNS.get(sign) or stand_in(sign) for sign in signs), error.end
