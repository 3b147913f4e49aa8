"""Models of other shapes, long texts, and what there is no memory for; devices and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, ModernBertConfig, ModernBertForMaskedLM

from tests.model import families, tiny
from tests.model.torch_models import network
from tui.analysis.analysis import Attention
from tui.analysis.wanted import WEIGHTS_ALONE, Quantity, Target, WantedQuantities
from tui.errors import ModelError, RequestError, TextTooLongError
from tui.model import budget
from tui.model.budget import Holding, plan_memory
from tui.model.derivation import ONE_LAYER
from tui.model.masked_lm import MaskedLM
from tui.model.memory import lack_of_memory_is_told
from tui.model.torch_engine import probe
from tui.model.torch_engine.devices import resolve_device
from tui.model.torch_engine.loading import load


def bert(folder: Path, layers: int, heads: int, positions: int) -> MaskedLM:
    """A random BERT of a given shape."""
    tokenizer = families.wordpiece()
    tokenizer.model_max_length = positions
    torch.manual_seed(0)
    BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=8 * heads, num_hidden_layers=layers,
            num_attention_heads=heads, intermediate_size=16, max_position_embeddings=positions,
        )
    ).save_pretrained(folder)  # fmt: skip
    tokenizer.save_pretrained(folder)
    return MaskedLM.load(str(folder))


@pytest.mark.parametrize(("layers", "heads"), [(1, 1), (1, 16), (24, 1), (24, 16)])
def test_any_number_of_layers_and_heads(tmp_path: Path, layers: int, heads: int) -> None:
    model = bert(tmp_path, layers, heads, 32)
    assert (model.info.layers, model.info.heads) == (layers, heads)
    analysis = model.analyze("the cat [MASK]")
    assert analysis.attention.shape == (layers, heads, 5, 5)
    assert analysis.peaks.shape == (layers, heads)
    np.testing.assert_allclose(analysis.attention.sum(axis=-1), 1, atol=1e-5)


def test_512_positions(tmp_path: Path) -> None:
    model = bert(tmp_path, 2, 2, 512)
    text = "the " * 509 + "[MASK]"
    analysis = model.analyze(text)
    assert analysis.attention.shape == (2, 2, 512, 512)
    assert analysis.masks == (510,)
    with pytest.raises(TextTooLongError, match="1 word piece too long"):
        model.analyze(f"the {text}")


def test_8192_positions_are_shown_layer_by_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "BUDGET", 400_000_000)
    tokenizer = families.byte_level()
    tokenizer.model_max_length = 8192
    config = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=8, num_hidden_layers=2, num_attention_heads=1,
        intermediate_size=8, pad_token_id=1, local_attention=16, global_attn_every_n_layers=2,
    )  # fmt: skip
    ModernBertForMaskedLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    model = MaskedLM.load(str(tmp_path))
    assert model.info.max_tokens == 8192
    analysis = model.analyze(" cat" * 8189 + " [MASK]", layer=1)
    assert analysis.attention.shape == (1, 1, 8192, 8192)
    assert analysis.held == range(1, 2)
    np.testing.assert_allclose(analysis.attention[0, 0, ::512].sum(axis=-1), 1, atol=1e-4)
    # Sixteen tokens wide: eight to each side, and the token itself.
    assert ((analysis.attention[0, 0, 1000:1100] > 0).sum(axis=-1) == 17).all()


def test_large_layers_are_computed_head_by_head_and_come_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = bert(tmp_path, 2, 3, 32)
    texts = ["the cat sat on the [MASK]", "a dog"]
    at_once = model.analyze_batch(texts)
    monkeypatch.setattr(probe, "AT_ONCE", 0)
    one_by_one = model.analyze_batch(texts)
    for first, second in zip(at_once, one_by_one, strict=True):
        np.testing.assert_allclose(first.attention, second.attention, rtol=0, atol=1e-6)


# Memory


def test_how_much_is_held_is_decided_before_anything_is_allocated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = bert(tmp_path, 4, 2, 64)
    given_out: list[tuple[int, ...]] = []

    def allocate(shape: tuple[int, ...]) -> Attention:
        given_out.append(shape)
        return np.empty(shape, dtype=np.float32)

    layer = 4 * 2 * 12 * 12
    text = "the " * 10
    whole = budget.needed(4, 2, 12, wanted=WEIGHTS_ALONE)
    monkeypatch.setattr(budget, "BUDGET", whole)
    assert model.analyze(text, allocate=allocate).held == range(4)
    monkeypatch.setattr(budget, "BUDGET", whole - 1)
    assert model.analyze(text, allocate=allocate, layer=2).held == range(2, 3)
    assert given_out == [(4, 2, 12, 12), (1, 2, 12, 12)]
    monkeypatch.setattr(budget, "free_memory", lambda: 3 * layer - 1)
    with pytest.raises(TextTooLongError, match="The attention of 12 word pieces takes"):
        model.analyze(text, allocate=allocate)
    assert len(given_out) == 2


def test_the_largest_case_known_is_no_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    """264 heads at 8192 tokens: 71 GB whole, 3.2 GB a layer."""
    monkeypatch.setattr(budget, "free_memory", lambda: 64_000_000_000)
    assert plan_memory(22, 12, 8192, shown=5) == Holding(5, 1)
    assert plan_memory(12, 12, 512, shown=5) == Holding(0, 12)
    monkeypatch.setattr(budget, "free_memory", lambda: 8_000_000_000)
    with pytest.raises(TextTooLongError, match=r"takes 9.7 GB a layer, and 8.0 GB of memory"):
        plan_memory(22, 12, 8192, shown=5)


EVERYTHING = WantedQuantities(True, True, Target(), (0, 0), words=True)


def test_what_is_free_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """12 × 12 heads at 512 tokens: 189 MB while they are computed, 667 with a gradient."""
    free = 0
    monkeypatch.setattr(budget, "free_memory", lambda: free)
    bare = WantedQuantities(words=True)
    refusals: list[tuple[WantedQuantities, frozenset[Quantity]]] = [
        (EVERYTHING, frozenset()),
        (replace(EVERYTHING, gradient=None), frozenset({"gradient"})),
        (bare, EVERYTHING.quantities),
    ]
    for less, refused in refusals:
        bytes_ = budget.needed(12, 12, 512, wanted=less)
        free = 2 * bytes_
        assert plan_memory(12, 12, 512, shown=5, wanted=EVERYTHING) == Holding(0, 12, less, refused)
        free -= 2
        assert plan_memory(12, 12, 512, shown=5, wanted=EVERYTHING).wanted != less or less == bare
    assert plan_memory(12, 12, 512, shown=5, wanted=EVERYTHING) == Holding(
        5, 1, bare, EVERYTHING.quantities
    )
    free = 1 << 50
    monkeypatch.setattr(budget, "BUDGET", 200_000_000)
    assert plan_memory(12, 12, 512, shown=5, wanted=EVERYTHING).layers == 12
    assert plan_memory(12, 12, 1024, shown=5).layers == 1


@pytest.mark.parametrize(
    "wanted",
    [
        WantedQuantities(mixing=True),
        WantedQuantities(values=True),
        WantedQuantities(gradient=Target()),
        WantedQuantities(likeness=(0, 0)),
    ],
)
def test_whatever_is_computed_besides_counts(wanted: WantedQuantities) -> None:
    alone = budget.needed(4, 2, 100, wanted=WEIGHTS_ALONE)
    assert budget.needed(4, 2, 100, wanted=wanted) > alone
    assert budget.needed(4, 2, 100, texts=3, wanted=WEIGHTS_ALONE) == 3 * alone


def test_what_there_is_no_room_for_is_told_and_all_layers_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = bert(tmp_path, 4, 2, 64)
    wanted = WantedQuantities(mixing=True, gradient=Target())
    room = budget.needed(4, 2, 12, wanted=wanted)
    monkeypatch.setattr(budget, "BUDGET", room)
    text = "the " * 9 + "[MASK]"
    assert model.analyze(text, wanted=wanted).derived.given == {"mixing", "gradient"}
    monkeypatch.setattr(budget, "BUDGET", room - 1)
    analysis = model.analyze(text, wanted=wanted)
    assert analysis.held == range(4)
    assert analysis.derived.given == {"mixing"}
    assert analysis.derived.missing == {"gradient": budget.NO_ROOM}
    assert analysis.derived.answers(wanted)
    monkeypatch.setattr(budget, "BUDGET", 0)
    alone = model.analyze(text, wanted=wanted)
    assert alone.held == range(1)
    assert alone.derived.missing == dict.fromkeys(("mixing", "gradient"), ONE_LAYER)
    assert alone.derived.answers(wanted)


def test_this_machine_says_how_much_memory_is_free() -> None:
    assert budget.free_memory() > 100_000_000


def group(folder: Path, names: tuple[str, str, str], limit: str, used: int, files: int) -> None:
    """A control group as Linux shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    limits, usage, droppable = names
    (folder / limits).write_text(f"{limit}\n")
    (folder / usage).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon {used - files}\n{droppable} {files}\n")


