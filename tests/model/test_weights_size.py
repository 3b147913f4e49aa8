"""What a checkpoint's weights take in memory: as they are loaded, not as they lie in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.model import tiny
from tui.errors import ModelError
from tui.model import weights_size as module
from tui.model.weights_size import check_weights_fit, weights_size

KINDS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@pytest.fixture(params=list(KINDS))
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same weights, in a file of each kind."""
    return tiny.save_bert(tmp_path / request.param, dtype=KINDS[request.param])


def count(folder: Path) -> int:
    """How many numbers the weights are."""
    bytes_each = 4 if folder.name == "float32" else 2
    return (folder / "model.safetensors").stat().st_size // bytes_each


def test_the_numbers_asked_for_count_and_not_those_in_the_file(checkpoint: Path) -> None:
    assert weights_size(checkpoint, "float32") == pytest.approx(4 * count(checkpoint), rel=0.3)
    assert weights_size(checkpoint, "float32") == 2 * weights_size(checkpoint, "float16")
    assert weights_size(checkpoint, "bfloat16") == weights_size(checkpoint, "float16")


def test_pickled_weights_are_what_the_configuration_says(checkpoint: Path) -> None:
    whole = weights_size(checkpoint, "float32")
    held = whole if checkpoint.name == "float32" else whole // 2
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / "pytorch_model.bin").write_bytes(bytes(held))
    assert weights_size(checkpoint, "float32") == whole
    (checkpoint / "config.json").write_text("no configuration")
    assert weights_size(checkpoint, "float32") == held


def test_a_file_that_is_none_counts_as_it_lies(tmp_path: Path) -> None:
    for content in (b"", b"abc", bytes([3, *[0] * 7]) + b"[1]" + b"x" * 50, b"\xff" * 40):
        (tmp_path / "model.safetensors").write_bytes(content)
        assert weights_size(tmp_path, "float32") == len(content)


def test_a_checkpoint_of_half_precision_is_refused_where_it_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.save_bert(tmp_path, dtype=torch.float16)
    held = weights_size(folder, "float16")
    monkeypatch.setattr(module, "free_memory", lambda: int(1.5 * held))
    check_weights_fit(folder, "it", "float16")
    with pytest.raises(ModelError, match="beside the model in use: choose a smaller one"):
        check_weights_fit(folder, "it", "float32")
