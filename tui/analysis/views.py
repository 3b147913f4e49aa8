"""Views: which numbers of an answer are looked at. Each is defined here, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.analysis.hiding import shown_peaks
from tui.analysis.scales import ordinary_peaks
from tui.analysis.wanted import Quantity, Target, WantedQuantities
from tui.analysis.words import join_words
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
    """

    name: str
    slug: str
    formula: str
    meaning: str
    needs: Quantity
    of: Literal["head", "layer", "model"]
    sums_to_one: bool
    unit: str
    matrix: Callable[[Source, int, int], NDArray[np.float32]]
    signed: bool = False

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
            matrices = np.stack([self.matrix(source, layer, head) for head in heads])
            if firsts is not None:
                matrices = join_words(matrices, firsts)
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
    assert source.derived.value_norms is not None
    return np.asarray(source.attention[layer, head] * source.derived.value_norms[layer, head])


def _products(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.gradient is not None
    return np.asarray(source.derived.gradient.products[layer, head])


def _relevance(source: Source, layer: int, head: int) -> NDArray[np.float32]:
    assert source.derived.gradient is not None
    return np.asarray(source.derived.gradient.relevance[layer])


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
)
GRADIENT = View(
    "gradient",
    "gradient",
    "A ⊙ ∂y/∂A, y the logit of the chosen candidate",
    "To first order, what each weight adds to the logit of the candidate chosen in the table; "
    "below 0 it takes away. In the last layer only the mask's row has any.",
    "gradient",
    "head",
    False,
    "logits",
    _products,
    signed=True,
)
RELEVANCE = View(
    "relevance",
    "relevance",
    "Rₙ = Rₙ₋₁ + Āₙ Rₙ₋₁, R₀ = I, Ā = mean over heads of (A ⊙ ∂y/∂A)⁺",
    "How relevant each input token is to the candidate chosen in the table; read it at the mask's "
    "row of the last layer (Chefer et al. 2021).",
    "gradient",
    "layer",
    False,
    "relevance",
    _relevance,
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
