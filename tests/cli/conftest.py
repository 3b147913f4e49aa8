from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import embedded
from tui.cli import effects_of_arrows, effects_of_heads, residual_grid, transplants
from tui.cli.main import main
from tui.experiments.arrows import sweep_arrows
from tui.experiments.residual import transplant_residual
from tui.experiments.sweep import sweep
from tui.experiments.transplant import transplant_heads
from tui.model.masked_lm import MaskedLM
from tui.model.names import EMBEDDED

_found: dict[str, Any] = {}


def found_once(experiment: Callable[..., Any]) -> Callable[..., Any]:
    """An experiment that keeps what it found with the embedded model, and finds it once.

    What a command prints of an experiment is tested here with many options, and whether the numbers
    are right beside the experiment: hundreds of passes for each call of the same would tell
    nothing.
    """

    defaults = inspect.signature(experiment).parameters

    def find(model: MaskedLM, *texts: str, **settings: Any) -> Any:
        if model is not embedded():
            return experiment(model, *texts, **settings)
        said = {name: at.default for name, at in defaults.items()} | settings | {"progress": None}
        asked = f"{experiment.__name__} {texts} {said}"
        if asked not in _found:
            _found[asked] = experiment(model, *texts, **settings)
        return _found[asked]

    return find


class Call:
    """One call of the command line in this process, with the embedded model loaded already."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        load = MaskedLM.load

        def load_quickly(name: str = EMBEDDED, **settings: Any) -> MaskedLM:
            return embedded() if name == EMBEDDED else load(name, **settings)

        embedded()  # before its loading is replaced
        monkeypatch.setattr(MaskedLM, "load", load_quickly)
        monkeypatch.setattr(effects_of_heads, "sweep", found_once(sweep))
        monkeypatch.setattr(effects_of_arrows, "sweep_arrows", found_once(sweep_arrows))
        monkeypatch.setattr(transplants, "transplant_heads", found_once(transplant_heads))
        monkeypatch.setattr(residual_grid, "transplant_residual", found_once(transplant_residual))
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
