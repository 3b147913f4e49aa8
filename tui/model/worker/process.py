"""Starting and ending the process that owns the model. Imports no more than the client does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from tui.model.worker.wire import Receiver
from tui.text import clean

# The child finds the same modules as this process, and nothing in the current folder besides.
_BOOT = """
import sys
sys.path[:] = sys.argv[1].split({sep!r})
from tui.model.worker.child import main
main()
"""


class Process:
    """One running child and the socket to it.

    Attributes:
        connection: this end of the socket; it does not block.
        receiver: puts together what the child sends.
        unsent: what the socket did not take yet.
        popen: the process.
    """

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives with the process
        with theirs:
            path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
            boot = _BOOT.format(sep=os.pathsep)
            self.popen = subprocess.Popen(
                [sys.executable, "-P", "-c", boot, path, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a ctrl+c or a hang-up of the terminal is not the child's
            )
        self.connection.setblocking(False)
        self.receiver = Receiver(self.connection)
        self.unsent = bytearray()

    def end(self) -> None:
        """Make sure that the process is gone and nothing of it stays."""
        self.connection.close()
        self.receiver.close()
        self.popen.kill()
        self.popen.wait()
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
