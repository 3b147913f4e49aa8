"""`bertmask-tui notes`: what is noted about heads, and one more example for a script's head."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.export import check_head
from tui.errors import RequestError
from tui.evidence.note_example import example
from tui.evidence.pictures import Picture
from tui.storage.notebook import Notebook
from tui.storage.notes import NotedHead, Section
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.analysis.scales import Scale


def show(folder: Path, *, as_json: bool) -> None:
    """Print the notes of a folder.

    Raises:
        SaveError: they cannot be read.
    """
    notebook = Notebook(folder)
    noted = [section for section in notebook.read().sections if section.place]
    if as_json:
        print(json.dumps([_as_data(section) for section in noted], ensure_ascii=False, indent=2))
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


def add(
    folder: Path,
    text: str,
    *,
    layer: int,
    head: int,
    claim: str,
    scale: Scale,
    model: str,
    as_json: bool,
    offline: bool,
) -> None:
    """Add a sentence to a head's note, and a claim.

    Args:
        folder: where the notes are.
        text: the sentence.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        claim: what the head does; one that is there already stays, and this one follows it.
        scale: how the picture shows weights.
        model: the model's name.
        as_json: print JSON.
        offline: never use the network.

    Raises:
        RequestError: the text is empty or too long, or there is no such head.
        ModelError: the model cannot be loaded or run.
        SaveError: the notes cannot be read or written.
    """
    if not clean(text):
        raise RequestError("There is no text: give a sentence, with or without [MASK].")
    from tui.model.masked_lm import MaskedLM

    loaded = MaskedLM.load(model, offline=offline)
    check_head(loaded.info, layer, head)
    analysis = loaded.analyze(text)
    notebook = Notebook(folder)
    place = NotedHead(layer, head, visible(analysis.model.name))
    if claim.strip():
        notebook.set_claim(place, claim, known="")
    section = notebook.read().at(place)
    if section is None or analysis.text not in section.examples:
        picture = Picture.of_head(analysis, layer, head, scale=scale)
        path = picture.save(notebook.folder)
        section = notebook.add_example(place, example(picture, path.name, 0)).at(place)
    assert section
    if as_json:
        data = {"path": str(notebook.path), **_as_data(section)}
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        print(visible(str(notebook.path)))


def _as_data(section: Section) -> dict[str, object]:
    place = section.place
    assert place
    return {
        "layer": place.layer + 1,
        "head": place.head + 1,
        "model": place.model,
        "claim": section.claim,
        "examples": list(section.examples),
    }
