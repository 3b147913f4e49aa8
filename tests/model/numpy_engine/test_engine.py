"""The engine says what transformers says, to 1e-5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.model.numpy_engine.checkpoints import VOCABULARY, Both, ask, random_text, save
from tui.analysis.wanted import Target
from tui.errors import Cancelled
from tui.model.engine import EngineQuestion, EngineRow
from tui.model.numpy_engine.engine import NumpyEngine
from tui.model.torch_engine.transformed_values import project

NEAR = 1e-5


def near(found: np.ndarray, expected: np.ndarray) -> None:
    """Absolutely, and relatively where numbers are large: float32 has seven digits."""
    np.testing.assert_allclose(found, expected, rtol=NEAR, atol=NEAR)


def check(
    both: Both, texts: Sequence[dict[str, list[int]]], asked: Sequence[Sequence[int]]
) -> None:
    arrays, answers = both.ask(texts, asked, hidden=True)
    for array, answer, at, seen in zip(arrays, answers, asked, both.seen(texts), strict=True):
        near(array, seen.attention)
        assert answer.hidden is not None
        near(answer.hidden, seen.hidden)
        assert answer.logits.shape == (len(at), seen.logits.shape[-1])
        # Sums of hundreds of products: with the embedded model transformers itself is off by 1.2e-5
        # from what float64 gives, at logits of 10.
        largest = max(1.0, float(np.abs(seen.logits).max()))
        near(answer.logits / largest, seen.logits[list(at)] / largest)


def takes_pairs(both: Both) -> bool:
    return both.ours.shape.segments > 1


def test_single_texts_of_every_length(family: Both) -> None:
    random = np.random.default_rng(0)
    for length in [1, 2, 3, 511, 512, *random.integers(4, 120, 11).tolist()]:
        masks = random.integers(0, length, 3).tolist()
        text = random_text(random, length, pair=takes_pairs(family) and length % 2 == 0)
        check(family, [text], [masks])


def test_texts_together_of_unlike_lengths(family: Both) -> None:
    random = np.random.default_rng(1)
    for _ in range(3):
        lengths = random.integers(1, 60, 8).tolist()
        texts = [random_text(random, n, pair=takes_pairs(family)) for n in lengths]
        check(family, texts, [random.integers(0, n, n % 3).tolist() for n in lengths])


def test_embedded_model(embedded: Both) -> None:
    random = np.random.default_rng(2)
    for length, pair in ((9, False), (31, True), (90, False)):
        text = random_text(random, length, pair=pair, vocabulary=embedded.ours.shape.embeddings)
        check(embedded, [text], [[1, length - 2]])
    texts = [random_text(random, n, pair=True, vocabulary=30000) for n in (5, 12, 40)]
    check(embedded, texts, [[2], [], [0, 39]])


def test_size_of_bert_base(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = save(
        "bert", tmp_path_factory.mktemp("base") / "model", 2.0, hidden_size=768,
        num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072,
    )  # fmt: skip
    random = np.random.default_rng(3)
    texts = [random_text(random, n, pair=True) for n in (40, 17)]
    check(Both(folder), texts, [[3, 30], [16]])


def test_values_and_metric(family: Both) -> None:
    text = random_text(np.random.default_rng(4), 20, pair=False)
    _, (answer,) = family.ask([text], [[]], values=True)
    assert answer.values is not None
    model, seen = family.theirs, family.seen([text])[0]
    layers = [
        module
        for name, module in model.named_modules()
        if name.endswith(("attention.self.value", "attention.v_lin"))
    ]
    projections = [
        module
        for name, module in model.named_modules()
        if name.endswith(("attention.output.dense", "attention.out_lin"))
    ]
    for layer, (value, output) in enumerate(zip(layers, projections, strict=True)):
        with torch.inference_mode():
            values = value(torch.from_numpy(seen.hidden[layer]))
        heads = family.ours.shape.heads
        by_head = values.view(1, 20, heads, -1).transpose(1, 2)
        theirs = project(by_head, output.weight)
        near(answer.values.values[layer], theirs.values[0].numpy())
        near(answer.values.metric[layer], theirs.metric.numpy())


def test_outputs_are_weighted_values(family: Both) -> None:
    text = random_text(np.random.default_rng(5), 13, pair=False)
    (attention,), (answer,) = family.ask([text], [[]], values=True, outputs=True)
    assert answer.values is not None
    assert answer.outputs is not None
    near(answer.outputs, attention @ answer.values.values)


def test_nothing_comes_that_was_not_wanted(family: Both) -> None:
    text = random_text(np.random.default_rng(6), 4, pair=False)
    _, (answer,) = family.ask([text], [[]])
    assert answer.logits.shape == (0, VOCABULARY)
    assert (answer.values, answer.hidden, answer.outputs) == (None, None, None)
    assert not answer.missing


def test_layers_from_the_first_on(family: Both) -> None:
    text = random_text(np.random.default_rng(7), 9, pair=False)
    (whole,), (all_of_it,) = family.ask([text], [[2]])
    (part,), (answer,) = family.ask([text], [[2]], layers=slice(1, 2))
    np.testing.assert_array_equal(part, whole[1:2])
    np.testing.assert_array_equal(answer.logits, all_of_it.logits)


def test_no_rows() -> None:
    engine: Any = NumpyEngine.__new__(NumpyEngine)
    assert engine.run(EngineQuestion([])) == []


def test_rows_are_not_changed_by_their_neighbours(family: Both) -> None:
    random = np.random.default_rng(8)
    texts = [random_text(random, n, pair=False) for n in (30, 7)]
    arrays, answers = family.ask(texts, [[1], [1]])
    (alone,), (answer,) = family.ask(texts[1:], [[1]])
    near(arrays[1], alone)
    near(answers[1].logits, answer.logits)


def test_absent_segments_are_the_first(embedded: Both) -> None:
    ids = random_text(np.random.default_rng(9), 12, pair=False)
    with_zeros = {**ids, "token_type_ids": [0] * 12}
    (one,), _ = embedded.ask([ids], [[]])
    (other,), _ = embedded.ask([with_zeros], [[]])
    np.testing.assert_array_equal(one, other)


def test_given_up_between_layers(family: Both, cancelling: Callable[[int], Any]) -> None:
    text = random_text(np.random.default_rng(10), 5, pair=False)
    cancelled = cancelling(2)
    with pytest.raises(Cancelled):
        family.ask([text], [[]], cancelled=cancelled)
    assert cancelled.asked == 3


def test_asked_once_a_layer(family: Both, cancelling: Callable[[int], Any]) -> None:
    text = random_text(np.random.default_rng(10), 5, pair=False)
    cancelled = cancelling(9)
    family.ask([text], [[]], cancelled=cancelled)
    assert cancelled.asked == family.ours.shape.layers


def test_no_gradient(family: Both) -> None:
    text = random_text(np.random.default_rng(11), 5, pair=False)
    row = EngineRow(text, [1], np.empty((3, 4, 5, 5), np.float32))
    question = EngineQuestion([row], gradient=Target())
    assert not family.ours.gives(question)
    assert family.ours.gives(EngineQuestion([row], values=True, hidden=True, outputs=True))
    (answer,) = family.ours.run(question)
    assert answer.gradient is None
    assert set(answer.missing) == {"gradient"}


def test_large_weights_are_computed_in_blocks(
    family: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = random_text(np.random.default_rng(12), 25, pair=False)
    (whole,), (answer,) = family.ask([text], [[3]])
    monkeypatch.setattr("tui.model.numpy_engine.encoder.AT_ONCE", 1)
    (blocks,), (again,) = family.ask([text], [[3]])
    np.testing.assert_array_equal(blocks, whole)
    np.testing.assert_array_equal(again.logits, answer.logits)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read_as_it_is(whole: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    model = Both(whole).theirs.to(dtype)
    model.save_pretrained(tmp_path / "half")
    half = Both(tmp_path / "half")
    text = random_text(np.random.default_rng(13), 11, pair=True)
    check(half, [text], [[5]])


def test_wide_heads(tmp_path: Path) -> None:
    both = Both(save("bert", tmp_path / "wide", num_attention_heads=1))
    check(both, [random_text(np.random.default_rng(14), 6, pair=True)], [[0]])
    assert ask(both.ours, [{"input_ids": [2, 3]}], [[1]])[0][0].shape == (3, 1, 2, 2)


def test_the_head_alone_makes_the_logits_of_the_last_layer(family: Both) -> None:
    text = random_text(np.random.default_rng(5), 9, pair=False)
    _, (answer,) = family.ask([text], [range(9)], hidden=True)
    assert answer.hidden is not None
    before = answer.hidden.copy()
    near(family.ours.score(answer.hidden[-1]), answer.logits)
    assert family.ours.score(answer.hidden[0]).shape == answer.logits.shape
    np.testing.assert_array_equal(answer.hidden, before, "what was handed over stays as it was")
