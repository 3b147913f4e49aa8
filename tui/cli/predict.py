"""`bertmask-tui predict`: the candidates for each mask, as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli import options
from tui.cli.candidate_table import candidate_data, print_stripped, read_as, share, title_of
from tui.cli.given import given_cuts, given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.together import check_cut_by
from tui.cli.words import print_words, with_words
from tui.errors import ModelError, NoMaskError
from tui.text import MASK, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy
    from tui.experiments.words import ScoredWord


@options.command("predict")
@options.TEXT
@options.MODEL
@options.word("Score this word at the first mask too, of one piece or more.", multiple=True)
@options.top_k(default=3)
@options.CUT
@options.CUT_BY
@options.as_json()
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def predict(
    text: str, model: str, word: tuple[str, ...], top_k: int, cuts: tuple[HeadIndex, ...],
    cut_by: CutBy, as_json: bool, offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Print the candidates for each [MASK] of TEXT and leave.

    With heads cut, each candidate has its probability and rank in the whole model beside it, and
    those that are no longer among the first stand below. With - as TEXT, standard input is read.
    """
    check_cut_by(click.get_current_context())
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
        predict_cut.run(loaded, text, interventions, words=word, top_k=top_k, as_json=as_json)
        return
    analysis = loaded.analyze(text, top_k=top_k)
    if not analysis.masks:
        raise NoMaskError
    words: tuple[ScoredWord, ...] = ()
    if word:
        from tui.experiments.words import score_words

        words = score_words(loaded, text, word)
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
                "candidates": [candidate_data(candidate) for candidate in candidates],
            }
            for position, candidates in zip(analysis.masks, analysis.candidates, strict=True)
        ],
    }


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
