"""Weights are mapped as they lie in the file, and damage is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tui.model.numpy_engine.weights import DamagedError, Weights, read_file


def write(folder: Path, weights: dict[str, torch.Tensor], name: str = "model.safetensors") -> Path:
    save_file(weights, folder / name, metadata={"format": "pt"})
    return folder / name


def raw(path: Path, header: object, content: bytes) -> Path:
    """Write a file of the format by hand."""
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)
    return path


def entry(start: int, stop: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def test_float32_is_mapped_and_read_only(tmp_path: Path) -> None:
    there = torch.randn(3, 4)
    write(tmp_path, {"a": there})
    stored = Weights.open(tmp_path)["a"]
    numbers = stored.floats()
    np.testing.assert_array_equal(numbers, there.numpy())
    assert np.shares_memory(numbers, stored.file)
    assert not numbers.flags.writeable


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_converted_exactly(tmp_path: Path, dtype: torch.dtype) -> None:
    codes = torch.arange(1 << 16, dtype=torch.int32).to(torch.uint16).view(dtype)
    there = codes[~codes.isnan()]
    write(tmp_path, {"a": there})
    np.testing.assert_array_equal(Weights.open(tmp_path)["a"].floats(), there.float().numpy())


def test_neighbours_are_joined_without_a_copy(tmp_path: Path) -> None:
    one, other = torch.randn(2, 3), torch.randn(4, 3)
    write(tmp_path, {"a": one, "b": other})
    weights = Weights.open(tmp_path)
    joined = weights.joined(["a", "b"])
    np.testing.assert_array_equal(joined, torch.cat([one, other]).numpy())
    assert np.shares_memory(joined, weights["a"].file)
    turned = weights.joined(["b", "a"])
    np.testing.assert_array_equal(turned, torch.cat([other, one]).numpy())
    assert not np.shares_memory(turned, weights["a"].file)
    assert not turned.flags.writeable


def test_numbers_that_are_not_aligned_are_read(tmp_path: Path) -> None:
    there = np.arange(4, dtype=np.float32)
    header = {"a": entry(0, 16, [4])}
    while (8 + len(json.dumps(header))) % 4 == 0:
        header["a" * (len(header) + 1)] = entry(16, 16, [0])
    raw(tmp_path / "model.safetensors", header, there.tobytes())
    found = Weights.open(tmp_path)["a"].floats()
    np.testing.assert_array_equal(found, there)
    assert found.flags.aligned


def test_integers_are_no_weights(tmp_path: Path) -> None:
    write(tmp_path, {"a": torch.arange(3)})
    with pytest.raises(DamagedError):
        Weights.open(tmp_path)["a"].floats()


def test_old_names_are_todays(tmp_path: Path) -> None:
    write(tmp_path, {"x.LayerNorm.gamma": torch.ones(2), "x.LayerNorm.beta": torch.zeros(2)})
    assert Weights.open(tmp_path).names == {"x.LayerNorm.weight", "x.LayerNorm.bias"}


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"x.LayerNorm.gamma": torch.ones(2), "x.LayerNorm.weight": torch.ones(2)})
    with pytest.raises(DamagedError):
        Weights.open(tmp_path)


@pytest.mark.parametrize(
    ("header", "content"),
    [
        ({"a": entry(0, 8, [2])}, 7),
        ({"a": entry(0, 8, [2])}, 9),
        ({"a": entry(4, 8, [1])}, 8),
        ({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, 12),
        ({"a": entry(0, 8, [2]), "b": entry(12, 16, [1])}, 16),
        ({"a": entry(0, 8, [3])}, 8),
        ({"a": entry(0, 8, [2], "F8_E4M3")}, 8),
        ({"a": entry(0, -8, [-2])}, 0),
        ({"a": {**entry(0, 8, [2]), "dtype": ["F32"]}}, 8),
        ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}, 8),
        ({"a": {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]}}, 8),
        ({"a": {"dtype": "F32", "shape": [True, 2], "data_offsets": [0, 8]}}, 8),
        ({"a": {}}, 0),
        ({"a": 1}, 0),
        ([], 0),
        ({"__metadata__": {"format": "tf"}, "a": entry(0, 8, [2])}, 8),
        ({"__metadata__": "pt", "a": entry(0, 8, [2])}, 8),
    ],
)
def test_damage_is_noticed(tmp_path: Path, header: object, content: int) -> None:
    with pytest.raises(DamagedError):
        read_file(raw(tmp_path / "model.safetensors", header, bytes(content)))


@pytest.mark.parametrize("length", range(0, 200, 9))
def test_cut_files_are_noticed(tmp_path: Path, length: int) -> None:
    path = write(tmp_path, {"a": torch.ones(20), "b": torch.ones(5)})
    assert path.stat().st_size > 200
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises((ValueError, OSError)):
        read_file(path)
