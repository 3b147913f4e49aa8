"""All heads at once, as a person looks for the one that matters."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.support import Desk, desk, embedded
from tui.analysis.columns import LIKENESS
from tui.analysis.labels import TOO_SHORT
from tui.analysis.views import (
    GRADIENT,
    LAYER_MEAN,
    MEAN,
    RAW,
    ROLLOUT,
    VALUE_WEIGHTED,
    VIEWS,
    View,
)
from tui.analysis.wanted import Target
from tui.model.torch_engine.gradients import NO_MASK
from tui.model.worker.protocol import Failed
from tui.screens.focus import FocusScreen
from tui.screens.head_map import MapScreen
from tui.screens.heads import HeadsScreen
from tui.session.boards import TokenFocusState
from tui.widgets.heads.head_map import HeadMap
from tui.widgets.heads.heads_table import HeadsTable
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.heads.token_focus import TokenFocus
from tui.widgets.text.status_line import StatusLine

CAT = "The cat, even with all the chaos, [MASK] quickly."
NO_MASK_HERE = "The cat sat on the mat."


def said(app: Desk) -> str:
    """What the line at the bottom of a board says."""
    line = app.app.screen.query_one("#about", StatusLine)
    return line.said or line.left.plain.strip()


def at(app: Desk) -> tuple[int, int]:
    """The layer and head that the grid shows, counted from 1."""
    found = re.search(r"Layer (\d+) of \d+ · Head (\d+) of", app.text)
    assert found, app.text
    return int(found[1]), int(found[2])


async def look(app: Desk, view: View) -> None:
    """Choose a view in the dialog."""
    shown = app.session.viewing.view
    steps = (VIEWS.index(view) - VIEWS.index(shown)) % len(VIEWS)
    await app.press("v", *["down"] * steps, "enter")
    await app.settle()


async def ask_for(app: Desk, query: str) -> None:
    """Open the table of heads at its field and ask a query there."""
    if not isinstance(app.app.screen, HeadsScreen):
        await app.press("slash")
    field = app.app.screen.query_one(QueryInput)
    app.app.screen.set_focus(field)
    field.value = query
    field.cursor_position = len(query)
    await app.press("enter")


async def focus_at(app: Desk, layer: int, head: int, token: int) -> None:
    """Put the cursor of the focus on a head and a token."""
    board = app.session.heads.board
    assert isinstance(board, TokenFocusState)
    board.cursor = layer, head, token
    await app.perform(app.session.heads.change(lambda: None))


# The map


async def test_the_map_opens_on_the_head_at_hand_and_opens_another(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("right", "down", "m")
        assert isinstance(app.app.screen, MapScreen)
        assert app.app.screen.map.cursor == (1, 1)
        assert app.app.screen.map.shows_thumbnails
        await app.press("right", "down", "down")
        assert said(app).startswith("Layer 4 · Head 3")
        await app.press("enter")
        assert at(app) == (4, 3)
        await app.press("m", "left", "left", "left", "escape")
        assert at(app) == (4, 3), "escape goes nowhere"


async def test_the_map_goes_round_its_edges(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("m", "up", "left", "enter")
        assert at(app) == (6, 12)


async def test_the_map_reads_out_what_is_measured(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        statistics = embedded().analyze(CAT).statistics
        (layer, head), label = next(iter(statistics.labels.items()))
        await app.press("g", *f"{layer + 1} {head + 1}", "enter", "m")
        assert f"Layer {layer + 1} · Head {head + 1}  {label}" in said(app)
        assert f"entropy {statistics.numbers['entropy'][layer, head]:.2f}" in said(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_sinks_label_says_how_many_share_it_where_there_is_room(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    labels = embedded().analyze(CAT).statistics.labels
    (layer, head), label = max(labels.items(), key=lambda one: one[1].alike or (0, 0))
    assert label.alike is not None
    assert label.alike[0] > 1
    assert str(label).endswith(f", as {label.alike[0]} of 72")
    async with desk(tmp_path, CAT, size=size) as app:
        await app.press("g", *f"{layer + 1} {head + 1}", "enter")
        alike = f", one of {label.alike[0]} of 72"
        assert label.words in app.line("words")
        assert (alike in app.screen[3]) == (len(app.line("words")) < size[0]), "it ends the line"
        await app.press("r")
        line = next(one for one in app.screen if one.startswith(f"▸{layer + 1:>3}·{head + 1} "))
        assert label.brief in line
        assert (str(label) in line) == (size[0] > 80)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_short_text_says_so_where_a_label_would_be(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, "The [MASK] sat.", size=size) as app:
        assert "no label in fewer than 8 tokens; strongest: " in app.line("words")
        await app.press("m")
        assert TOO_SHORT in said(app)
        await app.press("escape", "r")
        rows = app.app.screen.query_one(HeadsTable).content.rows
        shown = [line for line in app.screen if "·" in line and TOO_SHORT in line]
        assert len(shown) >= min(len(rows), size[1] - 10)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 60)])
async def test_every_size_shows_all_heads(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, CAT, size=size) as app:
        await app.press("m")
        map_ = app.app.screen.query_one(HeadMap)
        layout = map_.arrangement
        assert layout is not None
        assert (layout.layers, layout.shown) == (6, 6)
        assert layout.label + 12 * (layout.width + 1) + 1 <= size[0]
        assert 1 + 6 * layout.lines <= map_.size.height
        if not layout.has_thumbnails:
            assert "entropy, █ = " in app.text


async def test_shades_follow_the_statistic_and_its_scale(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        numbers = embedded().analyze(CAT).statistics.numbers
        await app.press("m", "n", "n", "n", "n")
        assert f"previous token, █ = {np.nanmax(numbers['prev']):.2f}" in app.text
        shades = app.app.screen.query_one(HeadMap).content
        assert shades is not None
        assert shades.shades is not None
        best = np.unravel_index(numbers["prev"].argmax(), numbers["prev"].shape)
        assert shades.shades[best] == pytest.approx(1.0)
        await app.press("N", "N", "N", "N")
        assert app.app.screen.query_one(HeadMap).shows_thumbnails


async def test_ascii_draws_nothing_else_on_the_boards(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT, ascii_only=True) as app:
        for key in ("m", "f"):
            await app.press(key)
            drawn = [line for line in app.screen[1:-2] if line.strip()]
            assert drawn
            assert all(line.isascii() for line in drawn), drawn
            await app.press("escape")


async def test_a_click_goes_to_a_head_and_another_opens_it(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("m")
        map_ = app.app.screen.query_one(HeadMap)
        layout = map_.arrangement
        assert layout is not None
        place = (layout.label + 2 * (layout.width + 1) + 1, 1 + layout.lines)
        await app.pilot.click(HeadMap, offset=place)
        await app.settle()
        assert map_.cursor == (1, 2)
        await app.pilot.click(HeadMap, offset=place)
        await app.settle()
        assert at(app) == (2, 3)


# The table and the query


async def test_heads_are_ranked_by_any_statistic(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        numbers = embedded().analyze(CAT).statistics.numbers
        await app.press("r", "right", "right", "right", "right")
        assert "ranked by prev" in app.text
        rows = app.app.screen.query_one(HeadsTable).content.rows
        assert len(rows) == 72
        values = [numbers["prev"][row.head] for row in rows]
        assert values == sorted(values, reverse=True)
        layer, head = rows[1].head
        await app.press("down", "enter")
        assert at(app) == (layer + 1, head + 1)


async def test_heads_are_ranked_by_the_weight_from_the_mask_to_the_cursors_token(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, CAT) as app:
        analysis = embedded().analyze(CAT)
        await app.point_at(3, 2)
        await app.press("r")
        while "mask → cat" not in app.text:
            await app.press("right")
        rows = app.app.screen.query_one(HeadsTable).content.rows
        values = [analysis.attention[(*row.head, analysis.masks[0], 2)] for row in rows]
        assert values == sorted(values, reverse=True)


async def test_likeness_and_importance_are_asked_of_the_model(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("right", "down", "r", "u")
        await app.settle()
        assert "ranked by likeness to layer 2, head 2" in app.text
        table = app.app.screen.query_one(HeadsTable)
        assert table.content.rows[0].head == (1, 1)
        assert table.cursor == 0
        await app.press("i")
        await app.settle()
        candidate = embedded().analyze(CAT).candidates[0][0]
        assert f"ranked by importance to {candidate.token}" in app.text
        at_column = table.content.columns.index("importance")
        sizes = [abs(row.numbers[at_column]) for row in table.content.rows]
        assert sizes == sorted(sizes, reverse=True)
        assert app.client.asked == [CAT] * 3
        assert table.columns_shown[:2] == ["importance", "margin"]
        await app.press("i")
        second = embedded().analyze(CAT).candidates[0][1]
        assert f"ranked by margin of {candidate.token} over {second.token}" in app.text
        assert table.columns_shown[:2] == ["margin", "importance"]
        await app.press("left", "right")
        assert app.client.asked == [CAT] * 3, "what is there is not asked for again"


async def test_numbers_that_do_not_come_are_done_without(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        app.client.holding = True
        await app.press("r", "u")
        assert "asking the model" in app.text
        app.client.report(Failed(app.client.awaited or 0, "There is not enough memory."))
        await app.settle()
        assert said(app) == "There is not enough memory."
        assert "ranked by layer and head" in app.text
        await app.press("down")
        assert said(app).startswith("Layer 1 · Head 2"), "it has been read"


async def test_a_query_filters_lights_up_and_is_walked(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        numbers = embedded().analyze(CAT).statistics.numbers
        wanted = [(int(a), int(b)) for a, b in np.argwhere(numbers["cls"] > 0.8)]
        assert len(wanted) > 1
        await ask_for(app, "cls > .8")
        table = app.app.screen.query_one(HeadsTable)
        assert [row.head for row in table.content.rows] == wanted
        assert f"{len(wanted)} of 72 heads" in app.text
        await app.press("escape", "full_stop")
        layer, head = wanted[0]
        assert at(app) == (layer + 1, head + 1)
        assert f"1 of {len(wanted)} heads that meet cls > .8" in app.status
        await app.press("comma")
        layer, head = wanted[-1]
        assert at(app) == (layer + 1, head + 1)
        await app.press("m")
        lit = app.app.screen.query_one(HeadMap).content
        assert lit is not None
        assert lit.lit is not None
        assert [tuple(place) for place in np.argwhere(lit.lit)] == wanted
        assert f"{len(wanted)} meet cls > .8" in app.text
        await app.press("full_stop")
        layer, head = wanted[0]
        assert said(app).startswith(f"Layer {layer + 1} · Head {head + 1}")


async def test_a_wrong_query_points_at_its_place_and_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await ask_for(app, "cls > .8")
        before = app.app.screen.query_one(HeadsTable).content
        await ask_for(app, "cls > .8x and nosuch > 1")
        field = app.app.screen.query_one(QueryInput)
        assert field.has_focus
        assert field.value == "cls > .8x and nosuch > 1"
        assert "At character 9: x cannot stand here; expected one of: a comparison" in said(app)
        assert app.app.screen.query_one(HeadsTable).content is before
        pointer = next(line for line in app.screen if line.strip() == "^")
        under = app.screen[app.screen.index(pointer) - 1]
        assert under[pointer.index("^")] == "x"
        await app.press("escape")
        assert field.value == "cls > .8", "what was asked stands in the field again"


async def test_a_query_that_is_too_long_is_not_taken(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await ask_for(app, "cls > .8")
        await app.press("slash")
        app.app.screen.query_one(QueryInput).insert(" or prev > .5" * 40, 8)
        await app.settle()
        assert app.app.screen.query_one(QueryInput).value == "cls > .8"
        assert "A query has at most 500 characters" in app.text


async def test_completion_offers_names_and_tokens(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("slash", *"pre")
        assert "tab: prev" in app.text
        await app.press("tab", *" > .5 and mask->ca", "tab", *" > 0", "enter")
        assert app.app.screen.query_one(QueryInput).value == "prev > .5 and mask->cat > 0"
        numbers = embedded().analyze(CAT).statistics.numbers
        found = app.app.screen.query_one(HeadsTable).content.rows
        assert len(found) == (numbers["prev"] > 0.5).sum()


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (60, 16), (40, 12)])
async def test_what_a_column_is_is_said_whole_or_ends_in_a_sign(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, CAT, size=size) as app:
        await app.press("r", "u")
        words = LIKENESS.meaning.split()
        heading = next(y for y, line in enumerate(app.screen) if " label" in line)
        shown = " ".join(app.screen[2:heading]).split()
        if size[1] == 24:
            assert shown == words
        else:
            assert shown[-1].endswith("…")
            assert shown[:-1] == words[: len(shown) - 1]
            assert "…" not in shown[:-1]


async def test_what_a_column_is_is_broken_anew_with_the_screen(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT, size=(120, 30)) as app:
        await app.press("r", "u")
        await app.pilot.resize_terminal(70, 30)
        await app.settle()
        assert " ".join(LIKENESS.meaning.split()) in " ".join(app.text.split())


async def test_the_map_says_the_number_that_it_is_shaded_by_before_all_others(
    tmp_path: Path,
) -> None:
    numbers = embedded().analyze(CAT).statistics.numbers
    async with desk(tmp_path, CAT, size=(80, 24)) as app:
        await app.press("m")
        for name, values in numbers.items():
            await app.press("n")
            assert f" · {name} {values[0, 0]:.2f}, " in said(app)
            assert said(app).count(f" {name} ") == 1
        await app.press("e", "J")
        await app.press("e")
        assert " · effect " in app.app.screen.query_one(StatusLine).left.plain


async def test_an_empty_query_shows_all_heads_again(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await ask_for(app, "cls > .8")
        await ask_for(app, "")
        assert "72 of 72 heads" in app.text
        await app.press("escape", "full_stop")
        assert "There is no query to walk" in app.status


async def test_a_query_that_no_head_meets_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await ask_for(app, "prev > 2")
        assert "No head meets prev > 2." in app.text
        await app.press("escape", "full_stop")
        assert "No head meets prev > 2" in app.status


async def test_a_token_that_occurs_twice_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await ask_for(app, "the->cat > .1")
        assert 'the occurs twice: the first is taken, "the#2" is the other.' in app.text


async def test_a_query_goes_along_to_the_next_sentence(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await ask_for(app, "mask->cat > .1")
        await app.press("escape")
        await app.ask("A dog barked at the [MASK].")
        assert "finds no head here" in app.status
        assert "no cat in this sentence" in app.status
        await app.ask("A cat ran from the [MASK].")
        analysis = embedded().analyze("A cat ran from the [MASK].")
        count = (analysis.attention[:, :, analysis.masks[0], 2] > 0.1).sum()
        await app.press("r")
        assert f"{count} of 72 heads" in app.text


async def test_without_a_mask_there_is_no_weight_from_it(tmp_path: Path) -> None:
    async with desk(tmp_path, NO_MASK_HERE) as app:
        await app.press("r")
        table = app.app.screen.query_one(HeadsTable)
        assert "to_cursor" not in table.content.columns
        at_column = table.content.columns.index("context")
        assert np.isnan([row.numbers[at_column] for row in table.content.rows]).all()
        await app.press("i")
        await app.settle()
        assert NO_MASK.removesuffix(".") in said(app)
        await ask_for(app, "mask->cat > .1")
        assert "this sentence has no mask." in said(app)


# One token


async def test_a_token_against_all_heads(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        analysis = embedded().analyze(CAT)
        mask = analysis.masks[0]
        await app.press("f")
        assert isinstance(app.app.screen, FocusScreen)
        matrix = app.app.screen.query_one(TokenFocus)
        assert "Every head's attention from [MASK]" in app.text
        await focus_at(app, 0, 0, 2)
        await app.press("asterisk")
        weights = analysis.attention[:, :, mask, 2]
        layer, head = divmod(int(weights.argmax()), weights.shape[1])
        assert matrix.cursor[:2] == (layer, head)
        assert f"[MASK] → cat {weights.max():.3f}" in said(app)
        await app.press("asterisk")
        second = divmod(int(np.argsort(-weights, axis=None)[1]), weights.shape[1])
        assert matrix.cursor[:2] == second
        await app.press("enter")
        assert at(app) == (second[0] + 1, second[1] + 1)
        assert app.main.grid.cursor == (mask, 2)


async def test_attention_to_a_token(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        analysis = embedded().analyze(CAT)
        mask = analysis.masks[0]
        await app.press("f", "d")
        assert "Every head's attention to [MASK]" in app.text
        await focus_at(app, 2, 3, 2)
        await app.press("right")
        assert f"cat → [MASK] {analysis.attention[2, 4, 2, mask]:.3f}" in said(app)
        await app.press("enter")
        assert at(app) == (3, 5)
        assert app.main.grid.cursor == (2, mask)


async def test_the_cursor_walks_from_layer_to_layer(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT, size=(40, 12)) as app:
        await app.press("f", "left")
        matrix = app.app.screen.query_one(TokenFocus)
        token = matrix.cursor[2]
        assert matrix.cursor == (0, 0, token)
        await focus_at(app, 0, 11, token)
        await app.press("right")
        assert matrix.cursor == (1, 0, token)
        await focus_at(app, 5, 11, token)
        await app.press("right")
        assert matrix.cursor == (5, 11, token)
        assert "6" in app.screen[1]


# Views


async def test_each_view_is_chosen_shown_and_left(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        reading = app.session.viewing
        for view in VIEWS[1:]:
            await look(app, view)
            assert reading.view is view
            grid = app.main.grid.content
            assert grid is not None
            assert reading.analysis is not None
            wanted = view.matrix(reading.analysis.source, 0, 0)
            np.testing.assert_allclose(np.abs(grid.weights), np.abs(wanted))
            assert view.name in app.text
        await app.press("V")
        assert reading.view is VIEWS[-2]
        await app.press("V")
        assert reading.view is VIEWS[-1]


async def test_a_view_goes_along_to_the_next_sentence(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await look(app, ROLLOUT)
        asked = len(app.client.asked)
        await app.ask("A cat ran from the [MASK].")
        assert app.session.viewing.view is ROLLOUT
        assert len(app.client.asked) == asked + 1, "it comes with the answer"


async def test_where_there_are_no_heads_the_keys_say_so(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await look(app, LAYER_MEAN)
        await app.press("right")
        assert "layer mean has no heads" in app.status
        await app.press("down")
        assert app.session.viewing.layer == 1
        await look(app, MEAN)
        await app.press("down")
        assert "mean of all has no layers" in app.status


async def test_the_gradient_follows_the_chosen_candidate(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        first, second, *_ = embedded().analyze(CAT).candidates[0]
        await look(app, GRADIENT)
        reading = app.session.viewing
        assert reading.analysis is not None
        gradient = reading.analysis.derived.gradient
        assert gradient is not None
        assert gradient.target == Target(0, first.id)
        await app.press("J")
        await app.settle()
        gradient = reading.analysis.derived.gradient
        assert gradient is not None
        assert gradient.target == Target(0, second.id)
        assert app.session.filling.chosen == 1, "the choice is not undone by the answer"


async def test_a_view_that_cannot_be_had_is_refused_and_the_grid_stays(tmp_path: Path) -> None:
    async with desk(tmp_path, NO_MASK_HERE) as app:
        before = app.main.grid.content
        await look(app, GRADIENT)
        assert NO_MASK.removesuffix(".") in app.status
        assert "raw weights" in app.status
        assert app.session.viewing.view is RAW
        assert app.main.grid.content is not None
        assert before is not None
        np.testing.assert_allclose(app.main.grid.content.weights, before.weights, atol=1e-6)
        await app.ask(CAT)
        await look(app, GRADIENT)
        assert app.session.viewing.view is GRADIENT
        await app.ask(NO_MASK_HERE)
        assert NO_MASK.removesuffix(".") in app.status
        assert app.session.viewing.view is RAW


async def test_filling_in_and_stepping_back_keep_the_view(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await look(app, VALUE_WEIGHTED)
        await app.press("enter")
        assert app.session.viewing.view is VALUE_WEIGHTED
        await app.press("backspace")
        await app.settle()
        assert app.session.viewing.view is VALUE_WEIGHTED
        assert app.main.sentence.value == CAT


async def test_scales_for_shares_are_passed_over_where_there_are_none(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("n")
        assert app.session.viewing.scale.for_shares
        await look(app, VALUE_WEIGHTED)
        seen = set()
        for _ in range(6):
            seen.add(app.session.viewing.scale.name)
            await app.press("n")
        assert seen == {"per head", "all heads", "per row"}


async def test_what_is_typed_is_not_lost_to_an_answer_that_came_late(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        app.client.holding = True
        await look(app, ROLLOUT)
        assert app.session.viewing.view is RAW, "until what it needs is there"
        await app.press("i", "end", *" and more")
        app.client.holding = False
        await app.settle()
        assert app.session.viewing.view is ROLLOUT
        assert app.main.sentence.value == f"{CAT} and more"
