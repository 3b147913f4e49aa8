"""`bertmask-tui effects`: the effect of cutting each head alone, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from tui.analysis.columns import NO_NUMBER
from tui.cli import options
from tui.cli.given import given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.progress import progress_of
from tui.cli.residual_grid import print_residual
from tui.cli.transplants import print_transplants
from tui.errors import RequestError
from tui.experiments.measures import MEASURES, Measure, measure_named
from tui.experiments.sweep import ESTIMATED, Sweep, sweep
from tui.lazy import np
from tui.text import MASK, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy

SORTS = ("effect", "size", "estimate", "head")
"""What heads are ranked by: the effect, that without its sign, its estimate, or their place."""


@options.command("effects")
@options.TEXT
@options.MODEL
@options.CUT_BY
@click.option(
    "--measure",
    type=click.Choice([measure.slug for measure in MEASURES]),
    default=MEASURES[0].slug,
    show_default=True,
    help="How an effect is measured: the candidate's lead over the runner-up, its log p, the KL "
    "divergence of the whole distribution, or its rank.",
)
@click.option(
    "--word",
    type=options.Words(),
    metavar="W",
    help="The candidate, one word piece of the vocabulary; by default the first.",
)
@click.option(
    "--mask",
    type=options.CountedFromOne(),
    default=1,
    show_default=True,
    metavar="N",
    help=f"Which {MASK} of the text.",
)
@click.option("--estimate", is_flag=True, help="First-order estimates too, which need torch.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=SORTS[0],
    show_default=True,
    help="What heads are ranked by; size is the effect without its sign.",
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N heads.")
@click.option(
    "--from",
    "source",
    type=options.Words(),
    metavar="SOURCE",
    help=f"Transplant each head from this sentence, which has one {MASK} too, in place of cutting "
    "it: the share of the way that the logit difference of two words goes to SOURCE's.",
)
@click.option(
    "--source-word",
    type=options.Words(),
    metavar="W",
    help="With --from and --word: the word that SOURCE is for; by default each sentence's first "
    "candidate.",
)
@click.option(
    "--residual",
    is_flag=True,
    help="With --from: transplant what goes into each layer at each token, in place of heads.",
)
@options.as_json()
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@options.OFFLINE
@options.DEVICE
@options.DTYPE
@click.pass_context
def effects(
    context: click.Context, text: str, model: str, cut_by: CutBy, measure: str, word: str | None,
    mask: int, estimate: bool, sort: str, top: int | None, source: str | None,
    source_word: str | None, residual: bool, as_json: bool, as_csv: bool, offline: bool,
    device: str, dtype: str,
) -> None:  # fmt: skip
    """Cut each head of the model in turn, and print how much one candidate for a [MASK] loses.

    An effect is the measure of the whole model minus that with the head cut: positive if the head
    had helped. With - as TEXT, standard input is read. With --from, heads are transplanted from
    another sentence, and not cut.
    """
    if as_json and as_csv:
        raise click.UsageError("Give one of these: --json or --csv.")
    if estimate and measure not in ESTIMATED:
        raise RequestError(f"There is an estimate of {' and '.join(ESTIMATED)} alone.")
    if sort == "estimate" and not estimate:
        raise RequestError("To sort by the estimate, ask for it: --estimate.")
    _check_together(context, source, source_word, word, residual)
    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if source is not None:
        source = given_sentence(source, f"give a sentence with {MASK} after --from")
        tokens = None
        if word is not None and source_word is not None:
            tokens = loaded.find_token(text, 0, word), loaded.find_token(source, 0, source_word)
        form = "json" if as_json else "csv" if as_csv else "table"
        if residual:
            print_residual(loaded, text, source, tokens, form=form)
        else:
            print_transplants(loaded, text, source, tokens, sort=sort, top=top, form=form)
        return
    token = None if word is None else loaded.find_token(text, mask, word)
    with progress_of("cutting heads") as progress:
        found = sweep(
            loaded, text, by=cut_by, mask=mask, token=token, estimate=estimate, progress=progress
        )
    chosen = measure_named(measure)
    order = _order(found, chosen, sort)[:top]
    told = (*found.told, *_notes(found, estimate))
    if as_json:
        print_json(as_data(found, chosen, order, told))
        return
    say(told)
    if as_csv:
        print(as_table(found, chosen, order), end="")
        return
    print_table(found, chosen, order)


def _check_together(
    context: click.Context,
    source: str | None,
    source_word: str | None,
    word: str | None,
    residual: bool,
) -> None:
    """Refuse options that say nothing beside each other.

    Raises:
        RequestError: one is for cuts and one for transplants, or a word is missing.
    """
    if source is None:
        for name, given in (("--source-word", source_word is not None), ("--residual", residual)):
            if given:
                raise RequestError(f"{name} goes with --from SOURCE: give the other sentence too.")
        return
    if (word is None) != (source_word is None):
        raise RequestError(
            "A transplant is measured by two words: give --word for the text and --source-word for "
            "the other sentence, or none of them."
        )
    others = ["cut_by", "measure", "mask", "estimate", *(["sort", "top"] if residual else [])]
    for name in others:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            beside = "--residual" if name in ("sort", "top") else "--from"
            raise RequestError(
                f"--{name.replace('_', '-')} says nothing beside {beside}: leave one of them out."
            )


def _notes(found: Sweep, estimate: bool) -> tuple[str, ...]:
    if estimate and found.by == "mean":
        return ("The estimate is of a cut to zero, and the effect of one to the mean.",)
    return ()


def _order(found: Sweep, measure: Measure, sort: str) -> list[HeadIndex]:
    """The heads, (layer, head), in the order asked for; what is no number comes last."""
    effect = found.effects[measure.slug]
    places = [(int(layer), int(head)) for layer, head in np.ndindex(effect.shape)]
    if sort == "head":
        return places
    by = {"size": np.abs(effect), "estimate": found.estimates.get(measure.slug, effect)}
    numbers: NDArray[np.float64] = by.get(sort, effect)
    return sorted(places, key=lambda place: (math.isnan(numbers[place]), -numbers[place]))


def as_data(
    found: Sweep, measure: Measure, order: list[HeadIndex], told: tuple[str, ...]
) -> dict[str, object]:
    """The effects in plain types; layers, heads and masks are counted from 1."""
    estimates = found.estimates.get(measure.slug)
    return {
        "text": found.text,
        "model": found.model,
        "mask": found.mask + 1,
        "word": found.word,
        "runner_up": found.runner_up_word,
        "by": found.by,
        "measure": measure.slug,
        "meaning": measure.meaning,
        "notes": list(told),
        "sum": found.total(measure),
        "all": found.all_at_once[measure.slug],
        "heads": [
            {
                "layer": layer + 1,
                "head": head + 1,
                "effect": float(found.effects[measure.slug][layer, head]),
                "estimate": None if estimates is None else float(estimates[layer, head]),
            }
            for layer, head in order
        ],
    }


def as_table(found: Sweep, measure: Measure, order: list[HeadIndex]) -> str:
    """The effects as CSV: a header, and a line a head; what is no number is left empty."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("layer", "head", "effect", "estimate"))
    estimates = found.estimates.get(measure.slug)
    for layer, head in order:
        numbers = [
            "" if of is None or math.isnan(of[layer, head]) else float(of[layer, head])
            for of in (found.effects[measure.slug], estimates)
        ]
        writer.writerow((layer + 1, head + 1, *numbers))
    return lines.getvalue()


def print_table(found: Sweep, measure: Measure, order: list[HeadIndex]) -> None:
    """Print what was done, a line a head, and what the single effects come to."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    console.print(Text(_title(found, measure), style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    shown, estimates = [found.effects[measure.slug]], found.estimates.get(measure.slug)
    if estimates is not None:
        shown.append(estimates)
    for name in ("effect", "estimate")[: len(shown)]:
        table.add_column(name, justify="right", no_wrap=True)
    for place in order:
        table.add_row(
            str(place[0] + 1), str(place[1] + 1), *(_cell(of[place], measure) for of in shown)
        )
    console.print(table)
    print(found.compared(measure))


def _title(found: Sweep, measure: Measure) -> str:
    word, over = visible(found.word), visible(found.runner_up_word)
    against = f" over “{over}”" if measure is MEASURES[0] else ""
    cut_to = found.means or found.by
    return f"“{word}”{against}: {measure.name}, each head cut alone ({cut_to})"


def _cell(value: float, measure: Measure) -> str:
    if math.isnan(value):
        return NO_NUMBER
    return f"{value:+.0f}" if measure.slug == "rank" else f"{value:+.3f}"
