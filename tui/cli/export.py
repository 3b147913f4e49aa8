"""`bertmask-tui export`: the files of a sentence, a list of sentences, or saved attention."""

from __future__ import annotations

import re
import signal
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tui.analysis.analysis import Analysis
from tui.analysis.interventions import CutBy, Interventions
from tui.analysis.scales import Scale
from tui.analysis.views import View
from tui.analysis.wanted import Target, WantedQuantities
from tui.cli.given import check_head, given_cuts
from tui.cli.loading import how_far, load_model
from tui.cli.output import print_json_line
from tui.errors import ModelError, RequestError, SaveError, UserError
from tui.evidence.export import ExportSelection, boxes_in, into_folder, parts, to_tar
from tui.model.saved.saved_model import SavedModel
from tui.storage.files import folder_is_named_by, make_folder
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.model.hub.download import Progress as DownloadProgress
    from tui.model.masked_lm import MaskedLM

TOP_K = 10
"""Candidates for each mask in files of numbers."""


@dataclass(frozen=True, slots=True)
class Request:
    """An export, as the command line asks for it.

    Attributes:
        text: one sentence, or None.
        texts: a list of sentences, or None.
        saved: a file of saved attention, or None.
        out: the folder, or None for a tar stream.
        formats: some of `tui.storage.formats.FORMATS`.
        layer: one layer, counted from 0, or None for all.
        head: one head, counted from 0, or None for all.
        view: which numbers.
        scale: how pictures show them.
        model: the model's name.
        cuts: the heads that are cut, counted from 0.
        cut_by: what they give on.
        as_json: print JSON.
        offline: never use the network.
        device: where the model computes.
        dtype: the numbers it computes with.
    """

    text: str | None
    texts: tuple[str, ...] | None
    saved: str | None
    out: Path | None
    formats: tuple[str, ...]
    layer: int | None
    head: int | None
    view: View
    scale: Scale
    model: str
    cuts: tuple[HeadIndex, ...]
    cut_by: CutBy
    as_json: bool
    offline: bool
    device: str
    dtype: str

    @property
    def choice(self) -> ExportSelection:
        """Which heads, and how."""
        return ExportSelection(
            self.layer, self.head, self.formats, view=self.view, scale=self.scale
        )

    @property
    def wanted(self) -> WantedQuantities:
        """The quantities that the view needs; of gradients, those of the first candidate."""
        return self.view.wanted(Target())


def run(request: Request) -> None:
    """Write the files.

    Raises:
        RequestError: the text is empty or too long, or the model has no such layer or head.
        ModelError: the model, or the saved attention, cannot be loaded.
        SaveError: a file cannot be written; what was written before is named and whole.
    """
    if request.text is not None and not clean(request.text):
        raise RequestError("There is no text: give a sentence, with [MASK] where a word is wanted.")
    with folder_is_named_by("--out"):
        report = _Report(request)
    with _ended_like_an_interrupt(), report.progress:
        try:
            if request.out is None:
                _stream(request, report)
            else:
                with folder_is_named_by("--out"):
                    _write(make_folder(request.out), request, report)
        except KeyboardInterrupt:
            report.stopped("Cancelled")
            raise
        except SaveError as error:
            report.stopped(str(error).removesuffix("."))
            raise
    report.end()


def _write(folder: Path, request: Request, report: _Report) -> None:
    for sentence in _sentences(request, report):
        place = folder / sentence.below
        for saved in into_folder(place, sentence.analysis, request.choice):
            report.wrote(str(saved.path), saved.kept)


def _stream(request: Request, report: _Report) -> None:
    named = (
        (str(PurePosixPath(sentence.below, part.name)), part)
        for sentence in _sentences(request, report)
        for part in parts(sentence.analysis, request.choice)
    )
    for path in to_tar(sys.stdout.buffer, named):
        report.wrote(path, kept=False)
    sys.stdout.buffer.flush()


