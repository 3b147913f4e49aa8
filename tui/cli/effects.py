"""`bertmask-tui effects`: the effect of cutting each head alone, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import click

from tui.analysis.columns import NO_NUMBER
from tui.cli import options
from tui.cli.effects_of_arrows import print_arrows
from tui.cli.given import given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.progress import progress_of
from tui.errors import RequestError
from tui.experiments.arrows import COUNT, sweep_arrows
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
@click.option(
    "--top", type=click.IntRange(min=1), metavar="N", help="Only the first N heads, or arrows."
)
@click.option(
    "--arrows",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=COUNT,
    metavar="[N]",
    help=f"Instead of heads cut the N likeliest arrows, {COUNT} if not said: the weights of one "
    "query on one key in one head that a gradient, which needs torch, proposes.",
)
@click.option(
    "--renormalise", is_flag=True, help="Scale the rest of a cut arrow's row to sum to 1 again."
)
@options.as_json()
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def effects(
    text: str, model: str, cut_by: CutBy, measure: str, word: str | None, mask: int,
    estimate: bool, sort: str, top: int | None, arrows: int | None, renormalise: bool,
    as_json: bool, as_csv: bool, offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Cut each head of the model in turn, and print how much one candidate for a [MASK] loses.

    An effect is the measure of the whole model minus that with the head cut: positive if the head
    had helped. With --arrows the likely arrows are cut instead. With - as TEXT, standard input is
    read.
    """
    if as_json and as_csv:
        raise click.UsageError("Give one of these: --json or --csv.")
    if estimate and measure not in ESTIMATED:
        raise RequestError(f"There is an estimate of {' and '.join(ESTIMATED)} alone.")
    if sort == "estimate" and not (estimate or (arrows and measure in ESTIMATED)):
        raise RequestError("To sort by the estimate, ask for it: --estimate.")
    if renormalise and not arrows:
        raise RequestError("--renormalise is about arrows: give --arrows too.")
    by_default = click.get_current_context().get_parameter_source("cut_by")
    if arrows and by_default is not click.core.ParameterSource.DEFAULT:
        raise RequestError(
            "--cut-by is about heads: an arrow is cut to 0, and --renormalise scales its row."
        )
    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    token = None if word is None else loaded.find_token(text, mask, word)
    chosen = measure_named(measure)
    if arrows:
        with progress_of("cutting arrows") as progress:
            likely = sweep_arrows(
                loaded,
                text,
                mask=mask,
                token=token,
                count=arrows,
                renormalised=renormalise,
                measure=measure if measure in ESTIMATED else MEASURES[0].slug,
                progress=progress,
            )
        print_arrows(likely, chosen, sort=sort, top=top, as_json=as_json, as_csv=as_csv)
        return
    with progress_of("cutting heads") as progress:
        found = sweep(
            loaded, text, by=cut_by, mask=mask, token=token, estimate=estimate, progress=progress
        )
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
