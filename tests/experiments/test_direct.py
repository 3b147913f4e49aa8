"""The direct parts of a logit add up to it, exactly, and to what the model says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tui.experiments.direct import DirectParts, direct_parts, embedding_of
from tui.model.engine import EngineQuestion, EngineRow, Gate
from tui.model.folders import EMBEDDED_FOLDER
from tui.model.numpy_engine.engine import NumpyEngine
from tui.model.numpy_engine.plain import open_plain
from tui.model.tokenizing.encoding import Encoded, Encoder
from tui.model.tokenizing.plain_tokenizer import open_plain_tokenizer

TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."


@pytest.fixture(scope="module")
def engine() -> NumpyEngine:
    found = open_plain(EMBEDDED_FOLDER)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def encoded(engine: NumpyEngine) -> Encoded:
    tokenizer = open_plain_tokenizer(EMBEDDED_FOLDER, engine.shape.type)
    assert tokenizer is not None
    return Encoder(tokenizer, engine.shape.takes, engine.shape.segments).encode(TEXT)


def taken_apart(
    engine: NumpyEngine, encoded: Encoded, token: int | None = None, gates: tuple[Gate, ...] = ()
) -> tuple[DirectParts, float]:
    """A candidate's parts, by default the first one's, and its logit as the engine has it."""
    (mask,), count = encoded.masks, len(encoded.ids)
    nothing = np.empty((0, engine.shape.heads, count, count), np.float32)
    row = EngineRow(encoded.inputs, [mask], nothing, gates)
    [answer] = engine.run(EngineQuestion([row], outputs=True))
    assert answer.outputs is not None
    token = int(answer.logits[0].argmax()) if token is None else token
    embedding = embedding_of(engine.encoder, encoded.mask_id, mask, 0)
    parts = direct_parts(engine.encoder, answer.outputs[:, :, mask], embedding, token)
    return parts, float(answer.logits[0, token])


@pytest.mark.parametrize("token", [None, 2000, 17_000])
def test_the_parts_add_up(engine: NumpyEngine, encoded: Encoded, token: int | None) -> None:
    parts, logit = taken_apart(engine, encoded, token)
    assert parts.total == pytest.approx(parts.logit, abs=1e-9)
    assert parts.logit == pytest.approx(logit, abs=1e-4)
    assert parts.heads.shape == (engine.shape.layers, engine.shape.heads)
    assert parts.feed_forward.shape == (engine.shape.layers,)


def test_a_head_that_gives_nothing_adds_nothing(engine: NumpyEngine, encoded: Encoded) -> None:
    whole, _ = taken_apart(engine, encoded)
    cut, logit = taken_apart(engine, encoded, gates=(Gate(3, 5, 0.0),))
    assert whole.heads[3, 5] != 0
    assert cut.heads[3, 5] == 0
    assert cut.total == pytest.approx(cut.logit, abs=1e-9)
    assert cut.logit == pytest.approx(logit, abs=1e-4)


def phi(x: np.ndarray) -> np.ndarray:
    return np.asarray(torch.special.ndtr(torch.from_numpy(x)))


def test_a_part_is_what_a_calculation_forward_gives(engine: NumpyEngine, encoded: Encoded) -> None:
    """Of the last layer, by hand: through two norms and the head's gates."""
    parts, _ = taken_apart(engine, encoded)
    weights, (mask,), count = engine.encoder, encoded.masks, len(encoded.ids)
    nothing = np.empty((0, engine.shape.heads, count, count), np.float32)
    row = EngineRow(encoded.inputs, [mask], nothing)
    [answer] = engine.run(EngineQuestion([row], outputs=True, hidden=True))
    assert answer.outputs is not None
    assert answer.hidden is not None
    token, last = int(answer.logits[0].argmax()), weights.layers[-1]
    out = answer.outputs[-1, :, mask].astype(np.float64)
    before = last.output.weight @ out.reshape(-1) + last.output.bias + answer.hidden[-2, mask]
    size = out.shape[1]
    for head in range(len(out)):
        part = last.output.weight[:, head * size : (head + 1) * size] @ out[head]
        scaled = (part - part.mean()) / before.std() * last.output_norm.weight
        attended = (before - before.mean()) / before.std() * last.output_norm.weight
        attended += last.output_norm.bias
        inner = last.up.weight @ attended + last.up.bias
        after = last.down.weight @ (inner * phi(inner)) + last.down.bias + attended
        scaled = (scaled - scaled.mean()) / after.std() * last.down_norm.weight
        z = weights.head.weight @ answer.hidden[-1, mask] + weights.head.bias
        gated = weights.head.weight @ scaled * phi(z)
        spread = (z * phi(z)).std()
        read = (gated - gated.mean()) / spread * weights.head_norm.weight
        expected = float(weights.words[token] @ read)
        assert parts.heads[-1, head] == pytest.approx(expected, abs=1e-3)
