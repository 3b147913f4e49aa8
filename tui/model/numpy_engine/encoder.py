"""The plain BERT encoder (Devlin et al. 2018): the forward pass, in the order of its equations.

Texts of a batch stand one behind the other in one matrix, without padding: what works on a token
alone works on all of them at once, and attention on one text after the other. So no token ever
attends to padding, which a padded batch has to see to with a mask.

A token is a column: a matrix product is W x, as in a book. With the weights as checkpoints have
them, `[out, in]`, it takes 0.6 of the time of x Wᵀ for 16 tokens, and 0.9 of it for 128.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.model.numpy_engine.gelu import gelu
from tui.model.numpy_engine.threads import shared

Floats: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.intp]

AT_ONCE = 4 << 20
"""Bytes of weights that are computed together; more would cost memory and leave the cache."""


UNCOPIED = 1_000_000
"""Multiplications up to which OpenBLAS works on a matrix as it lies there; for a larger product it
first copies all of it into another order, which takes longer than to multiply it with a few
columns."""

LEAST_ROWS = 64
"""Rows of a matrix for which a product of their own is worth its call."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """W x + b.

    Attributes:
        weight: `[out, in]`, as torch keeps it.
        bias: `[out]`.
    """

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """`[in, token]` to `[out, token]`."""
        result = self.weight @ x
        result += self.bias[:, None]
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
        """Normalise each column of `[hidden size, token]`, in place."""
        x -= x.mean(axis=0)
        variance = np.square(x).mean(axis=0)  # (token,)
        x /= np.sqrt(variance + np.float32(self.epsilon))
        x *= self.weight[:, None]
        x += self.bias[:, None]
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

        It may be changed in place. Of what the last layer gives it is told at the end.

        Raises:
            Cancelled: the pass is to be given up.
        """

    def weights(self, number: int, text: int) -> Floats | None:
        """The array that this text's attention weights go into, `[head, query, key]`, if any."""

    def softmaxed(self, number: int, text: int, weights: Floats, first: int) -> None:
        """Told the weights of some heads, `[head, query, key]`, which may be changed in place.

        Args:
            number: the layer.
            text: the text.
            weights: the heads' weights.
            first: which head the first of them is.
        """

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

    def run(
        self,
        texts: Sequence[tuple[Numbers, Numbers]],
        watcher: Watcher,
        start: int = 0,
        entering: Floats | None = None,
        only: Sequence[int] | None = None,
    ) -> Floats:
        """The forward pass up to the last layer's output.

        Args:
            texts: each text's tokens and their segments, `[token]`.
            watcher: sees what is computed.
            start: the layer that it starts with.
            entering: what goes into that layer, `[hidden size, token]`; None for the embeddings.
            only: the tokens whose output is wanted, among all texts' tokens; the last layer's
                projections are not computed for others. None for all tokens; the watcher is told
                the last output of these alone.

        Returns:
            All texts' tokens one behind the other, or only those wanted, `[hidden size, token]`.
        """
        ends = np.cumsum([len(ids) for ids, _ in texts]).tolist()
        spans = [slice(end - len(ids), end) for end, (ids, _) in zip(ends, texts, strict=True)]
        hidden = self._embed(texts) if entering is None else entering  # (hidden size, token)
        for number, layer in enumerate(self.layers[start:], start):
            watcher.layer(number, hidden.T)
            attended = self._attend(number, layer.joined(hidden), spans, watcher)
            if only is not None and number == len(self.layers) - 1:
                attended, hidden = _columns(attended, only), _columns(hidden, only)
            attended = layer.output(attended)
            attended += hidden
            attended = layer.output_norm(attended)  # (hidden size, token)
            inner = gelu(layer.up(attended))  # (inner size, token)
            hidden = layer.down(inner)
            hidden += attended
            hidden = layer.down_norm(hidden)
        if only is not None and start == len(self.layers):
            hidden = _columns(hidden, only)
        watcher.layer(len(self.layers), hidden.T)
        return hidden

    def logits(self, hidden: Floats) -> Floats:
        """The word pieces' scores at tokens, `[hidden size, token]` to `[token, word piece]`."""
        transformed = self.head_norm(gelu(self.head(hidden)))  # (hidden size, token)
        scores = few_columns(self.words, transformed)  # (word piece, token)
        scores += self.bias[:, None]
        return np.ascontiguousarray(scores.T)

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
        """The embeddings, `[hidden size, token]`."""
        ids = np.concatenate([ids for ids, _ in texts])
        hidden = self.words[ids]  # (token, hidden size)
        if self.segments is not None:
            hidden += self.segments[np.concatenate([segments for _, segments in texts])]
        hidden += self.positions[np.concatenate([self.places(ids) for ids, _ in texts])]
        return self.norm(np.ascontiguousarray(hidden.T))

    def places(self, ids: Numbers) -> Numbers:
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
            joined: queries, keys and values, `[3 × hidden size, token]`.
            spans: where each text's tokens are.
            watcher: sees what is computed.

        Returns:
            The heads' outputs one below the other, `[hidden size, token]`.
        """
        size, tokens = joined.shape[0] // (3 * self.heads), joined.shape[1]
        split = joined.reshape(3, self.heads, size, tokens)
        split[0] *= np.float32(size**-0.5)
        outputs = np.empty(split.shape[1:], np.float32)  # (head, head size, token)
        for text, span in enumerate(spans):
            query, key, value = split[..., span]  # (head, head size, token) each
            output = outputs[..., span]  # (head, head size, query)
            kept = watcher.weights(number, text)  # (head, query, key)
            softmaxed = partial(watcher.softmaxed, number, text)
            _softmax_product(query, key, value, kept, output, softmaxed)
            watcher.attended(number, text, value.transpose(0, 2, 1), output.transpose(0, 2, 1))
        return outputs.reshape(self.heads * size, tokens)


def few_columns(weight: Floats, x: Floats) -> Floats:
    """W x for a large W and an x of few columns: 0.4 of the time of one product for 13 of 768.

    Args:
        weight: `[out, in]`, in one piece.
        x: `[in, column]`.

    Returns:
        `[out, column]`.
    """
    size, columns = x.shape
    rows = UNCOPIED // max(1, x.size)
    if columns < 2 or rows < LEAST_ROWS:  # one column needs no copy anyway
        return np.asarray(weight @ x)
    whole = len(weight) // rows * rows
    result = np.empty((len(weight), columns), np.float32)
    stretches = weight[:whole].reshape(-1, rows, size)
    np.matmul(stretches, x, out=result[:whole].reshape(-1, rows, columns))
    np.matmul(weight[whole:], x, out=result[whole:])
    return result


def _columns(x: Floats, tokens: Sequence[int]) -> Floats:
    """Some tokens of `[size, token]`, in one piece."""
    return np.ascontiguousarray(x.T[list(tokens)].T)


def _softmax_product(
    query: Floats,
    key: Floats,
    value: Floats,
    kept: Floats | None,
    output: Floats,
    softmaxed: Callable[[Floats, int], None],
) -> None:
    """softmax(Q Kᵀ) V, as many heads at a time as the cache holds the weights of."""
    heads, _, tokens = query.shape
    step = max(1, AT_ONCE // (4 * tokens * tokens))
    for start in range(0, heads, step):
        some = slice(start, start + step)
        weights = None if kept is None else kept[some]
        weights = np.matmul(query[some].transpose(0, 2, 1), key[some], out=weights)
        _softmax(weights)  # (head, query, key)
        softmaxed(weights, start)
        np.matmul(value[some], weights.transpose(0, 2, 1), out=output[some])


def _softmax(scores: Floats) -> None:
    """Turn scores into weights, `[head, query, key]`, in place."""

    def work(heads: slice) -> None:
        some = scores[heads]
        some -= some.max(axis=-1, keepdims=True)
        np.exp(some, out=some)
        some /= some.sum(axis=-1, keepdims=True)

    shared(work, len(scores), scores.size)
