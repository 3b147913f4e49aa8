"""What a figure is; each topic's module lists its own."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[int], list[float]]
"""One run, given its number from 0: what it measured, seconds or whatever the figure's unit is."""

MEAN = 0
"""In the place of a percentile: all samples' mean counts."""


def milliseconds(seconds: float) -> str:
    """Seconds as people read them."""
    return f"{seconds * 1000:.0f} ms"


def tenths_of_milliseconds(seconds: float) -> str:
    """Seconds as people read them where they are few."""
    return f"{seconds * 1000:.1f} ms"


def count_of_bytes(count: float) -> str:
    """Bytes as people read them."""
    return f"{count:.0f} B"


def megabytes(count: float) -> str:
    """Many bytes as people read them."""
    return f"{count / 1e6:.0f} MB"


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share:.2%}"


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is measured beside its baseline.

    Attributes:
        name: What it is called on the command line, `topic.detail`.
        says: What it measures, for the table.
        ours: A run of the app.
        baseline: A run of what it is compared with.
        limit: The most it may be, given the baseline's.
        limit_says: The limit in words.
        percentile: Which of all runs' samples counts; 50 is the median, 100 the slowest, or `MEAN`.
        said: How a number is written in the table.
        most_runs: Runs of each side at the most, for what takes minutes.
    """

    name: str
    says: str
    ours: Measure
    baseline: Measure
    limit: Callable[[float], float]
    limit_says: str
    percentile: int = 50
    said: Callable[[float], str] = milliseconds
    most_runs: int | None = None

    @property
    def is_of_time(self) -> bool:
        """Whether its samples should be alike, run by run."""
        return self.said in (milliseconds, tenths_of_milliseconds)

    def summary(self, samples: list[float]) -> float:
        """The one number that many samples become."""
        if self.percentile == MEAN:
            return statistics.mean(samples)
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
