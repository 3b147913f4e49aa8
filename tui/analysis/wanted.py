"""Wishes for an answer beyond its attention weights. Known without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quantity = Literal["", "mixing", "values", "gradient", "likeness"]
"""One kind of numbers that only the model's process computes; empty for none."""


@dataclass(frozen=True, slots=True)
class Target:
    """The candidate that a gradient is taken towards.

    Attributes:
        mask: which of the sentence's masks, counted from 0.
        token: its number in the vocabulary, or None for the most probable candidate.
    """

    mask: int = 0
    token: int | None = None


@dataclass(frozen=True, slots=True)
class WantedQuantities:
    """The quantities that are to come with an answer, beyond its attention weights.

    Attributes:
        mixing: means over heads, and attention rollout.
        values: the transformed values, whose norms weigh attention.
        gradient: attention × gradient towards this candidate, and what follows from it.
        margin: with the gradient, what each head adds to the candidate's lead over its runner-up;
            it takes one more pass backward.
        margin_products: with the margin, that of each attention weight, which is as large as the
            attention once more.
        likeness: how unlike every head is to this (layer, head), counted from 0.
        words: the largest numbers between words, for a scale that compares heads.
    """

    mixing: bool = False
    values: bool = False
    gradient: Target | None = None
    likeness: tuple[int, int] | None = None
    words: bool = False
    margin: bool = False
    margin_products: bool = False

    @property
    def quantities(self) -> frozenset[Quantity]:
        """The kinds of numbers that are asked for, each of which may be refused."""
        asked: dict[Quantity, bool] = {
            "mixing": self.mixing,
            "values": self.values,
            "gradient": self.gradient is not None,
            "likeness": self.likeness is not None,
        }
        return frozenset(quantity for quantity, is_asked in asked.items() if is_asked)

    def joined(self, other: WantedQuantities) -> WantedQuantities:
        """All that this and another ask for; of two targets or heads the other's."""
        return WantedQuantities(
            mixing=self.mixing or other.mixing,
            values=self.values or other.values,
            gradient=other.gradient or self.gradient,
            likeness=other.likeness or self.likeness,
            words=self.words or other.words,
            margin=self.margin or other.margin,
            margin_products=self.margin_products or other.margin_products,
        )


WEIGHTS_ALONE = WantedQuantities()
"""Attention weights, and nothing beyond them."""
