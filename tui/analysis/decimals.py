"""How many decimals numbers are shown with, and what a number is once it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD_DECIMALS = 2
"""Decimals of what is measured of a head, in tables and lists."""

WEIGHT_DECIMALS = 3
"""Decimals of one attention weight, as it is read out."""


def as_shown(values: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Numbers rounded to what is shown of them; what is no number stays none.

    It is Python's own rounding, as it stands behind what is printed: numpy's multiplies first, and
    makes 2.68 of 2.675, which is a little less than that.

    Args:
        values: any numbers; a query asks for a few hundred.
        decimals: how many decimals are shown.

    Returns:
        Of the same shape.
    """
    shown = [float(f"{value:.{decimals}f}") for value in values.ravel().tolist()]
    return np.array(shown, dtype=np.float64).reshape(values.shape)
