"""What a figure is; each topic's module lists its own."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[int], list[float]]
"""One run, given its number from 0: what it measured, seconds unless the figure says otherwise."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How a figure's numbers are shown: so many of them are one of what it is called."""

    name: str
    size: float

    def show(self, number: float) -> str:
        """A number with its unit, without decimals."""
        return f"{number / self.size:.0f} {self.name}"


SECONDS = Unit("ms", 1e-3)
BYTES = Unit("MB", 1e6)


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is measured beside its baseline.

    Attributes:
        name: What it is called on the command line, `topic.detail`.
        says: What it measures, for the table.
        ours: A run of the app.
        baseline: A run of what it is compared with.
        limit: The most it may be, in the same unit, given the baseline's.
        limit_says: The limit in words.
        percentile: Which of all runs' samples counts; 50 is the median, 100 the slowest.
        unit: How its numbers are shown.
    """

    name: str
    says: str
    ours: Measure
    baseline: Measure
    limit: Callable[[float], float]
    limit_says: str
    percentile: int = 50
    unit: Unit = SECONDS

    def summary(self, samples: list[float]) -> float:
        """The one number that many samples become."""
        if self.percentile == 50 or len(samples) < 2:
            return statistics.median(samples)
        if self.percentile == 100:
            return max(samples)
        return statistics.quantiles(samples, n=100, method="inclusive")[self.percentile - 1]


def unsteady(samples: list[float]) -> bool:
    """Whether the samples differ so much that something else was running: measure again."""
    if min(samples) <= 0:
        return False  # nothing was found, and no ratio can be
    if len(samples) < 4:
        return max(samples) > 1.5 * min(samples)
    tenths = statistics.quantiles(samples, n=10, method="inclusive")
    return tenths[-1] > 1.5 * tenths[0]
