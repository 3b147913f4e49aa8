"""Views: which numbers of an analysis are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class View:
    """One way to read a head.

    Attributes:
        name: what people read.
        slug: what a file's name says, empty for the plain view.
        meaning: its formula in a sentence.
        matrix: the numbers of a head, `[query, key]`, from all attention weights,
            `[layer, head, query, key]`, and the layer and head, counted from 0.
    """

    name: str
    slug: str
    meaning: str
    matrix: Callable[[NDArray[np.float32], int, int], NDArray[np.float32]]


def _raw(attention: NDArray[np.float32], layer: int, head: int) -> NDArray[np.float32]:
    matrix: NDArray[np.float32] = attention[layer, head]
    return matrix


RAW = View("raw weights", "", "the attention weights as the model computed them", _raw)
