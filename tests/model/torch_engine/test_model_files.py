"""Files that are not what their names say: what they are, and what to do, in one sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.model import families
from tests.model.torch_engine.odd_checkpoints import copied, refusal, without
from tests.model.torch_models import network, on_torch
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.quiet import quiet

WEIGHTS = "model.safetensors"
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 440449768\n"
)
PAGE = b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>"


@pytest.fixture(scope="module")
def sharded(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its weights in several files."""
    folder = copied(whole, tmp_path_factory.mktemp("sharded") / "model")
    model = network(on_torch(folder))
    with quiet():
        without(folder, WEIGHTS)
        model.save_pretrained(folder, max_shard_size="8KB")
    return folder


@pytest.fixture(scope="module")
def pickled(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with pickled weights."""
    folder = copied(whole, tmp_path_factory.mktemp("pickled") / "model")
    torch.save(load_file(folder / WEIGHTS), folder / "pytorch_model.bin")
    return without(folder, WEIGHTS)


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "tokenizer.json"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (POINTER, "only a pointer to 440 MB that Git LFS has not fetched: run `git lfs pull`"),
        (PAGE, "a web page that was saved in the place of the file"),
        (b"", "is empty: fetch the file anew"),
    ],
    ids=["pointer", "web page", "empty"],
)
def test_something_else_in_its_place(folder: Path, name: str, content: bytes, said: str) -> None:
    (folder / name).write_bytes(content)
    told = refusal(folder)
    assert f"its {name} " in told
    assert said in told


@pytest.mark.parametrize("content", [POINTER, PAGE, b""], ids=["pointer", "web page", "empty"])
def test_something_else_in_the_place_of_pickles_shards_and_indices(
    pickled: Path, sharded: Path, tmp_path: Path, content: bytes
) -> None:
    for number, (model, name) in enumerate(
        [(pickled, "pytorch_model.bin"), (sharded, f"{WEIGHTS}.index.json"), (sharded, _shard())]
    ):
        folder = copied(model, tmp_path / str(number))
        assert (folder / name).is_file()
        (folder / name).write_bytes(content)
        assert f"its {name} is " in refusal(folder)


def _shard(number: int = 2) -> str:
    return f"model-0000{number}-of-00003.safetensors"


@pytest.mark.parametrize("kept", [5, 8, 1000, 20_000])
def test_a_download_that_was_cut_off(folder: Path, kept: int) -> None:
    path = folder / WEIGHTS
    data = path.read_bytes()
    path.write_bytes(data[:kept])
    assert f"its {WEIGHTS} is cut off after " in refusal(folder)
    if kept == 20_000:
        assert f"after 20 kB of {len(data) / 1000:.0f} kB: fetch the file anew." in refusal(folder)


def test_a_pickle_that_was_cut_off(pickled: Path, tmp_path: Path) -> None:
    folder = copied(pickled, tmp_path / "model")
    path = folder / "pytorch_model.bin"
    path.write_bytes(path.read_bytes()[:9000])
    assert "its pytorch_model.bin is cut off, its end is missing" in refusal(folder)
    data = (pickled / "pytorch_model.bin").read_bytes()
    at = data.index(b"data.pkl") + 64
    path.write_bytes(data[:at] + b"\0" * 800 + data[at + 800 :])
    assert "its pytorch_model.bin is damaged: fetch the file anew." in refusal(folder)
    path.write_bytes(b"nothing of the kind")
    assert "is no file of weights that PyTorch writes" in refusal(folder)


@pytest.mark.parametrize("kept", [60, 9000])
def test_a_pickle_of_old_that_was_cut_off(pickled: Path, tmp_path: Path, kept: int) -> None:
    folder = copied(pickled, tmp_path / "model")
    path = folder / "pytorch_model.bin"
    weights = torch.load(path, weights_only=True)
    torch.save(weights, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:kept])
    assert "its weights are cut off: fetch the file anew." in refusal(folder)


def test_a_link_that_leads_nowhere(folder: Path) -> None:
    """As in a cache that was copied without what its links lead to."""
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).symlink_to(folder / "gone")
    assert f"its {WEIGHTS} cannot be read: No such file or directory." in refusal(folder)


def test_weights_that_are_damaged(folder: Path) -> None:
    path = folder / WEIGHTS
    data = path.read_bytes()
    path.write_bytes(b"PK\x03\x04" + data)
    assert "holds no safetensors, whatever its name says" in refusal(folder)
    path.write_bytes(data + b"more")
    assert "is damaged, it is longer than it says" in refusal(folder)
    path.write_bytes(data[:8] + b"{" * (len(data) - 8))
    assert "is damaged, its table of contents cannot be read" in refusal(folder)
    path.write_bytes(struct.pack("<Q", 9) + b'{"a": {}}')
    assert "is damaged" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_byte_order_mark(folder: Path, name: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    said = refusal(folder)
    assert f"its {name} begins with a byte-order mark: save it as UTF-8 without one." in said
    path.write_bytes(text.encode("utf-16"))
    assert f"its {name} is written in UTF-16: save it as UTF-8." in refusal(folder)


def test_a_byte_order_mark_before_a_vocabulary(folder: Path) -> None:
    """Which would make another piece of the first one, without a word."""
    without(folder, "tokenizer.json")
    (folder / "vocab.txt").write_bytes(b"\xef\xbb\xbf[PAD]\n[UNK]\n")
    assert "its vocab.txt begins with a byte-order mark" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_json_that_was_cut_off(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:-50])
    assert f"its {name} is no JSON, so it is cut off or was edited wrongly (line" in refusal(folder)


def test_a_shard_that_is_missing(sharded: Path, tmp_path: Path) -> None:
    folder = copied(sharded, tmp_path / "model")
    assert MaskedLM.load(str(folder)).info.warnings == ()
    without(folder, _shard(2))
    assert f"of the 3 files of its weights {_shard(2)} is missing; fetch it too" in refusal(folder)
    without(folder, _shard(3))
    assert f"{_shard(2)} and 1 more are missing; fetch them too" in refusal(folder)
    without(folder, f"{WEIGHTS}.index.json")
    assert f"{WEIGHTS}.index.json, which says what is in which file, is missing" in refusal(folder)


@pytest.mark.parametrize(
    "content", ["[]", '{"weight_map": 3}', "{", '{"weight_map": {"a": "../../secret"}}']
)
def test_an_index_that_is_broken(sharded: Path, tmp_path: Path, content: str) -> None:
    folder = copied(sharded, tmp_path / "model")
    (folder / f"{WEIGHTS}.index.json").write_text(content)
    assert f"{WEIGHTS}.index.json" in refusal(folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tf_model.h5", "its weights are for TensorFlow alone; look for a version with"),
        ("flax_model.msgpack", "its weights are for Flax alone"),
        ("model.onnx", "its weights are for ONNX alone"),
        ("adapter_config.json", "it holds an adapter, such as LoRA's"),
        ("best.pt", "are to be called model.safetensors, and there is only best.pt"),
        ("readme.txt", "model.safetensors is missing; fetch it too"),
        ("checkpoint-500/config.json", "one is in the folder checkpoint-500 below it"),
    ],
)
def test_no_weights_but_something_else(folder: Path, name: str, said: str) -> None:
    without(folder, WEIGHTS)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"something")
    assert said in refusal(folder)


def test_no_configuration_but_something_else(folder: Path) -> None:
    without(folder, "config.json")
    assert "give the folder that save_pretrained wrote" in refusal(folder)
    (folder / "adapter_config.json").write_text("{}")
    assert "merge the two (merge_and_unload)" in refusal(folder)


def test_shapes_that_are_not_the_configuration_s(folder: Path) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for changed, said in (
        ({"vocab_size": 200}, "word_embeddings.weight is 18 × 16 in the file and 200 × 16 by the"),
        ({"vocab_size": 7}, "word_embeddings.weight is 18 × 16 in the file and 7 × 16 by the"),
        ({"intermediate_size": 64}, "and 5 more do not fit"),
        ({"max_position_embeddings": 64}, "position_embeddings.weight is 32 × 16 in the file"),
    ):
        path.write_text(json.dumps({**config, **changed}))
        said_of_it = refusal(folder)
        assert "its weights are not those of its config.json" in said_of_it
        assert said in said_of_it


def test_what_is_whole_is_read(tmp_path: Path, pickled: Path) -> None:
    """Of several kinds of files, so that nothing sound is taken for broken."""
    assert MaskedLM.load(str(pickled)).info.warnings == ()
    old = copied(pickled, tmp_path / "old")
    weights = torch.load(old / "pytorch_model.bin", weights_only=True)
    torch.save(weights, old / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    assert MaskedLM.load(str(old)).info.warnings == ()
    families.save("roberta", tmp_path / "roberta")
    assert MaskedLM.load(str(tmp_path / "roberta")).info.warnings == ()
