"""Every character is drawn in a font that has it, and text never outgrows what was measured."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, features

from tui.render import typeface
from tui.render.typeface import SHIPPED, Typeface, font_for
from tui.text import clusters

GLYPH_OF_A = 36


def font_with(folder: Path, name: str, first: int, last: int, start: bytes = b"") -> Path:
    """A copy of the shipped font in which the codes `first` to `last` are the glyphs from A on."""
    data = bytearray(SHIPPED.read_bytes())
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12)
    cmap += struct.pack(">HHIIIIII", 12, 0, 28, 0, 1, first, last, GLYPH_OF_A)
    for table in range(struct.unpack_from(">H", data, 4)[0]):
        place = 12 + 16 * table
        if data[place : place + 4] == b"cmap":
            struct.pack_into(">II", data, place + 8, len(data), len(cmap))
    if start:  # offsets count from the file's beginning: the header moves, the tables stay
        tables = bytearray(data[: 12 + 16 * struct.unpack_from(">H", data, 4)[0]])
        data[: len(start)] = start
        struct.pack_into(">I", data, 12, len(data) + len(cmap))
        data += cmap + tables
    else:
        data += cmap
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The fonts on this machine, to be filled by the test."""
    fonts: list[Path] = []
    monkeypatch.setattr(typeface, "_system_fonts", lambda: tuple(fonts))
    font_for.cache_clear()
    yield fonts
    font_for.cache_clear()


def test_the_shipped_font_goes_first(system: list[Path], tmp_path: Path) -> None:
    system.append(font_with(tmp_path, "latin.ttf", ord("A"), ord("Z")))
    assert font_for("A") == font_for("é") == font_for("e\u0301") == font_for("ש") == SHIPPED


def test_a_character_it_lacks_comes_from_a_font_that_has_it(
    system: list[Path], tmp_path: Path
) -> None:
    system.append(font_with(tmp_path, "other.ttf", 0x4E8C, 0x4E90))
    han = font_with(tmp_path, "han.ttf", 0x65E5, 0x65E6)
    system.append(han)
    assert font_for("日") == han
    assert font_for("\u65e7") == SHIPPED, "one past the range"
    assert font_for("\u65e4") == SHIPPED, "one before the range"


def test_a_collection_counts_with_its_first_font(system: list[Path], tmp_path: Path) -> None:
    header = struct.pack(">4sHHII", b"ttcf", 1, 0, 1, 0)
    system.append(font_with(tmp_path, "han.ttc", 0x65E5, 0x65E5, header))
    assert font_for("日") == system[0]


def test_a_font_that_lists_a_character_but_draws_its_box_is_passed_over(
    system: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.GLYPH_OF_A", 0)  # glyph 0 is the box
    system.append(font_with(tmp_path, "liar.ttf", 0x65E5, 0x65E5))
    assert font_for("日") == SHIPPED


@pytest.mark.parametrize("data", [b"", b"no font at all", SHIPPED.read_bytes()[:300]])
def test_a_damaged_font_has_nothing_to_offer(
    system: list[Path], tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "damaged.ttf"
    path.write_bytes(data)
    system += [path, tmp_path / "gone.ttf"]
    assert font_for("日") == SHIPPED


def test_a_mark_stays_with_its_letter(system: list[Path], tmp_path: Path) -> None:
    """Taken apart, a vowel sign would stand on a dotted circle of another font."""
    system += [
        font_with(tmp_path, "letters.ttf", 0x0915, 0x0939),
        font_with(tmp_path, "whole.ttf", 0x0900, 0x097F),
    ]
    assert {font_for(cluster) for cluster in clusters("हिन्दी")} == {system[1]}
    assert font_for("ह") == system[0]


def test_only_a_missing_character_looks_through_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def search() -> tuple[Path, ...]:
        raise AssertionError("searched")

    monkeypatch.setattr(typeface, "_system_fonts", search)
    font_for.cache_clear()
    Typeface(16).width("the ##fully, שלום [MASK] … é\u0301 \ufffd")
    with pytest.raises(AssertionError, match="searched"):
        Typeface(16).width("日")
    font_for.cache_clear()


def test_text_in_ascii_needs_no_look_into_a_font() -> None:
    """To read one takes as long as to import the library that can."""
    code = (
        "import sys; from tui.render.typeface import Typeface; Typeface(16).width('the cat [SEP]');"
        "print([name for name in ('fontTools', 'regex') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_this_machine_s_fonts_can_be_looked_through() -> None:
    assert all(path.suffix.lower() in (".ttf", ".ttc", ".otf") for path in typeface._system_fonts())


@pytest.mark.parametrize("text", ["a日b", "日日", "##トークン🎉", "jfj", "שלום"])
def test_ink_stays_within_the_measured_width(system: list[Path], tmp_path: Path, text: str) -> None:
    system.append(font_with(tmp_path, "han.ttf", 0x65E5, 0x65E5))
    face = Typeface(16)
    image = Image.new("L", (400, 60))
    face.draw(ImageDraw.Draw(image), 100, 20, text, 255)
    box = image.getbbox()
    assert box is not None
    assert 98 <= box[0] < 106
    assert 100 + face.width(text) - 6 < box[2] <= 100 + face.width(text) + 2
    assert 20 <= box[1] < box[3] <= 20 + face.height


def test_runs_of_two_fonts_add_up(system: list[Path], tmp_path: Path) -> None:
    system.append(font_with(tmp_path, "han.ttf", 0x65E5, 0x65E5))
    face = Typeface(16)
    assert face.width("x日x") == pytest.approx(face.width("x") * 2 + face.width("日"))
    assert face.width("日") == pytest.approx(face.width("A")), "the glyph of A stands for it"


def test_without_raqm_only_what_runs_right_to_left_is_turned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "check", lambda feature: False)
    drawn = "".join(run for _, run in Typeface(16)._runs("the שלום cat"))
    assert drawn == "the םולש cat"


@pytest.mark.parametrize(
    "text",
    ["", "one", "the cat sat on the mat " * 9, "x" * 300, f"so {'y' * 200} so", "e\u0301" * 99],
)
def test_wrapped_lines_fit_and_lose_nothing(text: str) -> None:
    face = Typeface(14)
    lines = face.wrap(text, 150)
    assert all(face.width(line) <= 150 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line.startswith("\u0301") for line in lines)
    assert all(lines)
