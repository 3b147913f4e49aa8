"""`bertmask-tui heads --from`: every statistic's mean and spread over a list of sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from tui.analysis.columns import COLUMNS, HEAD, NO_NUMBER, ranked
from tui.analysis.list_statistics import ListStatistics
from tui.cli.given import given_cuts
from tui.cli.loading import load_model
from tui.cli.output import print_json_line, say, table_console
from tui.errors import RequestError
from tui.experiments.list_statistics import ListMeasured, MeasureList, measure_list
from tui.lazy import np

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy


def heads_list(
    texts: tuple[str, ...],
    *,
    model: str,
    sort: str,
    cuts: tuple[HeadIndex, ...],
    cut_by: CutBy,
    as_json: bool,
    offline: bool,
    device: str,
    dtype: str,
) -> None:
    """Print what each head does on average over a list of sentences, and how much that differs.

    Args:
        texts: the sentences.
        model: the model's name or folder.
        sort: the statistic that heads are ranked by, by its mean.
        cuts: the heads that are cut all the while, counted from 0.
        cut_by: what they give on.
        as_json: print JSON instead of a table.
        offline: never use the network.
        device: where the model computes.
        dtype: the numbers it computes with.

    Raises:
        RequestError: there is no such statistic, or no sentence that can be analysed.
        ModelError: the model cannot be loaded or run.
    """
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    interventions = given_cuts(loaded.info, cuts, cut_by)
    measured = measure_list(MeasureList(texts, model, interventions), loaded)
    say([*measured.told, *(one.reason for one in measured.failed)])
    statistics = measured.statistics
    column = next((one for one in COLUMNS if one.name == sort), None)
    if column is None or (column is not HEAD and sort not in statistics.mean):
        names = ", ".join(["head", *statistics.mean])
        raise RequestError(
            f"Over a list there is nothing called {sort} to sort by; there are: {names}."
        )
    everything = np.ones((loaded.info.layers, loaded.info.heads), bool)
    order = ranked(column, statistics.mean.get(sort), everything)
    if as_json:
        print_json_line(as_data(loaded.info.name, measured, order))
    else:
        print_table(statistics, order)


def as_data(
    model: str,
    measured: ListMeasured,
    order: list[HeadIndex],
) -> dict[str, object]:
    """The heads in plain types; layers and heads are counted from 1."""
    statistics = measured.statistics
    return {
        "model": model,
        "sentences": statistics.count,
        "notes": list(measured.told),
        "failed": [{"text": one.text, "error": one.reason} for one in measured.failed],
        "meanings": {
            column.name: column.meaning for column in COLUMNS if column.name in statistics.mean
        },
        "heads": [
            {
                "layer": layer + 1,
                "head": head + 1,
                "mean": {name: float(of[layer, head]) for name, of in statistics.mean.items()},
                "spread": {name: float(of[layer, head]) for name, of in statistics.spread.items()},
            }
            for layer, head in order
        ],
    }


def print_table(statistics: ListStatistics, order: list[HeadIndex]) -> None:
    """Print a line a head."""
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    for name in statistics.mean:
        table.add_column(name, justify="right", no_wrap=True)
    for layer, head in order:
        cells = (
            _cell(statistics.mean[name][layer, head], statistics.spread[name][layer, head])
            for name in statistics.mean
        )
        table.add_row(str(layer + 1), str(head + 1), *cells)
    table_console().print(table)
    print(f"mean ± standard deviation over {statistics.count} sentences")


def _cell(mean: float, spread: float) -> str:
    return NO_NUMBER if math.isnan(mean) else f"{mean:.2f} ±{spread:.2f}"
