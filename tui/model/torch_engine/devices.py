"""Where a model computes, and with which numbers."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.errors import ModelError, RequestError
from tui.model.names import AUTO, DEVICES, DTYPES, FLOAT32

if TYPE_CHECKING:
    import torch

__all__ = [
    "AUTO",
    "FLOAT32",
    "is_lack_of_memory",
    "lack_of_memory_is_told",
    "let_go",
    "resolve_device",
    "trim",
]


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


def is_lack_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on whatever device; torch says so in different ways."""
    import torch

    words = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError)
        and (
            "out of memory" in words
            or "can't allocate memory" in words
            or "not enough memory" in words
        )
    )


@contextmanager
def lack_of_memory_is_told(sentence: str) -> Iterator[None]:
    """Inside the `with` block, raise ModelError with this sentence when memory runs out."""
    try:
        yield
    except Exception as error:
        if is_lack_of_memory(error):
            raise ModelError(sentence) from error
        raise


def let_go() -> None:
    """Give a model's memory back to the system and to the device's driver."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
    trim()


def trim() -> None:
    """Give memory that was freed back to the system."""
    if sys.platform == "linux":
        # glibc keeps what was freed for later; elsewhere there is no such call.
        malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if malloc_trim is not None:
            malloc_trim(0)
