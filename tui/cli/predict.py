"""`bertmask-tui predict`: the candidates for each mask, as a table or as JSON."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.cli import options
from tui.cli.given import given_cuts, given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.errors import ModelError, NoMaskError
from tui.session.filling import OTHERWISE
from tui.text import MASK, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy


@options.command("predict")
@options.TEXT
@options.MODEL
@options.top_k(default=3)
@options.CUT
@options.CUT_BY
@options.as_json()
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def predict(
    text: str, model: str, top_k: int, cuts: tuple[HeadIndex, ...], cut_by: CutBy, as_json: bool,
    offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Print the candidates for each [MASK] of TEXT and leave.

    With heads cut, each candidate has its probability and rank in the whole model beside it, and
    those that are no longer among the first stand below. With - as TEXT, standard input is read.
    """
    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if not loaded.info.has_head:
        raise ModelError(
            f"{visible(model)} has no trained masked-LM head, so it predicts nothing; "
            "choose another model."
        )
    if cuts:
        from tui.cli import predict_cut

        interventions = given_cuts(loaded.info, cuts, cut_by)
        predict_cut.run(loaded, text, interventions, top_k=top_k, as_json=as_json)
        return
    analysis = loaded.analyze(text, top_k=top_k)
    if not analysis.masks:
        raise NoMaskError
    if as_json:
        print_json(as_data(analysis))
        return
    say(analysis.told)
    print_tables(analysis)


def as_data(analysis: Analysis) -> dict[str, object]:
    """The candidates in plain types: text, model, and for each mask its position and candidates."""
    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "notes": list(analysis.told),
        "masks": [
            {
                "position": position,
                "candidates": [candidate_data(candidate) for candidate in candidates],
            }
            for position, candidates in zip(analysis.masks, analysis.candidates, strict=True)
        ],
    }


def candidate_data(candidate: Candidate) -> dict[str, object]:
    """A candidate in plain types."""
    return {
        "token": candidate.token,
        "probability": candidate.probability,
        "logit": candidate.logit,
        "sentence": candidate.sentence,
        "shown": candidate.label,
        "read_as": candidate.read_as,
    }


def read_as(candidate: Candidate) -> str:
    """What is said of a sentence that is not the one that was scored."""
    if candidate.read_as is None:
        return ""
    return f"  {OTHERWISE} what was scored: read as {' '.join(candidate.read_as) or 'nothing'}"


def print_tables(analysis: Analysis) -> None:
    """Print one table a mask."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    for order, (position, candidates) in enumerate(
        zip(analysis.masks, analysis.candidates, strict=True), start=1
    ):
        console.print(Text(title_of(analysis, order, position), style="bold"))
        table = Table(box=SIMPLE, show_header=False, pad_edge=False)
        table.add_column(justify="right", style="dim")
        table.add_column(style="bold", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for rank, candidate in enumerate(candidates, start=1):
            table.add_row(
                str(rank),
                Text(visible(candidate.label)),
                share(candidate.probability),
                Text(visible(candidate.sentence + read_as(candidate))),
            )
        print_stripped(console, table)


def title_of(analysis: Analysis, order: int, position: int) -> str:
    """The line above a mask's candidates; masks are counted from 1."""
    which = f" {order} of {len(analysis.masks)}" if len(analysis.masks) > 1 else ""
    return f"{MASK}{which}, word piece {position + 1} of {len(analysis.tokens)}"


def share(probability: float) -> str:
    """A probability as tables have it."""
    return f"{probability:.3f}" if isfinite(probability) else NO_NUMBER


def print_stripped(console: Console, table: Table) -> None:
    """Print a table without what pads its last column: what reads a pipe has no use for it."""
    with console.capture() as printed:
        console.print(table)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))
