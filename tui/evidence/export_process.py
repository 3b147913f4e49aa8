"""`export` in a process of its own, so that drawing never holds up the interface.

The process is this program's command on saved attention: no model is loaded. It ends with the app.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import IO

from tui.analysis.analysis import Analysis
from tui.errors import SaveError
from tui.evidence.own_process import last_words, start
from tui.text import visible


class ExportProcess:
    """Writes all heads' pictures of an answer into a folder.

    Args:
        analysis: the answer.
        folder: where files go.
    """

    def __init__(self, analysis: Analysis, folder: Path) -> None:
        self._analysis = analysis
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = Event()

    def run(self, progress: Callable[[int, int], None]) -> str:
        """Write the files; it takes seconds, so it is called in a thread.

        Args:
            progress: told how many files are there, and of how many.

        Returns:
            A sentence that says what is where.

        Raises:
            SaveError: not all could be written.
        """
        with tempfile.TemporaryFile() as numbers, tempfile.TemporaryFile() as complaints:
            try:
                self._write(numbers)
            except OSError as error:
                raise SaveError(
                    f"The pictures cannot be drawn: no room in {tempfile.gettempdir()} "
                    f"({error.strerror})."
                ) from error
            if self._cancelled.is_set():
                return "Cancelled: nothing was saved."
            self._process = start(
                *("export", "--open", f"/dev/fd/{numbers.fileno()}"),
                *("--out", str(self._folder), "--json"),
                complaints=complaints,
                pass_fds=[numbers.fileno()],
            )
            if self._cancelled.is_set():  # in the meantime
                self._process.terminate()
            return self._follow(self._process, progress, complaints)

    def cancel(self) -> None:
        """Stop; files that are written are whole, and stay."""
        self._cancelled.set()
        if self._process:
            self._process.terminate()

    def _write(self, numbers: IO[bytes]) -> None:
        from tui.storage.data_files import Data, npz_chunks

        analysis = self._analysis
        layers, heads = analysis.attention.shape[:2]
        data = Data(
            analysis, analysis.attention, tuple(range(layers)), tuple(range(heads)), "raw weights"
        )
        numbers.writelines(npz_chunks(data))
        numbers.flush()

    def _follow(
        self,
        process: subprocess.Popen[bytes],
        progress: Callable[[int, int], None],
        complaints: IO[bytes],
    ) -> str:
        done = of = 0
        ending: dict[str, object] | None = None
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                said = json.loads(line)
                if "done" in said:
                    done, of = said["done"], said["of"]
                    progress(done, of)
                else:
                    ending = said
        process.wait()
        folder = visible(str(self._folder.expanduser().absolute()))
        if ending is not None:
            kept = f", {ending['kept']} of them were there already" if ending["kept"] else ""
            return f"Saved {done} pictures in {folder}{kept}."
        if self._cancelled.is_set():
            there = (
                f"{done} of {of} pictures are in {folder}; S goes on" if done else "nothing saved"
            )
            return f"Cancelled: {there}."
        words = visible(last_words(complaints))
        there = f" {done} of {of} pictures are there; S goes on." if done else ""
        raise SaveError(f"{words or 'The process that draws was killed.'}{there}")
