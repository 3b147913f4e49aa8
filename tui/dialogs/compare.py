"""The dialog that asks what the run on screen is to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from textual.widgets import Input

from tui.dialogs.model_picker import KnownModels, model_sections
from tui.dialogs.picker import Offer, Picker, Sections
from tui.model.names import is_saved
from tui.session.choice import Again, Choice, Fillers
from tui.text import visible

Compared: TypeAlias = Choice | Fillers | Again
"""Whatever can be compared with."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """Whatever the run on screen can be compared with.

    Attributes:
        fillers: the candidates of the mask, each its number in the vocabulary and its name, safe to
            be shown; none where there is no mask.
        mask: which of the masks they are of, counted from 0.
        chosen: which of them is chosen, counted from 0.
        is_cut: something is cut inside the model.
        sentences: other sentences, the likeliest first.
        models: the models that are known.
        before: what was compared before; None for nothing.
    """

    fillers: Sequence[tuple[int, str]]
    mask: int
    chosen: int
    is_cut: bool
    sentences: Sequence[str]
    models: KnownModels
    before: Choice | None


class ComparePicker(Picker[Compared]):
    """Offers fillers of the mask, the whole model, sentences, models and files, or what is typed.

    Args:
        known: whatever the run on screen can be compared with by now.
    """

    PLACEHOLDER: ClassVar[str] = "another sentence, a model, a file .npz, or a part of a line below"

    def __init__(self, known: Callable[[], Comparable]) -> None:
        super().__init__()
        self._known = known

    def sections(self, typed: str) -> Sections[Compared]:
        """Whatever can be compared with."""
        known = self._known()
        sections: Sections[Compared] = [
            ("Two fillings of the mask", _of_fillers(known)),
            ("The same without the cuts", _of_whole(known)),
            ("Another sentence", [Offer(one, Choice.of_text(one)) for one in known.sentences]),
            ("This sentence in another model", _of_models(known.models)),
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

    def said_of(self, offer: Offer[Compared] | None) -> str:
        """Words on what enter, and = once more, will do."""
        before = self._known().before
        again = before.said if before else "the sentence before"
        named = f"enter: compare with {visible(offer.name)}" if offer else "type a sentence"
        return named if self.typed else f"{named} · =: {again}"

    def on_input_changed(self, event: Input.Changed | None = None) -> None:
        """Narrow the list down; a second = takes what was compared before."""
        if self.typed == "=":
            self.dismiss(Again())
        else:
            self.fill()


def _of_fillers(known: Comparable) -> list[Offer[Compared]]:
    if not known.fillers:
        return []
    first, shown = known.fillers[known.chosen]
    return [
        Offer(f"{shown} − {word}", Fillers(known.mask, first, token))
        for token, word in known.fillers
        if token != first
    ]


def _of_whole(known: Comparable) -> list[Offer[Compared]]:
    return [Offer("the whole model", Choice("whole"))] if known.is_cut else []


def _of_models(models: KnownModels) -> list[Offer[Compared]]:
    return [
        Offer(offer.name, Choice("model", model=offer.value))
        for _, offers in model_sections(models.cached, offline=models.offline)
        for offer in offers
        if offer.name != models.current
    ]
