"""Derived quantities: numbers computed from a model's attention weights, as they were wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui.analysis.wanted import WEIGHTS_ALONE, Quantity, Target, WantedQuantities
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Mixing:
    """Several heads in one matrix.

    Attributes:
        means: the mean over the heads of each layer, `[layer, query, key]`.
        mean: the mean over all layers and heads, `[query, key]`.
        rollout: attention rollout up to each layer, `[layer, query, key]`.
    """

    means: NDArray[np.float32]
    mean: NDArray[np.float32]
    rollout: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TransformedValues:
    """The vectors f(x) = (x W_V + b_V) W_O that attention weighs, as far as lengths go.

    ‖f‖² = v (W_O W_Oᵀ) vᵀ: with the small matrix in the middle no projected vector is ever made,
    and a sum of vectors is as long as the same sum of values says.

    Attributes:
        values: v = x W_V + b_V, `[layer, head, key, head size]`.
        metric: W_O W_Oᵀ of the columns of W_O that belong to a head,
            `[layer, head, head size, head size]`.
    """

    values: NDArray[np.float32]
    metric: NDArray[np.float32]

    def norms(self, layer: int, head: int) -> NDArray[np.float32]:
        """‖f(x)‖ of each token's vector in a head, `[key]`."""
        return self.lengths(self.values[layer, head], layer, head)

    def lengths(self, vectors: NDArray[np.float32], layer: int, head: int) -> NDArray[np.float32]:
        """How long values, or sums of them, are once they are projected.

        Args:
            vectors: `[vector, head size]`.
            layer: whose projection, counted from 0.
            head: likewise.

        Returns:
            `[vector]`.
        """
        squares = ((vectors @ self.metric[layer, head]) * vectors).sum(axis=-1)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """How log p of one candidate, its probability p, would change with each attention weight A.

    Attributes:
        target: the candidate, its token always given.
        token: the candidate's word piece in the model's own form.
        products: A ⊙ ∂ log p/∂A, `[layer, head, query, key]`, in nats.
        relevance: the relevance rollout up to each layer, `[layer, query, key]`.
        importance: the sum of each head's products, `[layer, head]`: to first order, how much
            log p would fall if the head were gated (Michel et al. 2019, equation 2, who take the
            loss, its mean over data, and the absolute value).
        margin: the same of the candidate's logit minus its runner-up's, `[layer, head]`, in
            logits, or None if it was not wanted.
        runner_up: the most probable of the other word pieces; empty if it was not wanted.
        margin_products: what the margin sums up, A ⊙ ∂ (logit − runner-up's logit)/∂A,
            `[layer, head, query, key]`, in logits, or None likewise.
    """

    target: Target
    token: str
    products: NDArray[np.float32]
    relevance: NDArray[np.float32]
    importance: NDArray[np.float32]
    margin: NDArray[np.float32] | None = None
    runner_up: str = ""
    margin_products: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DerivedQuantities:
    """The numbers of one answer beyond its attention weights: each is there if it was wanted.

    Attributes:
        wanted: what was wanted.
        mixing: means and rollout.
        values: the vectors that attention weighs.
        gradient: attention × gradient and what follows.
        likeness: the divergence of every head to the one wanted, `[layer, head]`.
        peaks: for each view but raw weights, by its slug, its largest number (signs dropped) of
            any layer and head outside the columns of special tokens.
        shown_peaks: the same of the views whose rows are distributions, when special tokens are
            hidden and the rows renormalised.
        word_peaks: as `peaks`, of what is displayed when pieces are joined into words; raw weights
            are among them. Empty if that was not wanted, or if every word is one piece: then they
            are the pieces'.
        shown_word_peaks: as `shown_peaks`, likewise.
        missing: what was wanted and could not be given, with the reason in a sentence.
    """

    wanted: WantedQuantities = WEIGHTS_ALONE
    mixing: Mixing | None = None
    values: TransformedValues | None = None
    gradient: Gradient | None = None
    likeness: NDArray[np.float32] | None = None
    peaks: Mapping[str, float] = field(default_factory=dict)
    shown_peaks: Mapping[str, float] = field(default_factory=dict)
    word_peaks: Mapping[str, float] = field(default_factory=dict)
    shown_word_peaks: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[Quantity, str] = field(default_factory=dict)

    @property
    def given(self) -> frozenset[Quantity]:
        """The quantities that have come."""
        there: dict[Quantity, object] = {
            "mixing": self.mixing,
            "values": self.values,
            "gradient": self.gradient,
            "likeness": self.likeness,
        }
        return frozenset(need for need, numbers in there.items() if numbers is not None)

    def refusing(
        self, refused: Collection[Quantity], reason: str, wanted: WantedQuantities
    ) -> DerivedQuantities:
        """The same as an answer to more than was computed.

        Args:
            refused: what was wanted and not computed.
            reason: why, in a sentence.
            wanted: all that was wanted.
        """
        missing = {**self.missing, **dict.fromkeys(refused, reason)}
        return replace(self, wanted=wanted, missing=missing)

    def answers(self, wanted: WantedQuantities) -> bool:
        """Whether all that is wanted has come, or was refused."""
        settled = self.given | set(self.missing)
        same_target = wanted.gradient is None or wanted.gradient in (
            self.wanted.gradient,
            self.gradient.target if self.gradient else None,
        )
        same_head = wanted.likeness in (None, self.wanted.likeness)
        same_words = self.wanted.words or not wanted.words
        same_margin = self.wanted.margin or not wanted.margin
        same_products = self.wanted.margin_products or not wanted.margin_products
        same = same_target and same_head and same_words and same_margin and same_products
        return same and wanted.quantities <= settled
