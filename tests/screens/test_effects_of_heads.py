"""The effect of cutting each head in the app, on the model that ships."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image

from tests.screens.test_finding import ask_for, said
from tests.support import Desk, desk, embedded
from tui.analysis.interventions import CutHead
from tui.errors import ModelError
from tui.experiments.measures import MEASURES
from tui.experiments.sweep import Sweep, sweep
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.engine import NO_GATES
from tui.model.worker.protocol import JobSoFar
from tui.screens.head_map import MapScreen
from tui.screens.heads import HeadsScreen
from tui.widgets.heads.head_map import HeadMap
from tui.widgets.heads.heads_table import HeadsTable

COFFEE = "I drank a cup of [MASK] this morning."


@cache
def direct() -> Sweep:
    """The same effects, measured without the app."""
    return sweep(embedded(), COFFEE)


def column(app: Desk) -> dict[tuple[int, int], float]:
    """The numbers of the column `effect`, in the order of the table."""
    content = app.app.screen.query_one(HeadsTable).content
    at = content.columns.index("effect")
    return {row.head: row.numbers[at] for row in content.rows}


async def test_the_table_has_the_sweeps_numbers_and_is_ranked_by_them(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("r", "e")
        for measure in MEASURES:
            shown, wanted = column(app), direct().effects[measure.slug]
            assert len(shown) == wanted.size
            for head, number in shown.items():
                assert number == np.float32(wanted[head])
            numbers = list(shown.values())
            assert numbers == sorted(numbers, reverse=True)
            assert app.app.screen.query_one(HeadsTable).columns_shown[0] == "effect"
            assert measure.name in said(app)
            await app.press("e")
        best = next(iter(column(app)))
        await app.press("j", "k")
        assert f"Layer {best[0] + 1} · Head {best[1] + 1}" in said(app)
        assert f"effect {direct().effects['logit-diff'][best]:.2f}, 1st of 72" in said(app)
        assert "cut alone" in app.text, "the column's meaning"


async def test_it_says_whose_effect_it_is_and_what_single_ones_come_to(tmp_path: Path) -> None:
    found = direct()
    async with desk(tmp_path, COFFEE) as app:
        await app.press("e")
        sentence = app.status
        assert f"Effect on {found.word} over {found.runner_up_word}, logit diff" in sentence
        assert "heads cut to their mean" in sentence
        assert f"add up to {found.total(MEASURES[0]):.3g}; cutting all heads" in sentence
        await app.press("m")
        assert said(app) == sentence
        await app.press("escape", "r")
        assert said(app) == sentence


async def test_the_map_is_shaded_by_it_and_tells_negative_ones_apart(tmp_path: Path) -> None:
    effects = direct().effects["logit-diff"]
    full = np.abs(effects).max()
    async with desk(tmp_path, COFFEE) as app:
        await app.press("m", "e")
        assert isinstance(app.app.screen, MapScreen)
        content = app.app.screen.query_one(HeadMap).content
        assert content is not None
        assert content.shades is not None
        assert content.below is not None
        np.testing.assert_allclose(content.shades, np.abs(effects) / full, rtol=1e-5)
        assert np.array_equal(content.below, effects.astype(np.float32) < 0)
        assert f"█ = {full:.2f}, ≡ below 0: effect on" in app.screen[0]
        layers = "".join(app.screen[1:-3])
        seen = -effects / full > 0.2
        assert any(glyph in layers for glyph in "·-=≡") == seen.any()
        await app.press("n")
        assert app.app.screen.map.shows_thumbnails
        await app.press("N")
        assert "effect on" in app.screen[0]


async def test_progress_is_shown_and_escape_cancels(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.stops_jobs_at = 12
        await app.pilot.press("e")
        await app.stopped()
        assert "cutting heads 12 of" in app.text
        await app.press("escape")
        app.client.goes_on.set()
        await app.settle()
        assert app.status.endswith("of 72 heads were cut before it was cancelled; e goes on.")
        app.client.stops_jobs_at = None
        await app.press("e")
        assert "Effect on" in app.status
        assert app.session.effects.found is not None
        assert app.session.effects.found.is_whole


async def test_effects_that_come_late_are_dropped(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.stops_jobs_at = 12
        await app.press("r")
        await app.pilot.press("e")
        await app.stopped()
        await app.press("escape", "J")
        assert app.status.startswith("Another candidate: the heads are not cut to the end")
        app.client.goes_on.set()
        await app.settle()
        assert app.session.effects.found is None
        await app.press("r")
        assert "effect" not in app.app.screen.query_one(HeadsTable).content.columns


async def test_beside_a_head_that_is_cut(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("e", "space")
        assert "Something else is cut: those effects are gone" in app.status
        await app.press("r", "e")
        cut = (CutHead(0, 0),)
        chosen = app.session.filling.target.token
        wanted = sweep(embedded(), COFFEE, interventions=cut, token=chosen).effects["logit-diff"]
        for head, number in column(app).items():
            assert number == np.float32(wanted[head])
        assert column(app)[0, 0] == 0


async def test_queries_ask_for_effects(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await ask_for(app, "effect > .05 and cls > .3")
        assert "effect is not measured here: press e first" in said(app)
        await app.press("escape", "e")
        await ask_for(app, "effect > .05 and cls > .3")
        assert isinstance(app.app.screen, HeadsScreen)
        shares = app.session.answer.statistics.numbers["cls"]
        wanted = (direct().effects["logit-diff"] > 0.05) & (shares > 0.3)
        assert set(column(app)) == {tuple(at) for at in np.argwhere(wanted).tolist()}
        assert re.search(rf"{int(wanted.sum())} of 72 heads", app.screen[0])


async def test_without_a_mask_it_says_how_to_get_one(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat sat.") as app:
        await app.press("e")
        assert "There is no [MASK] in this sentence" in app.status
        assert "w masks" in app.status


async def test_a_family_whose_heads_cannot_be_cut_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise ModelError(NO_GATES)

    async with desk(tmp_path, COFFEE) as app:
        await app.press("r")
        monkeypatch.setattr(MaskedLM, "scores", refuse)
        await app.press("e")
        assert said(app) == NO_GATES
        assert "ranked by layer and head" in app.text


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
async def test_in_ascii_and_in_any_window(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, COFFEE, size=size, ascii_only=True) as app:
        for keys in (("m", "e"), ("n",), ("N",), ("escape", "r", "e"), ("e",)):
            await app.press(*keys)
            assert all(len(line) == size[0] for line in app.screen)
            assert "effec" in app.text.casefold()


async def test_both_ways_stand_side_by_side(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("r", "e")
        await app.press("Z")
        assert "still those of heads cut to their mean" in said(app)
        await app.press("e")
        table = app.app.screen.query_one(HeadsTable)
        assert table.columns_shown[:2] == ["effect_zero", "effect_mean"]
        assert table.content.ranked_by == "effect_zero"
        by_zero = sweep(embedded(), COFFEE, by="zero").effects["logit-diff"].astype(np.float32)
        by_mean = direct().effects["logit-diff"].astype(np.float32)
        at = [table.content.columns.index(f"effect_{by}") for by in ("zero", "mean")]
        for row in table.content.rows:
            shown = [row.numbers[place] for place in at]
            assert shown == [by_zero[row.head], by_mean[row.head]]
        assert "(Spearman's ρ" in " ".join(app.text.split())


async def test_estimates_stand_beside_the_effect(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("r", "i", "e")
        columns = app.app.screen.query_one(HeadsTable).content.columns
        assert columns[:3] == ("effect", "margin", "importance")


# Before the end


async def test_the_map_shows_what_is_measured_before_the_end(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.stops_jobs_at = 12
        await app.press("m")
        await app.pilot.press("e")
        await app.stopped()
        assert "12 of 72 heads measured, – not yet: █ = " in app.screen[0]
        content = app.app.screen.query_one(HeadMap).content
        assert content is not None
        assert content.shades is not None
        assert content.absent is not None
        here = ~content.absent
        assert here[0].all(), "the layer at hand is the first"
        assert here.sum() == 12
        assert content.shades.max() == 1
        wanted = np.abs(direct().effects["logit-diff"][0])
        np.testing.assert_allclose(content.shades[0], wanted / wanted.max(), atol=1e-3)
        layers = "\n".join(app.screen[2:-3])
        assert layers.count("–") == 60
        assert "1st of 12 measured" in app.text or "of 12 measured" in said(app)
        await app.press("down")
        assert "effect not measured yet" in said(app)
        app.client.goes_on.set()
        await app.settle()
        assert "measured" not in app.screen[0]
        assert "–" not in "".join(app.screen[2:-3])


async def test_the_table_ranks_what_is_measured_before_the_end(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.stops_jobs_at = 12
        await app.press("r")
        await app.pilot.press("e")
        await app.stopped()
        shown = column(app)
        known = [number for number in shown.values() if number == number]
        assert len(known) == 12
        assert [*shown.values()][:12] == known == sorted(known, reverse=True)
        assert "effect: 12 of 72 heads measured" in app.screen[0]
        assert "1st of 12 measured" in said(app)
        await ask_for(app, "effect < 99")
        assert len(column(app)) == 12
        assert isinstance(app.app.screen, HeadsScreen)
        await app.press("y")
        told = app.app.clipboard.split("\nlayer\t", 1)[0].splitlines()
        assert "# effect: 12 of 72 heads measured" in told
        await ask_for(app, "")
        app.client.goes_on.set()
        await app.settle()
        assert len([number for number in column(app).values() if number == number]) == 72
        assert "heads measured" not in app.screen[0]
        await app.press("y")
        assert "heads measured" not in app.app.clipboard


@pytest.mark.parametrize(
    "keys",
    [("f",), ("L",), ("question_mark",), ("colon",), ("g",), ("o",), ("E",), ("equals_sign",)],
)
async def test_a_part_that_comes_under_another_screen_waits_there(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.stops_jobs_at = 12
        await app.pilot.press("e")
        await app.stopped()
        found = app.session.effects.found
        assert found is not None
        number = app.client._last_job
        await app.pilot.press(*keys)
        app.client.report(JobSoFar(number, found))
        await app.idle()
        assert app.session.effects.found is found
        await app.pilot.press("escape")
        app.client.report(JobSoFar(number, found))
        await app.idle()
        assert app.app.is_running
        app.client.goes_on.set()
        await app.settle()
        assert app.session.effects.found is not None
        assert app.session.effects.found.is_whole


@pytest.mark.parametrize("size", [(40, 12), (120, 40), (200, 50)])
async def test_the_main_screen_places_the_head_among_those_measured(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, COFFEE, size=size) as app:
        app.client.stops_jobs_at = 12
        await app.pilot.press("e")
        await app.stopped()
        if size[1] > 24:
            assert "of 12 measured by effect on" in app.text
        await app.press("right")
        await app.press("down")
        assert "of 12 measured by effect" not in app.text, "this head is not measured"
        if size[0] == 200:
            seen = [app.text]
            for _ in range(2):
                await app.press("backslash")
                seen.append(app.text)
            assert any("effect: 12 of 72 heads" in text for text in seen)
        app.client.goes_on.set()
        await app.settle()
        if size[1] > 24:
            assert "of 72 by effect on" in app.text


async def test_a_picture_of_a_part_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.stops_jobs_at = 12
        await app.press("m")
        await app.pilot.press("e")
        await app.stopped()
        readout, _ = app.app.screen.to_copy  # type: ignore[attr-defined]
        assert readout.endswith(" · effect: 12 of 72 heads measured.")
        await app.press("p")
        await app.settle()
        [picture] = (tmp_path / "pictures").glob("*.svg")
        assert "12 of 72 heads measured" in picture.read_text().replace("&#160;", " ")
        with Image.open(picture.with_suffix(".png")) as image:
            told = " ".join(str(one) for one in image.info.values())
        assert "effect: 12 of 72 heads measured." in told
        app.client.goes_on.set()
        await app.settle()


async def test_each_way_to_cut_heads_is_said_of_its_own_column(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press_each("e", "Z", "e", "r", "i", "y")
        lines = app.app.clipboard.split("\nlayer\t")[0].split("\n# ")
        about = dict(line.split(": ", 1) for line in lines if ": " in line)
        assert "heads cut to their mean" in about["effect_mean"]
        assert "heads cut to zero" in about["effect_zero"]
        assert about["effect_mean"].split("add up to")[1] != about["effect_zero"].split("add up")[1]
        assert any(line.startswith("By zero and by mean heads rank alike") for line in lines)
        chosen = app.session.filling.candidates[0].label
        assert chosen in about["importance"]
        assert chosen in about["margin"]
        session = app.session
        assert about["to_cursor"] == f"mask → {session.viewing.labels[session.viewing.cursor[1]]}"
        for name, way in (
            ("effect_mean", "heads cut to their mean"),
            ("effect_zero", "cut to zero"),
        ):
            for _ in range(40):
                if session.heads.search.column.name == name:
                    break
                await app.press("right")
            assert session.heads.search.column.name == name
            assert f"ranked by {session.named(session.heads.search.column)}" in app.screen[0]
            assert way in session.named(session.heads.search.column)


async def test_estimates_say_at_which_of_several_masks(tmp_path: Path) -> None:
    async with desk(tmp_path, "A [MASK] and a [MASK].") as app:
        await app.press_each("right_square_bracket", "r", "i", "y")
        [line] = [one for one in app.app.clipboard.splitlines() if one.startswith("# importance")]
        assert line.endswith(" at [MASK] 2 of 2, estimated")