V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
V2 = ("memory.max", "memory.current", "inactive_file")


def test_a_container_of_version_2_has_its_own_limit(tmp_path: Path) -> None:
    membership, mounted = tmp_path / "cgroup", tmp_path / "fs"
    membership.write_text("0::/jobs/mine\n")
    group(mounted / "jobs" / "mine", V2, "max", 700, 100)
    assert budget.cgroup_rooms(membership, mounted) == []
    group(mounted / "jobs", V2, "1000", 800, 100)
    assert budget.cgroup_rooms(membership, mounted) == [300], "a limit above holds below"
    group(mounted / "jobs" / "mine", V2, "750", 700, 100)
    assert budget.cgroup_rooms(membership, mounted) == [150, 300]


def test_a_container_of_version_1_is_the_root_of_what_it_sees(tmp_path: Path) -> None:
    membership, mounted = tmp_path / "cgroup", tmp_path / "fs"
    membership.write_text("5:cpu,cpuacct:/docker/f00\n4:memory:/docker/f00\n0::/\n")
    group(mounted / "memory", V1, "2000", 2100, 50)
    assert budget.cgroup_rooms(membership, mounted) == [0]
    group(mounted / "memory", V1, "2000", 900, 50)
    assert budget.cgroup_rooms(membership, mounted) == [1150]


