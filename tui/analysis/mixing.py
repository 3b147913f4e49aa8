"""Attention over several heads and layers in one matrix: means, rollout, relevance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def layer_means(attention: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over the heads of each layer.

    Args:
        attention: weights, `[layer, head, query, key]`.

    Returns:
        `[layer, query, key]`.
    """
    return np.stack([weights.mean(axis=0) for weights in attention])


def rollout(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Attention rollout up to each layer (Abnar & Zuidema 2020, equation 1).

    R₁ = ½ Ā₁ + ½ I, Rₙ = (½ Āₙ + ½ I) Rₙ₋₁, with Ā the mean over a layer's heads and I for the
    residual connection. Where rows of Ā sum to 1, those of R do too.

    Args:
        means: the mean over each layer's heads, `[layer, query, key]`.

    Returns:
        `[layer, query, key]`: how much of the input token `key` is mixed into `query` behind that
        layer.
    """
    half = np.float32(0.5)
    identity = np.eye(means.shape[-1], dtype=np.float32)
    rolled = np.empty_like(means)
    mixed = identity
    for layer, mean in enumerate(means):
        mixed = (half * mean + half * identity) @ mixed
        rolled[layer] = mixed
    return rolled


def relevance(products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relevance of input tokens to one output, up to each layer (Chefer et al., ICCV 2021).

    R₀ = I, Rₙ = Rₙ₋₁ + Āₙ Rₙ₋₁ with Ā = mean over heads of (A ⊙ ∂y/∂A)⁺ (equations 5 and 6). Where
    the word is read off the mask's row, it is read there, in the last layer.

    Args:
        products: A ⊙ ∂y/∂A, `[layer, head, query, key]`.

    Returns:
        `[layer, query, key]`, at least 0.
    """
    layers, _, n, _ = products.shape
    gathered = np.empty((layers, n, n), dtype=np.float32)
    relevant = np.eye(n, dtype=np.float32)
    for layer, product in enumerate(products):
        relevant = relevant + np.maximum(product, 0.0).mean(axis=0) @ relevant
        gathered[layer] = relevant
    return gathered
