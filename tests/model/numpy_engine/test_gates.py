"""Changed heads: as if the output projection had been changed by hand."""

from __future__ import annotations

import numpy as np
import torch

from tests.model.numpy_engine.checkpoints import Both, random_text
from tui.model.engine import Gate

TEXT = random_text(np.random.default_rng(0), 14, pair=False)
LAYER, HEAD, SIZE = 1, 2, 8
COLUMNS = slice(HEAD * SIZE, (HEAD + 1) * SIZE)


def projection(both: Both) -> torch.nn.Linear:
    """The output projection of the layer."""
    found: list[torch.nn.Linear] = [
        module
        for name, module in both.theirs.named_modules()
        if name.endswith(("attention.output.dense", "attention.out_lin"))
    ]
    return found[LAYER]


def near(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def check(both: Both, gates: list[Gate]) -> None:
    (attention,), (answer,) = both.ask([TEXT], [[4, 5]], gates=[gates], hidden=True)
    seen = both.seen([TEXT])[0]
    near(attention, seen.attention)
    assert answer.hidden is not None
    near(answer.hidden, seen.hidden)
    near(answer.logits, seen.logits[[4, 5]])


def test_cut_head_is_a_projection_without_its_columns(family: Both) -> None:
    weight = projection(family).weight
    kept = weight.detach().clone()
    with torch.no_grad():
        weight[:, COLUMNS] = 0
    try:
        check(family, [Gate(LAYER, HEAD, scale=0.0)])
    finally:
        weight.data = kept


def test_scaled_head_is_a_projection_with_scaled_columns(family: Both) -> None:
    weight = projection(family).weight
    kept = weight.detach().clone()
    with torch.no_grad():
        weight[:, COLUMNS] *= 0.25
    try:
        check(family, [Gate(LAYER, HEAD, scale=0.25)])
    finally:
        weight.data = kept


def test_offset_is_added_to_what_the_projection_gives(family: Both) -> None:
    random = np.random.default_rng(1)
    for shape in ((SIZE,), (14, SIZE)):
        offset = random.normal(size=shape).astype(np.float32)
        dense = projection(family)
        added = torch.from_numpy(offset) @ dense.weight.detach()[:, COLUMNS].T

        def add(
            module: object, args: object, output: torch.Tensor, more: torch.Tensor = added
        ) -> torch.Tensor:
            return output + more

        handle = dense.register_forward_hook(add)
        try:
            check(family, [Gate(LAYER, HEAD, offset=offset)])
        finally:
            handle.remove()


def test_gate_that_changes_nothing_changes_no_bit(family: Both) -> None:
    (one,), (plain,) = family.ask([TEXT], [[3]], hidden=True, outputs=True)
    (other,), (gated,) = family.ask(
        [TEXT], [[3]], gates=[[Gate(layer, 0) for layer in range(3)]], hidden=True, outputs=True
    )
    np.testing.assert_array_equal(one, other)
    for name in ("logits", "hidden", "outputs"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(gated, name))


def test_replaced_head_gives_what_stands_in_its_place(family: Both) -> None:
    offset = np.random.default_rng(2).normal(size=(14, SIZE)).astype(np.float32)
    _, (answer,) = family.ask(
        [TEXT], [[]], gates=[[Gate(LAYER, HEAD, scale=0.0, offset=offset)]], outputs=True
    )
    assert answer.outputs is not None
    np.testing.assert_array_equal(answer.outputs[LAYER, HEAD], offset)


def test_gates_are_a_rows_own(family: Both) -> None:
    _, (plain,) = family.ask([TEXT], [[3]])
    _, (gated, beside) = family.ask([TEXT, TEXT], [[3], [3]], gates=[[Gate(LAYER, HEAD, 0.0)], []])
    near(beside.logits, plain.logits)
    assert np.abs(gated.logits - plain.logits).max() > 1e-3
