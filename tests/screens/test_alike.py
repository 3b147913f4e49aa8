"""All screens alike: `p`, `y` and `?` work on each, and show what belongs to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.support import Desk, desk
from tui.experiments.arrows import FIRST_ORDER
from tui.experiments.lens import WORTH
from tui.experiments.logit_parts import ACCOUNTING
from tui.screens.help import HelpScreen
from tui.text import MASK
from tui.themes import LIGHT, LIGHT_CONTRAST, USUAL

TEXT = "The cat, despite the noise, [MASK] gracefully."
SCREENS = {
    "map": (("m",), "On the map of heads"),
    "table": (("r",), "In the table of heads"),
    "focus": (("f",), "Where one token stands against all heads"),
    "lens": (("L",), "In the lens"),
    "grid": ((), "Wherever no text field has the focus"),
}
IN_TEXT = {
    "note": (("a",), "In a note"),
    "sentence": (("i",), "Wherever no text field has the focus"),
    "query": (("/",), "In the table of heads"),
}


def copied(at: Desk) -> list[list[str]]:
    """The sentences above the list that was copied, then its lines, by their columns."""
    lines = at.app.clipboard.split("\n")
    about = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    assert about[0] == f"embedded: {at.session.answer.text}"
    return [about, *(line.split("\t") for line in lines[len(about) :])]


def pictures(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "pictures").glob("Screen_*.png"))


def first_title(at: Desk) -> str:
    """The first line of the help below its field; beside it stands what it lies over."""
    return at.screen[3]


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_dialog_that_was_open_moves_nothing(tmp_path: Path, screen: str) -> None:
    """A dialog's rules are read when it first opens, and then hold for every screen."""
    keys, _ = SCREENS[screen]
    async with desk(tmp_path, TEXT, size=(80, 24)) as at:
        await at.press_each(*keys)
        before = at.screen
        await at.press("escape" if keys else "j")
        for key in ("W", "o", "v", "a", "?"):
            await at.press_each(key, "escape")
        await at.press_each(*keys or "k")
        assert at.screen == before


@pytest.mark.parametrize("screen", SCREENS)
async def test_p_y_and_help_work_on_every_screen(tmp_path: Path, screen: str) -> None:
    keys, title = SCREENS[screen]
    async with desk(tmp_path, TEXT) as at:
        await at.press_each(*keys)
        shown = at.app.screen
        await at.press("y")
        assert at.app.clipboard
        assert "Copied" in at.text
        await at.press("p")
        assert pictures(tmp_path) == ["Screen_Layer1_Head1.png"]
        assert "Saved" in at.text
        await at.press("?")
        assert isinstance(at.app.screen, HelpScreen)
        assert title in first_title(at)
        await at.press("escape")
        assert at.app.screen is shown


@pytest.mark.parametrize("screen", IN_TEXT)
async def test_where_letters_are_text_function_keys_do_the_same(
    tmp_path: Path, screen: str
) -> None:
    keys, title = IN_TEXT[screen]
    async with desk(tmp_path, TEXT) as at:
        await at.press_each(*keys)
        shown = at.app.screen
        await at.press("f9")
        assert "Copied" in at.text
        await at.press("f8")
        assert pictures(tmp_path) == ["Screen_Layer1_Head1.png"]
        await at.press("f1")
        assert title in first_title(at)
        await at.press("f1")
        assert at.app.screen is shown


@pytest.mark.parametrize(
    ("field", "said"),
    [("i", "tab grid  f1 help  ctrl+q quit"), ("/", "enter filter  tab complete  esc close")],
)
async def test_where_letters_are_text_the_keys_named_are_none(
    tmp_path: Path, field: str, said: str
) -> None:
    async with desk(tmp_path, TEXT, size=(80, 24)) as at:
        await at.press(field)
        assert said in at.screen[-1]
        assert "f1 help" in at.screen[-1]
        assert "? help" not in at.screen[-1]
        await at.press("escape" if field == "/" else "tab")
        assert "? help" in at.screen[-1]
        assert "f1 help" not in at.screen[-1]


