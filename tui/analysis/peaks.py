"""What the model's process adds to attention weights that needs no more than the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.analysis.derived import DerivedQuantities, Mixing
from tui.analysis.hiding import shown_peaks
from tui.analysis.mixing import layer_means, rollout
from tui.analysis.views import VIEWS, Source
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mixing(
    attention: NDArray[np.float32],
    allocate: Callable[[tuple[int, ...]], NDArray[np.float32]],
) -> Mixing:
    """Means and rollout.

    Args:
        attention: weights, `[layer, head, query, key]`.
        allocate: makes arrays that need not be copied into a message.
    """
    means = layer_means(attention)
    mean = means.mean(axis=0)
    return Mixing(placed(means, allocate), mean, placed(rollout(means), allocate))


def placed(
    array: NDArray[np.float32], allocate: Callable[[tuple[int, ...]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """The same numbers in an array that need not be copied into a message."""
    place = allocate(array.shape)
    place[...] = array
    return place


def with_peaks(
    derived: DerivedQuantities, attention: NDArray[np.float32], special: NDArray[np.bool_]
) -> DerivedQuantities:
    """The same with the largest number of every view that it makes possible.

    Args:
        derived: what was wanted and could be given.
        attention: weights, `[layer, head, query, key]`.
        special: which tokens are special, `[token]`.
    """
    source = Source(attention, derived)
    given = [view for view in VIEWS if view.needs in derived.given]
    peaks = {view.slug: view.peak(source, special) for view in given}
    shown = {
        view.slug: view.peak(source, special, shown_peaks) for view in given if view.sums_to_one
    }
    return replace(derived, peaks=peaks, shown_peaks=shown)
