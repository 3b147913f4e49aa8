"""`bertmask-tui effects --arrows`: the likely arrows, each cut alone, in place of the heads."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from tui.analysis.decimals import WEIGHT_DECIMALS
from tui.cli.effect_cells import effect_cell, effect_of
from tui.cli.output import print_json, say, table_console
from tui.cli.progress import progress_of
from tui.experiments.arrows import FIRST_ORDER, sweep_arrows
from tui.experiments.measures import MEASURES, Measure
from tui.experiments.sweep import ESTIMATED
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.interventions import Interventions
    from tui.experiments.arrows import ArrowSweep, SweptArrow
    from tui.model.masked_lm import MaskedLM

NAMES = (
    "layer", "head", "query", "key", "query_token", "key_token", "weight", "estimate", "effect",
)  # fmt: skip
"""The place and the numbers of each arrow; layers, heads, queries and keys count from 1."""


def print_arrows(
    model: MaskedLM,
    text: str,
    *,
    staying: Interventions,
    measure: Measure,
    mask: int,
    token: int | None,
    count: int,
    renormalised: bool,
    sort: str,
    top: int | None,
    form: str,
) -> None:
    """Cut each likely arrow in turn, and print what it does.

    Args:
        model: the model.
        text: the text.
        staying: what is cut all the while.
        measure: the measure that is printed.
        mask: which mask is looked at, counted from 0.
        token: the candidate, None for the first.
        count: how many arrows are proposed.
        renormalised: the rest of a cut arrow's row is scaled to sum to 1 again.
        sort: what arrows are ranked by, as heads are.
        top: only so many of them.
        form: `table`, `json` or `csv`.
    """
    with progress_of("cutting arrows") as progress:
        found = sweep_arrows(
            model,
            text,
            interventions=staying,
            mask=mask,
            token=token,
            count=count,
            renormalised=renormalised,
            measure=measure.slug if measure.slug in ESTIMATED else MEASURES[0].slug,
            progress=progress,
        )
    shown = ranked(found, measure, sort)[:top]
    masks = len(model.encode(text).masks)
    if form == "json":
        print_json(as_data(found, measure, shown))
        return
    say(found.told)
    if form == "csv":
        say([f"effect: {measure.meaning}", _worth(found, measure)])
        print(as_table(found, measure, shown), end="")
        return
    print_table(found, measure, shown, masks)


def ranked(found: ArrowSweep, measure: Measure, sort: str) -> list[SweptArrow]:
    """The arrows in the order asked for; what is no number comes last."""

    def number(one: SweptArrow) -> float:
        if sort == "estimate":
            return one.estimate(measure)
        effect = one.effects[measure.slug]
        return abs(effect) if sort == "size" else effect

    if sort == "head":
        return sorted(found.arrows, key=lambda one: one.arrow)
    return sorted(found.arrows, key=lambda one: (math.isnan(number(one)), -number(one)))


def as_data(found: ArrowSweep, measure: Measure, shown: list[SweptArrow]) -> dict[str, object]:
    """The arrows in plain types; the correlation is over all of them, not only those shown."""
    return {
        "text": found.text,
        "model": found.model,
        **_facts(found, measure),
        "meaning": measure.meaning,
        "worth": FIRST_ORDER if measure.slug in ESTIMATED else "",
        "notes": list(found.told),
        "correlation": found.correlation(measure),
        "arrows": [_line(found, measure, one) for one in shown],
    }


def as_table(found: ArrowSweep, measure: Measure, shown: list[SweptArrow]) -> str:
    """The arrows as CSV: a header, and a line an arrow; what is no number is left empty.

    What the numbers are of is the same on each line.
    """
    lines, facts = io.StringIO(), _facts(found, measure)
    writer = csv.DictWriter(lines, (*NAMES, *facts), lineterminator="\n")
    writer.writeheader()
    for one in shown:
        line = _line(found, measure, one) | facts
        writer.writerow({name: "" if value != value else value for name, value in line.items()})
    return lines.getvalue()


def _facts(found: ArrowSweep, measure: Measure) -> dict[str, object]:
    """The candidate and all else that every number is of, as JSON and CSV name it; masks from 1."""
    return {
        "word": found.word,
        "runner_up": found.runner_up_word,
        "measure": measure.slug,
        "renormalised": found.renormalised,
        "mask": found.mask + 1,
    }


def _line(found: ArrowSweep, measure: Measure, one: SweptArrow) -> dict[str, object]:
    arrow = one.arrow
    numbers = (arrow.layer + 1, arrow.head + 1, arrow.query + 1, arrow.key + 1)
    tokens = found.tokens[arrow.query], found.tokens[arrow.key]
    measured = one.weight, one.estimate(measure), one.effects[measure.slug]
    return dict(zip(NAMES, (*numbers, *tokens, *measured), strict=True))


def print_table(found: ArrowSweep, measure: Measure, shown: list[SweptArrow], masks: int) -> None:
    """Print what was done, a line an arrow, and what the estimates were worth."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    console.print(Text(_title(found, measure, masks), style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    table.add_column("query → key", no_wrap=True)
    for name in ("weight", "estimate", "effect"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in shown:
        arrow = one.arrow
        query, key = (visible(found.tokens[place]) for place in (arrow.query, arrow.key))
        table.add_row(
            str(arrow.layer + 1),
            str(arrow.head + 1),
            Text(f"{query} → {key}"),
            f"{one.weight:.{WEIGHT_DECIMALS}f}",
            effect_cell(one.estimate(measure), measure),
            effect_cell(one.effects[measure.slug], measure),
        )
    console.print(table)
    print(_worth(found, measure))


def _worth(found: ArrowSweep, measure: Measure) -> str:
    """How well estimates and effects agree, and what an estimate is."""
    compared = found.compared(measure)
    worth = f" {FIRST_ORDER}" if measure.slug in ESTIMATED else ""
    return f"{compared[0].upper()}{compared[1:]}.{worth}"


def _title(found: ArrowSweep, measure: Measure, masks: int) -> str:
    of = effect_of(found.word, found.runner_up_word, measure, found.mask, masks)
    rows = "rows renormalised" if found.renormalised else "rows left as they are"
    return f"{of}, each likely arrow cut alone ({rows})"
