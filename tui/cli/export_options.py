"""`bertmask-tui export` as click reads it. The work is done in export.py, which loads what draws.

It is a file of its own so that `--help`, which reads every command, loads none of that.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.analysis.scales import ABSOLUTE, PER_HEAD, SCALES, Scale
from tui.analysis.views import VIEWS, View
from tui.cli import completion, options
from tui.cli.given import given_formats, given_list, given_text
from tui.cli.together import check_cut_by, is_given, refuse_beside
from tui.storage.formats import FORMATS
from tui.storage.paths import DEFAULT_SAVE_FOLDER

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy


@options.command("export")
@options.TEXT_IF_ANY
@options.sentences()
@click.option(
    "--open",
    "saved",
    type=options.PathName(),
    metavar="FILE.npz",
    shell_complete=completion.files,
    help="Saved attention, in the place of a text and a model.",
)
@click.option(
    "--out",
    type=options.PathName(),
    default=str(DEFAULT_SAVE_FOLDER),
    show_default=True,
    metavar="DIR",
    shell_complete=completion.folders,
    help="Where files go; '-' writes a tar stream to standard output.",
)
@click.option(
    "--format",
    "formats",
    default=FORMATS[0],
    show_default=True,
    metavar="LIST",
    shell_complete=completion.formats,
    help=f"Some of {','.join(FORMATS)}.",
)
@options.layer("One layer alone.")
@options.head("One head of each layer alone.")
@options.view()
@options.scale(
    "What counts as white in the pictures; by default absolute, or, of numbers that are no "
    "shares, perhead."
)
@options.CUT
@options.CUT_BY
@options.MODEL
@options.as_json("Print a JSON object for each file, and one at the end.")
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def export(
    text: str | None, list_: str | None, saved: str | None, out: str, formats: str,
    layer: int | None, head: int | None, view: str, scale: str | None,
    cuts: tuple[HeadIndex, ...], cut_by: CutBy, model: str, as_json: bool, offline: bool,
    device: str, dtype: str,
) -> None:  # fmt: skip
    """Write a diagram of every head, a page of them all, and the numbers.

    TEXT is a sentence, with or without [MASK] ('-': standard input). A sentence of a list gets a
    folder of its own. Files that are there already and show the same are not written again, so
    that the same command goes on where it was stopped.
    """
    if sum(source is not None for source in (text, list_, saved)) != 1:
        raise click.UsageError("Give one of these: a TEXT, --from FILE, or --open FILE.npz.")
    check_cut_by(click.get_current_context())
    refuse_beside(click.get_current_context(), "saved", ["model", "device", "dtype"])
    if saved is not None and cuts:
        raise click.UsageError("Nothing can be cut in saved attention: give a TEXT and a model.")
    if out == "-" and sys.stdout.isatty():
        raise click.UsageError("A tar stream is not for a terminal: pipe it, as in: … | tar x.")
    if out == "-" and as_json:
        raise click.UsageError("Standard output takes the tar stream or JSON, not both.")
    shown = next(known for known in VIEWS if known.slug == view.removeprefix("raw"))
    if (head is not None and shown.of != "head") or (layer is not None and shown.of == "model"):
        lacks = "layers" if layer is not None and shown.of == "model" else "heads"
        raise click.UsageError(f"The view {shown.name} has no {lacks} of its own.")
    from tui.cli.export import Request, run

    run(
        Request(
            text=None if text is None else given_text(text),
            texts=None if list_ is None else given_list(list_),
            saved=saved,
            out=None if out == "-" else Path(out),
            formats=given_formats(formats, FORMATS),
            layer=layer,
            head=head,
            view=shown,
            scale=_scale(scale, shown),
            model=model,
            cuts=cuts,
            cut_by=cut_by,
            as_json=as_json,
            offline=offline,
            device=device,
            dtype=dtype,
        )
    )


def _scale(slug: str | None, view: View) -> Scale:
    """The scale that was asked for, if it means something in the view."""
    if slug is None:
        return ABSOLUTE if view.sums_to_one else PER_HEAD
    scale = next(known for known in SCALES if known.slug == slug)
    if scale.for_shares and not view.sums_to_one:
        if not is_given(click.get_current_context(), "scale"):  # a setting is for where it fits
            return PER_HEAD
        raise click.UsageError(
            f"The scale {scale.name} is for shares, and the view {view.name} has none; "
            "leave --scale out, or take perhead."
        )
    return scale
