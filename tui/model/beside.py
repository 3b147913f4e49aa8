"""A second model beside the one in use: which, and whether there is room for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.model.names import is_saved
from tui.model.opening import fetch
from tui.model.other_model import OtherModel
from tui.model.weights_size import check_weights_fit

if TYPE_CHECKING:
    from tui.model.hub.download import Progress

MEGABYTE = 1_000_000


def fetch_beside(
    other: OtherModel, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> None:
    """Have a second model's files on this machine, and look whether there is room for it.

    Args:
        other: the model.
        progress: told how much of it is downloaded, in megabytes.
        cancelled: asked during a download.

    Raises:
        ModelError: it cannot be had, or is larger than what is free beside the first.
        Cancelled: it was given up.
    """
    if is_saved(other.name):
        return

    def report(so_far: Progress) -> None:
        progress(so_far.done // MEGABYTE, max(1, so_far.total // MEGABYTE))

    folder = fetch(other.name, offline=other.offline, report=report, cancelled=cancelled)
    check_weights_fit(folder, other.name, other.dtype)
