"""How much memory a text's attention may take, known before any of it is allocated."""

from __future__ import annotations

import os
from pathlib import Path

from tui.errors import TextTooLongError

BUDGET = 2 << 30
"""Bytes of attention that are held at once; beyond, the layer that is shown is held alone."""

COPIES = 3
"""A layer's weights while they are computed: the scores, the weights, and the array kept."""


def layers_to_hold(
    layers: int, heads: int, tokens: int, *, shown: int, texts: int = 1
) -> tuple[int, int]:
    """Decide how many layers' attention is held at once.

    Args:
        layers: how many the model has.
        heads: attention heads a layer.
        tokens: the longest text's word pieces.
        shown: the layer that is looked at, counted from 0.
        texts: how many texts are asked about together.

    Returns:
        The first layer that is held, counted from 0, and how many are.

    Raises:
        TextTooLongError: one layer alone is more than this machine's free memory.
    """
    layer = 4 * heads * tokens * tokens * texts
    if layers * layer <= BUDGET:
        return 0, layers
    if COPIES * layer > (free := free_memory()):
        raise TextTooLongError(
            f"The attention of {tokens:,} word pieces takes {_gigabytes(COPIES * layer)} a layer, "
            f"and {_gigabytes(free)} of memory are free; shorten the text."
        )
    return min(max(shown, 0), layers - 1), 1


def free_memory() -> int:
    """Bytes of memory that this machine can still give, as far as it says."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass  # not Linux
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
