"""Loading a model for a command, with a line on a terminal that says how far a download is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.text import visible

if TYPE_CHECKING:
    from tui.model.hub.download import Progress
    from tui.model.masked_lm import MaskedLM

_CLEAR_LINE = "\r\x1b[K"


def load_model(
    name: str,
    *,
    offline: bool,
    device: str,
    dtype: str,
    report: Callable[[Progress], None] | None = None,
) -> MaskedLM:
    """Load a model as `MaskedLM.load` does.

    Args:
        name: the model's name or folder.
        offline: never use the network.
        device: where the model computes.
        dtype: the numbers it computes with.
        report: is told how far a download is. By default standard error has that while there is
            one, if it is a terminal; nothing of it stays.

    Raises:
        ModelError: there is no such model, or it cannot be read or shown.
    """
    from tui.model.masked_lm import MaskedLM

    if report is not None:
        return MaskedLM.load(name, offline=offline, device=device, dtype=dtype, report=report)
    if not sys.stderr.isatty():
        return MaskedLM.load(name, offline=offline, device=device, dtype=dtype)
    shown = False

    def show(progress: Progress) -> None:
        nonlocal shown
        shown = True
        line = f"downloading {visible(name)}: {how_far(progress)}"
        print(f"{_CLEAR_LINE}{line}", end="", file=sys.stderr, flush=True)

    try:
        return MaskedLM.load(name, offline=offline, device=device, dtype=dtype, report=show)
    finally:
        if shown:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)


def how_far(progress: Progress) -> str:
    """How far a download is: `12 MB of 440 MB, 3 MB/s`."""
    from tui.model.hub.catalogue import size

    rate = f", {size(round(progress.rate))}/s" if progress.rate else ""
    return f"{size(progress.done)} of {size(progress.total)}{rate}"
