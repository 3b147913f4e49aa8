"""The order and the looks of heads' changes, of two runs and of many pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.columns import HeadIndex

SORTS = ("change", "head")
"""What heads are ranked by: how much they change, or their place."""


def order_of(
    changes: NDArray[np.floating], sort: str, among: NDArray[np.bool_] | None = None
) -> list[HeadIndex]:
    """The heads, (layer, head) from 0, in an order of `SORTS`; what is no number comes last.

    Args:
        changes: how much each head changes, `[layer, head]`.
        sort: the order.
        among: the heads that are wanted, `[layer, head]`; None for all.
    """
    places = [
        (int(layer), int(head))
        for layer, head in np.ndindex(changes.shape)
        if among is None or among[layer, head]
    ]
    if sort == "head":
        return places
    return sorted(places, key=lambda at: (bool(np.isnan(changes[at])), -changes[at]))


def change_meaning() -> str:
    """How a head's change is measured, and that it has no sign, for people."""
    from tui.analysis.comparison import CHANGE

    return f"{CHANGE} It has no sign: it says how much a head changes, and not which way."


def change_said(change: float) -> str:
    """A head's change as tables have it."""
    return NO_NUMBER if np.isnan(change) else f"{change:.4f}"
