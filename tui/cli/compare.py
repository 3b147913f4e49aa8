"""`bertmask-tui compare`: two sentences, two models, or the whole against the cut model."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.analysis.columns import NO_NUMBER, bound_said, probability_said
from tui.cli import options
from tui.cli.candidate_table import candidate_data, print_stripped
from tui.cli.changes import SORTS, change_meaning, change_said, order_of
from tui.cli.compare_files import ComparedFiles
from tui.cli.given import given_cuts, given_formats, given_pairs, given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say, table_console
from tui.cli.together import check_cut_by, refuse_beside
from tui.errors import RequestError
from tui.lazy import np
from tui.storage.formats import COMPARED_FORMATS
from tui.text import mask_named, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.columns import HeadIndex
    from tui.analysis.comparison import Comparison
    from tui.analysis.interventions import CutBy
    from tui.analysis.merged_candidates import MergedCandidate


@options.command("compare")
@click.argument("a", required=False, type=options.Words())
@click.argument("b", required=False, type=options.Words())
@click.option(
    "--pairs",
    type=options.PathName(),
    metavar="FILE",
    help="Pairs of sentences, two a line with a tab between, or BLiMP's lines of JSON "
    "('-': standard input).",
)
@options.MODEL
@click.option("--against", type=options.ModelName(), metavar="NAME", help="Another model, for B.")
@options.CUT
@options.CUT_BY
@options.top_k(default=5)
@click.option(
    "--where",
    type=options.Words(),
    default="",
    metavar="EXPR",
    help="Only heads that meet a query about A: 'prev > .5 and sep < .2'.",
)
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=SORTS[0],
    show_default=True,
    help="What heads are ranked by.",
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N heads.")
@click.option(
    "--out",
    type=options.PathName(),
    metavar="DIR",
    help="Write pictures of A - B, and both sides' numbers, into a folder too.",
)
@click.option(
    "--format",
    "formats",
    metavar="LIST",
    help=f"What --out writes: some of {','.join(COMPARED_FORMATS)}; by default all.",
)
@options.layer("One layer's files alone.")
@options.head("One head's files of each layer alone.")
@options.as_json()
@click.option(
    "--csv", "as_csv", is_flag=True, help="Print CSV: the heads, or of --pairs the pairs."
)
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def compare(
    a: str | None, b: str | None, pairs: str | None, model: str, against: str | None,
    cuts: tuple[HeadIndex, ...], cut_by: CutBy, top_k: int, where: str, sort: str,
    top: int | None, out: str | None, formats: str | None, layer: int | None, head: int | None,
    as_json: bool, as_csv: bool, offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Compare two sentences A and B, and print how much each head's attention changes.

    Without B, sentence A is compared with itself in another model (--against), or with heads cut
    (--cut, which is always about B). Of --pairs each sentence is scored too, and it is counted how
    often the model prefers the first; heads are then cut all the while. With - as A, standard input
    is read.
    """
    context = click.get_current_context()
    check_cut_by(context)
    if as_json and as_csv:
        raise click.UsageError("Give one of these: --json or --csv.")
    if out is None and (formats, layer, head) != (None, None, None):
        raise click.UsageError("--format, --layer and --head are for files: give --out DIR too.")
    if pairs is not None:
        if a is not None or where:
            raise click.UsageError("With --pairs give no sentence, and no --where.")
        if out is not None:
            raise click.UsageError("With --pairs there are no files: leave --out out.")
        refuse_beside(context, "pairs", ["top_k"])
        if as_csv:  # which has the pairs, and no heads
            refuse_beside(context, "as_csv", ["sort", "top"])
        from tui.cli import compare_pairs

        compare_pairs.run(
            given_pairs(pairs), model=model, against=against, cuts=cuts, cut_by=cut_by, sort=sort,
            top=top, as_json=as_json, as_csv=as_csv, offline=offline, device=device, dtype=dtype,
        )  # fmt: skip
        return
    if a is None or (b is None and against is None and not cuts):
        raise click.UsageError(
            "Give two sentences; or one, and --against NAME or --cut LAYER.HEAD; or --pairs FILE."
        )
    from tui.experiments.compare import compare_texts

    files = None
    if out is not None:
        chosen = COMPARED_FORMATS if formats is None else given_formats(formats, COMPARED_FORMATS)
        files = ComparedFiles(Path(out), chosen, layer, head)
    a = given_sentence(a, "give a sentence for A")
    b = None if b is None else given_sentence(b, "give a sentence for B")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if files is not None:
        files.check(loaded.info)
    other = None
    if against is not None and against != model:
        other = load_model(against, offline=offline, device=device, dtype=dtype)
    cut = given_cuts((other or loaded).info, cuts, cut_by)
    found = compare_texts(loaded, a, b, against=other, interventions_b=cut, top_k=top_k)
    changes, order, notes = _ranked(found, where, sort)
    told = (*found.told, *notes)
    saved = None if files is None else files.write(found)
    if as_json:
        written = {} if saved is None else {"files": [str(one.path) for one in saved]}
        print_json(as_data(found, changes, order[:top], told) | written)
        return
    say(told)
    if as_csv:
        say([f"change: {change_meaning()}"])
        print(as_table(changes, order[:top]), end="")
        return
    print_tables(found, changes, order[:top])
    if order:
        print(f"change: {change_meaning()}")


