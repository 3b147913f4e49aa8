"""Views: which numbers of an answer are looked at. Each is defined here, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.analysis.scales import ordinary_peaks
from tui.analysis.wanted import Quantity, Target, WantedQuantities
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.derived import DerivedQuantities


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What views are made from.

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
        needs: what the model's process must supply for it.
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
        """What to ask for so that this view can be shown.

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

    def peak(
        self,
        source: Source,
        special: NDArray[np.bool_],
        of: Callable[
            [NDArray[np.float32], NDArray[np.bool_]], NDArray[np.float32]
        ] = ordinary_peaks,
    ) -> float:
        """The largest number, signs dropped, of any layer and head.

        Args:
            source: what is there.
            special: which tokens are special, `[token]`.
            of: the largest number of each matrix; by default outside special columns.
        """
        layers = range(1 if self.of == "model" else source.attention.shape[0])
        heads = range(source.attention.shape[1] if self.of == "head" else 1)
        largest = 0.0
        for layer in layers:
            matrices = np.stack([self.matrix(source, layer, head) for head in heads])
            peaks = of(np.abs(matrices) if self.signed else matrices, special)
            largest = max(largest, float(np.fmax.reduce(peaks, initial=0.0)))
        return largest


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
