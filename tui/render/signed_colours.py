"""Signed numbers as colours of a picture: blue below 0, black at 0, orange above."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui.render.depth import rgb_of_lab
from tui.render.ramps import ABOVE, BELOW, Ramp

_STEPS = 256


def signed_colours(brightness: NDArray[np.float32], below: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The colour of each number, a size and its sign.

    Args:
        brightness: sizes, any shape: 0 black, 1 full; above 1 as 1, what is no number as 0.
        below: which numbers are below 0, of the same shape.

    Returns:
        sRGB, `[..., channel]`.
    """
    share = np.clip(np.nan_to_num(brightness), 0.0, 1.0).astype(np.float64)
    places = np.rint(share * (_STEPS - 1)).astype(np.intp)
    return np.where(below[..., np.newaxis], _table(BELOW)[places], _table(ABOVE)[places])


@cache
def _table(arm: Ramp) -> NDArray[np.uint8]:
    colours = [rgb_of_lab(arm.at(step / (_STEPS - 1))) for step in range(_STEPS)]
    return np.array(colours, dtype=np.uint8)
