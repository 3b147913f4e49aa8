"""What the driver sends shows the same as what Textual wrote, in fewer bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.pty_emulator import Emulator
from tui.ascii_signs import ASCII_SIGNS
from tui.render.depth import Depth
from tui.terminal.cells import Cells
from tui.terminal.textual_internals import cell_len

ROOT = Path(__file__).parents[2] / "tui"
COLUMNS, LINES = 24, 5
TEXTS = [
    *("a", "bc", "░░▒▒", "▓█▲▲", "日本", "é", "e\u0301x", " ", "   ", "→·"),
    *("👩\u200d🔬", "שלום", "🎉!"),
]
STYLES = ["", "1", "2", "3", "7", "4", "1;38;2;255;0;0", "38;2;9;9;9;48;2;1;2;3", "48;2;200;1;1"]

WRITES = st.lists(
    st.tuples(
        st.integers(0, LINES - 1),
        st.integers(0, COLUMNS - 1),
        st.lists(st.tuples(st.sampled_from(STYLES), st.sampled_from(TEXTS)), max_size=4),
    ),
    max_size=8,
)
Write = tuple[int, int, list[tuple[str, str]]]


def said(write: Write) -> str:
    """A piece of a line as Textual says it."""
    line, column, pieces = write
    texts = "".join(f"\x1b[{style}m{text}\x1b[0m" for style, text in pieces)
    return f"\x1b[{line + 1};{column + 1}H{texts}"


def emulator() -> Emulator:
    made = Emulator(COLUMNS, LINES, lambda reply: None)
    made.feed(b"\x1b[?7l")
    return made


def looks(shown: Emulator) -> list[list[tuple[str, str, bool]]]:
    """What can be seen of each cell beside its character."""
    rows = []
    for line in range(LINES):
        cells = [shown.screen.buffer[line][column] for column in range(COLUMNS)]
        rows.append(
            [
                (cell.bg, cell.fg if cell.data.isascii() and cell.data > " " else "", cell.reverse)
                for cell in cells
            ]
        )
    return rows


def is_plain(write: Write) -> bool:
    """Whether emulators agree on it: what it takes fits, and nothing combines."""
    text = "".join(text for _, text in write[2])
    unsure = "\u200d" in text or "\u0301" in text
    return not unsure and write[1] + cell_len(text) <= COLUMNS


@given(st.lists(WRITES, min_size=1, max_size=4))
@settings(max_examples=80)
@example([[(0, 0, [("", "日本")])], [(0, 1, [("1", "a")])]])
def test_the_screen_is_the_one_that_was_written(frames: list[list[Write]]) -> None:
    direct, ours = emulator(), emulator()
    cells = Cells(Depth.TRUECOLOR)
    blank = "".join(f"\x1b[{line + 1};1H{' ' * COLUMNS}" for line in range(LINES))
    for frame in [[], *frames]:
        data = (blank if not frame else "") + "".join(map(said, filter(is_plain, frame)))
        direct.feed(data.encode())
        assert cells.write(data) == []
        ours.feed(cells.changes(COLUMNS, LINES).encode())
        assert ours.display == direct.display
        assert looks(ours) == looks(direct)


def shown(cells: Cells, data: str) -> str:
    cells.write(data)
    return cells.changes(COLUMNS, LINES)


def test_what_did_not_change_is_not_sent() -> None:
    cells = Cells(Depth.TRUECOLOR)
    line = "\x1b[1;1H\x1b[1mthe cat\x1b[0m sat on the mat"
    assert len(shown(cells, line)) > 20
    assert shown(cells, line) == ""
    changed = shown(cells, line.replace("sat", "sit"))
    assert "i" in changed
    assert "c" not in changed
    assert len(changed) <= len("\x1b[1;10Hi\x1b[1;22H")


def test_runs_apart_are_jumped_between_and_near_ones_are_not() -> None:
    cells = Cells(Depth.NONE)
    shown(cells, f"\x1b[1;1H{'.' * COLUMNS}")
    assert "ab.cd" in shown(cells, "\x1b[1;1Hab.cd")
    far = shown(cells, "\x1b[1;1HAb\x1b[1;20HX")
    assert "b" not in far
    assert "\x1b[20GX" in far


def test_a_style_is_said_once_for_a_run() -> None:
    cells = Cells(Depth.TRUECOLOR)
    pieces = "".join(f"\x1b[38;2;1;2;3m{letter}\x1b[0m" for letter in "abcdef")
    sent = shown(cells, f"\x1b[1;1H{pieces}")
    assert sent.count("38;2;1;2;3") == 1
    assert "abcdef" in sent


def test_blanks_of_another_ink_are_the_same_blanks() -> None:
    cells = Cells(Depth.TRUECOLOR)
    shown(cells, "\x1b[1;1H\x1b[1;38;2;1;2;3;48;2;9;9;9m     \x1b[0m")
    assert shown(cells, "\x1b[1;1H\x1b[38;2;4;5;6;48;2;9;9;9m     \x1b[0m") == ""
    assert "   " in shown(cells, "\x1b[1;1H\x1b[48;2;7;7;7m     \x1b[0m")


@pytest.mark.parametrize("label", ["👩\u200d🔬 x", "e\u0301\u0302 x", "\u0915\u094d\u0937 x"])
def test_what_follows_a_character_of_unsure_width_is_placed_anew(label: str) -> None:
    cells = Cells(Depth.NONE)
    shown(cells, f"\x1b[1;1H{label}   ▓▓░░")
    changed = shown(cells, "\x1b[1;1HA")
    assert "▓▓░░" in changed, "the terminal may have drawn it over what follows"
    sent = shown(cells, f"\x1b[2;1H{label}   ▓▓░░")
    place = sent.index("x")
    assert sent[:place].rstrip().endswith("G")


def test_columns_stay_in_place_where_a_terminal_draws_a_label_wider() -> None:
    # For Textual woman, joiner and microscope are two columns; the emulator draws four.
    ours, cells = emulator(), Cells(Depth.NONE)
    for label in ("👩\u200d🔬", "ab", "👩\u200d🔬"):
        ours.feed(shown(cells, f"\x1b[2;1H{label} ▓▓░░").encode())
        drawn = [ours.screen.buffer[1][column].data for column in range(3, 7)]
        assert drawn == ["▓", "▓", "░", "░"]


def test_a_terminal_in_other_hands_is_sent_everything() -> None:
    cells = Cells(Depth.NONE)
    first = shown(cells, "\x1b[1;1Hthe cat")
    cells.forget()
    assert cells.changes(COLUMNS, LINES) == first


def test_nothing_is_sent_beyond_the_terminal() -> None:
    cells = Cells(Depth.NONE)
    cells.write(f"\x1b[1;1H{'a' * 40}\x1b[9;1Hbelow")
    sent = cells.changes(COLUMNS, LINES)
    assert sent.count("a") == COLUMNS
    assert "below" not in sent


def test_what_is_not_about_cells_is_passed_on() -> None:
    cells = Cells(Depth.NONE)
    data = (
        "\x1b[?1049h\x1b[1;1Hcat\x1b]52;c;Y2F0\x07\x1b[>1u\a\x1b]8;;http://x\x1b\\sat\x1b]8;;\x1b\\"
    )
    assert cells.write(data) == ["\x1b[?1049h", "\x1b]52;c;Y2F0\x07", "\x1b[>1u", "\a"]
    assert "catsat" in cells.changes(COLUMNS, LINES)


@given(st.lists(st.sampled_from([*TEXTS, "ü", "⠋", "╭─╮"]), max_size=6))
def test_ascii_only_sends_ascii_only(texts: list[str]) -> None:
    cells = Cells(Depth.NONE, ascii_only=True)
    data = f"\x1b[1;1H{''.join(texts)}"
    wide, plain = Cells(Depth.NONE), cells
    wide.write(data)
    sent = shown(plain, data)
    assert sent.isascii()


def test_ascii_keeps_the_columns() -> None:
    cells, ours = Cells(Depth.NONE, ascii_only=True), emulator()
    ours.feed(shown(cells, "\x1b[1;1H日本 → ▓▓ é!").encode())
    assert ours.display[0].rstrip() == "???? > ++ ?!"


@pytest.mark.parametrize(
    "text",
    [
        "🇩🇪", "क्षि", "한", "\u1112\u1161\u11ab", "1\ufe0f\u20e3", "1\u200b\ufe0f", "#\u1161\ufe0f",
        "👩\u200d🔬", "a\u0301\u200d日", "\u0301a", "\ufe0fa",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_text_takes_as_many_cells_as_textual_gives_it(text: str) -> None:
    cells, ours = Cells(Depth.NONE, ascii_only=True), emulator()
    ours.feed(shown(cells, f"\x1b[1;1H{text}|").encode())
    assert ours.display[0].index("|") == cell_len(text)


def test_what_people_take_for_one_character_is_sent_whole() -> None:
    cells = Cells(Depth.NONE)
    shown(cells, "\x1b[1;1H🇩🇪 cat")
    assert "🇫🇪" in shown(cells, "\x1b[1;1H🇫🇪 cat"), "half a flag is none"


@pytest.mark.parametrize(
    "piece", ["\x1b]", "\x1b", "\x1bP", "\x9d", "\x9b2J", "\x08", "\x1bc", "\x0e"]
)
def test_a_piece_of_a_sequence_in_a_text_reaches_no_terminal(piece: str) -> None:
    cells = Cells(Depth.NONE)
    assert cells.write(f"\x1b[1;1Hthe {piece}cat") == []
    sent = cells.changes(COLUMNS, LINES)
    assert "cat" in sent
    assert piece[0] not in sent.replace("\x1b[", "")


def test_the_line_for_screen_readers_is_sent_whole() -> None:
    cells = Cells(Depth.NONE, read_out=2)
    shown(cells, "\x1b[4;1Hcat -> dog 0.114\x1b[2;1Hthe cat")
    sent = shown(cells, "\x1b[4;1Hcat -> dog 0.138\x1b[2;1Hthe cot")
    assert "cat -> dog 0.138" in sent
    assert "the" not in sent
    assert "cat" in shown(cells, "\x1b[4;1Hcat           ")


def drawn_by(room: str) -> Iterator[str]:
    """Every sign in the texts of a room's code that is not ASCII; docstrings are no texts."""
    for path in (ROOT / room).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        for one in ast.walk(tree):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in said:
                yield from (sign for sign in one.value if not sign.isascii())


@pytest.mark.parametrize("room", ["widgets", "dialogs", "session"])
def test_every_sign_of_the_interface_has_one_in_ascii(room: str) -> None:
    unseen = {"\N{ZERO WIDTH JOINER}"}
    drawn = set(drawn_by(room)) - unseen
    assert drawn
    assert drawn <= set(ASCII_SIGNS)


def test_a_sign_in_ascii_takes_the_one_cell_that_it_stands_for() -> None:
    assert all(len(sign) == 1 and sign.isascii() for sign in ASCII_SIGNS.values())
    assert "?" not in ASCII_SIGNS.values()
