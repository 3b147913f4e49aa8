"""A model may be hostile, or not what it seems: nothing of it is run, and nonsense is named."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from tests.model import families, tiny
from tests.model.torch_models import on_torch
from tui.errors import ModelError
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.loading import load


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as raised:
        MaskedLM.load(str(folder))
    said = str(raised.value)
    assert said.isprintable()
    return said


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


# Code


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self._target,)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old pickle"])
def test_pickled_weights_that_hold_code_are_refused(tmp_path: Path, zipped: bool) -> None:
    folder = tiny.save_bert(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    bomb = Bomb(tmp_path / "exploded")
    with (folder / "pytorch_model.bin").open("wb") as file:
        if zipped:
            torch.save({"weight": bomb}, file)
        else:
            pickle.dump({"weight": bomb}, file)
    assert "is refused: its pickled weights hold more than numbers" in refusal(folder)
    assert not (tmp_path / "exploded").exists()


def test_pickled_weights_that_are_only_numbers_are_read(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    before = MaskedLM.load(str(folder)).analyze("the [MASK]")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    after = MaskedLM.load(str(folder)).analyze("the [MASK]")
    np.testing.assert_allclose(before.attention, after.attention, atol=1e-6)


def test_safetensors_come_before_pickles(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "model")
    with (folder / "pytorch_model.bin").open("wb") as file:
        torch.save({"weight": Bomb(tmp_path / "exploded")}, file)
    assert MaskedLM.load(str(folder)).info.layers == 2
    assert not (tmp_path / "exploded").exists()


CODE = "from pathlib import Path\nPath({target!r}).touch()\n"


def test_code_of_a_repository_is_never_run(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "model")
    code = CODE.format(target=str(tmp_path / "ran"))
    for name in ("evil.py", "configuration_evil.py", "tokenization_evil.py"):
        (folder / name).write_text(code)
    edit_config(
        folder,
        model_type="evil",
        auto_map={"AutoConfig": "evil.Config", "AutoModelForMaskedLM": "evil.Model"},
    )
    assert "is refused: its type, evil, needs code from its own repository" in refusal(folder)
    # Of a type that transformers has itself, its own code is not needed, and so is not run.
    edit_config(folder, model_type="bert")
    assert MaskedLM.load(str(folder)).info.type == "bert"
    tokenizer = folder / "tokenizer_config.json"
    tokenizer.write_text(
        json.dumps({
            **json.loads(tokenizer.read_text()),
            "tokenizer_class": "EvilTokenizer",
            "auto_map": {"AutoTokenizer": ["tokenization_evil.EvilTokenizer", None]},
        })
    )  # fmt: skip
    assert MaskedLM.load(str(folder)).info.mask_token == "[MASK]"
    assert not (tmp_path / "ran").exists()


def test_an_attention_that_a_configuration_names_is_not_fetched(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    edit_config(
        folder,
        attn_implementation="somebody/evil-kernel",
        _attn_implementation="somebody/evil-kernel",
        _attn_implementation_internal="somebody/evil-kernel",
    )
    assert MaskedLM.load(str(folder)).analyze("the [MASK]").attention.shape == (2, 2, 4, 4)


def test_nothing_is_asked_of_the_network_while_a_folder_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("httpx2.Client.send", no_network)
    folder = tiny.save_bert(tmp_path)
    load(str(folder))
    assert not constants.HF_HUB_OFFLINE, "only while it loads"


# What is not what it seems


def strip(folder: Path, *beginnings: str) -> None:
    """Take weights out of a model's file."""
    path = folder / "model.safetensors"
    kept = {name: w for name, w in load_file(path).items() if not name.startswith(beginnings)}
    save_file(kept, path, metadata={"format": "pt"})


def test_encoder_weights_that_are_missing_are_a_lasting_warning(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    assert MaskedLM.load(str(folder)).info.warnings == ()
    strip(folder, "bert.encoder.layer.1.attention")
    [warning] = MaskedLM.load(str(folder)).info.warnings
    assert warning.startswith("10 of 37 weights of the encoder are not in the file")
    assert "mean nothing" in warning


def test_without_a_head_there_is_attention_and_no_candidate(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    with_head = MaskedLM.load(str(folder)).analyze("the [MASK] sat")
    strip(folder, "cls.predictions.transform")
    model = MaskedLM.load(str(folder))
    assert not model.info.has_head
    assert model.info.warnings == ()
    analysis = model.analyze("the [MASK] sat")
    assert analysis.masks == with_head.masks
    assert analysis.candidates == ((),)
    np.testing.assert_allclose(analysis.attention, with_head.attention, atol=1e-6)


def test_a_bare_encoder_has_no_head(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    load(str(folder)).model.base_model.save_pretrained(folder)
    model = MaskedLM.load(str(folder))
    assert (model.info.has_head, model.info.warnings) == (False, ())


def test_a_missing_bias_is_no_missing_head(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    strip(folder, "cls.predictions.bias")
    assert MaskedLM.load(str(folder)).info.has_head


def test_every_family_written_whole_is_whole(tmp_path: Path) -> None:
    for kind in ("albert", "bart", "electra", "esm", "roberta", "xlm", "squeezebert"):
        families.save(kind, tmp_path / kind)
        checkpoint = load(str(tmp_path / kind))
        assert checkpoint.has_head, kind
        assert checkpoint.warnings == (), kind


def test_a_decoder_is_refused(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    edit_config(folder, is_decoder=True)
    assert "set up as a causal decoder" in refusal(folder)


def test_a_tokenizer_that_takes_no_plain_text_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As TAPAS's own, which wants a table beside the text."""

    def wants_a_table(*_: object, **__: object) -> None:
        raise TypeError("missing 1 required positional argument: 'table'")

    folder = tiny.save_bert(tmp_path)
    monkeypatch.setattr("transformers.PreTrainedTokenizerFast.__call__", wants_a_table)
    with pytest.raises(ModelError, match="cannot be asked about a text: missing 1 required"):
        on_torch(folder)


def test_weights_of_another_shape_are_no_model(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    edit_config(folder, intermediate_size=64)
    assert refusal(folder).startswith(f"The model {folder} cannot be loaded: ")


def test_a_vocabulary_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    path = folder / "tokenizer.json"
    path.write_text(path.read_text().replace('"dog"', '"\\u001b]0;owned\\u0007dog"'))
    model = MaskedLM.load(str(folder))
    [candidates] = model.analyze("the [MASK]", top_k=100).candidates
    [hostile] = [one for one in candidates if "dog" in one.token]
    assert hostile.token == "\x1b]0;owned\x07dog", "as it is: who shows it makes it visible"
    assert "\x1b" not in hostile.sentence
