"""Two runs as files: a picture of A − B for each head, and the numbers of both sides in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui.analysis.analysis import Analysis
from tui.analysis.compared_head import FrameUnits, displayed_difference
from tui.analysis.comparison import Comparison, difference_of
from tui.analysis.intervention_names import in_file_names
from tui.analysis.scales import PER_HEAD, Scale
from tui.analysis.views import RAW
from tui.errors import RequestError
from tui.evidence.compared import name_of_b
from tui.evidence.export import ExportPart, File, diagram_file, to_folder
from tui.evidence.pictures import Picture
from tui.storage.data_files import Data, PairData, npz_metadata, npz_pair_chunks
from tui.storage.files import make_folder, sweep
from tui.storage.formats import COMPARED_FORMATS
from tui.storage.saving import Identity, Saved, picture_name
from tui.text import visible


def export_comparison(
    comparison: Comparison,
    folder: Path,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    formats: Sequence[str] = COMPARED_FORMATS,
    *,
    scale: Scale = PER_HEAD,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Saved]:
    """Write two runs into a folder, which is made and tidied up first if need be.

    Args:
        comparison: both, by their word pieces.
        folder: where to.
        layers: which layers, counted from 0; by default all that A has.
        heads: which heads, counted from 0; by default all that A has.
        formats: some of `COMPARED_FORMATS`.
        scale: how pictures show differences.
        cancelled: asked before each file; once it is true, no more are written.

    Returns:
        For each file where it is, in their order; a file is written when it is asked for.

    Raises:
        RequestError: heads cannot be compared, there is no such layer, head or format.
        SaveError: the folder cannot be made or a file not written; those before it are whole.
    """
    parts = comparison_parts(comparison, layers, heads, formats, scale=scale)
    place = make_folder(folder)
    sweep(place)
    return to_folder(place, parts, cancelled=cancelled)


def comparison_parts(
    comparison: Comparison,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    formats: Sequence[str] = COMPARED_FORMATS,
    *,
    scale: Scale = PER_HEAD,
) -> list[ExportPart]:
    """The files of two runs, as `export_comparison` writes them.

    Raises:
        RequestError: heads cannot be compared, there is no such layer, head or format.
    """
    a = comparison.a.analysis
    chosen = _chosen(a.held, layers, "layer", a), _chosen(range(a.model.heads), heads, "head", a)
    if unknown := [kind for kind in formats if kind not in COMPARED_FORMATS]:
        raise RequestError(
            f"Two runs cannot be written as {visible(unknown[0])}: "
            f"choose of {', '.join(COMPARED_FORMATS)}."
        )
    if comparison.refusal:
        raise RequestError(comparison.refusal)
    parts = []
    if "png" in formats:
        qualities = picture_of(comparison, chosen[0][0], chosen[1][0], scale=scale).qualities
        parts += [
            ExportPart(
                picture_name(layer, head, qualities),
                partial(_picture_file, comparison, layer, head, scale),
            )
            for layer in chosen[0]
            for head in chosen[1]
        ]
    if "npz" in formats:
        named = [
            f"{name}{numbers[0] + 1}"
            for name, numbers, given in (("Layer", chosen[0], layers), ("Head", chosen[1], heads))
            if given is not None and len(numbers) == 1
        ]
        cuts = in_file_names(a.interventions)
        name = "_".join(["Attention", *named, "compared", name_of_b(comparison), *cuts])
        parts.append(ExportPart(f"{name}.npz", partial(_numbers_file, comparison, *chosen)))
    return parts


def picture_of(
    comparison: Comparison, layer: int, head: int, *, scale: Scale = PER_HEAD
) -> Picture:
    """The picture of one head of A less the same head of B, of raw weights.

    Args:
        comparison: both.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        scale: how the sizes of differences become brightness.

    Raises:
        RequestError: heads cannot be compared.
    """
    if comparison.refusal:
        raise RequestError(comparison.refusal)
    return Picture.of_difference(
        comparison,
        FrameUnits.of(comparison),
        layer,
        head,
        difference_of(RAW),
        scale,
        displayed_difference(comparison, RAW, layer, head),
    )


def _chosen(
    there: range, chosen: Sequence[int] | None, kind: str, analysis: Analysis
) -> tuple[int, ...]:
    if chosen is None:
        return tuple(there)
    for one in chosen:
        if one not in there:
            raise RequestError(
                f"There is no {kind} {one + 1} to be compared: {visible(analysis.model.name)} has "
                f"{kind}s {there.start + 1} to {there.stop} here."
            )
    return tuple(chosen)


def _picture_file(comparison: Comparison, layer: int, head: int, scale: Scale) -> File:
    return diagram_file(picture_of(comparison, layer, head, scale=scale).diagram())


def _numbers_file(comparison: Comparison, layers: tuple[int, ...], heads: tuple[int, ...]) -> File:
    a, b = comparison.a.analysis, comparison.b.analysis
    data = PairData(
        _data(a, layers, heads),
        _data(b, layers, heads),
        comparison.alignment.pairs,
        comparison.told,
    )
    identity = Identity(npz_metadata, data.facts, data.digest)
    return File(identity, partial(npz_pair_chunks, data))


def _data(analysis: Analysis, layers: tuple[int, ...], heads: tuple[int, ...]) -> Data:
    places = np.array(layers, dtype=np.intp) - analysis.first_layer
    matrices: NDArray[np.float32] = analysis.attention[np.ix_(places, np.array(heads))]
    return Data(analysis, matrices, layers, heads, RAW.name)
