"""Loading a model for a command, with a line on a terminal that says how far a download is."""

from __future__ import annotations

import sys

from tui.model.hub.catalogue import size
from tui.model.hub.download import Progress
from tui.model.masked_lm import MaskedLM
from tui.text import visible

_CLEAR_LINE = "\r\x1b[K"


def load_model(name: str, *, offline: bool, device: str, dtype: str) -> MaskedLM:
    """Load a model as `MaskedLM.load` does.

    Standard error has the download's progress while there is one, if it is a terminal; nothing of
    it stays.
    """
    if not sys.stderr.isatty():
        return MaskedLM.load(name, offline=offline, device=device, dtype=dtype)
    shown = False

    def report(progress: Progress) -> None:
        nonlocal shown
        shown = True
        done, total = size(progress.done), size(progress.total)
        rate = f", {size(round(progress.rate))}/s" if progress.rate else ""
        print(
            f"{_CLEAR_LINE}downloading {visible(name)}: {done} of {total}{rate}",
            end="",
            file=sys.stderr,
            flush=True,
        )

    try:
        return MaskedLM.load(name, offline=offline, device=device, dtype=dtype, report=report)
    finally:
        if shown:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
