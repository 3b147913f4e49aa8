"""The real process: it answers, dies, hangs, is replaced, and never stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import processors

from tests.model import tiny
from tests.model.hub.hub_server import running_hub
from tests.model.worker.real_child import Ear, is_running, pid_of, wait_for_end
from tui.analysis.wanted import Target, WantedQuantities
from tui.model.masked_lm import MaskedLM
from tui.model.worker import client as client_module
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import (
    Analyzed,
    Died,
    Downloading,
    Failed,
    Loaded,
    LoadFailed,
    ModelList,
)

ROOT = Path(__file__).parents[3]
TEXT = "Paris is the [MASK] of France."
LONG = "cat " * 500 + "[MASK]"

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def served() -> Iterator[ModelClient]:
    """A client whose process holds the embedded model, or soon will."""
    client = ModelClient()
    client.load("embedded")
    yield client
    pid = client.pid
    client.close()
    assert pid is None or not is_running(pid)


@pytest.fixture
async def ear(served: ModelClient) -> Ear:
    """An ear on the client, once the process has a model and nothing to say."""
    ear = Ear(served)
    served.analyze("Ready, [MASK].", top_k=1)
    while not isinstance(await ear.next(), Analyzed):
        pass
    return ear


# Answers


async def test_what_is_asked_before_anybody_listens_is_answered() -> None:
    client = ModelClient()
    try:
        client.load("embedded")
        number = client.analyze(TEXT, top_k=4)
        ear = Ear(client)
        loaded = await ear.next()
        assert isinstance(loaded, Loaded)
        assert (loaded.info.layers, loaded.info.heads) == (6, 12)
        assert (await ear.answer()).id == number
    finally:
        client.close()


async def test_what_is_wanted_beyond_the_weights_comes_along(
    served: ModelClient, ear: Ear, model: MaskedLM
) -> None:
    wanted = WantedQuantities(mixing=True, values=True, gradient=Target(), likeness=(1, 2))
    served.analyze(TEXT, top_k=1, wanted=wanted)
    answer, here = (await ear.answer()).analysis, model.analyze(TEXT, wanted=wanted)
    np.testing.assert_array_equal(answer.statistics.thumbnails, here.statistics.thumbnails)
    for name, numbers in here.statistics.numbers.items():
        np.testing.assert_allclose(answer.statistics.numbers[name], numbers, rtol=0, atol=1e-4)
    assert answer.statistics.labels.keys() == here.statistics.labels.keys()
    ours, theirs = answer.derived, here.derived
    assert ours.given == theirs.given == {"mixing", "values", "gradient", "likeness"}
    assert ours.mixing
    assert theirs.mixing
    assert ours.gradient
    assert theirs.gradient
    np.testing.assert_allclose(ours.mixing.rollout, theirs.mixing.rollout, atol=1e-5)
    np.testing.assert_allclose(ours.gradient.products, theirs.gradient.products, atol=1e-4)
    assert ours.values is not None
    assert theirs.values is not None
    np.testing.assert_allclose(ours.values.norms(1, 1), theirs.values.norms(1, 1), rtol=1e-4)
    served.analyze(TEXT, top_k=1)
    assert not (await ear.answer()).analysis.derived.given


async def test_the_answer_is_that_of_the_model_in_this_process(
    served: ModelClient, ear: Ear, model: MaskedLM
) -> None:
    number = served.analyze(f"{TEXT} 🙂", top_k=4)
    event = await ear.answer()
    here, there = model.analyze(f"{TEXT} 🙂", top_k=4), event.analysis
    assert event.id == number
    assert (there.text, there.model, there.tokens) == (here.text, here.model, here.tokens)
    assert (there.masks, there.notes) == (here.masks, here.notes)
    assert [one.token for one in there.candidates[0]] == [one.token for one in here.candidates[0]]
    np.testing.assert_allclose(there.attention, here.attention, rtol=0, atol=1e-5)
    np.testing.assert_allclose(there.peaks, here.peaks, rtol=0, atol=1e-5)
    assert not there.attention.flags.writeable


async def test_the_newest_of_many_requests_is_the_one_answered(
    served: ModelClient, ear: Ear
) -> None:
    numbers = [served.analyze(LONG, top_k=1) for _ in range(5)]
    last = served.analyze(TEXT, top_k=1)
    assert last > max(numbers)
    assert (await ear.answer()).id == last
    await ear.silence(0.2)


async def test_a_cancelled_request_stops_and_the_next_is_answered(
    served: ModelClient, ear: Ear
) -> None:
    served.analyze(LONG, top_k=1)
    await asyncio.sleep(0.02)
    assert served.cancel()
    await ear.silence(0.3)
    number = served.analyze(TEXT, top_k=1)
    assert (await ear.answer()).id == number


async def test_a_wrong_request_is_told(served: ModelClient, ear: Ear) -> None:
    for text, says in (("  ", "There is no text"), ("cat " * 600, "90 word pieces too long")):
        number = served.analyze(text, top_k=1)
        event = await ear.next()
        assert isinstance(event, Failed)
        assert event.id == number
        assert says in event.message


async def test_a_model_that_cannot_be_had_leaves_the_one_before(
    served: ModelClient, ear: Ear
) -> None:
    pid = served.pid
    served.load("./no/such/folder")
    event = await ear.next()
    assert isinstance(event, LoadFailed)
    assert event.message.startswith("There is no folder ./no/such/folder;")
    number = served.analyze(TEXT, top_k=1)
    answer = await ear.answer()
    assert (answer.id, answer.analysis.model.name) == (number, "embedded")
    assert served.pid == pid


async def test_without_a_model_a_request_fails_and_a_load_mends_it(tmp_path: Path) -> None:
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load("./no/such/folder")
        assert isinstance(await ear.next(), LoadFailed)
        number = client.analyze(TEXT, top_k=1)
        failed = await ear.next()
        assert isinstance(failed, Failed)
        assert failed.id == number
        assert "There is no folder ./no/such/folder" in failed.message, "why there is none"
        client.load(str(tiny.save_bert(tmp_path)))
        assert isinstance(await ear.next(), Loaded)
        client.analyze("the [MASK] sat", top_k=1)
        assert (await ear.answer()).analysis.attention.shape == (2, 2, 5, 5)
    finally:
        client.close()


async def test_an_error_inside_a_model_is_told_and_survived(
    served: ModelClient, ear: Ear, tmp_path: Path
) -> None:
    """A tokenizer that says of a text that it is a sixth sentence: the embedding is not there."""
    folder = tiny.save_bert(tmp_path)
    odd = tiny.tokenizer()
    odd.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A:5 [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    odd.save_pretrained(folder)
    pid = served.pid
    served.load(str(folder))
    assert isinstance(await ear.next(), Loaded)
    served.analyze("the zebra [MASK]", top_k=1)
    failed = await ear.next()
    assert isinstance(failed, Failed)
    assert failed.message.startswith("The model could not run on this text: index 5 is out")
    served.load("embedded")
    assert isinstance(await ear.next(), Loaded)
    assert served.pid == pid


@needs_proc
async def test_no_descriptor_leaks(served: ModelClient, ear: Ear) -> None:
    def count() -> tuple[int, int]:
        gc.collect()
        ours, theirs = Path("/proc/self/fd"), Path(f"/proc/{served.pid}/fd")
        return len(list(ours.iterdir())), len(list(theirs.iterdir()))

    async def ask() -> None:
        served.analyze(TEXT, top_k=1)
        await ear.answer()

    await ask()
    await ask()
    before = count()
    for _ in range(20):
        await ask()
    assert count() == before


# Other models


async def test_a_model_is_fetched_followed_given_up_and_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the real process, which knows the hub by HF_ENDPOINT as everybody does."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    client = ModelClient()
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        files = hub.publish("somebody/tiny", tiny.save_bert(tmp_path / "published"))
        files["model.safetensors"] += bytes(8 << 20)
        hub.pace = 0.002
        ear = Ear(client)
        try:
            client.load("embedded")
            assert isinstance(await ear.next(), Loaded)
            pid = pid_of(client)

            client.load("somebody/tiny")
            progress = await ear.next()
            assert isinstance(progress, Downloading)
            while progress.rate == 0:
                progress = await ear.next()
                assert isinstance(progress, Downloading)
            assert 0 < progress.done < progress.total
            client.list_models()
            while not isinstance(listed := await ear.next(), ModelList):
                pass
            assert listed == ModelList(()), "half a model is not listed"

            assert client.cancel_load()
            number = client.analyze(TEXT, top_k=1)
            begin = time.monotonic()
            assert (await ear.answer()).id == number, "the model before answers"
            assert time.monotonic() - begin < 2
            assert pid_of(client) == pid

            files["model.safetensors"] = (tmp_path / "published" / "model.safetensors").read_bytes()
            hub.pace = 0
            load = client.load("somebody/tiny")
            while isinstance(event := await ear.next(), Downloading):
                pass
            assert isinstance(event, Loaded)
            assert (event.id, event.info.layers) == (load, 2)
            client.list_models()
            listed = await ear.next()
            assert isinstance(listed, ModelList)
            assert [model.name for model in listed.models] == ["somebody/tiny"]
        finally:
            client.close()


# Death


async def test_a_killed_process_is_replaced(served: ModelClient, ear: Ear) -> None:
    pid = pid_of(served)
    served.analyze(LONG, top_k=1)
    os.kill(pid, signal.SIGKILL)
    died = await ear.next()
    assert died == Died(
        "The model's process was killed (out of memory?); "
        "a fresh one is loading, press enter to ask again.",
        restarted=True,
    )
    assert pid_of(served) != pid
    assert not served.is_busy
    assert isinstance(await ear.next(), Loaded)
    served.analyze(TEXT, top_k=1)
    await ear.answer()


async def test_a_process_that_dies_while_loading_is_tried_again_on_request() -> None:
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load("embedded")
        os.kill(pid_of(client), signal.SIGSEGV)
        died = await ear.next()
        assert died == Died(
            "The model's process was ended by SIGSEGV while loading embedded; "
            "press enter to try again.",
            restarted=False,
        )
        assert client.pid is None
        client.analyze(TEXT, top_k=1)
        assert isinstance(await ear.next(), Loaded)
        await ear.answer()
    finally:
        client.close()


async def test_a_process_that_cannot_even_start_says_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text('raise ImportError("numpy is \\x1b[31mbroken")')
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load("embedded")
        died = await ear.next()
    finally:
        client.close()
    assert died == Died(
        "The model's process ended with code 1: ImportError: numpy is broken "
        "while loading embedded; press enter to try again.",
        restarted=False,
    )


async def test_a_process_that_hangs_is_replaced(
    served: ModelClient, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PATIENCE", 0.2)
    pid = pid_of(served)
    os.kill(pid, signal.SIGSTOP)
    served.analyze(TEXT, top_k=1)
    newer = served.analyze(TEXT, top_k=1)
    assert isinstance(await ear.next(), Loaded)
    assert (await ear.answer()).id == newer
    assert pid_of(served) != pid
    assert not is_running(pid)


# Nothing stays behind


async def test_closing_while_it_loads_takes_no_time() -> None:
    for pause in (0.0, 0.1, 0.3, 1.0):
        client = ModelClient()
        ear = Ear(client)
        client.load("embedded")
        client.analyze(TEXT, top_k=1)
        await asyncio.sleep(pause)
        await ear.all_so_far()
        pid = pid_of(client)
        begin = time.monotonic()
        client.close()
        assert time.monotonic() - begin < 0.3
        assert client.pid is None
        assert not is_running(pid)
        await ear.silence(0)


OWNER = """
import asyncio, sys, time
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Loaded

async def main():
    client, loaded = ModelClient(), asyncio.Event()
    client.load("embedded")
    client.listen(lambda event: loaded.set())
    if sys.argv[1] == "loaded":
        await loaded.wait()
        client.analyze("cat " * 500, top_k=1)
    else:
        await asyncio.sleep(0.5)
    print(client.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("when", ["loading", "loaded"])
def test_the_process_ends_with_an_app_that_is_killed(when: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, when], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        assert is_running(pid)
        owner.kill()
    assert wait_for_end(pid, seconds=2) < 1


async def test_nothing_of_the_current_folder_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load(str(tiny.save_bert(tmp_path / "model", dtype=torch.float16)))
        assert isinstance(await ear.next(), Loaded)
    finally:
        client.close()
