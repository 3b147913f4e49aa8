"""Two runs as files, beside what `bertmask-tui compare` prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.given import check_head
from tui.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.analysis.analysis import ModelInfo
    from tui.analysis.comparison import Comparison
    from tui.storage.saving import Saved


@dataclass(frozen=True, slots=True)
class ComparedFiles:
    """The files that are wanted of two runs.

    Attributes:
        out: the folder.
        formats: some of `tui.storage.formats.COMPARED_FORMATS`.
        layer: one layer, counted from 0, or None for all.
        head: one head, counted from 0, or None for all.
    """

    out: Path
    formats: tuple[str, ...]
    layer: int | None
    head: int | None

    def check(self, model: ModelInfo) -> None:
        """Refuse what the model of A does not have, before it is run.

        Raises:
            RequestError: there is no such layer or head.
        """
        check_head(model, self.layer, self.head)

    def write(self, comparison: Comparison) -> list[Saved]:
        """Write them, and say how many there are.

        Raises:
            RequestError: the heads of the two cannot be compared.
            SaveError: the folder cannot be made or a file not written; those before it are whole.
        """
        from tui.evidence.compared_export import export_comparison
        from tui.storage.files import folder_is_named_by

        layers, heads = ((one,) if one is not None else None for one in (self.layer, self.head))
        with folder_is_named_by("--out"):
            saved = list(export_comparison(comparison, self.out, layers, heads, self.formats))
        say([_said(saved)])
        return saved


def _said(saved: Sequence[Saved]) -> str:
    kept = sum(one.kept for one in saved)
    files = "1 file" if len(saved) == 1 else f"{len(saved)} files"
    there = f" ({kept} were there already)" if kept else ""
    return f"{files} in {saved[0].path.parent}{there}."
