"""The layout that maps without a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_torch

from tests.model.numpy_engine.checkpoints import KINDS, ask, random_text, save
from tui.model.numpy_engine.layout import write_layout
from tui.model.numpy_engine.names import FAMILIES
from tui.model.numpy_engine.plain import open_plain
from tui.model.numpy_engine.weights import Weights


def rewritten(source: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(source / "config.json", folder)
    write_layout(source, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_maps_with_the_same_values(kind: str, tmp_path: Path) -> None:
    source = save(kind, tmp_path / "source")
    target = rewritten(source, tmp_path / "target")
    theirs, ours = load_file(source / "model.safetensors"), load_file(target / "model.safetensors")
    assert theirs.keys() == ours.keys()
    for name, weight in theirs.items():
        np.testing.assert_array_equal(ours[name], weight)
    content = (target / "model.safetensors").read_bytes()
    assert (8 + int.from_bytes(content[:8], "little")) % 64 == 0

    weights = Weights.open(target)
    for layer in range(3):
        for names in FAMILIES[kind].joined(layer):
            joined = weights.joined(names)
            assert np.shares_memory(joined, weights[names[0]].file)
            np.testing.assert_array_equal(joined, np.concatenate([theirs[name] for name in names]))

    texts = [random_text(np.random.default_rng(0), 9, pair=False)]
    before, after = open_plain(source), open_plain(target)
    assert before is not None
    assert after is not None
    (one,), (answer,) = ask(before, texts, [[2]])
    (other,), (again,) = ask(after, texts, [[2]])
    np.testing.assert_allclose(one, other, atol=1e-6)
    np.testing.assert_allclose(answer.logits, again.logits, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32(tmp_path: Path, dtype: torch.dtype) -> None:
    source = save("bert", tmp_path / "source")
    from safetensors.torch import save_file as save_torch

    file = source / "model.safetensors"
    half = {name: weight.to(dtype) for name, weight in load_torch(file).items()}
    save_torch(half, file, metadata={"format": "pt"})
    found = load_torch(rewritten(source, tmp_path / "target") / "model.safetensors")
    for name, weight in half.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], weight.float())


def test_integers_stay_what_they_are(whole: Path, tmp_path: Path) -> None:
    source = Path(shutil.copytree(whole, tmp_path / "source"))
    file = source / "model.safetensors"
    places = np.arange(514)[None]
    weights = {**load_file(file), "bert.embeddings.position_ids": places}
    save_file(weights, file, metadata={"format": "pt"})
    target = rewritten(source, tmp_path / "target")
    found = load_file(target / "model.safetensors")["bert.embeddings.position_ids"]
    np.testing.assert_array_equal(found, places)
    assert open_plain(target) is not None


def test_other_families_are_refused(whole: Path, tmp_path: Path) -> None:
    source = Path(shutil.copytree(whole, tmp_path / "source"))
    (source / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ValueError, match="gpt2"):
        write_layout(source, tmp_path / "never.safetensors")
