"""`bertmask-tui compare --pairs`: which sentence of each pair a model prefers, and what changes."""

from __future__ import annotations

import csv
import io
from math import isnan
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from tui.analysis.columns import NO_NUMBER
from tui.analysis.interventions import CutBy
from tui.cli.candidate_table import print_stripped
from tui.cli.changes import change_meaning, change_said, order_of
from tui.cli.given import given_cuts
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.progress import progress_of
from tui.experiments.compare import PLL, compare_pairs
from tui.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.analysis.columns import HeadIndex
    from tui.analysis.intervals import Interval
    from tui.experiments.compare import PairsCompared, Side
    from tui.storage.pairs_file import PairsRead

MOST_NAMED = 20
"""How many lines that are left out are named."""


def run(
    read: PairsRead,
    *,
    model: str,
    against: str | None,
    cuts: tuple[HeadIndex, ...],
    cut_by: CutBy,
    sort: str,
    top: int | None,
    as_json: bool,
    as_csv: bool,
    offline: bool,
    device: str,
    dtype: str,
) -> None:
    """Print the pairs, the accuracy, and the heads.

    Args:
        read: the pairs.
        model: the model's name or folder.
        against: another's, which scores the sentences too.
        cuts: the heads of the first that are cut all the while, counted from 0.
        cut_by: what they give on.
        sort: what heads are ranked by.
        top: how many heads are printed; None for all.
        as_json: print JSON.
        as_csv: print the pairs as CSV.
        offline: never use the network.
        device: where the models compute.
        dtype: the numbers they compute with.

    Raises:
        RequestError: no pair can be compared.
        ModelError: a model cannot be loaded or run.
    """
    _say_left_out([one.said for one in read.broken])
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    other = None
    if against is not None:
        other = loaded
        if against != model:
            other = load_model(against, offline=offline, device=device, dtype=dtype)
    interventions = given_cuts(loaded.info, cuts, cut_by)
    with progress_of("comparing pairs") as progress:
        found = compare_pairs(
            loaded, read.pairs, against=other, interventions=interventions, progress=progress
        )
    order = order_of(found.change, sort)[:top]
    if as_json:
        print_json(as_data(found, read, order))
        return
    say(found.told)
    _say_left_out(
        [
            f"Line {line}: {one.reason}"
            for line, one in zip(read.lines, found.pairs, strict=True)
            if one.reason
        ]
    )
    if as_csv:
        say([*_accuracies(found), PLL])
        print(as_table(found, read), end="")
        return
    print_tables(found, order)


def _say_left_out(sentences: Sequence[str]) -> None:
    """Say what is the matter with lines, of many lines with the first ones."""
    more = len(sentences) - MOST_NAMED
    rest = [f"And {more:,} more {'line' if more == 1 else 'lines'} like these."] if more > 0 else []
    say([*sentences[:MOST_NAMED], *rest])


def as_data(found: PairsCompared, read: PairsRead, order: Sequence[HeadIndex]) -> dict[str, object]:
    """The pairs in plain types; layers, heads and lines are counted from 1."""
    pairs: list[dict[str, object]] = []
    for line, one in zip(read.lines, found.pairs, strict=True):
        pairs.append(
            {
                "line": line,
                "a": one.a,
                "b": one.b,
                "pll_a": one.pll_a,
                "pll_b": one.pll_b,
                "prefers": one.prefers,
                "error": one.reason or None,
            }
        )
        if found.against:
            pll_a, pll_b = one.against or (None, None)
            pairs[-1]["against"] = {
                "pll_a": pll_a, "pll_b": pll_b, "prefers": one.against_prefers,
            }  # fmt: skip
    of_other: dict[str, object] = {}
    if found.against_accuracy is not None:
        told = _accuracy_data(found.against_accuracy, found.against_sign, found.against_ties)
        of_other = {"against": {"model": found.against, **told}}
    return {
        "model": found.model,
        "notes": list(found.told),
        "meanings": {"pll": PLL, "change": change_meaning()},
        **_accuracy_data(found.accuracy, found.sign, found.ties),
        **of_other,
        "pairs": pairs,
        "broken": [{"line": one.number, "error": one.reason} for one in read.broken],
        "compared": found.count,
        "heads": [
            {
                "layer": layer + 1,
                "head": head + 1,
                "change": float(found.change[layer, head]),
                "low": float(found.low[layer, head]),
                "high": float(found.high[layer, head]),
            }
            for layer, head in order
        ],
    }


