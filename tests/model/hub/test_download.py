"""Models from a hub that speaks the real protocol: whole, cut off, refused, hanging, given up."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from huggingface_hub import close_session, constants

from tests.model import tiny
from tests.model.hub.hub_server import Fault, Hub, running_hub
from tests.model.torch_models import network
from tui.errors import Cancelled, ModelError
from tui.model.hub import cache as cache_module
from tui.model.hub import download as download_module
from tui.model.hub.download import Progress, download
from tui.model.library_settings import without_network
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.loading import load

NAME = "somebody/tiny"
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one tiny model, and an empty cache."""
    with running_hub() as hub:
        hub.publish(NAME, tiny.save_bert(tmp_path / "published"))
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            hub.address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1024)  # as small as the model
        monkeypatch.delenv("HF_TOKEN", raising=False)
        close_session()
        yield hub
        close_session()


def sentence_for(name: str = NAME) -> str:
    """What the user is told about a model that cannot be had: one line."""
    with pytest.raises(ModelError) as raised:
        load(name)
    said = str(raised.value)
    assert said.isprintable()
    return said


def leftovers(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").rglob("*.incomplete")]


# What is fetched


def test_a_model_is_fetched_and_then_needs_no_hub(hub: Hub) -> None:
    hub.repositories[NAME] |= {
        "tf_model.h5": b"x" * 1000, "pytorch_model.bin": b"y" * 1000, "README.md": b"z",
        "onnx/model.onnx": b"w", ".gitattributes": b"v", "modeling_evil.py": b"u",
    }  # fmt: skip
    model = MaskedLM.load(NAME)
    assert model.info.name == NAME
    assert model.analyze("the [MASK] sat").attention.shape == (2, 2, 5, 5)
    fetched = {path.rpartition("/")[2] for method, path, _ in hub.requests if method == "GET"}
    assert fetched == {"tiny", "config.json", "tokenizer.json", "tokenizer_config.json", WEIGHTS}
    asked = len(hub.requests)
    again = MaskedLM.load(NAME)
    assert len(hub.requests) == asked, "what the cache holds whole is not asked for again"
    assert again.analyze("the [MASK] sat").candidates == model.analyze("the [MASK] sat").candidates
    assert load(NAME, offline=True).model is not None


def test_how_far_it_is_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "_REPORT_EVERY", 0.0)
    hub.pace = 0.01
    heard: list[Progress] = []
    download(NAME, report=heard.append)
    total = sum(len(data) for data in hub.repositories[NAME].values())
    assert {progress.total for progress in heard} == {total}
    done = [progress.done for progress in heard]
    assert done == sorted(done)
    assert 0 < done[len(done) // 2] < total
    assert any(p.rate > 0 and p.seconds_left and p.seconds_left < 60 for p in heard)


def test_weights_in_several_files(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "sharded"
    model = load(str(tiny.save_bert(tmp_path / "whole"))).model
    model.save_pretrained(folder, max_shard_size="5KB")
    tiny.tokenizer().save_pretrained(folder)
    files = hub.publish("somebody/sharded", folder)
    shards = {name for name in files if name.startswith("model-")}
    assert len(shards) > 1
    heard: list[Progress] = []
    download("somebody/sharded", report=heard.append)
    theirs = load("somebody/sharded").model
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, theirs.state_dict()[name])
    (tmp_path / "cache" / "models--somebody--sharded").rename(tmp_path / "moved")
    assert cache_module.cached("somebody/sharded") is None


def test_an_index_that_leads_out_of_the_folder_is_refused(hub: Hub, tmp_path: Path) -> None:
    files = hub.repositories[NAME]
    del files[WEIGHTS]
    files["model.safetensors.index.json"] = json.dumps(
        {"weight_map": {"a": "../../../outside.safetensors"}}
    ).encode()
    assert "which is no file's name" in sentence_for()
    assert not list(tmp_path.rglob("outside*"))


def test_weights_that_are_pickled_ask_no_conversion_service(hub: Hub, tmp_path: Path) -> None:
    files = hub.repositories[NAME]
    del files[WEIGHTS]
    weights = load(str(tmp_path / "published")).model.state_dict()
    torch.save(weights, tmp_path / "pytorch_model.bin")
    files["pytorch_model.bin"] = (tmp_path / "pytorch_model.bin").read_bytes()
    before = threading.active_count()
    assert MaskedLM.load(NAME).analyze("the [MASK]").attention.shape[0] == 2
    assert threading.active_count() <= before + 1, "only the server's own threads"
    assert not any("discussions" in path or method == "POST" for method, path, _ in hub.requests)


def test_what_cannot_be_shown_is_refused_before_its_weights_are_fetched(hub: Hub) -> None:
    files = hub.repositories[NAME]
    files["config.json"] = files["config.json"].replace(
        b'"model_type": "bert"', b'"model_type": "fnet"'
    )
    assert "is a fnet model, which mixes tokens by Fourier transforms" in sentence_for()
    assert hub.fetched(WEIGHTS) == []


@pytest.mark.parametrize(
    ("missing", "says"),
    [("config.json", "it has no config.json"), (WEIGHTS, "no weights in safetensors or PyTorch")],
)
def test_a_repository_without_a_model(hub: Hub, missing: str, says: str) -> None:
    del hub.repositories[NAME][missing]
    assert says in sentence_for()


# What goes wrong


def test_a_cut_line_is_taken_up_where_it_was_cut(hub: Hub, tmp_path: Path) -> None:
    size = len(hub.repositories[NAME][WEIGHTS])
    hub.faults[WEIGHTS] = Fault(cut_after=size // 2, times=1)
    model = MaskedLM.load(NAME)
    starts = hub.fetched(WEIGHTS)
    assert len(starts) == 2
    assert 0 < starts[1] <= size // 2
    whole = load(str(tmp_path / "published")).model.state_dict()
    for name, weight in network(model).state_dict().items():
        assert torch.equal(weight, whole[name])


def test_a_failed_download_goes_on_from_the_files_that_are_complete(
    hub: Hub, tmp_path: Path
) -> None:
    hub.faults[WEIGHTS] = Fault(status=403)
    assert "The hub does not let you have somebody/tiny" in sentence_for()
    assert cache_module.cached(NAME) is None, "half a model is none"
    assert leftovers(tmp_path) == []
    del hub.faults[WEIGHTS]
    hub.requests.clear()
    load(NAME)
    assert hub.fetched(WEIGHTS) == [0]
    assert hub.fetched("tokenizer.json") == []


def test_a_truncated_file_is_no_model(hub: Hub, tmp_path: Path) -> None:
    hub.faults[WEIGHTS] = Fault(shorter=100)
    assert (
        sentence_for()
        == "A file of somebody/tiny came incomplete; choose it again to download it anew."
    )
    assert cache_module.cached(NAME) is None
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("fault", "says", "exit_code"),
    [
        (Fault(404, "RepoNotFound"), "There is no model named somebody/tiny here", 2),
        (Fault(403, "GatedRepo"), "somebody/tiny is gated: ask for access", 1),
        (Fault(429), "too many requests", 1),
        (Fault(503), "a problem of its own (HTTP 503)", 1),
    ],
    ids=["404", "gated", "429", "503"],
)
def test_what_the_hub_says_is_told_in_one_sentence(
    hub: Hub, fault: Fault, says: str, exit_code: int
) -> None:
    hub.faults["info"] = fault
    begin = time.monotonic()
    with pytest.raises(ModelError) as raised:
        load(NAME)
    assert says in str(raised.value)
    assert str(raised.value).isprintable()
    assert raised.value.exit_code == exit_code, "a name that is nobody's is a wrong request"
    assert time.monotonic() - begin < 3


def test_a_file_that_vanished(hub: Hub) -> None:
    hub.faults[WEIGHTS] = Fault(404, "EntryNotFound")
    assert "does not have all the files of somebody/tiny" in sentence_for()


def test_a_private_model_needs_the_hubs_own_token(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.private.add(NAME)
    assert "for a private model, log in with `hf auth login` or set HF_TOKEN" in sentence_for()
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not accept your token" in sentence_for()
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    assert load(NAME).model.config.model_type == "bert"


def test_a_hub_that_stops_sending(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "STALLED_AFTER", 0.4)
    hub.faults[WEIGHTS] = Fault(hang_after=1000)
    begin = time.monotonic()
    assert "The hub stopped sending somebody/tiny" in sentence_for()
    assert time.monotonic() - begin < 3
    assert cache_module.cached(NAME) is None


def test_a_hub_that_does_not_answer(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "HUB_TIMEOUT", 0.3)
    hub.faults["info"] = Fault(hang_after=0)
    assert "the hub cannot be reached" in sentence_for()


def test_no_network(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "the hub cannot be reached; check the network" in sentence_for()


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_offline_asks_nobody(hub: Hub, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", how == "environment")
    with pytest.raises(ModelError, match="no model named somebody/tiny on this machine"):
        load(NAME, offline=how == "flag")
    assert hub.requests == []


def test_a_model_that_is_made_meanwhile_is_waited_for(hub: Hub) -> None:
    """Such as for the check of a download that was given up: all requests are refused meanwhile."""
    with ThreadPoolExecutor() as beside:
        with without_network():
            loading = beside.submit(load, NAME)
            with pytest.raises(TimeoutError):
                loading.result(timeout=0.5)
            assert hub.requests == []
        assert loading.result(timeout=60).model.config.model_type == "bert"


def test_a_full_disk(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download_module, "hf_hub_download", full)
    assert sentence_for() == "The disk is full: free some space to download somebody/tiny."


# Giving up


@pytest.mark.parametrize("what", ["slow", "hanging", "silent"])
def test_a_download_is_given_up_at_once(hub: Hub, tmp_path: Path, what: str) -> None:
    if what == "slow":
        hub.pace = 0.05
    elif what == "hanging":
        hub.faults[WEIGHTS] = Fault(hang_after=1000)
    else:
        hub.faults["info"] = Fault(hang_after=0)
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        load(NAME, cancelled=lambda: time.monotonic() - begin > 0.4)
    assert time.monotonic() - begin < 0.7
    assert cache_module.cached(NAME) is None


def test_what_a_killed_download_left_is_removed(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "models--somebody--tiny" / "blobs"
    folder.mkdir(parents=True)
    old, new = folder / "a.0.incomplete", folder / "b.1.incomplete"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    load(NAME)
    assert not old.exists()
    assert new.exists(), "another program may be writing it"


# The cache


def test_the_cache_lists_what_it_holds_whole(hub: Hub, tmp_path: Path) -> None:
    assert cache_module.cached_models() == []
    load(NAME)
    root = tmp_path / "cache"
    (root / "models--half--a-model" / "snapshots" / ("0" * 40)).mkdir(parents=True)
    (root / "datasets--not--mine" / "snapshots").mkdir(parents=True)
    gpt2 = root / "models--gpt2" / "snapshots" / ("1" * 40)
    tiny.save_gpt2(gpt2)
    fnet = root / "models--fnet" / "snapshots" / ("2" * 40)
    tiny.save_bert(fnet)
    (fnet / "config.json").write_text('{"model_type": "fnet"}')
    [found] = cache_module.cached_models()
    assert (found.name, found.layers, found.heads) == (NAME, 2, 2)
    assert found.size == sum(
        len(data)
        for name, data in hub.repositories[NAME].items()
        if name != "special_tokens_map.json"
    )


def revision(root: Path, number: int, *, whole: bool, age: float = 0.0) -> Path:
    """A revision of a model in a cache."""
    folder = tiny.save_bert(root / "snapshots" / (str(number) * 40))
    if not whole:
        (folder / WEIGHTS).unlink()
    for path in folder.iterdir():
        os.utime(path, (time.time() - age, time.time() - age))
    return folder


def test_of_several_revisions_main_goes_first_then_the_newest_that_is_whole(
    hub: Hub, tmp_path: Path
) -> None:
    root = tmp_path / "cache" / "models--somebody--tiny"
    revision(root, 1, whole=True, age=50.0)
    newest = revision(root, 2, whole=True)
    revision(root, 3, whole=False)
    assert cache_module.cached(NAME) == newest, "no branch is known"
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text("1" * 40)
    assert cache_module.cached(NAME) == root / "snapshots" / ("1" * 40)
    (root / "refs" / "main").write_text("3" * 40)
    assert cache_module.cached(NAME) == newest, "half a model is none"
    assert [model.name for model in cache_module.cached_models()] == [NAME]
    assert load(NAME, offline=True).model is not None


@pytest.mark.parametrize(
    "name", ["somebody/other", "no name/at all", "../../etc", "x" * 300, "a\0b"]
)
def test_what_the_cache_does_not_hold_is_found_out_without_a_look_at_all_of_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    load(NAME)
    monkeypatch.setattr(cache_module, "scan_cache_dir", None)
    assert cache_module.cached(name) is None


def test_a_folder_that_cannot_be_read_hides_no_other(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(NAME)
    tiny.save_bert(tmp_path / "cache" / "models--a--closed" / "snapshots" / ("1" * 40))
    is_whole = cache_module.is_whole

    def refused(folder: Path) -> bool:
        if "closed" in str(folder):
            raise PermissionError
        return is_whole(folder)

    monkeypatch.setattr(cache_module, "is_whole", refused)
    assert [model.name for model in cache_module.cached_models()] == [NAME]


def test_a_cache_that_cannot_be_read_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cache in (tmp_path / "gone", tmp_path / "file"):
        (tmp_path / "file").touch()
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
        assert cache_module.cached_models() == []
        assert cache_module.cached(NAME) is None


def test_the_oldest_models_are_known_by_both_their_names(hub: Hub, tmp_path: Path) -> None:
    hub.publish("google-bert/bert-tiny", tmp_path / "published")
    folder = download("google-bert/bert-tiny")
    assert cache_module.cached("bert-tiny") == folder
    assert cache_module.cached("google-bert/bert-tiny") == folder
    for other in ("evil/bert-tiny", "roberta-tiny", "google-bert/roberta-tiny"):
        assert cache_module.cached(other) is None


def test_a_cached_model_whose_file_is_gone_is_fetched_again(hub: Hub) -> None:
    folder = download(NAME)
    (folder / WEIGHTS).resolve().unlink()
    assert cache_module.cached(NAME) is None
    assert load(NAME).model is not None
