"""Weights saved from inside a wrapper or a trainer are the model's; how they were is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.model import families
from tests.model.torch_engine.odd_checkpoints import TEXT, warnings
from tui.analysis.analysis import Analysis
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.loading import load
from tui.model.torch_engine.quiet import quiet

Rename = Callable[[str], str]


@pytest.fixture(scope="module")
def expected(whole: Path) -> Analysis:
    return MaskedLM.load(str(whole)).analyze(TEXT)


def is_the_same(found: Analysis, expected: Analysis) -> None:
    """Up to the last bits, which depend on where in memory the weights lie."""
    np.testing.assert_allclose(found.attention, expected.attention, rtol=0, atol=1e-6)
    for ours, theirs in zip(found.candidates, expected.candidates, strict=True):
        assert [one.token for one in ours] == [one.token for one in theirs]


def rename(folder: Path, to: Rename) -> None:
    path = folder / "model.safetensors"
    save_file({to(name): w.clone() for name, w in load_file(path).items()}, path)


def pickle(folder: Path, put: Callable[[Mapping[str, Tensor]], object]) -> None:
    """Write the weights as a checkpoint of a trainer."""
    path = folder / "model.safetensors"
    torch.save(put(load_file(path)), folder / "pytorch_model.bin")
    path.unlink()


WRAPPED: dict[str, tuple[Rename, str]] = {
    "DataParallel": (
        lambda name: f"module.{name}",
        "from inside a data-parallel wrapper (DataParallel or DistributedDataParallel): “module.”",
    ),
    "torch.compile": (
        lambda name: f"_orig_mod.{name}", "from inside torch.compile: “_orig_mod.” was taken off"
    ),
    "both": (
        lambda name: f"_orig_mod.module.{name}",
        "from inside torch.compile and a data-parallel wrapper (DataParallel or "
        "DistributedDataParallel): “_orig_mod.” and “module.” was taken off",
    ),
    "a compiled encoder": (
        lambda name: name.replace("bert.", "bert._orig_mod."), "from inside torch.compile"
    ),
    "sharded layers": (
        lambda name: f"_fsdp_wrapped_module.{name}".replace(
            ".attention.", "._fsdp_wrapped_module.attention."
        ),
        "from inside a data-parallel wrapper (FSDP)",
    ),
    "Lightning": (lambda name: f"model.{name}", "a trainer's module, as Lightning's: “model.”"),
    "anything": (
        lambda name: f"student.net.{name}",
        "from inside another module: “student.net.” was taken off their names.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPED)
def test_a_wrapper_s_names_are_taken_off(folder: Path, expected: Analysis, wrapper: str) -> None:
    to, said = WRAPPED[wrapper]
    rename(folder, to)
    model = MaskedLM.load(str(folder))
    [warning] = model.info.warnings
    assert warning.startswith(f"The weights of {folder} were saved ")
    assert said in warning
    assert model.info.has_head
    is_the_same(model.analyze(TEXT), expected)


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "model.", "module."])
def test_a_trainer_s_checkpoint_is_opened(
    folder: Path, expected: Analysis, key: str, prefix: str
) -> None:
    def checkpoint(weights: Mapping[str, Tensor]) -> object:
        inner = {f"{prefix}{name}": weight for name, weight in weights.items()}
        return {key: inner, "epoch": 3, "lr": torch.tensor(0.1), "steps": {"a": torch.ones(2)}}

    pickle(folder, checkpoint)
    model = MaskedLM.load(str(folder))
    [warning] = model.info.warnings
    assert f"in a checkpoint's “{key}”" in warning
    is_the_same(model.analyze(TEXT), expected)


def test_a_wrapped_encoder_alone_has_its_attention(folder: Path, expected: Analysis) -> None:
    with quiet():
        load(str(folder)).model.base_model.save_pretrained(folder)
    rename(folder, lambda name: f"module.{name}")
    model = MaskedLM.load(str(folder))
    assert not model.info.has_head
    assert len(model.info.warnings) == 1
    found = model.analyze(TEXT).attention
    np.testing.assert_allclose(found, expected.attention, rtol=0, atol=1e-6)


def test_several_files_and_another_family(tmp_path: Path) -> None:
    families.save("roberta", tmp_path / "model")
    text = "the cat <mask> on the mat"
    before = MaskedLM.load(str(tmp_path / "model")).analyze(text)
    rename(tmp_path / "model", lambda name: f"module.{name}")
    after = MaskedLM.load(str(tmp_path / "model")).analyze(text)
    assert len(after.model.warnings) == 1
    is_the_same(after, before)


def test_names_that_are_another_model_s_stay_a_warning(folder: Path) -> None:
    rename(folder, lambda name: name.replace("attention", "mixing").replace("bert", "other"))
    [warning] = warnings(folder)
    assert "of 37 weights of the encoder are not in the file" in warning
    assert "mean nothing; 37 there are of names that the model does not have, as " in warning


def test_what_a_wrapper_lacks_is_told_too(folder: Path) -> None:
    path = folder / "model.safetensors"
    kept = {n: w for n, w in load_file(path).items() if "layer.1.attention" not in n}
    save_file({f"module.{name}": weight for name, weight in kept.items()}, path)
    how, missing = warnings(folder)
    assert "“module.” was taken off their names" in how
    assert missing.startswith("10 of 37 weights of the encoder are not in the file")
