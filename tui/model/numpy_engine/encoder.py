"""The plain BERT encoder (Devlin et al. 2018): the forward pass, in the order of its equations.

Texts of a batch stand one behind the other in one matrix, without padding: what works on a token
alone works on all of them at once, and attention on one text after the other. So no token ever
attends to padding, which a padded batch has to see to with a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.model.numpy_engine.gelu import gelu

Floats: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.intp]

AT_ONCE = 1 << 20
"""Bytes of weights that are computed together: what the processor's cache holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """x Wᵀ + b.

    Attributes:
        weight: `[out, in]`, as torch keeps it.
        bias: `[out]`.
    """

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """`[token, in]` to `[token, out]`."""
        result = x @ self.weight.T
        result += self.bias
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """LayerNorm (Ba et al. 2016), with the biased variance: (x − μ) / √(σ² + ε) · w + b.

    Attributes:
        weight: `[hidden size]`.
        bias: `[hidden size]`.
        epsilon: keeps the root from zero.
    """

    weight: Floats
    bias: Floats
    epsilon: float

    def __call__(self, x: Floats) -> Floats:
        """Normalise each row of `[token, hidden size]`, in place."""
        x -= x.mean(axis=-1, keepdims=True)
        variance = np.vecdot(x, x)[:, None] / np.float32(x.shape[-1])  # (token, 1)
        x /= np.sqrt(variance + np.float32(self.epsilon))
        x *= self.weight
        x += self.bias
        return x


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The weights of one layer.

    Attributes:
        joined: query, key and value, one below the other.
        output: the output projection.
        output_norm: the LayerNorm behind it.
        up: the feed-forward's first half.
        down: its second.
        down_norm: the LayerNorm behind it.
    """

    joined: Linear
    output: Linear
    output_norm: Norm
    up: Linear
    down: Linear
    down_norm: Norm


class Watcher(Protocol):
    """Sees what a forward pass computes, and may change it."""

    def layer(self, number: int, hidden: Floats) -> None:
        """Told before each layer what goes into it, `[token, hidden size]`.

        Raises:
            Cancelled: the pass is to be given up.
        """

    def weights(self, number: int, text: int) -> Floats | None:
        """The array that this text's attention weights go into, `[head, query, key]`, if any."""

    def arrows(self, number: int, text: int, weights: Floats, first: int) -> None:
        """May change some heads' weights in place, `[head, query, key]`, `first` the first of them."""

    def attended(self, number: int, text: int, values: Floats, outputs: Floats) -> None:
        """Told of each text the values and the heads' outputs, which may be changed in place.

        Both are `[head, token, head size]`.
        """


