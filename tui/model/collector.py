"""Importing what is large, fast.

torch and transformers make some million objects that live as long as the process. Python's garbage
collector walks them over and over while they are made: a fifth of the time until a model is ready.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Collect no cyclic garbage inside the `with` block."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
