"""The effects of cutting each head as `bertmask-tui effects` prints them: JSON, CSV, a table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.columns import EFFECT, EFFECT_BY
from tui.cli.effect_cells import effect_cell, effect_of
from tui.cli.output import table_console

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy
    from tui.experiments.measures import Measure
    from tui.experiments.sweep import Sweep
    from tui.lazy import np

ESTIMATE = "estimate"
"""The name of the first-order estimate."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredEffects:
    """The numbers of cutting each head, in one way or in both.

    Attributes:
        sweeps: that of each way; the first one's numbers are what `effect` means.
        measure: how effects are measured.
        masks: how many masks the text has.
    """

    sweeps: tuple[Sweep, ...]
    measure: Measure
    masks: int

    @staticmethod
    def names(ways: Sequence[CutBy], *, estimate: bool) -> tuple[str, ...]:
        """The names that numbers have where heads are cut in some ways."""
        beside = [EFFECT_BY[by].name for by in ways] if len(ways) > 1 else []
        return (EFFECT.name, *beside, *([ESTIMATE] if estimate else []))

    @property
    def first(self) -> Sweep:
        """The sweep whose numbers are the effect."""
        return self.sweeps[0]

    @property
    def estimates(self) -> NDArray[np.float64] | None:
        """The first-order estimate of a cut to zero, `[layer, head]`, if it was wanted."""
        return self.sweeps[-1].estimates.get(self.measure.slug)

    @property
    def numbers(self) -> Mapping[str, NDArray[np.float64]]:
        """Every number of each head, `[layer, head]`, by its name."""
        slug, estimates = self.measure.slug, self.estimates
        values = [self.first.effects[slug]]
        if len(self.sweeps) > 1:
            values += [one.effects[slug] for one in self.sweeps]
        if estimates is not None:
            values.append(estimates)
        names = self.names([one.by for one in self.sweeps], estimate=estimates is not None)
        return dict(zip(names, values, strict=True))

    @property
    def shown(self) -> Mapping[str, NDArray[np.float64]]:
        """The same without what stands there twice."""
        is_there_twice = len(self.sweeps) > 1
        return {
            name: values
            for name, values in self.numbers.items()
            if name != EFFECT.name or not is_there_twice
        }

    @property
    def told(self) -> tuple[str, ...]:
        """Everything that a reader must be told, a sentence each."""
        said = dict.fromkeys(sentence for one in self.sweeps for sentence in one.told)
        if self.estimates is not None and self.first.by == "mean" and len(self.sweeps) == 1:
            said["The estimate is of a cut to zero, and the effect of one to the mean."] = None
        if self.estimates is not None and len(self.sweeps) > 1:
            said["The estimate is of a cut to zero."] = None
        return tuple(said)

    @property
    def by(self) -> str:
        """How heads are cut: a way, or `both`."""
        return self.first.by if len(self.sweeps) == 1 else "both"

    @property
    def means(self) -> str:
        """The mean that heads are cut to, in words; empty if by zero alone."""
        return next((one.means for one in self.sweeps if one.means), "")

    @property
    def facts(self) -> Mapping[str, object]:
        """The candidate and all else that every number is of, as JSON and CSV name it.

        A word of several pieces has no runner-up; one of one piece is its only piece.
        """
        first = self.first
        return {
            "word": first.word,
            "pieces": list(first.pieces or [first.word]),
            "runner_up": None if first.pieces else first.runner_up_word,
            "measure": self.measure.slug,
            "by": self.by,
            "means": self.means,
            "mask": first.mask + 1,
        }

    @property
    def compared(self) -> list[str]:
        """Sentences on what single effects come to, and on one way beside the other."""
        if len(self.sweeps) == 1:
            return [self._of_layers(self.first), self.first.compared(self.measure)]
        lines = [
            f"By {one.by}: {said}"
            for one in self.sweeps
            for said in (self._of_layers(one), one.compared(self.measure))
        ]
        return [*lines, self.first.beside(self.sweeps[-1], self.measure)]

    def _of_layers(self, found: Sweep) -> str:
        """A sentence on all heads of each layer together."""
        said = (
            f"{layer} {effect_cell(float(effect), self.measure)}"
            for layer, effect in enumerate(found.layers[self.measure.slug], 1)
        )
        return f"All heads of a layer cut together: {', '.join(said)}."


def as_data(
    found: MeasuredEffects, order: list[HeadIndex], told: tuple[str, ...]
) -> dict[str, object]:
    """The effects in plain types; layers, heads and masks are counted from 1."""
    first, measure = found.first, found.measure
    is_both = len(found.sweeps) > 1
    data: dict[str, object] = {
        "text": first.text,
        "model": first.model,
        **found.facts,
        "meaning": measure.meaning,
        "notes": list(told),
        "sum": first.total(measure),
        "all": first.all_at_once[measure.slug],
    }
    if is_both:
        for one in found.sweeps:
            data[f"sum_{one.by}"] = one.total(measure)
            data[f"all_{one.by}"] = one.all_at_once[measure.slug]
        data["rank_correlation"] = first.agreement(found.sweeps[-1], measure)
    of_layers = {EFFECT.name: first.layers[measure.slug]}
    if is_both:
        of_layers |= {EFFECT_BY[one.by].name: one.layers[measure.slug] for one in found.sweeps}
    data["layers"] = [
        {"layer": layer + 1, **{name: float(of[layer]) for name, of in of_layers.items()}}
        for layer in range(len(first.layers[measure.slug]))
    ]
    numbers = found.numbers
    data["heads"] = [
        {
            "layer": layer + 1,
            "head": head + 1,
            ESTIMATE: None,
            **{name: float(of[layer, head]) for name, of in numbers.items()},
        }
        for layer, head in order
    ]
    return data


def as_table(found: MeasuredEffects, order: list[HeadIndex]) -> str:
    """The effects as CSV: a header, and a line a head; what is no number is left empty.

    What the numbers are of is the same on each line.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    numbers = found.numbers
    names = [*(name for name in numbers if name != ESTIMATE), ESTIMATE]
    facts = {**found.facts, "pieces": " ".join(found.first.pieces or [found.first.word])}
    writer.writerow(("layer", "head", *names, *facts))
    for place in order:
        cells = [numbers[name][place] if name in numbers else math.nan for name in names]
        written = ["" if math.isnan(cell) else float(cell) for cell in cells]
        writer.writerow((place[0] + 1, place[1] + 1, *written, *facts.values()))
    return lines.getvalue()


def print_table(found: MeasuredEffects, order: list[HeadIndex]) -> None:
    """Print what was done, a line a head, and what the single effects come to."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    console.print(Text(_title(found), style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    shown = found.shown
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    for place in order:
        cells = (effect_cell(of[place], found.measure) for of in shown.values())
        table.add_row(str(place[0] + 1), str(place[1] + 1), *cells)
    console.print(table)
    if not order:
        print("No head meets the query.")
    if found.first.pieces:
        print(f"effect: {found.measure.meaning}")
    for sentence in found.compared:
        print(sentence)


def _title(found: MeasuredEffects) -> str:
    first, measure = found.first, found.measure
    of = effect_of(
        first.word, first.runner_up_word, measure, first.mask, found.masks,
        measured_as=first.measured_as(measure),
    )  # fmt: skip
    cut_to = ", ".join(one.means or one.by for one in found.sweeps)
    return f"{of}, each head cut alone ({cut_to})"
