"""From B in the app, on the model that ships: transplants, shares, the grid, and the partners."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from textual.screen import Screen

from tests.support import Desk, desk, embedded
from tui.experiments.residual import (
    PLACES_OVERLAP,
    ResidualTransplants,
    transplant_residual,
)
from tui.experiments.transplant import Transplants, transplant_heads
from tui.model.worker.protocol import JobFailed
from tui.screens.alignment import AlignmentScreen
from tui.screens.head_map import MapScreen
from tui.screens.main import MainScreen
from tui.screens.residual import ResidualScreen
from tui.session.choice import Choice
from tui.text import visible
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.status_line import StatusLine

A = "The cat, despite the noise, [MASK] gracefully."
B = "The old dogs, despite the noise, [MASK] quickly."
SAME_LENGTH = "The dog, even with the noise, [MASK] quickly."
LONG = f"{A[:-1]}, {', '.join(['and the dog'] * 4)}."


async def beside(at: Desk, text: str = B) -> None:
    """Compare with another sentence, and let it answer."""
    await at.perform(at.session.comparing.choose(Choice.of_text(text)))


def shows(at: Desk, *kinds: type[Screen[None]]) -> bool:
    """Whether the screen on top is of one of these kinds."""
    return isinstance(at.app.screen, kinds)


@cache
def heads(pairs: tuple[tuple[int, int], ...], tokens: tuple[int, int]) -> Transplants:
    """The same shares, measured without the app."""
    return transplant_heads(embedded(), A, B, tokens=tokens, pairs=pairs)


def direct(at: Desk) -> Transplants:
    found = at.session.from_b.found
    assert found is not None
    return heads(at.session.comparing.alignment.pairs, (found.way.token, found.way.other))


def grid(at: Desk) -> ResidualTransplants:
    """The grid on screen, which is what is measured without the app."""
    found = at.session.residual.found
    assert found is not None
    way = found.way
    expected = transplant_residual(
        embedded(), way.text, way.source, tokens=(way.token, way.other), pairs=way.pairs
    )
    np.testing.assert_allclose(found.shares, expected.shares, atol=1e-6)
    return found


async def test_z_then_space_transplants_the_head_and_the_line_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(80, 24)) as at:
        await beside(at)
        await at.press_each("Z", "Z")
        assert "space transplants the head at hand from B" in at.text
        before = at.session.filling.candidates
        await at.press("space")
        assert "from B: 1·1" in at.text
        assert "Z transplant → mean" in at.text
        assert "← transplanted" in at.text
        assert at.session.filling.candidates != before
        await at.press("m")
        assert "from B: 1·1" in at.app.screen.query_one(CutLine).left.plain
        assert "▐←" in at.text
        await at.press_each("escape", "exclamation_mark")
        assert f"transplanted: 1·1 from “{B[:20]}" in at.text
        await at.press("D")
        assert "from B: " not in at.text
        assert "transplanted" not in at.text
        assert at.session.filling.candidates == before


async def test_shares_on_the_map_and_in_the_table(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(80, 24)) as at:
        await beside(at)
        await at.press_each("m", "R")
        found = at.session.from_b.found
        assert found is not None
        np.testing.assert_allclose(found.shares, direct(at).shares, atol=1e-6)
        full = np.abs(found.shares).max()
        assert f"█ = {full:.2f}, ≡ below 0" in at.screen[0]
        said = " ".join(line.strip() for line in at.screen[1:3])
        assert found.said in said
        assert "goes farthest" in at.text
        layer, head = at.session.head
        await at.press_each("right", "left")
        assert f"share {found.shares[layer, head]:.2f}" in at.screen[-2]
        await at.press_each("escape", "r", "R")
        best = np.unravel_index(np.abs(found.shares).argmax(), found.shares.shape)
        assert f"{best[0] + 1}·{best[1] + 1}" in next(line for line in at.screen if "▸" in line)
        assert found.said in " ".join(line.strip() for line in at.screen[1:3])


async def test_a_share_stands_in_the_heads_note(tmp_path: Path) -> None:
    async with desk(tmp_path, A) as at:
        await beside(at)
        await at.press_each("m", "R", "escape", "a", "ctrl+s", "escape")
        found = at.session.from_b.found
        assert found is not None
        layer, head = at.session.head
        text = (tmp_path / "pictures" / "analysis" / "analysis.md").read_text(encoding="utf-8")
    [kept] = [line for line in text.splitlines() if line.startswith("Experiment: share")]
    assert kept.startswith(
        f"Experiment: share {found.shares[layer, head]:.2f} of the way of logit("
    )
    assert f"from {found.way.here:+.2f} here to {found.way.there:+.2f} in “{visible(B)}”" in (
        kept.replace("\\", "")
    )


async def test_the_grid_of_layers_and_tokens(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(80, 24)) as at:
        await beside(at)
        await at.press_each("m", "R", "R")
        assert shows(at, ResidualScreen)
        found = grid(at)
        text = " ".join(line.strip() for line in at.screen[:3])
        assert found.said in text
        assert "0 as A, ░▒▓█ to 1, as B" in text
        assert "desp…" in at.screen[3]
        assert "quic…" in at.screen[4]
        assert "–" in at.screen[4]  # the cat has no partner
        assert [at.screen[5 + layer].split()[0].rstrip("▐▌") for layer in range(6)] == [*"123456"]
        token = found.way.labels.index("gracefully")
        share = found.shares[0, token]
        assert f"layer 1, gracefully/quickly: {share:.2f} of the way" in at.screen[-2]
        await at.press("down", "j", "left", "h", "l")
        share = found.shares[2, token - 1]
        assert f"layer 3, [MASK]: {share:.2f} of the way" in at.screen[-2]
        await at.hold("left", token - 3)
        assert "layer 3, cat: no number, as it has no partner" in at.screen[-2]
        await at.press("right", "enter")
        assert shows(at, MainScreen)
        assert at.session.viewing.layer == 2
        assert at.session.viewing.cursor[0] == 3


@pytest.mark.parametrize("key", ["escape", "R", "q", "ctrl+c"])
async def test_the_grid_closes(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, A) as at:
        await beside(at)
        await at.press_each("R", "R", key)
        assert shows(at, MainScreen)
        assert not at.session.residual.is_open


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
async def test_of_a_long_sentence_the_grid_scrolls(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, LONG, size=size) as at:
        await beside(at, LONG.replace("cat,", "dog,"))
        await at.press_each("R", "R")
        assert "layer 1, cat/dog" in at.screen[-2]
        count = len(at.session.answer.tokens)
        await at.hold("right", count)
        await at.hold("down", 9)
        assert "layer 6, [SEP]" in at.screen[-2]
        assert any("[SEP]" in line or "[SE…" in line for line in at.screen[2:8])
        assert all(len(line) == size[0] for line in at.screen)
        await at.pilot.resize_terminal(60, 20)
        await at.settle()
        assert "layer 6, [SEP]" in at.screen[-2]


async def test_the_grid_in_ascii_and_in_colours(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(80, 24), ascii_only=True) as at:
        await beside(at, SAME_LENGTH)
        await at.press_each("R", "R")
        rows = at.screen[5:11]
        assert not set("".join(rows)) & set("░▒▓█▐▌≡")
        assert "[" in rows[0]
        assert "]" in rows[0]
    async with desk(tmp_path, A, size=(80, 24)) as at:
        await beside(at, SAME_LENGTH)
        await at.press_each("c", "R", "R")
        assert "colours to 1, as B · blue below 0" in " ".join(at.screen[:4])
        assert "of the way" in at.screen[-2]


async def test_partners_are_corrected_by_typing_two_numbers(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(80, 24)) as at:
        await beside(at)
        await at.press_each("R", "A")
        assert shows(at, AlignmentScreen)
        assert "11 pairs of A and B, 3 tokens alone" in at.screen[0]
        assert any(line.split() == ["3", "cat", "alone"] for line in at.screen)
        assert any(line.split() == ["alone", "4", "dogs"] for line in at.screen)
        await at.press("3", "space", "4")
        assert "pair: 3 4" in at.screen[-2]
        await at.press("enter")
        assert any("3 cat" in line and "4 dogs" in line and "by hand" in line for line in at.screen)
        said = " ".join(at.text.split())
        assert "the shares are gone; R measures anew" in said
        assert at.session.from_b.found is None
        await at.press("9", "9", "space", "1", "enter")
        assert "There is no token 99 in A: it has 12, from 1." in at.text
        await at.press("escape")
        assert shows(at, MainScreen)
        assert "cat/dogs" in at.session.comparing.difference.labels
        await at.press_each("A", "r")
        assert any(line.split()[-3:] == ["3", "cat", "alone"] for line in at.screen)
        await at.press_each("4", "minus")
        assert any("4 ," in line and "alone" in line and "by hand" in line for line in at.screen)
        await at.press("y")
        lines = at.app.clipboard.splitlines()
        assert "3\tcat\t\t" in lines, "nothing stands beside one that is alone"


@pytest.mark.parametrize("size", [(40, 12), (200, 50)])
async def test_the_partners_fit_every_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, LONG, size=size) as at:
        await beside(at)
        await at.press("A")
        await at.hold("pagedown", 40)
        assert any("[SEP]" in line and "▸" in line for line in at.screen)
        await at.hold("pageup", 40)
        await at.press("up")
        assert any("[CLS]" in line and "▸" in line for line in at.screen)
        assert all(len(line) == size[0] for line in at.screen)


async def test_keys_before_the_answers_and_jobs_that_end_late(tmp_path: Path) -> None:
    async with desk(tmp_path, A) as at:
        await beside(at)
        await at.pilot.press("R", "R", "m", "R", "escape", "R", "exclamation_mark", "R", "A")
        await at.settle()
        assert shows(at, MainScreen)
        assert at.session.from_b.found is None
        await beside(at)
        await at.press_each("R", "m", "R", "R")
        await at.pilot.press("R", "R", "enter", "m", "R", "left")
        await at.settle()
        assert shows(at, MapScreen, ResidualScreen)
        assert len(at.app.screen_stack) <= 3


async def test_a_sweep_of_a_sentence_that_is_gone_tells_nobody(tmp_path: Path) -> None:
    async with desk(tmp_path, A) as at:
        await beside(at)
        at.client.stops_jobs_at = 12
        await at.pilot.press("R")
        await at.stopped()
        await at.pilot.press("m", "exclamation_mark", "escape", "exclamation_mark")
        await at.pilot.pause()
        at.client.goes_on.set()
        await at.settle()
        assert at.session.from_b.found is None
        assert not at.session.jobs.said


async def test_shares_and_the_grid_are_shown_as_they_come(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(100, 30)) as at:
        await beside(at)
        at.client.stops_jobs_at = 12
        await at.press("m")
        await at.pilot.press("R")
        await at.stopped()
        assert "12 of 72 heads measured, – not yet: " in at.screen[0]
        await at.pilot.press("down", "down")
        assert "share not measured yet" in at.app.screen.query_one(StatusLine).left.plain
        at.client.stops_jobs_at = None
        at.client.goes_on.set()
        await at.settle()
        found = at.session.from_b.found
        assert found is not None
        np.testing.assert_allclose(found.shares, direct(at).shares, atol=1e-6)
        assert "not yet" not in at.screen[0]
        places = found.way.pairs
        at.client.stopped.clear()
        at.client.goes_on.clear()
        at.client.stops_jobs_at = 2 * len(places)
        await at.pilot.press("R")
        await at.stopped()
        assert shows(at, ResidualScreen)
        told = f"{2 * len(places)} of {6 * len(places)} places measured"
        assert told in " ".join(" ".join(at.screen[:5]).split())
        await at.pilot.press("y")
        about, _ = at.app.clipboard.split("\nlayer\t")
        assert f"# {told}." in about.splitlines()
        assert PLACES_OVERLAP in about
        await at.pilot.press("down", "down", "down")
        assert "not measured yet" in at.screen[-2]
        await at.pilot.press(*["left"] * 20, "l", "l")
        assert "cat: no number, as it has no partner" in at.screen[-2]
        at.client.goes_on.set()
        await at.settle()
        assert "places measured" not in at.text
        assert np.isfinite(grid(at).shares).sum() == 6 * len(places)


async def test_a_grid_that_failed_still_says_what_its_shares_are_of(tmp_path: Path) -> None:
    async with desk(tmp_path, A, size=(100, 30)) as at:
        await beside(at)
        await at.press("m", "R")
        at.client.stopped.clear()
        at.client.goes_on.clear()
        shares = at.session.from_b.found
        assert shares is not None
        done = 2 * len(shares.way.pairs)
        at.client.stops_jobs_at = done
        await at.pilot.press("R")
        await at.stopped()
        at.client.report(JobFailed(at.client._last_job, "It is broken."))
        await at.idle()
        found = at.session.residual.found
        assert found is not None
        title = " ".join(" ".join(at.screen[:5]).split())
        assert title.startswith(f"It is broken. {done} of")
        assert f"What goes into each layer, from B: {found.said}" in title
        at.client.goes_on.set()
        await at.settle()
