"""How unlike two heads are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANING = (
    "Jensen-Shannon divergence to the head at hand, in nats, summed over all n rows: 0 for the "
    "same weights, n ln 2 at the most (Clark et al. 2019, section 6)."
)


def js_divergence(attention: NDArray[np.float32], layer: int, head: int) -> NDArray[np.float32]:
    """The Jensen-Shannon divergence of every head to one, summed over rows.

    JS(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2 with the entropy H in nats; all columns count.
    Heads are compared as Clark et al. 2019, section 6, do.

    Args:
        attention: weights, `[layer, head, query, key]`; each row is a distribution.
        layer: the layer of the head that all are compared with, from 0.
        head: that head, from 0.

    Returns:
        `[layer, head]`, at least 0; no number where the weights hold one that is none.
    """
    one = attention[layer, head]
    own = _negative_entropy(one[np.newaxis])
    found = np.empty(attention.shape[:2], dtype=np.float32)
    for number, weights in enumerate(attention):  # a layer at a time: what is held stays small
        middle = (weights + one) * np.float32(0.5)
        both = _negative_entropy(weights) + own
        found[number] = np.maximum(0.5 * both - _negative_entropy(middle), 0.0)
    return found


def _negative_entropy(weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Σ a ln a of each matrix, `[head]`; 0 ln 0 is 0."""
    with np.errstate(invalid="ignore"):
        summands = weights * np.log(np.maximum(weights, 1e-30))
    return np.asarray(summands.sum(axis=(-2, -1), dtype=np.float64))
