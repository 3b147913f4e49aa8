"""F on the model that ships: progress, and the set in force with what is said of it."""

from __future__ import annotations

from pathlib import Path

from tests.support import desk
from tui.analysis.interventions import cut_heads
from tui.screens.smallest_set import SmallestSetScreen
from tui.storage.saving import picture_metadata
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


async def test_the_curve_is_shown_and_saved(tmp_path: Path) -> None:
    async with desk(tmp_path, SHORT, size=(80, 24)) as at:
        at.session.sentences.listed = (SHORT, "Paris is the [MASK] of France.", "No mask.")
        await at.press("F")
        first = at.session.filling.candidates[0].token
        await at.press("F")
        assert isinstance(at.app.screen, SmallestSetScreen)
        assert at.screen[0].startswith(f" “{first}” stays first with ")
        text = " ".join(at.text.split())
        assert f"log p of {first}, nats" in text
        assert "heads left" in text
        assert "one set of many (Michel et al. 2019)" in text
        assert sum("\u2800" <= sign <= "\u28ff" for sign in text) > 20
        assert "in 1 of 1 other sentence of" in text or "in 0 of 1 other sentence of" in text
        assert "heads cut to their mean" in text
        await at.press("y")
        about = [line for line in at.app.clipboard.splitlines() if line.startswith("# ")]
        assert any("; heads cut to their mean" in line for line in about)
        assert any("other sentence of" in line for line in about)
        assert "Measured at" not in at.app.clipboard, "there is one mask"
        await at.press("s")
        path = next((tmp_path / "pictures").glob("SmallestSet_Mask1_*heads.png"))
        assert str(path) in at.session.message
        facts = picture_metadata(path)
        assert facts is not None
        assert facts["Text"] == SHORT
        assert "Michel et al. 2019" in facts["Notes"]
        assert "other sentence" in facts["Over the list"]
        await at.press("escape")
        assert at.app.screen_stack[-1] is at.main
        assert at.session.cutting.in_force


async def test_of_several_masks_it_is_said_which(tmp_path: Path) -> None:
    async with desk(tmp_path, "A [MASK] and a [MASK].", size=(80, 24)) as at:
        await at.press_each("right_square_bracket", "F", "F", "y")
        assert "Measured at [MASK] 2 of 2." in at.text
        assert "# Measured at [MASK] 2 of 2." in at.app.clipboard


async def test_the_curve_in_ascii_and_in_little_room(tmp_path: Path) -> None:
    async with desk(tmp_path, SHORT, size=(60, 20), ascii_only=True) as at:
        await at.press("F")
        await at.press("F")
        assert "*" in at.text
        assert not any("\u2800" <= sign <= "\u28ff" for sign in at.text)
        await at.pilot.resize_terminal(40, 12)
        await at.settle()
        assert isinstance(at.app.screen, SmallestSetScreen)


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
