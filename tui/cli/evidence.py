"""The commands that keep evidence and bring it back, as click reads them. Imports nothing heavy."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui.analysis.scales import ABSOLUTE, PER_HEAD, SCALES, Scale
from tui.analysis.views import VIEWS, View
from tui.errors import RequestError
from tui.model.names import EMBEDDED, is_saved
from tui.storage.formats import FORMATS
from tui.storage.paths import DEFAULT_NOTES_FOLDER, DEFAULT_SAVE_FOLDER
from tui.text import visible


@click.command(context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.argument("text", required=False)
@click.option(
    "--from", "list_", metavar="FILE", help="A list of sentences, one a line ('-': standard input)."
)
@click.option(
    "--open",
    "saved",
    metavar="FILE.npz",
    help="Saved attention, in the place of a text and a model.",
)
@click.option(
    "--out",
    default=str(DEFAULT_SAVE_FOLDER),
    show_default=True,
    metavar="DIR",
    help="Where files go; '-' writes a tar stream to standard output.",
)
@click.option(
    "--format",
    "formats",
    default=FORMATS[0],
    show_default=True,
    metavar="LIST",
    help=f"Some of {','.join(FORMATS)}.",
)
@click.option("--layer", type=click.IntRange(1), help="One layer alone.")
@click.option("--head", type=click.IntRange(1), help="One head of each layer alone.")
@click.option(
    "--view",
    type=click.Choice([view.slug or "raw" for view in VIEWS]),
    default="raw",
    show_default=True,
    help="Which numbers; of gradients, those towards the first candidate.",
)
@click.option(
    "--scale",
    type=click.Choice([scale.slug for scale in SCALES]),
    help="What counts as white in the pictures; by default absolute, or, of numbers that are no "
    "shares, perhead.",
)
@click.option(
    "--model",
    "-m",
    default=EMBEDDED,
    show_default=True,
    metavar="NAME",
    help="The masked language model: 'embedded', a folder, or a name on the hub.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON object for each file, and one at the end."
)
@click.option("--offline", is_flag=True, help="Never use the network.")
def export(
    text: str | None, list_: str | None, saved: str | None, out: str, formats: str,
    layer: int | None, head: int | None, view: str, scale: str | None, model: str, as_json: bool,
    offline: bool,
) -> None:  # fmt: skip
    """Write a diagram of every head, a page of them all, and the numbers.

    TEXT is a sentence, with or without [MASK] ('-': standard input). A sentence of a list gets a
    folder of its own. Files that are there already and show the same are not written again, so
    that the same command goes on where it was stopped.
    """
    from tui.cli.export import Request, run

    if sum(source is not None for source in (text, list_, saved)) != 1:
        raise click.UsageError("Give one of these: a TEXT, --from FILE, or --open FILE.npz.")
    if out == "-" and sys.stdout.isatty():
        raise click.UsageError("A tar stream is not for a terminal: pipe it, as in: … | tar x.")
    if out == "-" and as_json:
        raise click.UsageError("Standard output takes the tar stream or JSON, not both.")
    shown = next(known for known in VIEWS if known.slug == view.removeprefix("raw"))
    if (head is not None and shown.of != "head") or (layer is not None and shown.of == "model"):
        lacks = "layers" if layer is not None and shown.of == "model" else "heads"
        raise click.UsageError(f"The view {shown.name} has no {lacks} of its own.")
    run(
        Request(
            text=_standard_input() if text == "-" else text,
            texts=None if list_ is None else lines_of(list_),
            saved=saved,
            out=None if out == "-" else Path(out),
            formats=_formats(formats),
            layer=None if layer is None else layer - 1,
            head=None if head is None else head - 1,
            view=shown,
            scale=_scale(scale, shown),
            model=model,
            as_json=as_json,
            offline=offline,
        )
    )


def _scale(slug: str | None, view: View) -> Scale:
    """The scale that was asked for, if it means something in the view."""
    if slug is None:
        return ABSOLUTE if view.sums_to_one else PER_HEAD
    scale = next(known for known in SCALES if known.slug == slug)
    if scale.for_shares and not view.sums_to_one:
        raise click.UsageError(
            f"The scale {scale.name} is for shares, and the view {view.name} has none; "
            "leave --scale out, or take perhead."
        )
    return scale


@click.command(context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.argument("text", required=False)
@click.option("--layer", type=click.IntRange(1), help="The head's layer, counted from 1.")
@click.option("--head", type=click.IntRange(1), help="The head, counted from 1.")
@click.option("--claim", default="", metavar="TEXT", help="What the head does, in your words.")
@click.option(
    "--notes",
    "folder",
    type=click.Path(path_type=Path),
    default=DEFAULT_NOTES_FOLDER,
    show_default=True,
    metavar="DIR",
    help="Where the notes are.",
)
@click.option(
    "--scale",
    type=click.Choice([scale.slug for scale in SCALES]),
    default=ABSOLUTE.slug,
    show_default=True,
    help="What counts as white in the picture.",
)
@click.option(
    "--model",
    "-m",
    default=EMBEDDED,
    show_default=True,
    metavar="NAME",
    help="The masked language model: 'embedded', a folder, or a name on the hub.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--offline", is_flag=True, help="Never use the network.")
def notes(
    text: str | None, layer: int | None, head: int | None, claim: str, folder: Path, scale: str,
    model: str, as_json: bool, offline: bool,
) -> None:  # fmt: skip
    """Print the notes, or add TEXT to one: a head's picture, measured facts and best fillings.

    TEXT is a sentence, with or without [MASK] ('-': standard input).
    """
    from tui.cli.notes import add, show

    if text is None:
        if claim or layer or head:
            raise click.UsageError("A note needs a sentence: give a TEXT.")
        show(folder, as_json=as_json)
        return
    if layer is None or head is None:
        raise click.UsageError("Say which head the note is about: --layer and --head.")
    add(
        folder,
        _standard_input() if text == "-" else text,
        layer=layer - 1,
        head=head - 1,
        claim=claim,
        scale=next(known for known in SCALES if known.slug == scale),
        model=model,
        as_json=as_json,
        offline=offline,
    )


def open_command(app: click.Command) -> click.Command:
    """The command that opens the app on saved attention; it has the app's options about the rest.

    Args:
        app: the command that opens the app.
    """

    def run(file: str, **options: object) -> None:
        if not is_saved(file):
            raise RequestError(
                f"{visible(file)} is no npz file: give one whose name ends with .npz."
            )
        if not Path(file).is_file():
            raise RequestError(f"There is no file {visible(file)}.")
        assert app.callback
        with app.make_context("open", []) as defaults:
            model = str(Path(file).absolute())
            app.callback(**{**defaults.params, **options, "model": model})

    return click.Command(
        "open",
        callback=run,
        params=[
            click.Argument(["file"], metavar="FILE.npz"),
            *(param for param in app.params if param.name not in _OF_A_MODEL),
        ],
        help="Open the app on saved attention: an npz of this program, or any with an array "
        "[layer, head, query, key] and its tokens. No model is needed.",
        context_settings=app.context_settings,
    )


_OF_A_MODEL = frozenset({"text", "model", "offline", "top_k", "device", "dtype"})


def _formats(asked: str) -> tuple[str, ...]:
    formats = tuple(
        dict.fromkeys(part.strip().lower() for part in asked.split(",") if part.strip())
    )
    for one in formats:
        if one not in FORMATS:
            raise RequestError(f"There is no format {one}: choose some of {', '.join(FORMATS)}.")
    if not formats:
        raise RequestError(f"No format is asked for: choose some of {', '.join(FORMATS)}.")
    return formats


def lines_of(name: str) -> tuple[str, ...]:
    """The sentences of a list, from a file or, if its name is `-`, from standard input."""
    from tui.storage.sentence_list import read_list

    return tuple(read_list(_standard_input() if name == "-" else Path(name)))


def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace")
