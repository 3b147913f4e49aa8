"""The dialog that asks what the run on screen is to be compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from textual.widgets import Input

from tui.dialogs.model_picker import model_sections
from tui.dialogs.picker import Offer, Picker, Sections
from tui.model.hub.catalogue import CachedModel
from tui.model.names import is_saved
from tui.session.choice import Again, Choice, Fillers
from tui.text import visible

Compared: TypeAlias = Choice | Fillers | Again
"""Whatever can be compared with."""


class ComparePicker(Picker[Compared]):
    """Offers fillers of the mask, the whole model, sentences, models and files, or what is typed.

    Args:
        fillers: the candidates of the mask, safe to be shown; none where there is no mask.
        chosen: which of them is chosen, counted from 0.
        is_cut: something is cut inside the model.
        sentences: other sentences, the likeliest first.
        model: the model in use.
        cached: the models of the cache, None until they are listed.
        offline: what would have to be downloaded is not offered.
        before: what was compared before; None for nothing.
    """

    PLACEHOLDER: ClassVar[str] = "another sentence, a model, a file .npz, or a part of a line below"

    def __init__(
        self,
        *,
        fillers: Sequence[str],
        chosen: int,
        is_cut: bool,
        sentences: Sequence[str],
        model: str,
        cached: Sequence[CachedModel] | None,
        offline: bool,
        before: Choice | None,
    ) -> None:
        super().__init__()
        self._fillers = fillers
        self._chosen_filler = chosen
        self._is_cut = is_cut
        self._sentences = sentences
        self._model = model
        self._cached = cached
        self._offline = offline
        self._before = before

    def take(self, models: Sequence[CachedModel]) -> None:
        """Offer the models of the cache too."""
        self._cached = models
        self.fill()

    def sections(self, typed: str) -> Sections[Compared]:
        """Whatever can be compared with."""
        sections: Sections[Compared] = [
            ("Two fillings of the mask", self._of_fillers()),
            ("The same without the cuts", self._of_whole()),
            ("Another sentence", [Offer(one, Choice.of_text(one)) for one in self._sentences]),
            ("This sentence in another model", self._of_models()),
            *self._of_typed(typed),
        ]
        return [(title, offers) for title, offers in sections if offers]

    def _of_typed(self, typed: str) -> list[tuple[str, list[Offer[Compared]]]]:
        """What is typed: a sentence, unless it can only be a file; a name has no blanks."""
        if not typed:
            return []
        offers: list[Offer[Compared]] = []
        if is_saved(typed):
            offers.append(Offer(typed, Choice("saved", model=typed), "the file", is_typed=True))
        else:
            offers.append(Offer(typed, Choice.of_text(typed), "the sentence", is_typed=True))
            if " " not in typed:
                value = Choice("model", model=typed)
                offers.append(Offer(typed, value, "this sentence in that model", is_typed=True))
        return [("As typed", offers)]

    def _of_fillers(self) -> list[Offer[Compared]]:
        first = self._chosen_filler
        return [
            Offer(f"{self._fillers[first]} − {word}", Fillers(first, at))
            for at, word in enumerate(self._fillers)
            if at != first
        ]

    def _of_whole(self) -> list[Offer[Compared]]:
        return [Offer("the whole model", Choice("whole"))] if self._is_cut else []

    def _of_models(self) -> list[Offer[Compared]]:
        return [
            Offer(offer.name, Choice("model", model=offer.value))
            for _, offers in model_sections(self._cached, offline=self._offline)
            for offer in offers
            if offer.name != self._model
        ]

    def said_of(self, offer: Offer[Compared] | None) -> str:
        """Words on what enter, and = once more, will do."""
        again = self._before.said if self._before else "the sentence before"
        named = f"enter: compare with {visible(offer.name)}" if offer else "type a sentence"
        return named if self.typed else f"{named} · =: {again}"

    def on_input_changed(self, event: Input.Changed | None = None) -> None:
        """Narrow the list down; a second = takes what was compared before."""
        if self.typed == "=":
            self.dismiss(Again())
        else:
            self.fill()