def test_where_there_are_no_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert budget.cgroup_rooms(tmp_path / "no such file", tmp_path) == []
    (tmp_path / "cgroup").write_text("0::/gone\n")
    assert budget.cgroup_rooms(tmp_path / "cgroup", tmp_path / "fs") == []


def test_the_lesser_of_machine_and_group_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = budget.free_memory()
    monkeypatch.setattr(budget, "cgroup_rooms", lambda *_: [machine // 4, 1 << 60])
    assert budget.free_memory() == machine // 4


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:115] DefaultCPUAllocator: can't allocate memory"
        ),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
    ],
    ids=["Python", "CUDA", "MPS", "Linux", "Windows"],
)
def test_out_of_memory_is_one_sentence_on_every_device(error: Exception) -> None:
    with (
        pytest.raises(ModelError, match=r"^Buy a larger one\.$"),
        lack_of_memory_is_told("Buy a larger one."),
    ):
        raise error
    with pytest.raises(ValueError, match="other"), lack_of_memory_is_told("Buy a larger one."):
        raise ValueError("other")


def test_a_real_lack_of_memory_while_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.save_bert(tmp_path)

    def too_much(*_: object, **__: object) -> None:
        torch.empty(1 << 60, dtype=torch.uint8)

    monkeypatch.setattr("transformers.AutoModelForMaskedLM.from_pretrained", too_much)
    with pytest.raises(
        ModelError, match=r"There is not enough memory for .* choose a smaller model"
    ):
        load(str(folder))


# Devices and numbers


def test_auto_is_what_the_machine_has() -> None:
    device, dtype = resolve_device("auto", "float32")
    assert dtype == torch.float32
    assert device.type == ("cuda" if torch.cuda.is_available() else device.type)
    assert resolve_device("cpu", "bfloat16") == (torch.device("cpu"), torch.bfloat16)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_device_that_is_not_there() -> None:
    with pytest.raises(RequestError, match="no cuda device that torch can use; leave out --device"):
        resolve_device("cuda", "float32")


@pytest.mark.parametrize(("device", "dtype"), [("tpu", "float32"), ("cpu", "int8")])
def test_unknown_devices_and_numbers(device: str, dtype: str) -> None:
    with pytest.raises(RequestError, match="A model computes on auto, cpu, cuda, mps"):
        resolve_device(device, dtype)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("kind", ["bert", "mpnet", "modernbert"])
def test_half_precision_gives_distributions_too(tmp_path: Path, kind: str, dtype: str) -> None:
    families.save(kind, tmp_path)
    half = MaskedLM.load(str(tmp_path), device="cpu", dtype=dtype)
    whole = MaskedLM.load(str(tmp_path))
    assert network(half).dtype == getattr(torch, dtype)
    theirs, ours = whole.analyze(families.TEXT), half.analyze(families.TEXT)
    assert ours.attention.dtype == np.float32
    # Where the weights are computed here they are float32; other families round them.
    np.testing.assert_allclose(
        ours.attention.sum(axis=-1), 1, atol=1e-5 if kind != "mpnet" else 2e-2
    )
    np.testing.assert_allclose(ours.attention, theirs.attention, atol=0.1)
    assert sum(c.probability for c in half.analyze(families.TEXT, top_k=999).candidates[0]) == (
        pytest.approx(1, abs=1e-3)
    )
