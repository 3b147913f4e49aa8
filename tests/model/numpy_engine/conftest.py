from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.model.numpy_engine.checkpoints import KINDS, Both, save
from tui.model.folders import EMBEDDED_FOLDER


@pytest.fixture(scope="session", params=KINDS)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A tiny checkpoint of each family, which no test changes."""
    return Both(save(request.param, tmp_path_factory.mktemp("family") / request.param))


@pytest.fixture(scope="session")
def embedded() -> Both:
    return Both(EMBEDDED_FOLDER)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint of BERT, which no test changes."""
    return save("bert", tmp_path_factory.mktemp("plain") / "whole")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(whole, tmp_path / "model"))