def _ranked(
    found: Comparison, where: str, sort: str
) -> tuple[NDArray[np.float32], list[HeadIndex], tuple[str, ...]]:
    """Each head's change, the heads in the order asked for, and what a query took for granted."""
    if found.refusal:
        if where:
            raise RequestError(found.refusal)
        return np.empty((0, 0), dtype=np.float32), [], ()
    changes = found.changes()
    if not where:
        return changes, order_of(changes, sort), ()
    from tui.cli.heads import matching

    among, notes = matching(where, found.a.analysis)
    return changes, order_of(changes, sort, among), notes


def as_data(
    found: Comparison,
    changes: NDArray[np.float32],
    order: Sequence[HeadIndex],
    told: Sequence[str],
) -> dict[str, object]:
    """The comparison in plain types; layers and heads are counted from 1.

    So are tokens in `aligned` and `masks`, in the lists of both sides' `tokens`; each side's own
    `position` is an index, as `predict` has it.
    """
    return {
        "a": _side(found.a.analysis),
        "b": _side(found.b.analysis),
        "notes": list(told),
        "aligned": [[a + 1, b + 1] for a, b in found.alignment.pairs],
        "masks": [
            {
                "a": None if a is None else found.a.analysis.masks[a] + 1,
                "b": None if b is None else found.b.analysis.masks[b] + 1,
                "candidates": [_merged(one) for one in found.candidates(pair)],
            }
            for pair, (a, b) in enumerate(found.masks)
        ],
        "meaning": change_meaning(),
        "heads": [
            {"layer": layer + 1, "head": head + 1, "change": float(changes[layer, head])}
            for layer, head in order
        ],
    }


def _side(analysis: Analysis) -> dict[str, object]:
    """One side; its `candidates` are those of its first mask, in `masks` are those of all."""
    masks = [
        {"position": position, "candidates": _candidates(candidates)}
        for position, candidates in zip(analysis.masks, analysis.candidates, strict=True)
    ]
    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "changed": analysis.changed,
        "tokens": [token.text for token in analysis.tokens],
        "candidates": masks[0]["candidates"] if masks else [],
        "masks": masks,
        "notes": list(analysis.told),
    }


def _candidates(candidates: Sequence[Candidate]) -> list[dict[str, object]]:
    return [candidate_data(one) | {"rank": rank} for rank, one in enumerate(candidates, 1)]


def _merged(one: MergedCandidate) -> dict[str, object]:
    """A candidate of either side; what cannot be known, of another vocabulary, is null."""
    return {
        "token": one.candidate.token,
        "shown": one.candidate.label,
        "a": None if one.rank_a is None else one.a,
        "b": None if one.rank_b is None else one.b,
        "change": one.change,
        "rank_a": one.rank_a,
        "rank_b": one.rank_b,
    }


def as_table(changes: NDArray[np.float32], order: Sequence[HeadIndex]) -> str:
    """The heads as CSV: a header, and a line a head; what is no number is left empty."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("layer", "head", "change"))
    for at in order:
        change = float(changes[at])
        writer.writerow((at[0] + 1, at[1] + 1, "" if np.isnan(change) else change))
    return lines.getvalue()


def print_tables(
    found: Comparison, changes: NDArray[np.float32], order: Sequence[HeadIndex]
) -> None:
    """Print both sides, a table of candidates a mask, and a line a head."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    for side, units in (("A", found.a), ("B", found.b)):
        analysis = units.analysis
        changed = f"; {analysis.changed}" if analysis.changed else ""
        said = f"{side}  {analysis.text}  ({analysis.model.name}{changed})"
        console.print(Text(visible(said), style="bold"), soft_wrap=True)
    for pair, masks in enumerate(found.masks):
        if not (candidates := found.candidates(pair)):
            continue
        print()
        alone = {(True, False): ", of B alone", (False, True): ", of A alone"}
        where = alone.get((masks[0] is None, masks[1] is None), "")
        console.print(Text(f"{mask_named(pair, len(found.masks))}{where}", style="bold"))
        table = Table(box=SIMPLE, pad_edge=False)
        table.add_column("", style="bold", no_wrap=True)
        for name in ("A", "B", "change", "rank A", "rank B"):
            table.add_column(name, justify="right", no_wrap=True)
        for one in candidates:
            table.add_row(
                Text(visible(one.candidate.label)),
                _probability(one.a, one.rank_a),
                _probability(one.b, one.rank_b),
                "" if one.change is None else f"{one.change:+.2f}",
                *(NO_NUMBER if rank is None else str(rank) for rank in (one.rank_a, one.rank_b)),
            )
        print_stripped(console, table)
    if not order:
        return
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    table.add_column("change", justify="right", no_wrap=True)
    for at in order:
        table.add_row(str(at[0] + 1), str(at[1] + 1), change_said(changes[at]))
    console.print(table)


def _probability(value: float, rank: int | None) -> str:
    """A probability; where it is not known, that it is at most that of the list's last one."""
    if rank is not None or np.isnan(value):
        return probability_said(value)
    return bound_said(value)
