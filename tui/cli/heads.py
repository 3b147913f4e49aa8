"""`bertmask-tui heads`: every head's statistics and label, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from tui.analysis.columns import (
    COLUMNS,
    HEAD,
    IMPORTANCE,
    LIKENESS,
    MARGIN,
    OF_CANDIDATE,
    TO_TOKEN,
    Column,
    HeadIndex,
    numbers_of,
    ranked,
    table_number,
)
from tui.analysis.wanted import Target, WantedQuantities
from tui.cli import completion, options
from tui.cli.given import check_head, given_cuts, given_list, given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.together import check_cut_by
from tui.errors import RequestError
from tui.lazy import np
from tui.text import mask_said, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.interventions import CutBy

    HeadNumbers = dict[str, NDArray[np.float32]]
    """A number of each head, `[layer, head]`, by the names of the columns."""


@options.command("heads")
@options.TEXT_IF_ANY
@options.sentences("means and spreads over them")
@options.MODEL
@click.option(
    "--where",
    type=options.Words(),
    default="",
    metavar="EXPR",
    help="Only heads that meet a query: 'prev > .5 and sep < .2', 'mask->cat > .3'.",
)
@click.option(
    "--sort",
    default="head",
    show_default=True,
    metavar="NAME",
    shell_complete=completion.columns,
    help="What heads are ranked by: a statistic, 'unlike' (with --like), 'importance' or 'margin'.",
)
@options.CUT
@options.CUT_BY
@click.option(
    "--like", type=options.HeadName(), help="Measure how unlike each head is to this one: 2.5."
)
@options.as_json("Print JSON, the statistics' formulas too.")
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def heads(
    text: str | None, list_: str | None, model: str, where: str, sort: str,
    like: HeadIndex | None, cuts: tuple[HeadIndex, ...], cut_by: CutBy, as_json: bool,
    offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Print every head's statistics and label for TEXT ('-': standard input)."""
    check_cut_by(click.get_current_context())
    if (text is None) == (list_ is None):
        raise click.UsageError("Give one of these: a TEXT, or --from FILE.")
    if list_ is not None:
        if where or like:
            raise click.UsageError("--where and --like ask about one TEXT, not about a list.")
        from tui.cli.heads_list import heads_list

        heads_list(
            given_list(list_), model=model, sort=sort, cuts=cuts, cut_by=cut_by, as_json=as_json,
            offline=offline, device=device, dtype=dtype,
        )  # fmt: skip
        return
    assert text is not None
    text = given_sentence(text, "give a sentence")
    column = _column(sort)
    if column is LIKENESS and like is None:
        raise RequestError("To sort by unlike, say to which head: --like 2.5.")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if like is not None:
        check_head(loaded.info, *like)
    of_candidate = column in OF_CANDIDATE or asks_estimates(where)
    wanted = WantedQuantities(
        gradient=Target() if of_candidate else None,
        likeness=like,
        margin=of_candidate,
    )
    interventions = given_cuts(loaded.info, cuts, cut_by)
    analysis = loaded.analyze(text, top_k=1, wanted=wanted, interventions=interventions)
    for reason in analysis.derived.missing.values():
        raise RequestError(reason)
    among, notes = matching(where, analysis)
    known = numbers_of(analysis)
    order = ranked(column, None if column is HEAD else known[column.name], among)
    no_labels = analysis.statistics.no_labels
    told = (*analysis.told, *notes, *([no_labels] if no_labels else ()))
    if as_json:
        print_json(as_data(analysis, known, order, told))
        return
    say(told)
    print_table(analysis, known, order)


def _column(name: str) -> Column:
    """The column that was asked for; there is no cursor whose weight could be sorted by."""
    column = next((column for column in COLUMNS if column.name == name), None)
    if column is None or column is TO_TOKEN:
        offered = ", ".join(column.name for column in COLUMNS if column is not TO_TOKEN)
        raise RequestError(f"There is nothing called {name} to sort by; there are: {offered}.")
    return column


def asks_estimates(where: str) -> bool:
    """Whether a query names what is estimated of a candidate, which takes a gradient."""
    return any(one.name in where.casefold() for one in OF_CANDIDATE)


def matching(
    where: str,
    analysis: Analysis,
    *,
    mask: int = 0,
    effects: Mapping[str, NDArray[np.float32]] | None = None,
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """The heads that meet a query, and what it took for granted.

    Args:
        where: the query; empty for all heads.
        analysis: the answer.
        mask: which of its masks `mask` in the query is, counted from 0.
        effects: effects of cutting each head, by the names that the query has for them.

    Returns:
        `[layer, head]`, and a sentence for each thing taken for granted.

    Raises:
        RequestError: the query cannot be read, or names what is not there.
    """
    if not where.strip():
        return np.ones(analysis.attention.shape[:2], dtype=bool), ()
    from tui.query.context import QueryContext
    from tui.query.evaluation import find
    from tui.query.grammar import QueryError

    place = analysis.masks[mask] if analysis.masks else None
    try:
        found = find(where, QueryContext.of(analysis, mask=place, measured=effects))
    except QueryError as error:
        raise RequestError(f"--where {where!r}: {error}") from error
    return found.heads, found.notes


def as_data(
    analysis: Analysis, known: HeadNumbers, order: list[HeadIndex], told: tuple[str, ...]
) -> dict[str, object]:
    """The heads in plain types; layers and heads are counted from 1."""
    labels = analysis.statistics.labels
    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "tokens": [token.text for token in analysis.tokens],
        "notes": list(told),
        **_candidate(analysis),
        "meanings": {column.name: column.meaning for column in COLUMNS if column.name in known},
        "heads": [
            {
                "layer": layer + 1,
                "head": head + 1,
                "label": str(labels[layer, head]) if (layer, head) in labels else None,
                **{name: float(values[layer, head]) for name, values in known.items()},
            }
            for layer, head in order
        ],
    }


def _candidate(analysis: Analysis) -> dict[str, object]:
    """Which candidate is estimated, over which and at which mask, if any was asked for."""
    gradient = analysis.derived.gradient
    if gradient is None:
        return {}
    mask = gradient.target.mask + 1
    return {"candidate": gradient.token, "runner_up": gradient.runner_up, "mask": mask}


def print_table(analysis: Analysis, known: HeadNumbers, order: list[HeadIndex]) -> None:
    """Print a line a head."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    table.add_column("label", no_wrap=True)
    for name in known:
        table.add_column(name, justify="right", no_wrap=True)
    for layer, head in order:
        table.add_row(
            str(layer + 1),
            str(head + 1),
            Text(visible(analysis.statistics.label((layer, head)))),
            *(table_number(values[layer, head]) for values in known.values()),
        )
    table_console().print(table)
    if (gradient := analysis.derived.gradient) is not None:
        named = f"“{visible(gradient.token)}” over “{visible(gradient.runner_up)}”"
        named += mask_said(gradient.target.mask, len(analysis.masks))
        print(f"{IMPORTANCE.name} and {MARGIN.name} are estimated of {named}")
