from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import embedded
from tui.cli.main import main
from tui.model.masked_lm import MaskedLM
from tui.model.names import EMBEDDED


class Call:
    """One call of the command line in this process, with the embedded model loaded already."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        load = MaskedLM.load

        def load_quickly(name: str = EMBEDDED, **settings: Any) -> MaskedLM:
            return embedded() if name == EMBEDDED else load(name, **settings)

        embedded()  # before its loading is replaced
        monkeypatch.setattr(MaskedLM, "load", load_quickly)
        self._monkeypatch = monkeypatch
        self._capfd = capfd
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path, stdin: Path | None = None) -> int:
        self._monkeypatch.setattr(sys, "argv", ["bertmask-tui", *map(str, arguments)])
        code = 0
        with (stdin or Path(os.devnull)).open() as given:
            self._monkeypatch.setattr(sys, "stdin", given)
            try:
                main()
            except SystemExit as leave:
                code = int(leave.code or 0)
        self.out, self.err = self._capfd.readouterr()
        return code


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    return Call(monkeypatch, capfd)