def _accuracy_data(accuracy: Interval, sign: float | None, ties: int | None) -> dict[str, object]:
    return {
        "accuracy": accuracy.value,
        "low": accuracy.low,
        "high": accuracy.high,
        "n": accuracy.n,
        "ties": ties,
        "sign_test": sign,
    }


def as_table(found: PairsCompared, read: PairsRead) -> str:
    """The pairs as CSV: a header, and a line a pair; what is not there is left empty."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    header = ["line", "a", "b", "pll_a", "pll_b", "prefers"]
    if found.against:
        header += ["against_pll_a", "against_pll_b", "against_prefers"]
    writer.writerow(header)
    for line, one in zip(read.lines, found.pairs, strict=True):
        row: list[object] = [line, one.a, one.b, one.pll_a, one.pll_b, one.prefers]
        if found.against:
            row += [*(one.against or (None, None)), one.against_prefers]
        writer.writerow(row)
    return lines.getvalue()


def print_tables(found: PairsCompared, order: Sequence[HeadIndex]) -> None:
    """Print a line a pair, how often A is preferred, and a line a head."""
    console = table_console()
    table = Table(box=SIMPLE, pad_edge=False)
    scores = ["pll A", "pll B", "prefers"]
    if found.against:
        scores += ["against: pll A", "pll B", "prefers"]
    for name in scores:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("A")
    table.add_column("B")
    for one in found.pairs:
        row = [_score(one.pll_a), _score(one.pll_b), _side(one.prefers)]
        if found.against:
            row += [*map(_score, one.against or (None, None)), _side(one.against_prefers)]
        table.add_row(*row, Text(visible(one.a)), Text(visible(one.b)))
    print_stripped(console, table)
    for sentence in _accuracies(found):
        print(sentence)
    print(PLL)
    heads = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        heads.add_column(name, justify="right", style="bold", no_wrap=True)
    for name in ("change", "from", "to"):
        heads.add_column(name, justify="right", no_wrap=True)
    for at in order:
        numbers = (change_said(of[at]) for of in (found.change, found.low, found.high))
        heads.add_row(str(at[0] + 1), str(at[1] + 1), *numbers)
    console.print(heads)
    if found.count > 1:
        print(f"mean change over {found.count:,} pairs, with an interval of 95 %")
    else:
        print("change within one pair, which has no interval")
    print(f"change: {change_meaning()}")


def _accuracies(found: PairsCompared) -> list[str]:
    """A sentence for each model on how often it prefers A."""
    said = [_accuracy_said(found.model, found.accuracy, found.sign, found.ties)]
    other = found.against_accuracy, found.against_sign, found.against_ties
    if other[0] is not None and other[1] is not None and other[2] is not None:
        said.append(_accuracy_said(found.against, other[0], other[1], other[2]))
    return said


def _accuracy_said(model: str, accuracy: Interval, sign: float, ties: int) -> str:
    if not accuracy.n:
        return f"{visible(model)}: no pair is scored."
    neither = f"; neither in {ties:,}, which counts as A not preferred" if ties else ""
    return (
        f"{visible(model)}: A is preferred in {accuracy.value:.1%} of {accuracy.n:,} "
        f"({accuracy.low:.1%} to {accuracy.high:.1%}, sign test p = {sign:.3g}){neither}."
    )


def _score(value: float | None) -> str:
    return NO_NUMBER if value is None or isnan(value) else f"{value:.2f}"


def _side(side: Side | None) -> str:
    return NO_NUMBER if side is None else side.upper()