async def test_beside_the_claim_letters_are_keys(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("a")
        await at.press(*"mine")
        await at.press("tab", "y")
        assert at.app.clipboard.startswith("mine")
        await at.press("p")
        assert pictures(tmp_path)
        await at.press("?")
        assert "In a note" in first_title(at)


async def test_the_table_is_copied_as_rows(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("/", *"layer = 2", "enter", "y")
        _, header, *rows = copied(at)
        assert header[:4] == ["layer", "head", "label", "entropy"]
        assert len(rows) == 12
        assert all(len(row) == len(header) and row[0] == "2" for row in rows)
        entropy = at.session.answer.statistics.numbers["entropy"]
        for row in rows:
            assert float(row[3]) == pytest.approx(entropy[1, int(row[1]) - 1], rel=1e-4)


async def test_the_map_s_head_is_copied(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("m", "right", "down", "y")
        assert at.app.clipboard.startswith("Layer 2 · Head 2")
        assert "entropy" in at.app.clipboard


async def test_the_focus_s_row_is_copied(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("f", "y")
        _, header, *rows = copied(at)
        query, key = at.app.screen.state.cell  # type: ignore[attr-defined]
        labels = [token.label for token in at.session.answer.tokens]
        assert header == ["layer", "head", f"{labels[query]} → {labels[key]}"]
        attention = at.session.answer.attention
        assert len(rows) == attention.shape[0] * attention.shape[1]
        for layer, head, weight in rows:
            there = attention[int(layer) - 1, int(head) - 1, query, key]
            assert float(weight) == pytest.approx(there, rel=1e-4, abs=1e-6)


async def test_the_lens_s_rows_are_copied(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press_each("L", "y")
        about, header, *rows = copied(at)
        assert WORTH in about
        assert header[0] == "layer"
        assert [row[0] for row in rows] == [str(layer) for layer in range(7)]
        await at.press("tab")
        await at.press("y")
        about, header, *rows = copied(at)
        assert WORTH in about
        assert len(header) == 8
        assert [row[0] for row in rows] == [token.label for token in at.session.answer.tokens]


async def test_a_list_says_what_its_reader_must_know(tmp_path: Path) -> None:
    async with desk(tmp_path, f"{TEXT} It was {MASK}.") as at:
        await at.press_each("space", "L", "tab", "tab", "y")
        about, *_ = copied(at)
        assert ACCOUNTING in about
        assert any(line.startswith("Adds up to") and "[MASK] 1 of 2" in line for line in about)
        is_cut = "Not the model as it is: cut (mean of 200 sentences): 1·1."
        assert is_cut in about
        await at.press_each("escape", "r", "e", "y")
        about, *_ = copied(at)
        assert is_cut in about
        [effect] = [line for line in about if line.startswith("effect: ")]
        found = at.session.effects.found
        assert found is not None
        for fact in (found.word, found.runner_up_word, "[MASK] 1 of 2", "logit difference", "mean"):
            assert fact in effect
        await at.press_each("escape", "E", "y")
        about, *_ = copied(at)
        assert FIRST_ORDER in about
        assert is_cut in about


# The help


async def test_the_help_finds_what_is_typed(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("?", *"colour ramp")
        assert "next colour ramp" in at.text
        assert "the map of all heads" not in at.text
        await at.hold("backspace", len("colour ramp"))
        assert "the map of all heads" in at.text
        await at.press("Z")
        assert "way in force" not in at.text
        assert "cut heads to their mean" in at.text
        await at.press(*"zzz")
        assert "Nothing here is about Zzzz." in at.text
        await at.press("escape")
        assert at.app.screen is at.main


async def test_in_the_help_tab_makes_letters_keys(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("?", *"pq?", "tab")
        await at.press("p")
        assert at.app.screen.query_one(Input).value == "pq?"
        assert len(pictures(tmp_path)) == 1
        await at.press("q")
        assert at.app.screen is at.main
        await at.press("?", "?")
        assert at.app.screen is at.main, "what opened it closes it"


# The table of heads


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("head", [(0, 0), (2, 6), (5, 11)])
async def test_the_table_opens_full_with_the_head_in_sight(
    tmp_path: Path, size: tuple[int, int], head: tuple[int, int]
) -> None:
    async with desk(tmp_path, TEXT, size=size, layer=head[0], head=head[1]) as at:
        await at.press("r")
        table = at.app.screen.table  # type: ignore[attr-defined]
        lines = [line.plain for line in table._given]
        assert any(line.startswith(f"▸  {head[0] + 1}·{head[1] + 1}") for line in lines)
        assert len(lines) == table.size.height, "no line is left empty while heads are hidden"
        if head == (2, 6):
            assert not lines[1].startswith("▸"), "there is something before it too"


# The sentence

LONG = "word " * 40


@pytest.mark.parametrize(
    ("text", "begins", "has_mask"),
    [
        (f"The cat {MASK} and then {LONG}", True, True),
        (f"The cat {LONG}{MASK} and then {LONG}", False, True),
        (f"The cat {LONG}{MASK}.", False, True),
        (f"The cat and then {LONG}", True, False),
        ("犬と" + "猫は" * 60 + f"{MASK}が", False, True),
    ],
)
async def test_a_sentence_at_rest_shows_its_start_or_its_mask(
    tmp_path: Path, text: str, begins: bool, has_mask: bool
) -> None:
    async with desk(tmp_path, text.strip(), size=(80, 24)) as at:
        at_rest = at.screen[0]
        assert at_rest.strip().startswith("The cat" if text[0] == "T" else "犬") is begins
        assert (MASK in at_rest) is has_mask
        await at.press("i", "end")
        assert at.screen[0] != at_rest
        assert text.strip()[-6:] in at.screen[0], "the cursor's place rules"
        await at.press("home")
        assert at.screen[0].strip().startswith(text[:2])
        await at.press("tab")
        assert at.screen[0] == at_rest
        await at.press("right", "v", "escape")
        assert at.screen[0] == at_rest, "it shifts in no state"


async def test_a_click_goes_to_the_letter_that_was_clicked(tmp_path: Path) -> None:
    async with desk(tmp_path, f"The cat {LONG}{MASK} and then {LONG}".strip(), size=(80, 24)) as at:
        column = at.screen[0].index(MASK)
        await at.pilot.click("#sentence", offset=(column, 0))
        await at.settle()
        assert at.main.sentence.value[at.main.sentence.cursor_position :].startswith(MASK)


# The theme


async def test_a_theme_told_late_changes_every_screen(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("r")
        await at.perform(at.session.looking.background_told(True))
        assert at.app.theme == LIGHT.name
        await at.press("escape", "C")
        assert at.app.theme == LIGHT_CONTRAST.name
        await at.perform(at.session.looking.background_told(False))
        await at.press("C")
        assert at.app.theme == USUAL.name


@pytest.mark.parametrize(("theme", "name"), [("dark", USUAL.name), ("light", LIGHT.name)])
async def test_a_theme_that_was_asked_for_stays(tmp_path: Path, theme: str, name: str) -> None:
    async with desk(tmp_path, TEXT, theme=theme) as at:
        assert at.app.theme == name
        await at.perform(at.session.looking.background_told(theme == "dark"))
        assert at.app.theme == name


def test_without_colours_there_is_no_light_theme(tmp_path: Path) -> None:
    from tests.session.player import Player
    from tui.render.depth import Depth

    player = Player(tmp_path, theme="light", depth=Depth.NONE)
    assert not player.session.looking.light
    assert not player.session.looking.background_told(True)
