"""Every head as a picture, a page of all of them, and the numbers: the files of one analysis."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from tui.analysis.analysis import Analysis, ModelInfo
from tui.analysis.intervention_names import in_file_names
from tui.analysis.scales import ABSOLUTE, Scale
from tui.analysis.views import RAW, View
from tui.evidence.pictures import Picture
from tui.render import contact_sheet, diagram, png_file
from tui.render.contact_sheet import ContactSheet
from tui.render.diagram import Diagram
from tui.render.missing_fonts import missing_fonts
from tui.storage.data_files import (
    CONTENT,
    Data,
    content_metadata,
    csv_lines,
    hash_of,
    json_lines,
    json_metadata,
    npz_chunks,
    npz_metadata,
)
from tui.storage.files import make_folder, sweep
from tui.storage.formats import FORMATS
from tui.storage.saving import (
    DIGEST,
    Identity,
    Saved,
    picture_metadata,
    picture_name,
    save_as,
)

SHEET = "Attention_AllHeads"
_IN_MEMORY = 32 << 20
_DRAWING_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class File:
    """The content of a file to be.

    Attributes:
        identity: the facts that decide it.
        content: makes it, piece by piece.
    """

    identity: Identity
    content: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One file of an export.

    Attributes:
        name: the file's name.
        prepare: looks at the numbers; not called before it is the file's turn.
    """

    name: str
    prepare: Callable[[], File]


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Which heads are exported, and how.

    Attributes:
        layer: one layer, counted from 0, or None for all.
        head: one head, counted from 0, or None for all.
        formats: some of `FORMATS`.
        view: which numbers.
        scale: how pictures show them.
    """

    layer: int | None = None
    head: int | None = None
    formats: tuple[str, ...] = FORMATS[:1]
    view: View = RAW
    scale: Scale = ABSOLUTE

    def layers(self, model: ModelInfo) -> tuple[int, ...]:
        """The layers chosen, counted from 0; of a view without layers there is one."""
        if self.view.of == "model":
            return (0,)
        return tuple(range(model.layers)) if self.layer is None else (self.layer,)

    def heads(self, model: ModelInfo) -> tuple[int, ...]:
        """The heads chosen, counted from 0; of a view without heads there is one a layer."""
        if self.view.of != "head":
            return (0,)
        return tuple(range(model.heads)) if self.head is None else (self.head,)

    def has_sheet(self, model: ModelInfo) -> bool:
        """Whether a page of all heads is among the files."""
        everything = self.layer is None and self.head is None and model.layers * model.heads > 1
        return "png" in self.formats and everything and self.view.of == "head"

    def count(self, model: ModelInfo) -> int:
        """How many files an analysis becomes."""
        diagrams = len(self.layers(model)) * len(self.heads(model)) if "png" in self.formats else 0
        return diagrams + self.has_sheet(model) + len(set(self.formats) - {"png"})


def parts(analysis: Analysis, choice: ExportSelection) -> list[ExportPart]:
    """The files of an analysis: a diagram for each head, a page of all, and the numbers."""
    heads = [
        (layer, head)
        for layer in choice.layers(analysis.model)
        for head in choice.heads(analysis.model)
    ]
    first = Picture.of_head(analysis, *heads[0], view=choice.view, scale=choice.scale)
    qualities, (layered, headed) = first.qualities, first.place
    found: list[ExportPart] = []
    if "png" in choice.formats:
        found += [
            ExportPart(
                picture_name(
                    None if layered is None else layer, None if headed is None else head, qualities
                ),
                partial(_diagram, analysis, layer, head, choice),
            )
            for layer, head in heads
        ]
    if choice.has_sheet(analysis.model):
        name = "_".join([SHEET, *qualities]) + ".png"
        found.append(ExportPart(name, partial(_sheet, analysis, choice)))
    data = [kind for kind in FORMATS[1:] if kind in choice.formats]
    return found + [
        ExportPart(_data_name(analysis, choice, kind), partial(_data, analysis, choice, kind))
        for kind in data
    ]


def boxes_in(analysis: Analysis, choice: ExportSelection) -> str:
    """A sentence on what an analysis' pictures show as boxes; empty if nothing."""
    if "png" not in choice.formats:
        return ""
    tokens = (token.label for token in analysis.tokens)
    return missing_fonts((analysis.text, analysis.model.name, *tokens))


def into_folder(
    folder: Path,
    analysis: Analysis,
    choice: ExportSelection,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Saved]:
    """Write an analysis' files into a folder, which is made and tidied up first if need be.

    Args:
        folder: where to.
        analysis: the analysis.
        choice: which files.
        cancelled: asked before each file; once it is true, no more are written.

    Yields:
        For each file where it is, in their order.

    Raises:
        SaveError: the folder cannot be made or a file not written; those before it are whole.
    """
    place = make_folder(folder)
    sweep(place)
    yield from to_folder(place, parts(analysis, choice), cancelled=cancelled)


