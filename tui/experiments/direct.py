"""The direct parts of a logit: what each head, each feed-forward block and the embeddings add.

In a plain BERT encoder everything that a token's row goes through is linear but for three things:
what attention brings from other tokens, the scales of the layer norms, and the gates of GELU. With
the norms' scales 1/σ and the gates as they were in this run, and each head's output as it was, a
candidate's logit is a sum (Elhage et al. 2021, direct logit attribution). Frozen are:

- a layer norm, (x − μ)/σ · w + b, at the σ that this row had;
- in the masked-LM head, gelu(z) = g · z, at g = Φ(z).

A feed-forward block is one part: its inside is not taken apart.

It says what is written to the row, not what for: a head that only feeds others adds little here and
may matter much, which cutting it shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.model.numpy_engine.encoder import Linear, Norm, PlainEncoder

    Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogitPart:
    """One of the parts of a logit.

    Attributes:
        kind: `embeddings`, `head`, `feed-forward` or `biases`.
        value: what it adds, in logits.
        layer: counted from 0, of a head and a feed-forward block; else None.
        head: counted from 0, of a head; else None.
    """

    kind: str
    value: float
    layer: int | None = None
    head: int | None = None

    @property
    def name(self) -> str:
        """It in words, counted from 1: `layer 2 head 5`."""
        if self.layer is None:
            return self.kind
        return f"layer {self.layer + 1} {self.kind}" + (
            "" if self.head is None else f" {self.head + 1}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class DirectParts:
    """The parts of one logit; they add up to it.

    Attributes:
        heads: each head's, `[layer, head]`.
        feed_forward: each feed-forward block's, without its last bias, `[layer]`.
        embeddings: that of the word's, the position's and the segment's embedding together.
        biases: that of all biases: of projections, of layer norms and of the vocabulary.
        logit: the logit itself, computed forward.
    """

    heads: Doubles
    feed_forward: Doubles
    embeddings: float
    biases: float
    logit: float

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return float(self.heads.sum() + self.feed_forward.sum() + self.embeddings + self.biases)

    def __sub__(self, other: DirectParts) -> DirectParts:
        """The parts of the difference of two logits of one row: what is frozen is the same."""
        return DirectParts(
            self.heads - other.heads,
            self.feed_forward - other.feed_forward,
            self.embeddings - other.embeddings,
            self.biases - other.biases,
            self.logit - other.logit,
        )

    def listed(self) -> list[LogitPart]:
        """All parts in the model's order: what comes before the layers, the layers, the biases."""
        found = [LogitPart("embeddings", self.embeddings)]
        for layer, heads in enumerate(self.heads):
            found += [LogitPart("head", float(one), layer, at) for at, one in enumerate(heads)]
            found.append(LogitPart("feed-forward", float(self.feed_forward[layer]), layer))
        return [*found, LogitPart("biases", self.biases)]


def direct_parts(
    encoder: PlainEncoder, outputs: NDArray[np.float32], embedding: Doubles, token: int
) -> DirectParts:
    """Take a logit of one row apart, in float64.

    The row is computed anew from the heads' outputs, so that the parts add up exactly.

    Args:
        encoder: the encoder and its head.
        outputs: the heads' outputs at the row, `[layer, head, head size]`, as the run had them.
        embedding: the sum of the row's embeddings before their norm, `[hidden size]`.
        token: the candidate, by its number in the vocabulary.
    """
    exact = outputs.astype(np.float64)
    layers, heads = exact.shape[:2]
    row, first_scale = _norm(encoder.norm, embedding)
    scales, blocks = [], []
    for layer, given in zip(encoder.layers, exact, strict=True):
        attended = _linear(layer.output, given.reshape(-1)) + row
        attended, one = _norm(layer.output_norm, attended)
        block = _weight(layer.down) @ _gelu(_linear(layer.up, attended))
        row, other = _norm(layer.down_norm, block + layer.down.bias + attended)
        scales.append((one, other))
        blocks.append(block)
    inner = _linear(encoder.head, row)
    gates = _phi(inner)
    read, head_scale = _norm(encoder.head_norm, gates * inner)
    answer = encoder.words[token].astype(np.float64)
    logit = float(answer @ read + encoder.bias[token])

    # Backward: the logit is `toward` · row + `biases`, for the row farther and farther down.
    found = np.zeros((layers, heads))
    feed_forward = np.zeros(layers)
    biases = float(encoder.bias[token])
    toward, added = _before(encoder.head_norm, head_scale, answer)
    biases += added
    toward = toward * gates
    biases += float(toward @ encoder.head.bias)
    toward = _weight(encoder.head).T @ toward
    for at in reversed(range(layers)):
        layer, (one, other) = encoder.layers[at], scales[at]
        toward, added = _before(layer.down_norm, other, toward)
        biases += added + float(toward @ layer.down.bias)
        feed_forward[at] = toward @ blocks[at]
        toward, added = _before(layer.output_norm, one, toward)
        biases += added + float(toward @ layer.output.bias)
        by_head = (_weight(layer.output).T @ toward).reshape(heads, -1)  # (head, head size)
        found[at] = (by_head * exact[at]).sum(axis=-1)
    toward, added = _before(encoder.norm, first_scale, toward)
    return DirectParts(found, feed_forward, float(toward @ embedding), biases + added, logit)


def embedding_of(encoder: PlainEncoder, token: int, position: int, segment: int) -> Doubles:
    """The sum of a row's embeddings before their norm, `[hidden size]`.

    Args:
        encoder: the encoder.
        token: the token's number in the vocabulary.
        position: the number of its position, as the table of positions counts them.
        segment: which sentence of a pair it is in.
    """
    total: Doubles = encoder.words[token].astype(np.float64) + encoder.positions[position]
    return total if encoder.segments is None else total + encoder.segments[segment]


def _weight(linear: Linear) -> Doubles:
    return linear.weight.astype(np.float64)


def _linear(linear: Linear, x: Doubles) -> Doubles:
    return _weight(linear) @ x + linear.bias


def _norm(norm: Norm, x: Doubles) -> tuple[Doubles, float]:
    """A normalised row, and 1/σ, by which it was scaled."""
    centred = x - x.mean()
    scale = 1 / math.sqrt(float(np.square(centred).mean()) + norm.epsilon)
    return centred * scale * norm.weight + norm.bias, scale


def _before(norm: Norm, scale: float, toward: Doubles) -> tuple[Doubles, float]:
    """The direction before a norm with a frozen scale, and what the norm's bias adds."""
    through = toward * norm.weight * scale
    return through - through.mean(), float(toward @ norm.bias)


def _phi(x: Doubles) -> Doubles:
    """Φ, the distribution function of the standard normal distribution."""
    return np.array([0.5 * math.erfc(-one / math.sqrt(2)) for one in x.tolist()])


def _gelu(x: Doubles) -> Doubles:
    return x * _phi(x)
