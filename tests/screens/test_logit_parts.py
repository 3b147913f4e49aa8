"""The third page of the lens: what adds up to the chosen candidate's logit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.model import families
from tests.support import Desk, desk, embedded
from tui.analysis.wanted import Target, WantedQuantities
from tui.experiments.logit_parts import ACCOUNTING, TakenApart, logit_parts
from tui.experiments.sweep import sweep
from tui.model.masked_lm import MaskedLM

TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."
PAGE = ("L", "tab", "tab")


def parts() -> TakenApart:
    return logit_parts(embedded(), TEXT)


def row(at: Desk, name: str) -> str:
    """The line of a part."""
    [found] = [line for line in at.screen if re.match(rf"[ ▸>]{name} ", line)]
    return found


async def test_parts_with_their_signs_and_the_sum(tmp_path: Path) -> None:
    expected = parts()
    async with desk(tmp_path, TEXT, size=(80, 24)) as at:
        await at.press(*PAGE)
        assert f"Adds up to “{expected.word}” over “{expected.runner_up_word}”" in at.screen[0]
        ordered = sorted(expected.lead.listed(), key=lambda one: -abs(one.value))
        for part, line in zip(ordered, at.screen[2:16], strict=False):
            assert line[1:].startswith(f"{part.name} ")
            assert f" {part.value:+.3f} " in line
            left, right = line.split("│")
            if abs(part.value) > 0.1 * abs(ordered[0].value):
                assert ("█" in left, "█" in right) == (part.value < 0, part.value > 0)
        assert f"sum{expected.lead.logit:+28.3f} = “{expected.word}” over" in at.text
        assert " ".join(at.text.split()).count("A head's cut is cause") == 1
        await at.press("down")
        assert f"{ordered[1].name}: {ordered[1].value:+.4f}" in at.screen[-2]
        await at.press("d")
        assert f"Adds up to the logit of “{expected.word}”" in at.screen[0]
        assert f"{expected.logit.logit:+.3f} = the logit of" in at.text
        assert ordered[1].name in at.screen[-2], "the line at hand is that of the same part"
        await at.press("r")
        await at.hold("up", 99)
        assert at.screen[2].startswith("▸embeddings")
        assert " layer 1 head 1 " in at.screen[3]
        await at.press("tab")
        assert "What [MASK] would be" in at.screen[0]


async def test_e_puts_effects_beside_heads(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(100, 24)) as at:
        await at.press(*PAGE, "r")
        assert "–" in row(at, "layer 1 head 1")
        assert "–" not in row(at, "layer 1 feed-forward")
        assert "cut: e measures it" in at.screen[1]
        await at.hold("up", 99)
        await at.press("down")
        assert "e measures what cutting it does" in at.screen[-2]
        await at.press("e")
        effect = sweep(embedded(), TEXT).effects["logit-diff"][0, 0]
        assert "cut (mean): what the lead loses" in at.screen[1]
        assert f"{effect:+.3f}" in row(at, "layer 1 head 1")
        await at.press("down", "up")
        assert f"the lead loses {effect:+.4f}" in at.screen[-2]
        await at.press("y")
        lines = [line.split("\t") for line in at.app.clipboard.splitlines()]
        [copied] = [line for line in lines if line[0] == "layer 1 head 1"]
        [other] = [line for line in lines if line[0] == "layer 1 feed-forward"]
        assert float(copied[2]) == pytest.approx(effect, abs=1e-4)
        assert other[2] == ""
        assert ["value", "cut (mean): what the lead loses"] in [line[1:] for line in lines]
        await at.press("J")
        assert "–" in row(at, "layer 1 head 1"), "they were of another candidate"


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (200, 50)])
async def test_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, TEXT, size=size) as at:
        await at.press(*PAGE)
        await at.press("r")
        await at.hold("down", 99)
        assert "▸biases" in at.text
        assert " sum " in at.text
        await at.hold("up", 99)
        assert "▸embeddings" in at.text
        assert all(len(line) == size[0] for line in at.screen)


async def test_in_ascii_bars_still_have_sides(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(80, 24), ascii_only=True) as at:
        await at.press(*PAGE)
        bars = [line[42:] for line in at.screen[2:16]]
        assert all(bar.count("|") == 1 for bar in bars)
        assert any("=|" in bar for bar in bars)
        assert any("|=" in bar for bar in bars)
        assert not set("".join(bars)) - set(" |=")


async def test_another_candidate_is_taken_apart(tmp_path: Path) -> None:
    async with desk(tmp_path, "The [MASK] sat on the [MASK].") as at:
        await at.press(*PAGE, "J")
        first, second = at.session.filling.candidates[:2]
        assert f"Adds up to “{second.label}” over “{first.label}”" in at.screen[0]
        assert "[MASK] 1 of 2" in at.screen[0]
        await at.press("]")
        assert "[MASK] 2 of 2" in at.screen[0]


async def test_an_answer_that_comes_late_is_taken_apart(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        at.client.holding = True
        await at.ask("A dog [MASK] loudly.")
        await at.press(*PAGE)
        before = at.screen[2:9]
        at.client.holding = False
        await at.settle()
        assert at.screen[2:9] != before
        assert f"Adds up to “{at.session.answer.candidates[0][0].label}”" in at.screen[0]


async def test_keys_before_the_parts_are_there(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.pilot.press(*PAGE, "r", "d", "down", "J", "e", "tab", "tab", "tab")
        await at.settle()
        assert f"the logit of “{at.session.filling.candidates[1].label}”" in at.screen[0]
        await at.press("escape")
        assert not at.session.lens.is_open


async def test_a_family_that_cannot_be_taken_apart_keeps_its_other_pages(tmp_path: Path) -> None:
    families.save("albert", tmp_path / "model")
    name = str(tmp_path / "model")
    async with desk(tmp_path, families.TEXT, loaded=MaskedLM.load(name), model=name) as at:
        await at.press(*PAGE)
        assert "A logit is taken apart in models of the plain BERT shape alone" in at.screen[0]
        await at.press("y")
        assert "There is nothing to copy yet" in at.text
        await at.press("tab")
        assert "What [MASK] would be" in at.screen[0]
        assert "p of" in at.screen[1]


async def test_it_works_after_torch_has_taken_over(tmp_path: Path) -> None:
    model = MaskedLM.load()
    model.prepare(WantedQuantities(gradient=Target()))
    async with desk(tmp_path, TEXT, loaded=model) as at:
        await at.press(*PAGE)
        assert f"{parts().lead.logit:+.3f} =" in at.text


def test_what_it_is_worth_fits_in_two_lines_of_80_columns() -> None:
    assert len(ACCOUNTING) < 2 * 76
