"""The exercise's files of one sentence: every head as a picture, and a page of them all; a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.errors import Cancelled, RequestError
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel


@dataclass(frozen=True, slots=True)
class ExportHeads:
    """Save raw attention weights of all heads, in the absolute scale.

    Attributes:
        text: the sentence; the model is asked about it again.
        model: the model's name.
        folder: where files go; it is made if need be.
        interventions: what is changed inside the model while it runs.
    """

    text: str
    model: str
    folder: Path
    interventions: Interventions = NONE


@dataclass(frozen=True, slots=True)
class HeadsExported:
    """Where the pictures are, and how many.

    Attributes:
        folder: where, as an absolute path.
        saved: how many files were written.
        kept: how many more were there already, and showed the same.
        missing_fonts: a sentence on what they show as boxes; empty if nothing.
    """

    folder: Path
    saved: int
    kept: int
    missing_fonts: str = ""

    @property
    def said(self) -> str:
        """A sentence for the user."""
        there = f", {self.kept} of them were there already" if self.kept else ""
        said = f"Saved {self.saved + self.kept} pictures in {visible(str(self.folder))}{there}."
        return f"{said} {self.missing_fonts}".rstrip()


def export_heads(
    job: ExportHeads,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> HeadsExported:
    """Write the pictures of a sentence; one that is there already is not written again.

    Args:
        job: the sentence and the folder.
        model: the model.
        allocate: not needed, the result is small.
        progress: told how many files are there, and of how many.
        cancelled: asked before each layer of the pass, and before each file.

    Raises:
        Cancelled: it was given up; files that were written are whole, and stay.
        RequestError: the sentence cannot be analysed, or its attention is not held whole.
        ModelError: the model cannot run.
        SaveError: a file cannot be written; those before it are whole.
    """
    # Drawing needs Pillow, which who only asks for a job does not.
    from tui.evidence.export import ExportSelection, boxes_in, into_folder
    from tui.storage.files import make_folder

    folder = make_folder(job.folder)  # what cannot be written to is said at once
    analysis = model.analyze(
        job.text, top_k=1, interventions=job.interventions, cancelled=cancelled
    )
    if len(analysis.held) < analysis.model.layers:
        raise RequestError(
            "The text is so long that one layer's attention is held at a time; "
            "shorten it, or save head by head with s."
        )
    every = ExportSelection()
    done, of, kept = 0, every.count(analysis.model), 0
    progress(done, of)
    for one in into_folder(folder, analysis, every, cancelled=cancelled):
        done += 1
        kept += one.kept
        progress(done, of)
    if done < of:
        raise Cancelled
    return HeadsExported(folder, done - kept, kept, boxes_in(analysis, every))
