"""`bertmask-tui notes`: prints what is noted about heads, or adds an example to a head's note."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli import completion, options
from tui.cli.given import check_head, given_sentence
from tui.cli.loading import load_model
from tui.cli.output import print_json, say
from tui.cli.together import is_given
from tui.storage.files import folder_is_named_by
from tui.storage.paths import DEFAULT_NOTES_FOLDER
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.scales import Scale
    from tui.storage.notes import Section


@options.command("notes")
@options.TEXT_IF_ANY
@options.layer("The head's layer, counted from 1.")
@options.head("The head, counted from 1.")
@click.option(
    "--claim",
    default="",
    type=options.Words(),
    metavar="TEXT",
    help="What the head does, in your words.",
)
@click.option(
    "--notes",
    "folder",
    type=options.PathName(path_type=Path),
    default=DEFAULT_NOTES_FOLDER,
    show_default=True,
    metavar="DIR",
    shell_complete=completion.folders,
    help="Where the notes are.",
)
@options.scale("What counts as white in the picture.", default="absolute")
@options.MODEL
@options.as_json()
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def notes(
    text: str | None, layer: int | None, head: int | None, claim: str, folder: Path, scale: str,
    model: str, as_json: bool, offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Print the notes, or add TEXT to one: a head's picture, measured facts and best fillings.

    TEXT is a sentence, with or without [MASK] ('-': standard input).
    """
    if text is None:
        context = click.get_current_context()
        of_one = any(is_given(context, name) for name in ("scale", "model", "device", "dtype"))
        if claim or layer is not None or head is not None or of_one:
            raise click.UsageError("A note needs a sentence: give a TEXT.")
        with folder_is_named_by("--notes"):
            show(folder, as_json=as_json)
        return
    if layer is None or head is None:
        raise click.UsageError("Say which head the note is about: --layer and --head.")
    text = given_sentence(text, "give a sentence, with or without [MASK]")
    from tui.analysis.scales import SCALES

    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    check_head(loaded.info, layer, head)
    with folder_is_named_by("--notes"):
        add(
            folder,
            loaded.analyze(text),
            layer=layer,
            head=head,
            claim=claim,
            scale=next(known for known in SCALES if known.slug == scale),
            as_json=as_json,
        )


def show(folder: Path, *, as_json: bool) -> None:
    """Print the notes of a folder.

    Raises:
        SaveError: they cannot be read.
    """
    from tui.storage.notebook import Notebook

    notebook = Notebook(folder)
    noted = [section for section in notebook.read().sections if section.place]
    if as_json:
        print_json([as_data(section) for section in noted])
        return
    if not noted:
        print(f"There are no notes in {visible(str(notebook.path))}.")
    for section in noted:
        assert section.place
        print(visible(section.place.heading.strip().removeprefix("## ")))
        for line in section.claim.splitlines():
            print(f"    {visible(line)}")
        for sentence in section.examples:
            print(f"  - {visible(sentence)}")
        for sentence in section.compared:
            print(f"  = {visible(sentence)}")
        for sentence in section.experiments:
            print(f"  > {visible(sentence)}")
        for sentence in section.told:
            print(f"  ! {visible(sentence)}")


def add(
    folder: Path,
    analysis: Analysis,
    *,
    layer: int,
    head: int,
    claim: str,
    scale: Scale,
    as_json: bool,
) -> None:
    """Add a sentence to a head's note, and a claim.

    Args:
        folder: where the notes are.
        analysis: the sentence's.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        claim: what the head does; one that is there already stays, and this one follows it.
        scale: how the picture shows weights.
        as_json: print JSON.

    Raises:
        SaveError: the notes cannot be read or written.
    """
    from tui.evidence.note_example import example
    from tui.evidence.pictures import Picture
    from tui.storage.notebook import Notebook
    from tui.storage.notes import NotedHead

    notebook = Notebook(folder)
    place = NotedHead(layer, head, visible(analysis.model.name))
    if claim.strip():
        notebook.set_claim(place, claim, known="")
    section = notebook.read().at(place)
    if section is None or analysis.text not in section.examples:
        picture = Picture.of_head(analysis, layer, head, scale=scale)
        kept = picture.save(notebook.folder)
        (path,) = kept.paths
        say(filter(None, [kept.missing_fonts]))
        section = notebook.add_example(place, example(picture, path.name, 0)).at(place)
    assert section
    say(analysis.told)
    if as_json:
        print_json({"path": str(notebook.path), **as_data(section)})
    else:
        print(visible(str(notebook.path)))


def as_data(section: Section) -> dict[str, object]:
    """A head's note in plain types; layer and head are counted from 1."""
    place = section.place
    assert place
    return {
        "layer": place.layer + 1,
        "head": place.head + 1,
        "model": place.model,
        "claim": section.claim,
        "examples": list(section.examples),
        "compared": list(section.compared),
        "experiments": list(section.experiments),
        "notes": list(section.told),
    }
