"""A tiny checkpoint that is as it should be, for tests that make something of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model import tiny
from tests.model.torch_engine.odd_checkpoints import copied


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's folder, which no test changes."""
    return tiny.save_bert(tmp_path_factory.mktemp("whole") / "model")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copied(whole, tmp_path / "model")
