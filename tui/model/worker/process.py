"""Starting and ending the process that owns the models. Imports no more than the client does."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tui.model.worker.wire import Receiver
from tui.text import clean

# The child finds the same modules as this process, and nothing in the current folder besides.
_BOOT = """
import sys
sys.path[:] = sys.argv[1].split({sep!r})
from {entry} import main
main()
"""

LAST_WAIT = 0.2
"""Seconds that the end of a killed process is waited for: one that hangs in the kernel has none."""

_unreaped: list[subprocess.Popen[bytes]] = []  # killed, and not gone when they were last looked at


class Process:
    """One running child and the socket to it.

    Args:
        entry: the module whose `main` the child runs.

    Attributes:
        connection: this end of the socket; it does not block.
        receiver: puts together what the child sends.
        unsent: what the socket did not take yet.
        popen: the process.

    Raises:
        OSError: it cannot be started; nothing of it stays.
    """

    def __init__(self, entry: str) -> None:
        _unreaped[:] = [popen for popen in _unreaped if popen.poll() is None]
        with ExitStack() as until_started:
            ours, theirs = socket.socketpair()
            until_started.enter_context(theirs)
            undo = until_started.enter_context(ExitStack())
            self.connection = undo.enter_context(ours)
            self._log: IO[bytes] = undo.enter_context(tempfile.TemporaryFile())
            path = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
            self.popen = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-c", _BOOT.format(sep=os.pathsep, entry=entry)),
                    *(path, str(theirs.fileno())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a ctrl+c or a hang-up of the terminal is not the child's
            )
            undo.pop_all()  # what it needs lives as long as it
        self.connection.setblocking(False)
        self.receiver = Receiver(self.connection)
        self.unsent = bytearray()

    def end(self) -> None:
        """Kill the process, and let go of all that belongs to it; never waits for long."""
        self.connection.close()
        self.receiver.close()
        self.popen.kill()
        try:
            self.popen.wait(LAST_WAIT)
        except subprocess.TimeoutExpired:
            _unreaped.append(self.popen)  # it ends as soon as the kernel lets it
        self._log.close()

    def cause_of_death(self) -> str:
        """How the process ended, in words that follow its name; for one that closed its socket."""
        try:
            # The socket closes a moment before the process can be waited for.
            code = self.popen.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return "stopped listening"
        if code == -signal.SIGKILL:
            return "was killed (out of memory?)"
        if code < 0:
            known = code in {-number for number in signal.Signals}
            return f"was ended by {signal.Signals(-code).name if known else f'signal {-code}'}"
        words = self._last_words()
        return f"ended with code {code}{f': {words[:200]}' if words else ''}"

    def _last_words(self) -> str:
        """The last line that the process wrote, safe to be shown."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 4096))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return clean(lines[-1]) if lines else ""


def why_not_started(error: OSError) -> str:
    """One sentence for the user about a process that cannot be started."""
    number = error.errno or 0
    if number == errno.ENOENT and error.filename is None:  # `tempfile` found no folder to write to
        number = errno.ENOSPC
    reason, remedy = _REASONS.get(number, (clean(error.strerror or str(error)), _CLOSE))
    return (
        f"The model's process cannot be started: {reason}; {remedy}, then press enter to try again."
    )


_CLOSE = "close other programs"
_FILES = ("too many files are open", f"{_CLOSE} or raise the limit (ulimit -n)")
_FOLDER = ("its log cannot be written", "make room in the folder for temporary files")
_REASONS = {
    errno.ENOMEM: ("there is too little memory", _CLOSE),
    errno.EAGAIN: ("too many processes are running", _CLOSE),
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOSPC: _FOLDER,
    errno.EDQUOT: _FOLDER,
    errno.EROFS: _FOLDER,
}