def to_folder(
    folder: Path, wanted: Sequence[ExportPart], *, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Saved]:
    """Write the files one after the other; what is there already and whole is not written again.

    Args:
        folder: where to, as `make_folder` gave it.
        wanted: the files.
        cancelled: asked before each file; once it is true, no more are written.

    Yields:
        For each file where it is, in their order.

    Raises:
        SaveError: one cannot be written; those before it are whole.
    """
    write = partial(_save, folder)
    with ThreadPoolExecutor(min(_DRAWING_AT_ONCE, os.cpu_count() or 1)) as pool:
        under_way: deque[Future[Saved]] = deque()
        waiting = iter(wanted)
        try:
            while True:
                for part in waiting:
                    under_way.append(pool.submit(write, part))
                    if len(under_way) == 2 * _DRAWING_AT_ONCE:
                        break
                if not under_way or cancelled():
                    return
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def to_tar(stream: IO[bytes], named: Iterable[tuple[str, ExportPart]]) -> Iterator[str]:
    """Write the files into a tar stream.

    Args:
        stream: where to; it need not be able to seek.
        named: for each file its path in the archive.

    Yields:
        Each path, once the file is written.
    """
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        for path, part in named:
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
                file.writelines(part.prepare().content())
                entry = tarfile.TarInfo(path)
                entry.size, entry.mtime, entry.mode = file.tell(), int(time.time()), 0o644
                file.seek(0)
                archive.addfile(entry, file)
            yield path


def _save(folder: Path, part: ExportPart) -> Saved:
    file = part.prepare()
    return save_as(folder, part.name, file.content, file.identity)


def _diagram(analysis: Analysis, layer: int, head: int, choice: ExportSelection) -> File:
    picture = Picture.of_head(analysis, layer, head, view=choice.view, scale=choice.scale)
    return diagram_file(picture.diagram())


def diagram_file(shown: Diagram) -> File:
    """A picture as a file to be; one that is there already and the same is not written again."""
    facts = diagram.metadata(shown)
    digest = _diagram_digest(shown)

    def content() -> Iterator[bytes]:
        yield png_file.encode(diagram.draw(shown), facts | {DIGEST: digest})

    return File(Identity(picture_metadata, facts, digest), content)


def _sheet(analysis: Analysis, choice: ExportSelection) -> File:
    layers, heads = analysis.attention.shape[:2]
    pictures = [
        [
            Picture.of_head(analysis, layer, head, view=choice.view, scale=choice.scale)
            for head in range(heads)
        ]
        for layer in range(layers)
    ]
    whites = {picture.white for row in pictures for picture in row}
    sheet = ContactSheet(
        tokens=tuple(token.label for token in analysis.tokens),
        brightness=np.array([[picture.brightness for picture in row] for row in pictures]),
        masks=analysis.masks,
        text=analysis.text,
        model=analysis.model.name,
        view=pictures[0][0].numbers,
        scale=choice.scale.name,
        full=whites.pop() if len(whites) == 1 else "each head's own ceiling",
        told=analysis.told,
        below=_signs(pictures),
    )
    facts = contact_sheet.metadata(sheet)
    seen = (*sheet.tokens, *_boxes(sheet), *_hashed(sheet.below))
    digest = _digest(sheet.brightness, seen, sheet.masks)

    def content() -> Iterator[bytes]:
        image = contact_sheet.draw(sheet)
        yield png_file.encode(image, facts | {DIGEST: digest}, dpi=contact_sheet.DPI)

    return File(Identity(picture_metadata, facts, digest), content)


def _signs(pictures: Sequence[Sequence[Picture]]) -> NDArray[np.bool_] | None:
    """Which numbers of all heads are below 0; None where none has a sign."""
    signs = [[picture.below for picture in row] for row in pictures]
    return None if signs[0][0] is None else np.array(signs)


def _hashed(below: NDArray[np.bool_] | None) -> list[str]:
    return [] if below is None else [np.packbits(below).tobytes().hex()]


def _boxes(shown: Diagram | ContactSheet) -> list[str]:
    """What makes a picture with boxes another than the one that is drawn with all the fonts."""
    return list(filter(None, [shown.missing_fonts]))


def _diagram_digest(shown: Diagram) -> str:
    seen = (*shown.tokens, *_boxes(shown), *_hashed(shown.below))
    return _digest(shown.brightness, seen, shown.masks)


def _digest(brightness: NDArray[np.float32], tokens: Sequence[str], masks: Sequence[int]) -> str:
    """A hash of what is seen in a picture besides its caption."""
    greys = np.rint(np.clip(np.nan_to_num(brightness), 0.0, 2.0) * 255.0).astype(np.uint16)
    names = json.dumps([greys.shape, *tokens, *masks]).encode()
    return hashlib.sha256(names + greys.tobytes()).hexdigest()[:32]


_DATA = {
    "npz": (npz_chunks, npz_metadata),
    "json": (json_lines, json_metadata),
    "csv": (csv_lines, content_metadata),
}


def _data(analysis: Analysis, choice: ExportSelection, kind: str) -> File:
    layers, heads = choice.layers(analysis.model), choice.heads(analysis.model)
    first = analysis.first_layer
    matrices = [
        [choice.view.matrix(analysis.source, layer - first, head) for head in heads]
        for layer in layers
    ]
    named = choice.view.named(analysis.derived)
    data = Data(analysis, np.array(matrices), layers, heads, named)
    write, read = _DATA[kind]
    if kind == "csv":  # it has no room for facts: only a file of the same content is the same
        digest = hash_of(write(data))
        return File(Identity(read, {CONTENT: digest}, digest), partial(write, data))
    return File(Identity(read, data.facts, data.digest), partial(write, data))


def _data_name(analysis: Analysis, choice: ExportSelection, kind: str) -> str:
    chosen = [
        f"{name}{number + 1}"
        for name, number in (("Layer", choice.layer), ("Head", choice.head))
        if number is not None
    ]
    qualities = [*filter(None, [choice.view.slug]), *in_file_names(analysis.interventions)]
    return "_".join(["Attention", *chosen, *qualities]) + f".{kind}"
