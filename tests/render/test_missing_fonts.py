"""What no font here has is told, in the picture and of it, with the package that has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tui.render import contact_sheet, diagram, missing_fonts, typeface
from tui.render.contact_sheet import ContactSheet
from tui.render.diagram import Diagram
from tui.render.missing_fonts import missing_fonts as said_of


@pytest.fixture(autouse=True)
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without fonts besides those that ship with the package."""
    monkeypatch.setattr(typeface, "_system_fonts", lambda: ())
    for forgotten in (typeface.font_for, missing_fonts._said):
        forgotten.cache_clear()
    yield
    for forgotten in (typeface.font_for, missing_fonts._said):
        forgotten.cache_clear()


@pytest.mark.parametrize(
    ("text", "kind", "package"),
    [
        ("猫 [MASK]", "Chinese, Japanese or Korean", "fonts-noto-cjk"),
        ("ねこ", "Chinese, Japanese or Korean", "fonts-noto-cjk"),
        ("한국", "Chinese, Japanese or Korean", "fonts-noto-cjk"),
        ("（全）「。", "Chinese, Japanese or Korean", "fonts-noto-cjk"),
        ("हिन्दी", "Devanagari letters", "fonts-noto-core"),
        ("ส่วน", "Thai letters", "fonts-noto-core"),
        ("𓀀", "Egyptian letters", "fonts-noto-core"),
        ("🇩🇪 👩\u200d👧", "emoji or symbols", "fonts-symbola"),
        ("\U000f0000", "no meaning", ""),
    ],
)
def test_each_script_has_its_package(text: str, kind: str, package: str) -> None:
    said = said_of([text])
    assert said.startswith("Boxes stand for ")
    assert kind in said
    assert package in said
    assert said.isascii(), "any font has it"
    assert said.count("fonts-") == bool(package)


@pytest.mark.parametrize(
    "text", ["the cat", "café → ×", "שלום", "سلام", "Привет", "❤️", "\x1b[1m", ""]
)
def test_what_the_shipped_fonts_have_needs_no_word(text: str) -> None:
    assert said_of([text]) == ""


def test_several_scripts_are_one_sentence() -> None:
    said = said_of(["猫 हि", "🎉 日本"])
    assert said.count("Boxes") == 1
    assert "fonts-noto-cjk and fonts-noto-core" in said


DIAGRAM = Diagram(
    tokens=("the", "cat"), brightness=np.eye(2, dtype=np.float32), masks=(), text="the cat",
    model="made", layer=0, head=0, layers=2, heads=2, view="raw", scale="absolute", full="1",
)  # fmt: skip


@pytest.mark.parametrize("other", [{"text": "the 猫"}, {"tokens": ("the", "猫")}, {"model": "猫"}])
def test_a_picture_s_caption_has_the_sentence(
    other: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    wrap = typeface.Typeface.wrap

    def noted(self: typeface.Typeface, text: str, width: float) -> list[str]:
        drawn.append(text)
        return wrap(self, text, width)

    monkeypatch.setattr(typeface.Typeface, "wrap", noted)
    diagram._wrapped.cache_clear()
    shown = replace(DIAGRAM, **other)  # type: ignore[arg-type]
    page, usual = diagram.draw(shown), diagram.draw(DIAGRAM)
    assert page.height > usual.height
    assert [text for text in drawn if text.startswith("Boxes")] == [shown.missing_fonts]
    assert DIAGRAM.missing_fonts == ""


def test_a_page_of_all_heads_has_it_too() -> None:
    sheet = ContactSheet(
        tokens=("the", "cat"), brightness=np.zeros((2, 2, 2, 2), dtype=np.float32), masks=(),
        text="the cat", model="made", view="raw", scale="absolute", full="1",
    )  # fmt: skip
    boxed = replace(sheet, text="the 猫")
    assert contact_sheet.draw(boxed).height > contact_sheet.draw(sheet).height


def test_a_font_that_has_come_is_no_longer_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said_of(["日"])
    monkeypatch.setattr(typeface, "_system_fonts", lambda: (tmp_path / "new.ttf",))
    monkeypatch.setattr(typeface, "_has_ink", lambda path, character: True)
    covers = typeface._covers
    monkeypatch.setattr(
        typeface, "_covers", lambda path, text: path.name == "new.ttf" or covers(path, text)
    )
    typeface.font_for.cache_clear()
    missing_fonts._said.cache_clear()
    assert said_of(["日"]) == ""
