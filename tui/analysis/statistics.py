"""Statistics: how much each head does of one thing in one sentence, a number a head.

Each statistic stands here once, with its formula, its source, what it is divided by and which rows
and columns are counted. Where there is nothing to count (no mask, no punctuation, no token before)
a statistic is no number, and so it is where the weights hold one that is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tui.analysis.roles import Roles
from tui.analysis.runs import runs
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]


class LayerWeights:
    """One layer's weights, and the sums that several statistics share.

    Attributes:
        weights: attention weights, `[head, query, key]`.
        roles: the tokens' roles.
        n: how many tokens there are.
    """

    def __init__(self, weights: Numbers, roles: Roles) -> None:
        self.weights = weights
        self.roles = roles
        self.n = weights.shape[-1]

    @cached_property
    def received(self) -> Numbers:
        """The weight on each token, the mean over all rows, `[head, key]`."""
        share = np.full(self.n, 1.0 / self.n, dtype=np.float32)
        return np.asarray(share @ self.weights)

    @cached_property
    def entropy(self) -> Numbers:
        """The mean over all rows of -Σ a ln a, `[head]`, in nats; 0 ln 0 is 0."""
        summands = np.maximum(self.weights, _TINY)
        np.log(summands, out=summands)
        np.multiply(summands, self.weights, out=summands)
        return np.asarray(-summands.sum(axis=(1, 2)) / self.n)

    def to(self, keys: NDArray[np.bool_]) -> Numbers:
        """The mean over all rows of the weight on some tokens together, `[head]`."""
        return self.received[:, keys].sum(axis=1) if keys.any() else self.nothing

    def diagonal(self, offset: int) -> Numbers:
        """The weight on the token `offset` away, the mean over the rows that have such a token.

        Rows whose token `offset` away is special don't count: what they put there, they may put
        there because it is a sink.
        """
        keys = np.arange(self.n)[max(0, offset) : self.n + min(0, offset)]
        counts = ~self.roles.special[keys]
        if not counts.any():
            return self.nothing
        return np.asarray(np.diagonal(self.weights, offset, 1, 2)[:, counts].mean(axis=1))

    @property
    def nothing(self) -> Numbers:
        """No number for any head."""
        return np.full(len(self.weights), np.nan, dtype=np.float32)


_TINY = 1e-30
"""Stands in for 0 under the logarithm, which is then multiplied by 0."""


def _breadth(layer: LayerWeights) -> Numbers:
    return layer.entropy / np.float32(np.log(layer.n)) if layer.n > 1 else layer.nothing


def _distance(layer: LayerWeights) -> Numbers:
    place = np.arange(layer.n, dtype=np.float32)
    away = np.abs(place[:, np.newaxis] - place).ravel()
    flat = layer.weights.reshape(len(layer.weights), -1)
    return np.asarray(flat @ away / (layer.received.sum(axis=1) * layer.n))


def _opening(layer: LayerWeights) -> Numbers:
    opening = layer.roles.opening
    return layer.nothing if opening is None else layer.received[:, opening]


def _context(layer: LayerWeights) -> Numbers:
    masked, words = layer.roles.masked, layer.roles.words
    if not (masked.any() and words.any()):
        return layer.nothing
    return np.asarray(layer.weights[:, masked][:, :, words].sum(axis=2).mean(axis=1))


def _largest(layer: LayerWeights) -> Numbers:
    return np.asarray(layer.weights.max(axis=(1, 2)))


def _confidence(layer: LayerWeights) -> Numbers:
    ordinary = ~layer.roles.special
    if not ordinary.any():
        return layer.nothing
    parts = [layer.weights[:, :, run].max(axis=2) for run in runs(ordinary)]
    return np.asarray(np.maximum.reduce(parts)[:, ordinary].mean(axis=1))


@dataclass(frozen=True, slots=True)
class Statistic:
    """One number a head.

    Attributes:
        name: a word, as queries and columns write it.
        title: what it is, in a few words.
        meaning: formula, source, denominator, and the rows and columns that are counted.
        of: the number of each head of a layer, `[head]`.
        unit: what it is counted in; empty for a share or a weight, 0..1.
    """

    name: str
    title: str
    meaning: str
    of: Callable[[LayerWeights], NDArray[np.float32]]
    unit: str = ""


STATISTICS: tuple[Statistic, ...] = (
    Statistic(
        "entropy",
        "entropy",
        "-Σ a ln a of each row, in nats, the mean over all n rows; all columns count "
        "(Clark et al. 2019, section 3.3).",
        lambda layer: layer.entropy,
        "nats",
    ),
    Statistic(
        "breadth",
        "entropy's share of ln n",
        "entropy / ln n: 0 where each row rests on one token, 1 where each is spread evenly over "
        "all n; all rows and columns count.",
        _breadth,
    ),
    Statistic(
        "distance",
        "mean distance",
        "Σ a |query - key| / Σ a, in word pieces, over all rows and columns, special tokens "
        "included (Vig & Belinkov 2019, on a model that looks back only).",
        _distance,
        "word pieces",
    ),
    Statistic(
        "prev",
        "previous token",
        "the weight on the token before, the mean over the rows that have one which is not special "
        "(Clark et al. 2019, section 3.1, take all rows).",
        lambda layer: layer.diagonal(-1),
    ),
    Statistic(
        "next",
        "next token",
        "the weight on the token behind, the mean over the rows that have one which is not special "
        "(Clark et al. 2019, section 3.1, take all rows).",
        lambda layer: layer.diagonal(1),
    ),
    Statistic(
        "self",
        "same token",
        "the weight of each token on itself, the mean over all rows but those of special tokens "
        "(Clark et al. 2019, section 3.1, take all rows).",
        lambda layer: layer.diagonal(0),
    ),
    Statistic(
        "cls",
        "opening token",
        "the weight on the special token that opens the sentence ([CLS], <s>), the mean over all "
        "n rows, its own included (Clark et al. 2019, section 3.2).",
        _opening,
    ),
    Statistic(
        "sep",
        "closing token",
        "the weight on the special tokens that close a sentence ([SEP], </s>) together, the mean "
        "over all n rows, their own included (Clark et al. 2019, section 3.2).",
        lambda layer: layer.to(layer.roles.closing),
    ),
    Statistic(
        "punct",
        "punctuation",
        "the weight on all tokens together that are punctuation alone (Unicode categories P), the "
        "mean over all n rows (Clark et al. 2019, section 3.2, count only . and ,).",
        lambda layer: layer.to(layer.roles.punctuation),
    ),
    Statistic(
        "context",
        "from the mask to the words",
        "the weight from the mask on all tokens together that are neither special nor a mask; "
        "with several masks the mean over their rows.",
        _context,
    ),
    Statistic(
        "max",
        "largest weight",
        "the largest single weight of all rows and columns.",
        _largest,
    ),
    Statistic(
        "confidence",
        "confidence",
        "each row's largest weight, the mean over the rows; rows and columns of all special tokens "
        "are left out, as most heads rest on one (Voita et al. 2019 leave out the closing token).",
        _confidence,
    ),
)  # fmt: skip
"""Every statistic, in the order in which tables show them."""


def measure(weights: Numbers, roles: Roles) -> Numbers:
    """Every statistic of every head of one layer.

    Args:
        weights: attention weights, `[head, query, key]`.
        roles: the tokens' roles.

    Returns:
        `[statistic, head]`, in the order of `STATISTICS`.
    """
    layer = LayerWeights(weights, roles)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([statistic.of(layer) for statistic in STATISTICS]).astype(np.float32)
