"""Experiments that cut heads to their means take these first, which counts in their progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.analysis.interventions import CutBy

if TYPE_CHECKING:
    from tui.model.language_model import LanguageModel

Progress = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


def means_first(
    model: LanguageModel, by: CutBy, steps: int, progress: Progress, cancelled: Callable[[], bool]
) -> tuple[str, Callable[[int], None]]:
    """Have the means there if heads are to be cut to them.

    Args:
        model: the model.
        by: what cut heads give on.
        steps: how many steps follow.
        progress: told how far it is, the means' steps and these together.
        cancelled: asked meanwhile; once it is true, `Cancelled` is raised.

    Returns:
        The mean that heads are cut to, in words, empty if by zero; and what is to be told how many
        of the steps that follow are done.
    """
    before = 0

    def prepared(done: int, of: int) -> None:
        nonlocal before
        before = of
        progress(done, of + steps)

    described = ""
    if by == "mean":
        described = model.means(progress=prepared, cancelled=cancelled).described
    return described, lambda done: progress(before + done, before + steps)
