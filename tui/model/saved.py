"""Saved attention in the place of a model: it knows one text, and needs no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tui.attention.extras import Extras
from tui.attention.likeness import divergence
from tui.attention.supplied import mixing, with_peaks
from tui.attention.wants import NOTHING_MORE, Need, Wants
from tui.errors import RequestError
from tui.lazy import np
from tui.model.analysis import Analysis, Attention, ModelInfo
from tui.storage.open_npz import read_npz
from tui.text import clean, visible


class SavedModel:
    """Answers like a model, as far as a file goes.

    Attributes:
        info: the facts about the model that the attention came from.
    """

    def __init__(self, path: Path, analysis: Analysis) -> None:
        self._path = path
        self.info: ModelInfo = replace(analysis.model, only_text=analysis.text)
        self._analysis = replace(analysis, model=self.info)

    @classmethod
    def load(cls, name: str) -> SavedModel:
        """Read a file.

        Raises:
            ModelError: it cannot be read, or holds no attention.
        """
        path = Path(name).expanduser().absolute()
        return cls(path, read_npz(path))

    def analyze(
        self,
        text: str,
        *,
        top_k: int = 10,
        layer: int = 0,
        allocate: Callable[[tuple[int, ...]], Attention] | None = None,
        wants: Wants = NOTHING_MORE,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Analysis:
        """Give the saved answer.

        Args:
            text: the saved text.
            top_k: how many candidates each mask gets, if the file has so many.
            layer: not looked at, a file gives all its layers.
            allocate: makes the array for the attention; by default the file's own is given.
            wants: what is wanted beyond the weights; what only a model knows is refused.
            cancelled: not asked, there is nothing to wait for.

        Raises:
            RequestError: the text is another one.
        """
        saved = self._analysis
        if clean(text) != saved.text:
            raise RequestError(
                f"{visible(self._path.name)} holds the attention of one sentence, and there is no "
                "model to read another: start bertmask-tui with --model."
            )
        attention = saved.attention
        if allocate:
            attention = allocate(attention.shape)
            np.copyto(attention, saved.attention)
        candidates = tuple(ranked[:top_k] for ranked in saved.candidates)
        extras = self._extras(wants, allocate or _new_array)
        return replace(saved, attention=attention, candidates=candidates, extras=extras)

    def _extras(self, wants: Wants, allocate: Callable[[tuple[int, ...]], Attention]) -> Extras:
        if wants == NOTHING_MORE:
            return Extras()
        weights = self._analysis.attention
        missing: dict[Need, str] = {}
        if wants.values:
            missing["values"] = f"Value norms {_NOT_SAVED}"
        if wants.gradient:
            missing["gradient"] = f"Gradients {_NOT_SAVED}"
        found = Extras(
            wants=wants,
            mixing=mixing(weights, allocate) if wants.mixing else None,
            likeness=divergence(weights, *wants.likeness) if wants.likeness else None,
            missing=missing,
        )
        return with_peaks(found, weights, self._analysis.special)


_NOT_SAVED = "need a model, and this is saved attention; v chooses another view."


def _new_array(shape: tuple[int, ...]) -> Attention:
    return np.empty(shape, dtype=np.float32)
