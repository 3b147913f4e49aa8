"""`bertmask-tui predict`: the candidates for each mask, as a table or as JSON."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.cli import options
from tui.cli.given import given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.words import print_words, with_words
from tui.errors import ModelError, RequestError
from tui.session.filling import OTHERWISE
from tui.text import MASK, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate


@options.command("predict")
@options.TEXT
@options.MODEL
@options.word("Score this word at the first mask too, of one piece or more.", multiple=True)
@options.top_k(default=3)
@options.as_json()
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def predict(
    text: str, model: str, word: tuple[str, ...], top_k: int, as_json: bool, offline: bool,
    device: str, dtype: str,
) -> None:  # fmt: skip
    """Print the candidates for each [MASK] of TEXT and leave.

    With - as TEXT, standard input is read.
    """
    from tui.experiments.words import score_words

    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if not loaded.info.has_head:
        raise ModelError(
            f"{visible(model)} has no trained masked-LM head, so it predicts nothing; "
            "choose another model."
        )
    analysis = loaded.analyze(text, top_k=top_k)
    if not analysis.masks:
        raise RequestError(
            f"There is no {MASK} in the text: put {MASK} where a word is wanted, "
            f"as in 'I drank a cup of {MASK} this morning.'"
        )
    words = score_words(loaded, text, word) if word else ()
    if as_json:
        print_json(with_words(as_data(analysis), words))
        return
    say(analysis.told)
    print_tables(analysis)
    print_words(words)


def as_data(analysis: Analysis) -> dict[str, object]:
    """The candidates in plain types: text, model, and for each mask its position and candidates."""
    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "notes": list(analysis.told),
        "masks": [
            {
                "position": position,
                "candidates": [
                    {
                        "token": candidate.token,
                        "probability": candidate.probability,
                        "logit": candidate.logit,
                        "sentence": candidate.sentence,
                        "shown": candidate.label,
                        "read_as": candidate.read_as,
                    }
                    for candidate in candidates
                ],
            }
            for position, candidates in zip(analysis.masks, analysis.candidates, strict=True)
        ],
    }


def _read_as(candidate: Candidate) -> str:
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
        which = f" {order} of {len(analysis.masks)}" if len(analysis.masks) > 1 else ""
        title = f"{MASK}{which}, word piece {position + 1} of {len(analysis.tokens)}"
        console.print(Text(title, style="bold"))
        table = Table(box=SIMPLE, show_header=False, pad_edge=False)
        table.add_column(justify="right", style="dim")
        table.add_column(style="bold", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for rank, candidate in enumerate(candidates, start=1):
            table.add_row(
                str(rank),
                Text(visible(candidate.label)),
                f"{candidate.probability:.3f}" if isfinite(candidate.probability) else NO_NUMBER,
                Text(visible(candidate.sentence + _read_as(candidate))),
            )
        with console.capture() as printed:
            console.print(table)
        # A table pads its last column; what reads a pipe has no use for that.
        print("\n".join(line.rstrip() for line in printed.get().splitlines()))
