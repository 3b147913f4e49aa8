"""Importing the model layer, fast.

torch and transformers make some million objects that live as long as the process. Python's garbage
collector walks them over and over while they are made: a fifth of the time until a model is ready.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.masked_lm import MaskedLM


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


def import_masked_lm() -> type[MaskedLM]:
    """Import `MaskedLM`, and all that stands behind it, in a process that is this program's own.

    What is there after the first import is taken out of the collector's rounds for good.
    """
    is_first = "tui.model.masked_lm" not in sys.modules
    with without_collector():
        from tui.model.masked_lm import MaskedLM

        if is_first:
            gc.freeze()
    return MaskedLM
