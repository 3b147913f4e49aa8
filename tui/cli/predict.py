"""`bertmask-tui predict`: the candidates as a table or as JSON."""

from __future__ import annotations

import json
import sys

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.analysis.analysis import Analysis
from tui.cli.loading import load_model
from tui.errors import ModelError, RequestError
from tui.text import MASK, clean, visible


def predict(
    text: str, *, model: str, top_k: int, as_json: bool, offline: bool, device: str, dtype: str
) -> None:
    """Print the candidates for every mask of a text.

    Args:
        text: a sentence with at least one mask.
        model: the model's name or folder.
        top_k: candidates for each mask.
        as_json: print JSON instead of a table.
        offline: never use the network.
        device: where the model computes.
        dtype: the numbers it computes with.

    Raises:
        RequestError: the text is empty or too long, or has no mask.
        ModelError: the model cannot be loaded or run.
    """
    if not clean(text):
        raise RequestError(f"There is no text: give a sentence with {MASK} where a word is wanted.")
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
    if as_json:
        print(json.dumps(as_data(analysis), ensure_ascii=False, indent=2))
        return
    for note in (*analysis.model.warnings, *analysis.notes):
        print(f"bertmask-tui: {visible(note)}", file=sys.stderr)
    print_tables(analysis)


def as_data(analysis: Analysis) -> dict[str, object]:
    """The candidates in plain types: text, model, and for each mask its position and candidates."""
    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "notes": [*analysis.model.warnings, *analysis.notes],
        "masks": [
            {
                "position": position,
                "candidates": [
                    {
                        "token": candidate.token,
                        "probability": candidate.probability,
                        "logit": candidate.logit,
                        "sentence": candidate.sentence,
                    }
                    for candidate in candidates
                ],
            }
            for position, candidates in zip(analysis.masks, analysis.candidates, strict=True)
        ],
    }


def print_tables(analysis: Analysis) -> None:
    """Print one table a mask; a pipe gets whole lines, whatever the width of the terminal."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 10_000)
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
                Text(visible(candidate.token)),
                f"{candidate.probability:.3f}",
                Text(visible(candidate.sentence)),
            )
        with console.capture() as printed:
            console.print(table)
        # A table pads its last column; what reads a pipe has no use for that.
        print("\n".join(line.rstrip() for line in printed.get().splitlines()))
