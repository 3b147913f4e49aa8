"""The first answers come without torch, and what needs it waits for it alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.model import tiny
from tests.model.worker.real_child import Ear
from tui.analysis.interventions import CutHead
from tui.analysis.wanted import Target, WantedQuantities
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Analyzed, Failed, Loaded, StartingTorch, TakingMeans

TEXT = "The cat, even with all the chaos, [MASK] quickly."
GRADIENT = WantedQuantities(gradient=Target())


@pytest.fixture
def client() -> Iterator[ModelClient]:
    """A client with a process of its own."""
    client = ModelClient()
    yield client
    client.close()


def has_torch(client: ModelClient) -> bool:
    """Whether the process has anything of torch in its memory."""
    assert client.pid is not None
    return any("libtorch" in each.path for each in psutil.Process(client.pid).memory_maps())


async def test_torch_comes_for_the_first_gradient_and_takes_over(client: ModelClient) -> None:
    client.load("embedded")
    ear = Ear(client)
    assert isinstance(await ear.next(), Loaded)
    client.analyze(TEXT, top_k=3)
    plain = (await ear.answer()).analysis
    assert not has_torch(client)
    client.analyze(TEXT, top_k=3, wanted=GRADIENT)
    waits = []
    while isinstance(event := await ear.next(), StartingTorch):
        waits.append(event.seconds)
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert isinstance(event, Analyzed)
    assert event.analysis.derived.gradient is not None
    assert event.analysis.attention == pytest.approx(plain.attention, abs=1e-5)
    assert has_torch(client)
    client.analyze(TEXT, top_k=3)
    after = (await ear.answer()).analysis
    assert [one.token for one in after.candidates[0]] == [one.token for one in plain.candidates[0]]


async def test_a_question_that_needs_no_torch_is_answered_while_it_starts(
    client: ModelClient,
) -> None:
    client.load("embedded")
    ear = Ear(client)
    assert isinstance(await ear.next(), Loaded)
    client.analyze(TEXT, top_k=3, wanted=GRADIENT)
    assert await ear.next() == StartingTorch(0.0)
    number = client.analyze(TEXT, top_k=3)
    event = await ear.next()
    while isinstance(event, StartingTorch):
        event = await ear.next()
    assert isinstance(event, Analyzed)
    assert event.id == number
    assert event.analysis.derived.gradient is None


async def test_without_torch_everything_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: ModelClient
) -> None:
    (tmp_path / "torch.py").write_text('raise ImportError("torch is \\x1b[31mbroken")')
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    client.load("embedded")
    ear = Ear(client)
    assert isinstance(await ear.next(), Loaded)
    client.analyze(TEXT, top_k=3, wanted=GRADIENT)
    while isinstance(event := await ear.next(), StartingTorch):
        pass
    assert isinstance(event, Failed)
    assert event.message.startswith("torch and transformers, which this needs, cannot be imported")
    assert "torch is broken" in event.message
    client.analyze(TEXT, top_k=3)
    assert (await ear.answer()).analysis.candidates[0]


async def test_means_are_taken_before_the_first_cut_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: ModelClient
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    client.load(str(tiny.save_bert(tmp_path / "model")))
    ear = Ear(client)
    assert isinstance(await ear.next(), Loaded)
    cut = (CutHead(0, 1),)
    client.analyze("the cat [MASK]", top_k=1, interventions=cut)
    steps = []
    while isinstance(event := await ear.next(), TakingMeans):
        steps.append(event)
    assert steps
    assert steps[-1].done == steps[-1].of
    assert isinstance(event, Analyzed)
    assert event.analysis.interventions == cut
    assert f"mean of {steps[-1].of} sentences" in event.analysis.changed
    client.analyze("the dog [MASK]", top_k=1, interventions=cut)
    assert isinstance(await ear.next(), Analyzed), "they are taken once"
