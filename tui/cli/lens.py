"""`bertmask-tui lens`: the mask's candidates after each layer, or the parts of a logit."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import click

from tui.analysis.columns import NO_NUMBER
from tui.cli import options
from tui.cli.given import given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.together import refuse_beside
from tui.text import MASK, mask_named, mask_said, visible

if TYPE_CHECKING:
    from tui.experiments.lens import Lens, LensCandidate
    from tui.experiments.logit_parts import TakenApart

EMBEDDINGS = "embeddings"
"""The name of the row before the first layer."""


@options.command("lens")
@options.TEXT
@options.MODEL
@options.mask()
@options.word("Follow this word, one piece of the vocabulary, through the layers.")
@options.top_k(default=3)
@click.option(
    "--direct",
    is_flag=True,
    help="Instead the parts that add up to the candidate's logit, and to its lead over the "
    "runner-up, the largest of the lead first.",
)
@options.as_json()
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def lens(
    text: str, model: str, mask: int, word: str | None, top_k: int, direct: bool, as_json: bool,
    offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Print what a [MASK] of TEXT would be after each layer.

    The model's own head reads every layer as if the model ended there. Beside each layer's
    candidates stand the probability and rank of one: the first of the last layer, or --word's.
    """
    from tui.experiments import lens as reading
    from tui.experiments.logit_parts import logit_parts
    from tui.experiments.words import single_piece

    refuse_beside(click.get_current_context(), "direct", ["top_k"])
    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    token = single_piece(loaded, text, mask, word) if word is not None else None
    if direct:
        _print_parts(logit_parts(loaded, text, mask=mask, token=token), as_json=as_json)
        return
    found = reading.lens(loaded, text, mask=mask, token=token, top_k=top_k)
    if as_json:
        print_json(as_data(found))
        return
    say(found.told)
    print_table(found)
    print(reading.WORTH)


def as_data(found: Lens) -> dict[str, object]:
    """The layers in plain types; masks are counted from 1, and layer 0 are the embeddings."""
    from tui.experiments.lens import WORTH

    return {
        "text": found.text,
        "model": found.model,
        "mask": found.mask + 1,
        "word": found.chosen.label,
        "notes": list(found.told),
        "worth": WORTH,
        "layers": [
            {
                "layer": one.layer,
                "candidates": [
                    {
                        "token": candidate.token,
                        "probability": candidate.probability,
                        "shown": candidate.label,
                    }
                    for candidate in one.candidates
                ],
                "probability": one.probability,
                "rank": one.rank,
            }
            for one in found.layers
        ],
    }


def print_table(found: Lens) -> None:
    """Print a line a layer."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    named = mask_named(found.mask, found.masks)
    console.print(Text(f"{named}, word piece {found.position + 1}", style="bold"))
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("layer", justify="right", style="bold", no_wrap=True)
    for order in range(len(found.layers[0].candidates)):
        table.add_column("best" if not order else "", no_wrap=True)
    table.add_column(Text(visible(found.chosen.label)), justify="right", no_wrap=True)
    table.add_column("rank", justify="right", no_wrap=True)
    for one in found.layers:
        table.add_row(
            str(one.layer) if one.layer else EMBEDDINGS,
            *(Text(_named(candidate)) for candidate in one.candidates),
            _probability(one.probability),
            f"{one.rank:,}",
        )
    console.print(table)


def _print_parts(found: TakenApart, *, as_json: bool) -> None:
    """Print the parts of a logit, as a table or as JSON."""
    from tui.experiments.logit_parts import ACCOUNTING

    if as_json:
        print_json(parts_as_data(found))
        return
    say(found.told)
    print_parts(found)
    print(ACCOUNTING)


def parts_as_data(found: TakenApart) -> dict[str, object]:
    """The parts in plain types and the model's order; masks, layers and heads count from 1."""
    from tui.experiments.logit_parts import ACCOUNTING

    of_logit, of_lead = found.logit.listed(), found.lead.listed()
    return {
        "text": found.text,
        "model": found.model,
        "mask": found.mask + 1,
        "word": found.word,
        "runner_up": found.runner_up_word,
        "notes": list(found.told),
        "worth": ACCOUNTING,
        "logit": found.logit.logit,
        "lead": found.lead.logit,
        "parts": [
            {
                "part": one.kind,
                "layer": None if one.layer is None else one.layer + 1,
                "head": None if one.head is None else one.head + 1,
                "logit": one.value,
                "lead": other.value,
            }
            for one, other in zip(of_logit, of_lead, strict=True)
        ],
    }


def print_parts(found: TakenApart) -> None:
    """Print a line a part, the largest of the lead first, and the sums."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    of = f"{visible(found.lead_named)}{mask_said(found.mask, found.masks)}"
    title = f"{of}: the parts of the lead, and of the logit"
    console.print(Text(title, style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False, show_footer=True)
    table.add_column("part", footer="sum", no_wrap=True)
    for name, sums in (("lead", found.lead), ("logit", found.logit)):
        table.add_column(name, footer=_signed(sums.total), justify="right", no_wrap=True)
    both = zip(found.lead.listed(), found.logit.listed(), strict=True)
    for of_lead, of_logit in sorted(both, key=lambda pair: -abs(pair[0].value)):
        table.add_row(of_lead.name, _signed(of_lead.value), _signed(of_logit.value))
    console.print(table)


def _signed(value: float) -> str:
    return f"{value:+.3f}"


def _named(candidate: LensCandidate) -> str:
    return f"{visible(candidate.label)} {_probability(candidate.probability)}"


def _probability(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else NO_NUMBER