@dataclass(frozen=True, eq=False)
class PlainEncoder:
    """A plain BERT encoder with its masked-LM head.

    Attributes:
        words: `[word piece, hidden size]`; the decoder's weight too.
        positions: `[position, hidden size]`.
        segments: `[segment, hidden size]`; None where there are none.
        norm: the embeddings' LayerNorm.
        layers: the layers.
        head: the linear layer before the decoder.
        head_norm: the LayerNorm behind it.
        bias: the decoder's, `[word piece]`.
        heads: how many heads a layer has.
        padding: the padding's id, if positions are counted from it; None if from 0.
    """

    words: Floats
    positions: Floats
    segments: Floats | None
    norm: Norm
    layers: Sequence[Layer]
    head: Linear
    head_norm: Norm
    bias: Floats
    heads: int
    padding: int | None

    def run(self, texts: Sequence[tuple[Numbers, Numbers]], watcher: Watcher) -> Floats:
        """The forward pass up to the last layer's output.

        Args:
            texts: each text's tokens and their segments, `[token]`.
            watcher: sees what is computed.

        Returns:
            All texts' tokens one behind the other, `[token, hidden size]`.
        """
        ends = np.cumsum([len(ids) for ids, _ in texts]).tolist()
        spans = [slice(end - len(ids), end) for end, (ids, _) in zip(ends, texts, strict=True)]
        hidden = self._embed(texts)  # (token, hidden size)
        for number, layer in enumerate(self.layers):
            watcher.layer(number, hidden)
            attended = self._attend(number, layer.joined(hidden), spans, watcher)
            attended = layer.output(attended)
            attended += hidden
            attended = layer.output_norm(attended)  # (token, hidden size)
            inner = gelu(layer.up(attended))  # (token, inner size)
            hidden = layer.down(inner)
            hidden += attended
            hidden = layer.down_norm(hidden)
        watcher.layer(len(self.layers), hidden)
        return hidden

    def logits(self, hidden: Floats) -> Floats:
        """The scores of the vocabulary behind the last layer, `[token, word piece]`."""
        transformed = self.head_norm(gelu(self.head(hidden)))  # (token, hidden size)
        return Linear(self.words, self.bias)(transformed)

    @cached_property
    def weights_a_token(self) -> int:
        """How many weights each token is multiplied with on its way through the layers."""
        return sum(
            linear.weight.size
            for layer in self.layers
            for linear in (layer.joined, layer.output, layer.up, layer.down)
        )

    @cached_property
    def metric(self) -> Floats:
        """W_O W_Oᵀ of the columns of W_O of each head, `[layer, head, head size, head size]`."""
        found = []
        for layer in self.layers:
            size = layer.output.weight.shape[1] // self.heads
            by_head = layer.output.weight.reshape(-1, self.heads, size)  # (hidden, head, head size)
            found.append(by_head.transpose(1, 2, 0) @ by_head.transpose(1, 0, 2))
        metric = np.stack(found)
        metric.flags.writeable = False
        return metric

    def _embed(self, texts: Sequence[tuple[Numbers, Numbers]]) -> Floats:
        """The embeddings, `[token, hidden size]`."""
        ids = np.concatenate([ids for ids, _ in texts])
        hidden = self.words[ids]
        if self.segments is not None:
            hidden += self.segments[np.concatenate([segments for _, segments in texts])]
        hidden += self.positions[np.concatenate([self._places(ids) for ids, _ in texts])]
        return self.norm(hidden)

    def _places(self, ids: Numbers) -> Numbers:
        """The numbers of a text's positions, `[token]`."""
        if self.padding is None:
            return np.arange(len(ids))
        counted = ids != self.padding  # a padding that stands in the text is not counted either
        return np.asarray(np.cumsum(counted) * counted + self.padding, np.intp)

    def _attend(
        self, number: int, joined: Floats, spans: Sequence[slice], watcher: Watcher
    ) -> Floats:
        """softmax(Q Kᵀ / √d) V (Vaswani et al. 2017, equation 1) of every text and head.

        Args:
            number: the layer.
            joined: queries, keys and values, `[token, 3 × hidden size]`.
            spans: where each text's tokens are.
            watcher: sees what is computed.

        Returns:
            The heads' outputs side by side, `[token, hidden size]`.
        """
        tokens, size = joined.shape[0], joined.shape[1] // (3 * self.heads)
        split = joined.reshape(tokens, 3, self.heads, size)
        split[:, 0] *= np.float32(size**-0.5)
        outputs = np.empty((tokens, self.heads, size), np.float32)  # (token, head, head size)
        for text, span in enumerate(spans):
            query, key, value = split[span].transpose(1, 2, 0, 3)  # (head, token, head size) each
            output = outputs[span].transpose(1, 0, 2)  # (head, query, head size)
            kept = watcher.weights(number, text)  # (head, query, key)
            change = partial(watcher.arrows, number, text)
            _softmax_product(query, key, value, kept, output, change)
            watcher.attended(number, text, value, output)
        return outputs.reshape(tokens, self.heads * size)


def _softmax_product(
    query: Floats,
    key: Floats,
    value: Floats,
    kept: Floats | None,
    output: Floats,
    change: Callable[[Floats, int], None],
) -> None:
    """softmax(Q Kᵀ) V, as many heads at a time as the cache holds the weights of."""
    heads, tokens, _ = query.shape
    step = max(1, AT_ONCE // (4 * tokens * tokens))
    for start in range(0, heads, step):
        some = slice(start, start + step)
        weights = None if kept is None else kept[some]
        weights = np.matmul(query[some], key[some].transpose(0, 2, 1), out=weights)
        weights -= weights.max(axis=-1, keepdims=True)  # (head, query, key)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        change(weights, start)
        np.matmul(weights, value[some], out=output[some])
