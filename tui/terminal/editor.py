"""The editor that the user has chosen: which command it is, and lending it the terminal."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from textual.app import SuspendNotSupported

from tui.errors import RequestError
from tui.text import visible

USUAL = "vi"
"""The editor where nothing else is asked for: POSIX has it everywhere."""

_WITH_LINE = frozenset(
    {"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "joe", "kak", "hx"}
)
"""Editors that open a file at a line given as `+12`."""


class Lender(Protocol):
    """An app that can do without its terminal for a while."""

    def suspend(self) -> AbstractContextManager[None]:
        """Inside the `with` block the terminal is others'; no error may pass by its end."""


def editor_command(environ: Mapping[str, str], path: Path, line: int) -> list[str]:
    """The command that opens a file in the user's editor.

    Args:
        environ: the environment; VISUAL goes before EDITOR, and an empty one is none.
        path: the file.
        line: the line to begin at, counted from 1, for editors that can be told.

    Raises:
        RequestError: the variable names no program, or cannot be understood.
    """
    variable = next((name for name in ("VISUAL", "EDITOR") if environ.get(name)), "")
    try:
        command = shlex.split(environ[variable]) if variable else [USUAL]
    except ValueError as error:
        raise RequestError(
            f"{variable} cannot be understood ({str(error).lower()}): "
            f"set it to an editor's command, such as {variable}=nano."
        ) from error
    if not command or not command[0].strip():
        raise RequestError(
            f"{variable} names no program: set it to an editor's command, such as {variable}=nano."
        )
    at = [f"+{line}"] if Path(command[0]).name in _WITH_LINE else []
    return [*command, *at, str(path)]


def edit(app: Lender, command: Sequence[str], path: Path) -> str:
    """Lend the terminal to an editor until it ends; call it in the main thread.

    Args:
        app: the app, which stands still meanwhile.
        command: the command, as `editor_command` gave it.
        path: the file that it opens.

    Returns:
        An empty text, or one sentence about what went wrong.
    """
    try:
        with app.suspend():
            # Textual does not come back to a terminal that was lent if an error passes by here.
            return _run(command, path)
    except SuspendNotSupported:
        return f"This terminal cannot be lent to an editor: edit {visible(str(path))} elsewhere."


def _run(command: Sequence[str], path: Path) -> str:
    program, file = visible(command[0]), visible(str(path))
    try:
        process = subprocess.Popen(command)
    except (OSError, ValueError) as error:  # ValueError: a NUL among the arguments
        reason = getattr(error, "strerror", None) or str(error)
        return f"{program} cannot be started ({reason}): set EDITOR to an editor that is here."
    with _keys_are_the_editor_s():
        code = process.wait()
    if code == 0:
        return ""
    how = f"ended with code {code}" if code > 0 else f"was ended by signal {_name(-code)}"
    return f"{program} {how}: what it had saved until then is in {file}."


@contextmanager
def _keys_are_the_editor_s() -> Iterator[None]:
    r"""Inside the `with` block ctrl+c, ctrl+\ and ctrl+z mean the editor.

    The terminal sends their signals to every program of the job, this one included. It would leave
    as soon as the editor has ended; and an editor that stops (ctrl+z) would wait for a shell that
    does not know of it while this program goes on waiting for the editor. So it stops with it.
    """
    before = {
        number: signal.signal(number, meanwhile)
        for number, meanwhile in (
            (signal.SIGINT, signal.SIG_IGN),
            (signal.SIGQUIT, signal.SIG_IGN),
            (signal.SIGTSTP, signal.SIG_DFL),
        )
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return str(number)
