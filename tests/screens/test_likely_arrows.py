"""The likely arrows in the app, on the model that ships."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from tests.model import tiny
from tests.support import Desk, desk
from tui.errors import ModelError
from tui.experiments import arrows
from tui.experiments.arrows import ArrowSweep, sweep_arrows
from tui.experiments.measures import MEASURES
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.engine import NO_GATES
from tui.model.worker.protocol import JobFailed
from tui.screens.arrows import ArrowsScreen
from tui.text import MASK

TEXT = "The cat [MASK] on the mat."


@cache
def loaded() -> MaskedLM:
    """The embedded model, which torch takes over at the first gradient."""
    return MaskedLM.load()


@cache
def direct(renormalised: bool = False) -> ArrowSweep:
    """The same arrows, measured without the app."""
    return sweep_arrows(loaded(), TEXT, renormalised=renormalised)


def is_open(at: Desk) -> bool:
    return isinstance(at.app.screen, ArrowsScreen)


def by_effect(found: ArrowSweep) -> list[str]:
    """The arrows, as lines begin, the largest effect first."""
    order = sorted(found.arrows, key=lambda one: -abs(one.effects["logit-diff"]))
    return [f"{one.arrow.layer + 1}·{one.arrow.head + 1}" for one in order]


async def test_the_list_has_the_sweeps_numbers(tmp_path: Path) -> None:
    found = direct()
    async with desk(tmp_path, TEXT, size=(80, 24), loaded=loaded()) as at:
        await at.press("E")
        assert is_open(at)
        head = " ".join(line.strip() for line in at.screen[:2])
        assert f"{found.word} over {found.runner_up_word}, logit difference" in head
        assert "rows as they are" in head
        correlated = found.correlation(MEASURES[0])
        assert f"estimate and effect correlate {correlated:.2f} over 50 arrows" in head
        order = sorted(found.arrows, key=lambda one: -abs(one.effects["logit-diff"]))
        for row, one in zip(at.screen[3:12], order, strict=False):
            arrow = one.arrow
            query, key = found.tokens[arrow.query], found.tokens[arrow.key]
            assert f"{arrow.layer + 1}·{arrow.head + 1}" in row
            assert f"{query} → {key}" in row
            for number in (one.estimate(MEASURES[0]), one.effects["logit-diff"]):
                assert f"{number:+.3f}" in row
            assert f" {one.weight:.3f} " in row
        assert at.screen[3].startswith("▸")
        assert at.screen[3].count("█") > at.screen[10].count("█")
        assert "first order" in at.text
        assert "1 of 50" in at.screen[-2]
        await at.press("down", "j", "up", "pagedown")
        assert "12 of 50" in at.screen[-2]


async def test_enter_goes_to_its_head_and_cell(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, loaded=loaded()) as at:
        await at.press("t", "E", "down")
        one = at.session.arrows.at_hand
        assert one is not None
        await at.press("enter")
        assert not is_open(at)
        arrow = one.arrow
        assert at.session.head == (arrow.layer, arrow.head)
        assert at.session.viewing.tokens_at_cursor == (arrow.query, arrow.key)
        assert f"Layer {arrow.layer + 1} of 6 · Head {arrow.head + 1} of 12" in at.text


async def test_rows_measures_and_orders_turn(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(100, 30), loaded=loaded()) as at:
        await at.press("E", "n")
        assert "rows renormalised" in at.text
        found = direct(True)
        without = sum(
            one.estimate(MEASURES[0]) != one.estimate(MEASURES[0]) for one in found.arrows
        )
        assert f"over {50 - without} arrows" in " ".join(at.text.split())
        assert [row[1:].split()[0] for row in at.screen[3:9]] == by_effect(found)[:6]
        await at.press("s")
        assert "The largest estimate first" in at.text
        await at.press_each("e", "e")
        assert "KL divergence has no estimate" in at.text
        assert at.session.effects.measure.slug == "kl"
        await at.press("e")
        assert "rank has no estimate" in at.text


async def test_x_cuts_and_the_rest_is_measured_anew(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, loaded=loaded()) as at:
        await at.press("E")
        one = at.session.arrows.at_hand
        assert one is not None
        await at.press("X")
        assert is_open(at)
        assert at.session.cutting.in_force == (one.arrow,)
        assert one.arrow not in {line.arrow for line in at.session.arrows.lines}
        assert at.session.arrows.found is not None
        assert "arrows cut:" in at.text
        await at.press("D")
        assert not at.session.answer.interventions
        assert one.arrow in {line.arrow for line in at.session.arrows.lines}


@pytest.mark.parametrize("key", ["escape", "E", "q", "ctrl+c"])
async def test_it_closes_while_arrows_are_cut(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, TEXT, loaded=loaded()) as at:
        at.client.stops_jobs_at = 50
        await at.pilot.press("E")
        await at.stopped()
        assert is_open(at)
        assert "50 of 50 arrows measured" in at.text
        assert "cutting arrows 50 of 50" in at.text
        await at.press(key)
        assert not is_open(at)
        at.client.goes_on.set()
        await at.settle()
        assert at.session.arrows.found is None
        at.client.stops_jobs_at = None
        await at.press("E")
        assert "1 of 50" in at.text


async def test_an_answer_that_comes_late_is_measured(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, loaded=loaded()) as at:
        at.client.holding = True
        await at.ask("A dog [MASK] loudly.")
        await at.press("E")
        assert "[MASK] → on" in at.text
        at.client.holding = False
        await at.settle()
        assert is_open(at)
        assert "[MASK] → on" not in at.text
        assert at.session.arrows.found is not None
        assert at.session.arrows.found.text == "A dog [MASK] loudly."


async def test_an_answer_without_a_mask_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, loaded=loaded()) as at:
        at.client.holding = True
        await at.ask("A dog sat.")
        await at.press("E")
        at.client.holding = False
        await at.settle()
        assert is_open(at)
        assert "There is no [MASK] in this sentence" in at.screen[0]
        await at.press("down", "X", "s", "e", "n", "enter", "escape")
        assert not is_open(at)


async def test_without_a_mask_it_says_how_to_get_one(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat sat.") as at:
        await at.press("E")
        assert not is_open(at)
        assert "w masks" in at.status


async def test_a_family_whose_heads_cannot_be_cut_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise ModelError(NO_GATES)

    async with desk(tmp_path, TEXT) as at:
        monkeypatch.setattr(MaskedLM, "scores", refuse)
        await at.press("E")
        assert is_open(at)
        assert "choose another model" in " ".join(at.text.split())
        await at.press("escape")
        assert not is_open(at)


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (80, 24), (200, 50)])
async def test_in_ascii_and_in_any_window(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tiny.save_bert(tmp_path / "model")
    model = MaskedLM.load(str(folder))
    text = "the cat [MASK] on the mat"
    async with desk(
        tmp_path, text, size=size, loaded=model, model=str(folder), ascii_only=True
    ) as at:
        await at.press("E")
        for keys in (("down",), ("n",), ("e",), ("e", "s"), ("pagedown",)):
            await at.press(*keys)
            assert all(len(line) == size[0] for line in at.screen)
            assert "query → key" in at.text
            assert "effect" in at.text
            assert not set(at.text) & set("█▏▎▍▌▋▊▉▸")
        (line,) = [row for row in at.screen if row.startswith(">")]
        assert "·" in line, "the cursor's line is on screen"


async def test_arrows_are_shown_as_they_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrows, "TOKENS_A_PASS", 9 * 20)  # twenty arrows a pass
    found = direct()
    async with desk(tmp_path, TEXT, size=(100, 30), loaded=loaded()) as at:
        at.client.stops_jobs_at = 20
        await at.pilot.press("E")
        await at.stopped()
        assert "20 of 50 arrows measured, – not yet" in at.text
        begin = 1 + next(at for at, row in enumerate(at.screen) if "query → key" in row)
        numbers = [row.split()[6] for row in at.screen[begin : begin + 20]]
        sizes = [abs(float(number)) for number in numbers]
        assert sizes == sorted(sizes, reverse=True)
        assert at.screen[begin + 20].rstrip().endswith("–"), (
            "those that are still to come are the last"
        )
        screen = at.app.screen
        assert isinstance(screen, ArrowsScreen)
        await at.pilot.press("y")
        about, _ = at.app.clipboard.split("\nlayer\t")
        assert "# 20 of 50 arrows measured." in about.splitlines()
        await at.pilot.press("pagedown", "pagedown")
        assert "effect not measured yet" in at.screen[-2]
        at_hand = at.session.arrows.at_hand
        assert at_hand is not None
        at.client.goes_on.set()
        await at.settle()
        assert "estimate and effect correlate" in " ".join(at.text.split())
        assert "not yet" not in at.text
        await at.press("y")
        assert "arrows measured" not in at.app.clipboard
        now = at.session.arrows.at_hand
        assert now is not None
        assert now.arrow == at_hand.arrow
        end = next(one for one in found.arrows if one.arrow == now.arrow)
        assert now.effects["kl"] == pytest.approx(end.effects["kl"], abs=1e-4)


async def test_what_came_before_it_failed_still_says_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrows, "TOKENS_A_PASS", 9 * 20)  # twenty arrows a pass
    async with desk(tmp_path, f"A {MASK} sat on a {MASK}.", size=(100, 30), loaded=loaded()) as at:
        at.client.stops_jobs_at = 20
        await at.pilot.press("E")
        await at.stopped()
        at.client.report(JobFailed(at.client._last_job, "It is broken."))
        await at.settle()
        found = at.session.arrows.found
        assert found is not None
        named = f"{found.word} over {found.runner_up_word} at {MASK} 1 of 2, logit difference"
        assert at.screen[0].strip().startswith("It is broken. 20 of")
        assert named in " ".join(at.text.split())
        await at.press("y")
        assert f"# {named}, rows as they are: 20 of" in at.app.clipboard
        assert "It is broken" not in at.app.clipboard
        at.client.goes_on.set()
        await at.settle()
