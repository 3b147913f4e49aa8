"""Where a model computes, and with which numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.model.names import AUTO, DEVICES, DTYPES, FLOAT32

if TYPE_CHECKING:
    import torch

__all__ = ["AUTO", "FLOAT32", "resolve_device"]


def resolve_device(device: str, dtype: str) -> tuple[torch.device, torch.dtype]:
    """The device and the numbers by their names.

    Raises:
        RequestError: there is no such device, or this machine has none.
    """
    import torch

    if device not in DEVICES or dtype not in DTYPES:
        raise RequestError(
            f"A model computes on {', '.join(DEVICES)}, with {', '.join(DTYPES)}; "
            f"not on {device} with {dtype}."
        )
    has: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    if device == AUTO:
        device = next((name for name, is_there in has.items() if is_there()), "cpu")
    elif device in has and not has[device]():
        raise RequestError(
            f"This machine has no {device} device that torch can use; leave out --device."
        )
    return torch.device(device), getattr(torch, dtype)
