"""A name becomes a model, without the network where none is needed, or else one clear sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tests.model import tiny
from tui.errors import ModelError
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.loading import load

WITHOUT_NETWORK = """
import os, socket, sys, time

tried = []

class Unreachable(socket.socket):
    def connect(self, address):
        if self.family != socket.AF_UNIX:
            tried.append(address)
            raise OSError(101, "Network is unreachable")
        return super().connect(address)

def no_name(*names, **_):
    tried.append(names)
    raise socket.gaierror(-2, "Name or service not known")

socket.socket = Unreachable
socket.getaddrinfo = no_name

from tui.errors import ModelError
from tui.model.masked_lm import MaskedLM
"""


def without_network(code: str) -> str:
    """Run code in a fresh process whose every way out is closed; returns what it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK + code],
        capture_output=True, text=True, timeout=60, check=False, env=clean,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "nothing may be written over the screen"
    return done.stdout


def sentence_for(name: str, *, offline: bool = False) -> str:
    """What the user is told about a model that cannot be had: one line."""
    with pytest.raises(ModelError) as raised:
        load(name, offline=offline)
    said = str(raised.value)
    assert said.isprintable(), said
    return said


# The embedded model


def test_the_embedded_model_needs_no_network() -> None:
    said = without_network("""
analysis = MaskedLM.load().analyze("Paris is the [MASK] of France.")
print(analysis.candidates[0][0].token, tried)
""")
    assert said == "capital []\n"


def test_a_model_that_is_not_here_is_quickly_told_without_network() -> None:
    said = without_network("""
for offline in (False, True):
    begin = time.monotonic()
    try:
        MaskedLM.load("nobody/no-such-model", offline=offline)
    except ModelError as error:
        print(error)
    print(time.monotonic() - begin < 4, bool(tried))
    tried.clear()
""").splitlines()
    assert "no model named nobody/no-such-model on this machine, and the hub cannot" in said[0]
    assert said[1] == "True True"
    assert "leave out --offline" in said[2]
    assert said[3] == "True False"


def test_half_precision_on_disk_is_computed_in_single(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path, dtype=torch.float16)
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16}  # noqa: SIM118
    model = load(str(folder)).model
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert not model.training


# Folders


def test_a_folder_is_loaded(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path, dtype=torch.bfloat16)
    model = MaskedLM.load(str(folder))
    assert (model.info.name, model.info.layers, model.info.heads) == (str(folder), 2, 2)
    assert model.analyze("the [MASK] sat").attention.shape == (2, 2, 5, 5)
    assert load(str(folder)).model.dtype == torch.float32


def test_a_folder_may_lie_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.save_bert(tmp_path / "own")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert MaskedLM.load("~/own").info.layers == 2


def test_a_folder_that_is_not_there() -> None:
    for name in ("./nothing/here", "/nothing/here", "~/nothing", "a/b/c"):
        assert sentence_for(name).startswith(f"There is no folder {name};")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    said = sentence_for(str(tmp_path))
    assert said.startswith(f"The folder {tmp_path} holds no model: it has no config.json")


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe\x00", b"[1]", b'{"a": 1}', b'{"model_type": "\x1b[2J"}']
)
def test_a_broken_configuration(tmp_path: Path, content: bytes) -> None:
    folder = tiny.save_bert(tmp_path)
    (folder / "config.json").write_bytes(content)
    assert str(folder) in sentence_for(str(folder))


@pytest.mark.parametrize("kept", [0, 5, 1000], ids=["empty", "no header", "cut off"])
def test_broken_weights(tmp_path: Path, kept: int) -> None:
    folder = tiny.save_bert(tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert sentence_for(str(folder)).startswith(f"The model {folder} cannot be loaded: ")


def test_missing_weights(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    (folder / "model.safetensors").unlink()
    said = sentence_for(str(folder))
    assert said.startswith(f"The model {folder} cannot be loaded: ")
    assert len(said) < 400


def test_a_causal_model_has_nothing_to_say_about_a_mask(tmp_path: Path) -> None:
    folder = tiny.save_gpt2(tmp_path)
    assert sentence_for(str(folder)) == (
        f"{folder} is a gpt2 model, a causal one: it predicts the next word and never looks at "
        "those behind a mask; choose a masked language model, such as bert-base-uncased."
    )


def test_a_tokenizer_without_a_mask(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    tokenizer = tiny.tokenizer()
    tokenizer.mask_token = None
    tokenizer.save_pretrained(folder)
    assert "has no mask token" in sentence_for(str(folder))


# Names


@pytest.mark.parametrize(
    "name", ["what is this?", "ümlaut", "-", "a" * 300, "x\x1b[2Jy", "~nobody/x", "x\0", ""]
)
def test_names_that_no_model_can_have(name: str) -> None:
    assert sentence_for(name, offline=True)