# Where the analyses come from


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One analysis and where its files go, below the folder asked for."""

    analysis: Analysis
    below: str


def _sentences(request: Request, report: _Report) -> Iterator[_Sentence]:
    """Every analysis asked for, each once; a sentence of a list that fails is noted."""
    if request.saved is not None:
        saved = SavedModel.load(request.saved)
        text = saved.info.only_text or ""
        yield _checked(request, report, saved.analyze(text, wanted=request.wanted))
        return
    model = load_model(
        request.model,
        offline=request.offline,
        device=request.device,
        dtype=request.dtype,
        report=report.downloading,
    )
    check_head(model.info, request.layer, request.head)
    interventions = given_cuts(model.info, request.cuts, request.cut_by)
    if request.text is not None:
        analysis = model.analyze(
            request.text,
            top_k=TOP_K,
            layer=request.layer or 0,
            wanted=request.wanted,
            interventions=interventions,
        )
        yield _checked(request, report, analysis)
    elif request.texts is not None:
        yield from _listed(request, report, model, request.texts, interventions)


def _listed(
    request: Request,
    report: _Report,
    model: MaskedLM,
    texts: tuple[str, ...],
    interventions: Interventions,
) -> Iterator[_Sentence]:
    from tui.model.batches import analyze_all

    folders = folder_names(texts)
    report.expect(len(texts) * request.choice.count(model.info))
    answers = analyze_all(
        model,
        texts,
        top_k=TOP_K,
        layer=request.layer or 0,
        wanted=request.wanted,
        interventions=interventions,
    )
    for place, answer in answers:
        if isinstance(answer, UserError):
            report.fail(texts[place], str(answer))
        elif reason := _why_not(request, answer):
            report.fail(texts[place], reason)
        else:
            report.tell((*answer.told, boxes_in(answer, request.choice)))
            yield _Sentence(answer, folders[place])


def _checked(request: Request, report: _Report, analysis: Analysis) -> _Sentence:
    check_head(analysis.model, request.layer, request.head)
    if reason := _why_not(request, analysis):
        raise ModelError(reason)
    report.tell((*analysis.told, boxes_in(analysis, request.choice)))
    report.expect(request.choice.count(analysis.model))
    return _Sentence(analysis, "")


def _why_not(request: Request, analysis: Analysis) -> str | None:
    """Why an answer does not have what is asked for."""
    if len(analysis.held) < analysis.model.layers and request.layer is None:
        return (
            "The text is so long that one layer's attention is held at a time: "
            "choose one with --layer."
        )
    if request.view.is_in(analysis.derived):
        return None
    return analysis.derived.missing.get(request.view.needs, f"There is no {request.view.name}.")


def folder_names(texts: tuple[str, ...]) -> list[str]:
    """A folder for each sentence: its number, and its first words."""
    digits = len(str(len(texts)))
    return [f"{number:0{digits}}_{_slug(text)}" for number, text in enumerate(texts, 1)]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words: list[str] = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words[:6])[:48] or "sentence"


# What is said


class _Report:
    """Says what is done: progress on a terminal's standard error, results on standard output."""

    def __init__(self, request: Request) -> None:
        self._as_json = request.as_json
        self._to_stdout = request.out is not None
        self._folder = None if request.out is None else make_folder(request.out)
        self._expected = 0
        self._saved = self._kept = 0
        self._failures: list[dict[str, str]] = []
        self._told: list[str] = []
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self.progress.add_task("loading", total=None)

    def downloading(self, progress: DownloadProgress) -> None:
        """The model is under way."""
        self.progress.update(self._task, description=f"downloading, {how_far(progress)}")

    def expect(self, files: int) -> None:
        """So many files are to be written."""
        self._expected += files
        self.progress.update(self._task, total=self._expected, description="saving")

    def wrote(self, path: str, kept: bool) -> None:
        """A file is there."""
        self._kept += kept
        self._saved += not kept
        self.progress.update(self._task, advance=1)
        if self._as_json:
            done = self._kept + self._saved
            print_json_line({"path": path, "kept": kept, "done": done, "of": self._expected})

    def tell(self, sentences: Iterable[str]) -> None:
        """Say what the reader has to know, if it is anything; of a list each sentence once."""
        for sentence in sentences:
            if sentence and sentence not in self._told:
                self._told.append(sentence)
                self._say(sentence)

    def fail(self, text: str, cause: str) -> None:
        """A sentence of the list has no files."""
        self._failures.append({"text": text, "error": cause})
        self._say(f"Not exported: {textwrap.shorten(text, 60, placeholder=' …')}: {cause}")

    def stopped(self, cause: str) -> None:
        """Something went wrong in the middle."""
        done = self._kept + self._saved
        if done:
            self._say(
                f"{cause}: {done} of {self._expected} files are there and whole; "
                "the same command goes on with the rest."
            )

    def end(self) -> None:
        """Everything is done that can be done; failures are the exit code's business too."""
        if self._as_json:
            ending = {"saved": self._saved, "kept": self._kept, "failed": self._failures}
            print_json_line({**ending, "folder": str(self._folder), "notes": self._told})
        elif self._to_stdout:
            there = f" ({self._kept} were there already)" if self._kept else ""
            count = self._saved + self._kept
            files = "1 file" if count == 1 else f"{count} files"
            print(f"{files} in {visible(str(self._folder))}{there}", flush=True)
        if self._failures:
            count = len(self._failures)
            sentences = "One sentence" if count == 1 else f"{count} sentences"
            raise UserError(f"{sentences} of the list could not be exported.")

    def _say(self, sentence: str) -> None:
        line = f"bertmask-tui: {visible(sentence)}"
        if self.progress.disable:
            print(line, file=sys.stderr, flush=True)
        else:
            self.progress.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _ended_like_an_interrupt() -> Iterator[None]:
    """Inside the `with` block, being told to end is the same as ctrl+c."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
