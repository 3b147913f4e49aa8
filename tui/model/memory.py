"""Memory that runs out, and memory that is given back."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tui.errors import ModelError


def is_lack_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on whatever device; torch says so in different ways."""
    torch = imported_torch()
    words = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or (torch is not None and isinstance(error, torch.OutOfMemoryError))
        or (
            isinstance(error, RuntimeError)
            and (
                "out of memory" in words
                or "can't allocate memory" in words
                or "not enough memory" in words
            )
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

    gc.collect()
    if (torch := imported_torch()) is not None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if torch.backends.mps.is_available():
            torch.mps.empty_cache()
    trim()


def imported_torch() -> Any:
    """Torch if it is there; None where nothing has needed it, or another thread is importing it."""
    torch = sys.modules.get("torch")
    if torch is None or getattr(torch.__spec__, "_initializing", False):
        return None
    return torch


def trim() -> None:
    """Give memory that was freed back to the system."""
    if sys.platform == "linux":
        # glibc keeps what was freed for later; elsewhere there is no such call.
        malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if malloc_trim is not None:
            malloc_trim(0)
