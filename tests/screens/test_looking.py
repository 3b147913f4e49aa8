"""How a head is shown: hidden tokens, colours, numbers, overview, the list, copies, the mouse."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from textual.command import CommandList

from tests.support import Desk, desk, embedded
from tui.analysis.hiding import MOSTLY, hide
from tui.dialogs.palette import Palette
from tui.render.depth import Depth
from tui.session.choice import Choice
from tui.session.effects import Redraw
from tui.widgets.text.predictions_table import PredictionsTable
from tui.widgets.text.row_bars import RowBars

COFFEE = "I drank a cup of [MASK] this morning."


def analysed(app: Desk) -> NDArray[np.float32]:
    """The matrix of the head on screen, as the model computed it."""
    reading = app.session.viewing
    matrix: NDArray[np.float32] = embedded().analyze(COFFEE).attention[reading.layer, reading.head]
    return matrix


async def test_hidden_tokens_are_gone_and_their_share_is_shown(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        analysis = embedded().analyze(COFFEE)
        hidden = hide(analysed(app), analysis.special)
        await app.press("t")
        grid = app.main.grid
        assert grid.content is not None
        last = len(analysis.tokens) - 1
        assert grid.content.queries == grid.content.keys == tuple(range(1, last))
        assert set(analysis.masks) <= set(grid.content.queries), "a mask is never hidden"
        assert "hid" in app.text
        for query in grid.content.queries:
            share = f"{hidden.share[query]:.0%}"
            label = analysis.tokens[query].text
            assert re.search(rf"{re.escape(label)} +{share} ", app.text)
        cursor = grid.cursor
        assert f"{hidden.matrix[cursor[0], cursor[1]]:.3f}" in app.status
        assert f"hidden {hidden.share[cursor[0]]:.2f}" in app.status
        await app.press("t")
        assert f"{analysed(app)[cursor[0], cursor[1]]:.3f}" in app.status


async def test_a_picture_shows_what_is_hidden_as_the_screen_does(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("t", "s")
        (picture,) = (tmp_path / "pictures").iterdir()
        assert picture.name == "Attention_Layer1_Head1_perhead_nospecials.png"
        with Image.open(picture) as opened:
            said = " ".join(str(value) for value in opened.info.values())
        assert "special tokens hidden" in said
        assert "[CLS]" not in said


async def test_the_cursor_leaves_a_token_that_is_hidden(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        grid = app.main.grid
        await app.point_at(0, 0)
        await app.press("t")
        assert grid.cursor == (1, 1)
        await app.press("home", "end", "k", "h")
        assert grid.content is not None
        assert grid.cursor[1] in grid.content.keys
        await app.press("asterisk")
        assert app.session.viewing.analysis is not None
        assert not app.session.viewing.analysis.special[grid.cursor[1]]


async def test_a_sentence_of_special_tokens_alone_hides_none(tmp_path: Path) -> None:
    async with desk(tmp_path, "[SEP]") as app:
        await app.press("t")
        assert "nothing but special tokens" in app.status
        assert not app.session.viewing.hides


async def test_rows_that_are_mostly_hidden_are_faint(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        analysis = embedded().analyze(COFFEE)
        shares = hide(analysis.attention, analysis.special).share[:, :, 1:-1]
        layer, head, _ = np.unravel_index(int(shares.argmax()), shares.shape)
        if shares.max() <= MOSTLY:
            pytest.skip("this model rests on no special token")
        await app.press("g", *f"{layer + 1} {head + 1}", "enter")
        await app.press("t")
        content, grid = app.main.grid.content, app.main.grid
        assert content is not None
        faint = grid.get_component_rich_style("grid--faint-cells")
        for line in range(grid._layout.lines):
            (query,) = grid._queries(line)
            (cells,) = grid._cells(line)
            assert content.hidden is not None
            assert (cells.style == faint) == (content.hidden[query] > MOSTLY)


async def test_scales_and_legend_follow_what_is_hidden(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("t")
        reading = app.session.viewing
        largest = reading.displayed.head.matrix.max()
        assert f"█ {largest:.2f}" in app.text or f"█ = {largest:.2f}" in app.text
        await app.press("n", "n")
        assert reading.scale.name == "all heads"
        peak = embedded().analyze(COFFEE).shown_peaks.max()
        assert f"{peak:.2f}" in app.text


@pytest.mark.parametrize("depth", [Depth.TRUECOLOR, Depth.PALETTE, Depth.SIXTEEN])
async def test_ramps_are_cycled_and_named(tmp_path: Path, depth: Depth) -> None:
    async with desk(tmp_path, COFFEE, depth=depth) as app:
        seen = []
        for _ in range(5):
            await app.press("c")
            seen.append(app.status)
        assert [word.rstrip(".") for said in seen for word in said.split()[-1:]] == [
            *("grey", "viridis", "magma", "cividis", "alone"),
        ]


async def test_without_colours_the_key_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE, depth=Depth.NONE) as app:
        await app.press("c")
        assert "Colours are off" in app.status
        assert any(shade in app.text for shade in "░▒▓█")


async def test_numbers_stand_in_the_cells(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE, size=(80, 24)) as app:
        await app.press("number_sign")
        matrix = analysed(app)
        row = "".join(f"{round(100 * weight) or '·':>3}" for weight in matrix[2].tolist())
        assert any(row in line for line in app.screen)
        assert "hundredths" in app.text
        await app.press("number_sign")
        assert not any(row in line for line in app.screen)


async def test_an_overview_takes_half_the_lines(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        grid = app.main.grid
        lines = grid._layout.lines
        await app.press("z")
        assert grid._layout.lines == -(-lines // 2)
        assert grid._layout.cell == 1
        await app.press("j", "j", "l")
        assert grid.cursor[0] == embedded().analyze(COFFEE).masks[0] + 2
        await app.press("z")
        assert grid._layout.lines == lines


async def test_the_row_is_a_sorted_list_that_follows_the_cursor(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("x")
        bars = app.main.query_one(RowBars)
        cursor = app.main.grid.cursor
        row = analysed(app)[cursor[0]]
        assert bars.content.title == "[MASK] attends to"
        assert [bar.weight for bar in bars.content.rows] == sorted(row.tolist(), reverse=True)
        assert bars.content.rows[-1].sum == pytest.approx(1.0, abs=1e-4)
        assert bars.content.at is not None
        assert bars.content.rows[bars.content.at].weight == row[cursor[1]]
        assert f"{bars.content.rows[0].weight:.3f}" in app.text
        await app.press("j", "right")
        assert bars.content.rows[0].weight == analysed(app)[cursor[0] + 1].max()
        await app.press("x")
        assert not app.main.query(RowBars)
        assert app.main.query_one(PredictionsTable).display


async def test_the_list_turns_to_who_attends_to_the_token(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("d")
        bars = app.main.query_one(RowBars)
        cursor = app.main.grid.cursor
        column = analysed(app)[:, cursor[1]]
        token = embedded().analyze(COFFEE).tokens[cursor[1]].text
        assert bars.content.title == f"who attends to {token}"
        assert [bar.weight for bar in bars.content.rows] == sorted(column.tolist(), reverse=True)
        await app.press("d")
        assert bars.content.title == "[MASK] attends to"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
async def test_the_list_has_room_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, COFFEE, size=size) as app:
        await app.press("x")
        bars = app.main.query_one(RowBars).content
        assert bars.at is not None
        best = bars.rows[bars.at]
        assert any(best.token in line and f"{best.weight:.3f}" in line for line in app.screen)
        assert any(shade in app.text for shade in "░▒▓")


async def test_copying_takes_the_readout_the_list_or_the_path(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("y")
        readout = app.app.clipboard
        assert readout.startswith("[MASK] → ")
        assert f"Copied {readout}" in app.status
        await app.press("s")
        await app.press("y")
        assert Path(app.app.clipboard).is_file()
        await app.press("j", "x", "y")
        lines = app.app.clipboard.splitlines()
        assert lines[:2] == [f"# embedded: {COFFEE}", "# Layer 1 · Head 1"]
        assert lines[2] == "this attends to"
        assert [len(line.split("\t")) for line in lines[3:]] == [3] * (len(lines) - 3)


async def test_the_mouse_reads_out_and_moves_the_cursor(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        grid, layout = app.main.grid, app.main.grid._layout
        before = grid.cursor
        place = (layout.label_space + 3 * layout.cell, layout.header + 2 * layout.rise)
        await app.pilot.hover(grid, offset=place)
        await app.settle()
        assert grid.hovered == (2, 3)
        assert grid.cursor == before
        assert f"{analysed(app)[2, 3]:.3f}" in app.status
        await app.pilot.click(grid, offset=place)
        await app.settle()
        assert grid.cursor == (2, 3)
        await app.pilot.hover("#sentence")
        await app.settle()
        assert grid.hovered is None


async def test_high_contrast_and_back(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        usual = app.app.theme
        text = app.text
        await app.press("C")
        assert app.app.theme != usual
        assert app.main.styles.background.rgb == (0, 0, 0)
        assert app.text == text
        await app.press("C")
        assert app.app.theme == usual


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("日本 猫 [MASK] 。", (80, 24)),
        ("👩\u200d🔬 🎉 [MASK] 🏳️\u200d🌈 e\u0301", (40, 12)),
        ("שלום עולם [MASK] مرحبا", (80, 24)),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter [MASK]", (40, 12)),
        ("[MASK]", (40, 12)),
        (" ".join(["word"] * 400) + " [MASK]", (80, 24)),
    ],
    ids=["wide", "joined", "right-to-left", "long", "one", "many"],
)
async def test_tokens_of_any_kind_keep_the_columns(
    tmp_path: Path, text: str, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, text, size=size) as app:
        for keys in (["t"], ["number_sign"], ["number_sign", "z"], ["z", "x"]):
            await app.press(*keys)
            strips = app.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
        await app.press("end", "pagedown", "pagedown", "home", "j", "l")
        assert "→" in app.text


async def test_a_storm_of_resizes_ends_well(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        text = app.text
        for columns, lines in [
            (80, 24),
            (20, 5),
            (300, 100),
            (40, 12),
            (41, 13),
            (39, 11),
            (60, 60),
        ]:
            await app.pilot.resize_terminal(columns, lines)
        await app.pilot.resize_terminal(120, 40)
        await app.settle()
        assert app.text == text


async def test_a_page_of_a_palette_that_is_not_laid_out_is_no_end(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("colon")
        palette = app.app.screen
        assert isinstance(palette, Palette)
        commands = palette.query_one(CommandList)
        assert commands.highlighted == 0
        commands.display = False  # as it is while commands are gathered
        await app.settle()
        commands._line_cache.clear()
        await app.press("pagedown", "pageup", "escape", "escape")
        assert len(app.app.screen_stack) == 1


async def test_saved_attention_is_read_at_once_and_nothing_is_typed(tmp_path: Path) -> None:
    async with desk(tmp_path, model=str(tmp_path / "saved.npz"), answers=False) as app:
        assert app.app.focused is app.main.grid
    async with desk(tmp_path, answers=False) as app:
        assert app.app.focused is app.main.sentence


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (40, 12)])
async def test_how_much_is_full_is_said_at_every_size(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, COFFEE, size=size) as app:
        for said in ("Head 1", "Head 1 × cut"):
            assert re.search(r"per head, █ = 0\.\d+$", app.screen[2].rstrip())
            assert app.session.viewing.head == 0
            assert said in app.screen[2].replace("of 12 ", "").replace("Head 1·1", "Head 1")
            await app.press("space")


@pytest.mark.parametrize(
    ("size", "ends"), [((80, 24), "embedded 6×12 · saved"), ((40, 12), "embedded 6×12…")]
)
async def test_the_model_and_its_state_are_said_whole_or_end_in_a_sign(
    tmp_path: Path, size: tuple[int, int], ends: str
) -> None:
    async with desk(tmp_path, COFFEE, size=size) as app:
        app.session.model.note = "saved"
        app.main.show(Redraw.EVERYTHING)
        await app.settle()
        assert app.screen[0].rstrip().endswith(ends)


async def test_a_click_chooses_the_candidate_under_the_mouse(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        first = next(y for y, shown in enumerate(app.screen) if shown.startswith("  1 "))
        await app.pilot.click(offset=(6, first + 2))
        await app.settle()
        assert app.session.filling.chosen == 2
        await app.pilot.click(offset=(6, first - 1))
        await app.settle()
        assert app.session.filling.chosen == 2


# Comparing


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (62, 24), (50, 24)])
async def test_both_ends_of_a_difference_are_said_at_every_width(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, "The cat [MASK].", size=size) as at:
        await at.perform(list(at.session.comparing.choose(Choice.of_text("The dog [MASK]."))))
        line = next(line for line in at.screen if "A − B" in line)
        assert "≡" in line
        assert "█" in line


async def test_a_long_token_leaves_room_for_what_is_said_of_it(tmp_path: Path) -> None:
    """At 80 columns a word of eighty letters has its weight on screen in every line about it."""
    long = "antidisestablishmentarianism" * 3
    async with desk(tmp_path, f"The {long} [MASK].", size=(80, 24)) as app:
        await app.press("u")
        viewing = app.session.viewing
        at = viewing.labels.index(long)
        await app.point_at(at, at)
        weight = f"{float(viewing.displayed.matrix[at, at]):.3f}"
        assert f"… {weight}" in app.status
        await app.press("x")
        bars = app.main.query_one(RowBars).content
        assert bars.title.endswith("… attends to")
        assert bars.named.endswith(f"{long} attends to")
        assert long in app.main.to_copy[0], "a copy is whole"
