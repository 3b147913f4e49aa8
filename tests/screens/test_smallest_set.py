"""F on the model that ships: progress, and the set in force with what is said of it."""

from __future__ import annotations

from pathlib import Path

from tests.support import desk
from tui.analysis.interventions import cut_heads
from tui.widgets.text.cut_line import CutLine

SHORT = "A [MASK]."


async def test_only_the_heads_that_are_needed_stay(tmp_path: Path) -> None:
    async with desk(tmp_path, SHORT, size=(80, 24)) as at:
        first = at.session.filling.candidates[0].token
        at.client.stops_jobs_at = 0
        await at.pilot.press("F")
        await at.stopped()
        assert "pruning heads 0 of" in at.screen[-2]
        at.client.stops_jobs_at = None
        at.client.goes_on.set()
        await at.settle()
        left = 72 - len(cut_heads(at.session.cutting.in_force))
        assert 0 < left < 36
        said = f"“{first}” stays first with {left} of 72 heads: "
        assert said in at.screen[-2]
        assert at.screen[-2].rstrip().endswith("one set of many.")
        assert at.session.filling.candidates[0].token == first
        assert at.app.screen.query_one(CutLine).display
        await at.press("D")
        assert at.session.cutting.in_force == ()


async def test_escape_stops_it(tmp_path: Path) -> None:
    async with desk(tmp_path, SHORT) as at:
        at.client.stops_jobs_at = 0
        await at.pilot.press("F")
        await at.stopped()
        await at.pilot.press("escape")
        at.client.goes_on.set()
        await at.settle()
        assert at.status == "Cancelled."
        assert at.session.cutting.in_force == ()
