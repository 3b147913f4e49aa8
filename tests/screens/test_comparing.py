"""Two runs in the app, on the model that ships: what is seen of A, B and A − B."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Input

from tests.support import Desk, desk, embedded
from tui.analysis.alignment import Alignment
from tui.analysis.head_words import head_in_words
from tui.analysis.units import block_name
from tui.dialogs.compare import ComparePicker
from tui.model.worker.protocol import Died
from tui.render.depth import Depth
from tui.storage.data_files import Data, npz_chunks
from tui.widgets.grid.other_grid import OtherGrid
from tui.widgets.text.answer_lines import readout
from tui.widgets.text.compare_line import CompareLine
from tui.widgets.text.predictions_table import PredictionsTable
from tui.widgets.text.row_bars import RowBars

TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."
OTHER = "The cat, even with all the chaos, [MASK] quickly."


def line(at: Desk) -> str:
    """The line that says what B is; empty if it is not there."""
    found = at.main.query_one(CompareLine)
    return (
        "".join(segment.text for segment in found.render_line(0)).strip() if found.display else ""
    )


async def compares(at: Desk, typed: str = "chaos") -> None:
    """Press the key, type what finds a sentence, and press enter."""
    await at.press("=")
    await at.press(*typed, "enter")
    await at.settle()


async def test_the_dialog_offers_fillers_first_and_takes_what_is_typed(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("=")
        assert isinstance(at.app.screen, ComparePicker)
        first, second = (one.label for one in at.session.filling.candidates[:2])
        assert f"{first} − {second}" in at.text
        assert at.text.index("Two fillings") < at.text.index("Another sentence")
        assert "The same without the cuts" not in at.text, "nothing is cut"
        await at.press(*"A dog [MASK] here.")
        assert "compare with A dog [MASK] here." in at.text
        await at.press("enter")
        assert line(at).startswith("B: A dog [MASK] here.")


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (80, 24), (120, 40)])
async def test_the_dialog_says_how_to_get_away_at_every_size(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, TEXT, size=size) as at:
        await at.press("=")
        [hint] = [one for one in at.screen if "enter: " in one]
        assert re.search(r"· esc close *│", hint)
        await at.press(*"A dog [MASK] in a garden, where nobody had ever seen one, and so on.")
        [hint] = [one for one in at.screen if "enter: " in one]
        assert re.search(r"… · esc close *│", hint) or size[0] == 120


async def test_all_three_sides_are_seen_and_the_numbers_are_theirs(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await compares(at)
        assert "B: The cat, even with all the chaos" in line(at)
        assert "A − B" in at.line("place")
        assert any("unaligned"[:3] in one for one in at.screen) or "unalig" in at.text
        await at.press("B")
        a = embedded().analyze(TEXT).attention[0, 0]
        query, key = at.session.viewing.cursor
        assert f"{a[query, key]:.3f}" in at.status
        assert "A · " in at.line("place")
        await at.press("B")
        assert "B · " in at.line("place")
        assert at.main.grid.content is not None
        b = embedded().analyze(OTHER)
        assert np.allclose(at.main.grid.content.weights, b.attention[0, 0], atol=1e-6)
        assert at.main.grid.content.labels == tuple(token.label for token in b.tokens)


async def test_the_line_of_words_is_about_the_run_that_is_seen(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await compares(at)
        of_a = head_in_words(embedded().analyze(TEXT), (0, 0))
        of_b = head_in_words(embedded().analyze(OTHER), (0, 0))
        assert of_a != of_b
        assert at.line("words").startswith(f"A: 1·1 · {of_a}")
        await at.press("B")
        assert at.line("words").startswith(f"1·1 · {of_a}")
        await at.press("e", "B")
        assert at.line("words").startswith(f"B: 1·1 · {of_b}")
        assert "by effect" not in at.line("words"), "which is A's"


async def test_equals_twice_takes_the_sentence_before_and_later_the_choice_before(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.ask(OTHER)
        await at.press("=")
        await at.press("=")
        await at.settle()
        assert at.session.comparing.b is not None
        first = at.session.comparing.b.text
        await at.press("!")
        assert line(at) == ""
        await at.press("=")
        await at.press("=")
        await at.settle()
        assert at.session.comparing.b is not None
        assert at.session.comparing.b.text == first


async def test_candidates_of_both_stand_side_by_side(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await compares(at)
        rows = at.main.query_one(PredictionsTable).content.compared
        own = [one.label for one in at.session.filling.candidates]
        both = rows[: len(own)]
        assert [one.token for one in both] == own
        shown = next(one for one in at.screen if both[0].token in one)
        assert f"{both[0].now:.3f}" in shown
        assert f"{both[0].before:.3f}" in shown


async def test_two_fillers_need_no_alignment(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("=")
        await at.press("enter")
        await at.settle()
        assert at.session.comparing.alignment.is_identity
        assert "unaligned" not in at.text


async def test_the_whole_model_beside_the_cut_one(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("space")
        await at.press("=")
        await at.press(*"whole", "enter")
        await at.settle()
        assert "nothing cut" in line(at)
        difference = at.session.comparing.difference.displayed.matrix
        assert not difference.any(), "a cut changes no attention in its own layer"
        await at.press("down")
        assert at.session.comparing.difference.displayed.matrix.any()


async def test_from_140_columns_a_and_b_stand_side_by_side(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(150, 44)) as at:
        await compares(at)
        assert not at.main.query(OtherGrid)
        await at.press("B")
        other = at.main.query_one(OtherGrid)
        await at.settle()
        assert other.size.width > 30
        assert "despite" in at.text
        assert "chaos" in at.text.split("B: ")[1]
        await at.press("right")
        content = other._grid.content
        assert content is not None
        assert np.allclose(content.weights, embedded().analyze(OTHER).attention[0, 1], atol=1e-6)
        await at.press("B", "B")
        assert not at.main.query(OtherGrid)


async def test_what_cannot_be_read_is_one_sentence_and_a_stays(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("=")
        await at.press(*"missing.npz", "enter")
        await at.settle()
        assert "missing.npz" in at.status
        assert line(at) == ""
        assert at.session.comparing.choice is None


async def test_saved_attention_is_a_b_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "saved.npz"
    analysis = embedded().analyze(OTHER)
    layers, heads = (tuple(range(count)) for count in analysis.attention.shape[:2])
    data = Data(analysis, analysis.attention, layers, heads, "raw weights")
    file.write_bytes(b"".join(npz_chunks(data)))
    async with desk(tmp_path, TEXT) as at:
        await at.press("=")
        at.app.screen.query_one(Input).value = str(file)
        await at.press("enter")
        await at.settle()
        assert at.session.comparing.b is not None
        assert at.session.comparing.b.text == OTHER
        assert "A − B" in at.line("place")


async def test_an_answer_that_comes_while_the_dialog_is_open_ends_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        at.client.holding = True
        await at.press("i")
        at.main.sentence.value = OTHER
        await at.press("enter")
        await at.press("=")
        at.client.holding = False
        await at.settle()
        assert isinstance(at.app.screen, ComparePicker)
        first, second = (one.label for one in at.session.filling.candidates[:2])
        assert f"{first} − {second}" in at.text  # of the answer that came
        await at.press("enter")
        await at.settle()
        assert at.session.answer.text == OTHER.replace("[MASK]", first)
        assert at.session.comparing.choice is not None


async def test_a_death_in_between_leaves_what_is_there(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await compares(at)
        at.client.report(Died("The model's process ended.", restarted=True))
        await at.settle()
        assert "A − B" in at.line("place")
        await at.press("B", "j", "l", "n", "t", "u", "#", "x")
        await at.settle()


@pytest.mark.parametrize("size", [(40, 12), (60, 20), (80, 24), (200, 60)])
async def test_at_every_size_and_without_colours(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, TEXT, size=size, depth=Depth.NONE, ascii_only=True) as at:
        await compares(at)
        for _ in range(3):
            await at.press("B")
            await at.settle()
            assert all(len(one) == size[0] for one in at.screen)


# The words around the grid


async def test_with_special_tokens_hidden_the_screen_says_how_much_of_both(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(110, 40)) as at:
        await compares(at)
        assert "hidden" not in at.status
        await at.press("t")
        content, seen = at.main.grid.content, at.session.comparing.difference
        assert content is not None
        assert content.hidden is not None
        a, b = seen.displayed.hidden_of_both or ((), ())
        row = seen.cursor[0]
        assert f"hidden {a[row]:.2f} in A, {b[row]:.2f} in B" in at.status
        label = content.labels[row]
        [shown] = [one for one in at.screen if f"{label} " in one and "%" in one and "→" not in one]
        assert f"{max(a[row], b[row]):.0%}" in shown


async def test_what_one_side_has_not_is_no_number_and_has_no_sum(tmp_path: Path) -> None:
    """All of A has a partner, so that A has no row of what has none."""
    async with desk(tmp_path, "The cat [MASK] there.", size=(110, 40)) as at:
        await compares(at, "The old cat [MASK] there.")
        await at.press("x")
        seen = at.session.comparing.difference
        last = len(seen.labels) - 1
        for column in range(last + 1):
            await at.point_at(last, column)
            assert at.status.startswith(f"unaligned → {seen.labels[column]} no number")
            assert "sums to" not in at.status
            assert "row:" not in at.status
            assert "nan" not in at.text
            await at.press("y")
            assert at.app.clipboard.endswith("\nA − B · unaligned attends to")
        await at.press("x", "y")
        assert at.app.clipboard.endswith("no number")
        assert "nan" not in at.app.clipboard
        for row in range(last):
            await at.point_at(row, last)
            assert at.status.endswith("the row sums to 0.00"), "nothing has no sign"


async def test_what_is_hidden_is_none_of_a_rows_strongest(tmp_path: Path) -> None:
    async with desk(tmp_path, "cat", size=(120, 40)) as at:
        await compares(at, "dog [MASK]")
        await at.press("t")
        assert "row: " in at.status
        assert "[CLS]" not in at.status
        assert "[SEP]" not in at.status


async def test_a_part_without_a_partner_is_said_to_be_empty(tmp_path: Path) -> None:
    async with desk(tmp_path, "A dog barks ||| it sleeps", size=(120, 40)) as at:
        await compares(at, "A dog barks")
        comparing, a = at.session.comparing, at.session.answer
        first = sum(token.sentence == 0 for token in a.tokens)
        found = comparing.alignment
        pairs = tuple(pair for pair in found.pairs if pair[0] < first)
        await at.perform(list(comparing.correct(Alignment(pairs, found.left, found.right))))
        said = []
        for _ in range(4):
            await at.press("b")
            assert "nan" not in at.text
            name = block_name(comparing.difference.shown_block)
            assert name in at.line("place")
            await at.point_at(0, 0)
            said.append((name, f"no token of {name} has a partner" in at.status))
        assert said == [("A→B", True), ("B→A", True), ("A→A", False), ("B→B", True)]


async def test_what_is_copied_is_what_is_seen_and_says_of_which_side(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("y")
        assert "·" not in at.app.clipboard, "nothing is compared"
        await compares(at)
        for side in ("A − B", "A", "B"):
            seen = at.session.comparing.shown
            shown = readout(seen, seen.cursor)
            await at.press("j", "k")
            assert at.status.startswith(shown)
            await at.press("y")
            assert at.app.clipboard == f"{side} · {shown}"
            await at.press("x")
            bars = at.main.query_one(RowBars)
            title = f"{side} · {seen.labels[seen.cursor[0]]} attends to"
            assert bars.content.title == title
            assert any(title in one for one in at.screen)
            await at.press("y")
            lines = [one for one in at.app.clipboard.splitlines() if not one.startswith("# ")]
            assert lines[0] == title
            row = seen.displayed.matrix[seen.cursor[0]]
            assert [float(one.split("\t")[1]) for one in lines[1:]] == pytest.approx(
                sorted(row.tolist(), key=abs, reverse=True), abs=1e-6
            )
            await at.press("x", "B")


async def test_what_is_copied_says_what_changes_its_numbers(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await compares(at)
        await at.press("t", "u", "y")
        assert at.app.clipboard.startswith("A − B, words, special tokens hidden · ")
        await at.press("B", "j", "y")
        assert at.app.clipboard.startswith("A, words, special tokens hidden · ")
        await at.press("!", "j", "x", "y")
        about, row = at.app.clipboard.split("\nwords, special tokens hidden · ")
        assert about.startswith(f"# embedded: {TEXT}\n# Layer 1 · Head 1")
        assert row.startswith(". attends to\n")


async def test_a_wide_screen_copies_a_beside_which_b_stands(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(150, 44)) as at:
        await compares(at)
        await at.press("B", "B")
        assert at.session.comparing.shown_side == "B"
        await at.press("j", "y")
        viewing = at.session.viewing
        assert at.app.clipboard == f"A · {readout(viewing, viewing.cursor)}"
