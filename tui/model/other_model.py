"""A model that another one is compared with, as it is asked for. Known without loading anything."""

from __future__ import annotations

from typing import NamedTuple

from tui.model.names import AUTO, FLOAT32


class OtherModel(NamedTuple):
    """The model, as it is asked for.

    Attributes:
        name: `embedded`, a folder, a hub name, or a file of saved attention.
        offline: never use the network.
        device: where it computes.
        dtype: the numbers it computes with.
    """

    name: str
    offline: bool = False
    device: str = AUTO
    dtype: str = FLOAT32
