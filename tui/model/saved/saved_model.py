"""Saved attention in the place of a model: it knows one text, and needs no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tui.analysis.analysis import Analysis, Attention, ModelInfo
from tui.analysis.derived import DerivedQuantities
from tui.analysis.interventions import NONE, Interventions
from tui.analysis.likeness import js_divergence
from tui.analysis.peaks import mixing, with_peaks
from tui.analysis.wanted import WEIGHTS_ALONE, Quantity, WantedQuantities
from tui.errors import RequestError
from tui.lazy import np
from tui.model.saved.read_npz import read_npz
from tui.text import clean, visible


class SavedModel:
    """Answers like a model, as far as a file goes.

    Attributes:
        info: the model that the attention came from.
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
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Interventions = NONE,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Analysis:
        """Give the saved answer.

        Args:
            text: the saved text.
            top_k: how many candidates each mask gets, if the file has so many.
            layer: not looked at, a file gives all its layers.
            allocate: makes the array for the attention; by default the file's own is given.
            wanted: what is wanted beyond the weights; what only a model knows is refused.
            interventions: none, or those that it was saved with: nothing can be changed afterwards.
            cancelled: not asked, there is nothing to wait for.

        Raises:
            RequestError: the text is another one, or something was to be changed.
        """
        saved = self._analysis
        if interventions not in (NONE, saved.interventions):
            raise RequestError(
                f"{visible(self._path.name)} is saved attention, and nothing in it can be cut: "
                "start bertmask-tui with --model."
            )
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
        derived = self._derived(wanted, allocate or _new_array)
        return replace(saved, attention=attention, candidates=candidates, derived=derived)

    def prepare(
        self, wanted: WantedQuantities, interventions: Interventions = NONE, **_: object
    ) -> None:
        """As `MaskedLM.prepare`: nothing takes long."""

    def _derived(
        self, wanted: WantedQuantities, allocate: Callable[[tuple[int, ...]], Attention]
    ) -> DerivedQuantities:
        weights = self._analysis.attention
        missing: dict[Quantity, str] = {}
        if wanted.values:
            missing["values"] = f"Value norms {_NOT_SAVED}"
        if wanted.gradient:
            missing["gradient"] = f"Gradients {_NOT_SAVED}"
        found = DerivedQuantities(
            wanted=wanted,
            mixing=mixing(weights, allocate) if wanted.mixing else None,
            likeness=js_divergence(weights, *wanted.likeness) if wanted.likeness else None,
            missing=missing,
        )
        return with_peaks(found, weights, self._analysis.special, self._analysis.firsts)


_NOT_SAVED = "need a model, and this is saved attention; v chooses another view."


def _new_array(shape: tuple[int, ...]) -> Attention:
    return np.empty(shape, dtype=np.float32)
