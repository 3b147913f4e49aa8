"""Means, rollout and peaks: derived quantities that need no more than the attention weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.analysis.derived import DerivedQuantities, Mixing
from tui.analysis.mixing import layer_means, rollout
from tui.analysis.views import RAW, VIEWS, Source, View
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
    derived: DerivedQuantities,
    attention: NDArray[np.float32],
    special: NDArray[np.bool_],
    firsts: NDArray[np.intp],
) -> DerivedQuantities:
    """The same with the largest number of every view that it makes possible, or that needs nothing.

    Args:
        derived: what was wanted and could be given.
        attention: weights, `[layer, head, query, key]`.
        special: which tokens are special, `[token]`.
        firsts: each word's first token, `[word]`.
    """
    source = Source(attention, derived)
    # An answer has the peaks of raw weights itself.
    found = {
        view: view.peaks(source, special)
        for view in VIEWS
        if view is not RAW and view.is_in(derived)
    }
    of_words = {}
    if derived.wanted.words and len(firsts) < len(special):
        of_words = {
            view: view.peaks(source, special[firsts], firsts)
            for view in VIEWS
            if view.is_in(derived)
        }
    return replace(
        derived,
        peaks=_largest(found),
        shown_peaks=_largest_shown(found),
        word_peaks=_largest(of_words),
        shown_word_peaks=_largest_shown(of_words),
    )


def _largest(peaks: Mapping[View, tuple[float, float]]) -> dict[str, float]:
    return {view.slug: largest for view, (largest, _) in peaks.items()}


def _largest_shown(peaks: Mapping[View, tuple[float, float]]) -> dict[str, float]:
    return {view.slug: largest for view, (_, largest) in peaks.items() if view.sums_to_one}
