"""A smallest set of heads as evidence: the curve of its pruning, and its picture in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.evidence.pictures import KeptPicture
from tui.experiments.effect_over_list import how_cut
from tui.lazy import np
from tui.text import visible

if TYPE_CHECKING:
    from tui.experiments.set_over_list import SetOverList
    from tui.experiments.smallest_set import SmallestSet
    from tui.render.curve import Curve


def curve_of(found: SmallestSet) -> Curve:
    """The candidate's log p over the number of heads that are left, the set marked."""
    from tui.render.curve import Curve

    return Curve(
        np.asarray(found.left, float),
        np.asarray(found.log_probabilities, float),
        "heads left",
        f"log p of {visible(found.word)}, nats",
        float(len(found.kept)),
    )


def heads_named(found: SmallestSet) -> str:
    """The heads of a set, the most important first, counted from 1."""
    return ", ".join(f"{layer + 1}·{head + 1}" for layer, head in found.kept) or "none"


@dataclass(frozen=True, slots=True, eq=False)
class SetPicture:
    """The picture of a set's curve.

    Attributes:
        found: the set.
        over_list: how it does on other sentences, if that is known.
    """

    found: SmallestSet
    over_list: SetOverList | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        by = "" if self.found.by == "mean" else f"_{self.found.by}"
        return f"SmallestSet_Mask{self.found.mask + 1}_{len(self.found.kept)}heads{by}.png"

    def save(self, folder: Path) -> KeptPicture:
        """Draw it and write it.

        Raises:
            SaveError: it cannot be written.
        """
        from tui.experiments.smallest_set import ONE_OF_MANY
        from tui.render.curve_picture import CurvePicture
        from tui.storage.saving import save_picture

        found = self.found
        heads = heads_named(found)
        cut_to = how_cut(found.by, found.means)
        beside = (
            (f"{self.over_list.said} {self.over_list.missing}".strip(),)
            if self.over_list is not None
            else ()
        )
        picture = CurvePicture(
            curve_of(found),
            f"“{visible(found.word)}” with fewer and fewer heads",
            found.text,
            found.model,
            (
                f"{found.said} The set (the upright line): {heads}; {cut_to}.",
                ONE_OF_MANY,
                *beside,
            ),
            (
                ("Mask", str(found.mask + 1)),
                ("Candidate", found.word),
                ("Heads", heads),
                ("Cut", cut_to),
                *((("Over the list", beside[0]),) if beside else ()),
            ),
            found.told,
        )
        path = save_picture(folder, self.name, picture.png(), picture.metadata)
        return KeptPicture((path,), picture.missing_fonts)
