"""Statistics over a list of sentences, measured beside the app by a process of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from tui.analysis.list_statistics import ListStatistics
from tui.errors import ModelError
from tui.evidence.own_process import last_words, start
from tui.lazy import np
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ListProcess:
    """Measures all heads on a list of sentences.

    Args:
        texts: the sentences.
        model: the model's name; it is on this machine.
        shape: how many layers and heads it has.
    """

    def __init__(self, texts: Sequence[str], model: str, shape: tuple[int, int]) -> None:
        self._texts = texts
        self._model = model
        self._shape = shape
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = Event()

    def run(self) -> ListStatistics | None:
        """Measure; it takes seconds, so it is called in a thread.

        Returns:
            The statistics, or None if it was cancelled.

        Raises:
            ModelError: they cannot be had; the sentence says why.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.writelines(f"{text}\n" for text in self._texts)
            file.flush()
            with tempfile.TemporaryFile() as complaints:
                self._process = start(
                    *("heads", "--from", file.name, "--model", self._model, "--offline", "--json"),
                    complaints=complaints,
                )
                if self._cancelled.is_set():  # in the meantime
                    self._process.terminate()
                out, _ = self._process.communicate()
                if self._cancelled.is_set():
                    return None
                if self._process.returncode:
                    cause = visible(last_words(complaints)) or "the process was killed."
                    raise ModelError(f"The list was not measured: {cause}")
        return self._read(json.loads(out))

    def cancel(self) -> None:
        """Stop."""
        self._cancelled.set()
        if self._process:
            self._process.terminate()

    def _read(self, data: dict[str, object]) -> ListStatistics:
        heads = data["heads"]
        assert isinstance(heads, list)
        found: dict[str, dict[str, NDArray[np.float32]]] = {"mean": {}, "spread": {}}
        for kind, arrays in found.items():
            for name in heads[0][kind]:
                arrays[name] = np.full(self._shape, np.nan, dtype=np.float32)
                for one in heads:
                    value = one[kind][name]
                    place = one["layer"] - 1, one["head"] - 1
                    arrays[name][place] = np.nan if value is None else value
        return ListStatistics(found["mean"], found["spread"], int(str(data["sentences"])))
