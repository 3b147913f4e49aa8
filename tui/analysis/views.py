"""Views: which numbers of an answer are looked at. Each is defined here, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tui.analysis.hiding import shown_peaks
from tui.analysis.scales import ordinary_peaks
from tui.analysis.wanted import Quantity, Target, WantedQuantities
from tui.analysis.words import join_amounts, join_shares, mean_rows
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.derived import DerivedQuantities


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The arrays that views are made from.

    Attributes:
        attention: attention weights, `[layer, head, query, key]`.
        derived: what came with them.
    """

    attention: NDArray[np.float32]
    derived: DerivedQuantities


MatrixOf: TypeAlias = "Callable[[Source, int, int], NDArray[np.float32]]"
"""The numbers between tokens, `[query, key]`, of a layer and head counted from 0."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How the numbers of word pieces become numbers of words: what is right depends on the numbers.

    Attributes:
        meaning: the rule, for people.
        rule: the numbers between words, `[query, key]`, given those between pieces, what they are
            made from, the layer and head, and each word's first piece.
    """

    meaning: str
    rule: Callable[[MatrixOf, Source, int, int, NDArray[np.intp]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Which rows of a view lead to a candidate; that depends on the kind of model.

    Attributes:
        encoder: a sentence that is true where the word is read off the mask's own row.
        decoder: one that is true where a decoder stands between, which reads all rows.
    """

    encoder: str
    decoder: str


@dataclass(frozen=True, slots=True)
class View:
    """One way to read a head, a layer, or the whole model.

    Attributes:
        name: what people read.
        slug: what a file's name says, empty for the plain view.
        formula: how the numbers come about, in signs.
        meaning: what they say, and where they must not be trusted, with the source.
        needs: what the model's process must compute for it.
        of: what has a matrix of its own: each head, each layer, or the model as a whole.
        sums_to_one: each row is a distribution over keys.
        signed: there are numbers below 0.
        unit: what the numbers are counted in.
        matrix: the numbers, `[query, key]`, given a source that has what is needed, and the layer
            and head, counted from 0.
        joining: how they become numbers of words.
        reading: which rows lead to the candidate, where that depends on the kind of model.
    """

    name: str
    slug: str
    formula: str
    meaning: str
    needs: Quantity
    of: Literal["head", "layer", "model"]
    sums_to_one: bool
    unit: str
    matrix: MatrixOf
    joining: Joining
    signed: bool = False
    reading: Reading | None = None

    def of_words(
        self, source: Source, layer: int, head: int, firsts: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """The numbers between words, `[query, key]`.

        Args:
            source: what is there.
            layer: the layer, counted from 0.
            head: the head, counted from 0.
            firsts: each word's first piece, `[word]`.
        """
        return self.joining.rule(self.matrix, source, layer, head, firsts)

    def named(self, derived: DerivedQuantities) -> str:
        """The name, with the candidate that a gradient is taken towards, once that is there."""
        gradient = derived.gradient
        if self.needs == "gradient" and gradient is not None:
            return f"{self.name} → {gradient.token}"
        return self.name

    def explained(self, *, has_decoder: bool | None = None) -> str:
        """The meaning of the numbers, and which rows are to be read.

        Args:
            has_decoder: whether the model is an encoder-decoder; None says both.
        """
        said = self.meaning
        if self.reading and has_decoder is not True:
            said += f" {self.reading.encoder}"
        if self.reading and has_decoder is not False:
            said += f" {self.reading.decoder}"
        return said

    def wanted(self, target: Target) -> WantedQuantities:
        """The wish that makes this view possible.

        Args:
            target: the candidate that gradients are taken towards.
        """
        return WantedQuantities(
            mixing=self.needs == "mixing",
            values=self.needs == "values",
            gradient=target if self.needs == "gradient" else None,
        )

    def is_in(self, derived: DerivedQuantities) -> bool:
        """Whether what this view needs has come."""
        return not self.needs or self.needs in derived.given

    def peaks(
        self,
        source: Source,
        special: NDArray[np.bool_],
        firsts: NDArray[np.intp] | None = None,
    ) -> tuple[float, float]:
        """The largest number, signs dropped, of any layer and head: what "all heads" draws full.

        Args:
            source: what is there.
            special: which rows and columns are special tokens, `[token]`, or `[word]`.
            firsts: each word's first piece, `[word]`, if the pieces are joined into words.

        Returns:
            The largest outside the columns of special tokens, and the largest when special tokens
            are hidden and the rows renormalised; that is 0 if the rows are no distributions.
        """
        layers = range(1 if self.of == "model" else source.attention.shape[0])
        heads = range(source.attention.shape[1] if self.of == "head" else 1)
        largest = largest_shown = 0.0
        for layer in layers:  # one at a time: what is held stays small
            matrices = np.stack(
                [
                    self.matrix(source, layer, head)
                    if firsts is None
                    else self.of_words(source, layer, head, firsts)
                    for head in heads
                ]
            )
            sizes = np.abs(matrices) if self.signed else matrices
            largest = float(np.fmax.reduce(ordinary_peaks(sizes, special), initial=largest))
            if self.sums_to_one:
                peaks = shown_peaks(matrices, special)
                largest_shown = float(np.fmax.reduce(peaks, initial=largest_shown))
        return largest, largest_shown


def _raw(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    matrix: NDArray[np.float32] = source.attention[layer, head]
    return matrix


def _layer_mean(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.mixing is not None
    return np.asarray(source.derived.mixing.means[layer])


def _mean(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.mixing is not None
    return source.derived.mixing.mean


def _rollout(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.mixing is not None
    return np.asarray(source.derived.mixing.rollout[layer])


def _value_weighted(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.values is not None
    return np.asarray(source.attention[layer, head] * source.derived.values.norms(layer, head))


def _products(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.gradient is not None
    return np.asarray(source.derived.gradient.products[layer, head])


def _relevance(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.gradient is not None
    return np.asarray(source.derived.gradient.relevance[layer])


def _shares_of_words(
    matrix: MatrixOf, source: Source, layer: int, head: int, firsts: NDArray[np.intp]
) -> NDArray[np.float32]:
    return join_shares(matrix(source, layer, head), firsts)


def _amounts_of_words(
    matrix: MatrixOf, source: Source, layer: int, head: int, firsts: NDArray[np.intp]
) -> NDArray[np.float32]:
    return join_amounts(matrix(source, layer, head), firsts)


def _lengths_of_words(
    matrix: MatrixOf, source: Source, layer: int, head: int, firsts: NDArray[np.intp]
) -> NDArray[np.float32]:
    """‖Σ α f(x)‖ over the pieces x of a word: vectors are joined, and then measured.

    Two vectors together are at most as long as the sum of their lengths, and mostly shorter.
    """
    transformed = source.derived.values
    assert transformed is not None
    values = transformed.values[layer, head]  # (key, head size)
    weights = mean_rows(source.attention[layer, head], firsts)  # (word, key)
    lengths = weights[:, firsts] * transformed.norms(layer, head)[firsts]
    ends = np.append(firsts[1:], len(values))
    for word in np.flatnonzero(ends - firsts > 1):
        pieces = slice(firsts[word], ends[word])
        joined = weights[:, pieces] @ values[pieces]  # (word, head size)
        lengths[:, word] = transformed.lengths(joined, layer, head)
    return np.asarray(lengths, dtype=np.float32)


SHARES = Joining(
    "to a word the sum over its pieces, from it their mean (Clark et al. 2019)", _shares_of_words
)
AMOUNTS = Joining(
    "to a word and from it the sum over its pieces, so that all cells together stay what they were",
    _amounts_of_words,
)
LENGTHS = Joining(
    "the length of what a word's pieces carry together, from a word in the mean of its pieces",
    _lengths_of_words,
)


RAW = View(
    "raw weights",
    "",
    "A = softmax(Q Kᵀ / √d)",
    "The attention weights as the model computed them (Vaswani et al. 2017).",
    "",
    "head",
    True,
    "weight",
    _raw,
    SHARES,
)
LAYER_MEAN = View(
    "layer mean",
    "layermean",
    "Ā = 1/h Σ A over a layer's h heads",
    "What the heads of a layer attend to on average.",
    "mixing",
    "layer",
    True,
    "weight",
    _layer_mean,
    SHARES,
)
MEAN = View(
    "mean of all",
    "mean",
    "1/(l h) Σ A over all l layers and h heads",
    "What all heads attend to on average.",
    "mixing",
    "model",
    True,
    "weight",
    _mean,
    SHARES,
)
ROLLOUT = View(
    "rollout",
    "rollout",
    "Rₙ = (½ Āₙ + ½ I) Rₙ₋₁, R₀ = I",
    "How much of each input token is mixed into each token behind layer n if values mixed as "
    "weights do, half of each layer passing by (Abnar & Zuidema 2020).",
    "mixing",
    "layer",
    True,
    "share",
    _rollout,
    SHARES,
)
VALUE_WEIGHTED = View(
    "value-weighted",
    "values",
    "α ‖f(x)‖, f(x) = (x W_V + b_V) W_O",
    "A weight times the length of the vector it carries: a sink whose vector is short moves little "
    "(Kobayashi et al. 2020). What residual connection and layer norm add shrinks its meaning "
    "(Kobayashi et al. 2021).",
    "values",
    "head",
    False,
    "length",
    _value_weighted,
    LENGTHS,
)
GRADIENT = View(
    "gradient",
    "gradient",
    "A ⊙ ∂y/∂A, y = log p of the chosen candidate",
    "Estimated, to first order: what each weight adds to log p of the candidate chosen in the "
    "table; below 0 it takes away.",
    "gradient",
    "head",
    False,
    "nats",
    _products,
    AMOUNTS,
    signed=True,
    reading=Reading(
        "In the last layer only the mask's row has any.",
        "In an encoder-decoder every row has some, as the decoder reads all rows of the encoder.",
    ),
)
RELEVANCE = View(
    "relevance",
    "relevance",
    "Rₙ = Rₙ₋₁ + Āₙ Rₙ₋₁, R₀ = I, Ā = mean over heads of (A ⊙ ∂y/∂A)⁺",
    "How relevant each input token is to the candidate chosen in the table, y = log p of it "
    "(Chefer et al. 2021, who take the logit).",
    "gradient",
    "layer",
    False,
    "relevance",
    _relevance,
    SHARES,
    reading=Reading(
        "Read it at the mask's row of the last layer.",
        "In an encoder-decoder no single row is to be read: the decoder reads all of them, each "
        "with its own weight.",
    ),
)

VIEWS: tuple[View, ...] = (
    RAW,
    LAYER_MEAN,
    MEAN,
    ROLLOUT,
    VALUE_WEIGHTED,
    GRADIENT,
    RELEVANCE,
)
"""Every view, in the order in which they are offered; the first is the default."""
