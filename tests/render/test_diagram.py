"""The picture of a head: exact greys, whole labels, and the facts that it came from."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tui.render.depth import lab
from tui.render.diagram import (
    BAR_HEIGHT,
    BAR_WIDTH,
    MARGIN,
    MASK_INK,
    OVER,
    PAPER,
    SIGNED_OVER,
    SMALLEST_CELL,
    Diagram,
    DiagramBeside,
    Layout,
    _caption,
    draw,
    metadata,
    png,
)

SENTENCE = "[CLS] the cat , despite the noise , [MASK] grace ##fully . [SEP]"
TOKENS = tuple(SENTENCE.split(" "))


def diagram(tokens: tuple[str, ...] = TOKENS, **changes: Any) -> Diagram:
    weights = np.random.default_rng(0).dirichlet([0.3] * len(tokens), len(tokens))
    plain = Diagram(
        tokens=tokens,
        brightness=weights.astype(np.float32),
        masks=tuple(place for place, token in enumerate(tokens) if token == "[MASK]"),
        text="The cat, despite the noise, [MASK] gracefully.",
        model="embedded",
        layer=7,
        head=10,
        layers=12,
        heads=16,
        view="raw weights",
        scale="absolute",
        full="1",
    )
    return replace(plain, **changes)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image)  # [y, x, channel]


def cells(shown: Diagram, image: Image.Image) -> np.ndarray:
    """Each cell's pixels, `[query, key, y, x, channel]`."""
    page, layout, count = pixels(image), Layout.of(shown), range(len(shown.tokens))
    boxes = [[layout.box(query, key) for key in count] for query in count]
    return np.array([[page[t:b, l:r] for l, t, r, b in row] for row in boxes])  # noqa: E741


def read(data: bytes) -> dict[str, str]:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "PNG"
        return {name: str(text) for name, text in picture.text.items()}  # type: ignore[attr-defined]


def color(name: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(name[1:]))


def has_ink(area: np.ndarray) -> bool:
    return bool((area != color(PAPER)).any())


# Greys


@pytest.mark.parametrize(
    ("weight", "greys"),
    [(0.0, {0}), (0.3, {76, 77}), (0.8, {204}), (1.0, {255})],
)
def test_grey_is_weight_times_255(weight: float, greys: set[int]) -> None:
    shown = diagram(brightness=np.full((13, 13), weight, dtype=np.float32))
    values = np.unique(cells(shown, draw(shown)))
    assert len(values) == 1
    assert int(values[0]) in greys


@pytest.mark.parametrize("count", [1, 2, 13, 60, 130])
def test_every_pixel_of_every_cell_has_the_cell_s_grey(count: int) -> None:
    shown = diagram(tuple(f"t{place}" for place in range(count)))
    found = cells(shown, draw(shown))
    wanted = np.floor(shown.brightness.astype(np.float64) * 255 + 0.5)
    assert (found == wanted[..., None, None, None]).all()


def test_rows_are_queries_and_columns_keys() -> None:
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[0, 2] = 1.0  # the first token attends to the last
    shown = diagram(("a", "b", "c"), brightness=weights)
    layout, page = Layout.of(shown), pixels(draw(shown))
    right_of_top_row = page[layout.top + 3, layout.left + 2 * layout.cell + 3]
    assert right_of_top_row.tolist() == [255, 255, 255]
    assert cells(shown, draw(shown)).sum() == 255 * 3 * (layout.cell - layout.line) ** 2


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=9).map(sorted))
@settings(max_examples=25)
def test_a_larger_weight_is_never_darker(weights: list[float]) -> None:
    count = len(weights)
    rows = np.tile(np.array(weights, dtype=np.float32), (count, 1))
    shown = diagram(tuple("abcdefghi"[:count]), brightness=rows)
    row = cells(shown, draw(shown))[0, :, 0, 0, 0].astype(int)
    assert (np.diff(row) >= 0).all()


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_is_dark() -> None:
    weights = np.array([[np.nan, -0.5], [0.5, 1.0]], dtype=np.float32)
    shown = diagram(("a", "b"), brightness=weights)
    assert cells(shown, draw(shown))[..., 0, 0, 0].tolist() == [[0, 0], [128, 255]]


@pytest.mark.parametrize("count", [4, 13, 90])
def test_a_cell_over_the_ceiling_is_white_with_a_marked_corner(count: int) -> None:
    weights = np.ones((count, count), dtype=np.float32)
    weights[1, 2], weights[2, 0] = 1.2, np.finfo(np.float32).max
    weights[0, 0] = 1.000001  # a rounding error is no excess
    shown = diagram(tuple(f"t{place}" for place in range(count)), brightness=weights)
    found = cells(shown, draw(shown))
    marked = (found == color(OVER)).all(axis=-1)  # [query, key, y, x]
    assert np.argwhere(marked.any(axis=(-2, -1))).tolist() == [[1, 2], [2, 0]]
    white = (found == 255).all(axis=-1)
    assert (marked | white).all()
    assert 0.0 < marked[1, 2].mean() < 0.2
    middle = found.shape[2] // 2
    assert (found[:, :, middle, middle] == 255).all()


def test_the_caption_explains_the_mark_only_where_there_is_one() -> None:
    plain = diagram()
    over = diagram(brightness=plain.brightness * 5)
    for shown, explained in ((plain, False), (over, True)):
        caption = " ".join(line for _, line, _ in _caption(shown, 2000))
        assert ("marked corner" in caption) is explained


def test_a_white_cell_at_the_edge_stands_out_from_the_paper() -> None:
    shown = diagram(("a",), brightness=np.ones((1, 1), dtype=np.float32))
    page = pixels(draw(shown))
    left, top, right, bottom = Layout.of(shown).box(0, 0)
    for edge in (
        page[top - 1, left:right],
        page[bottom, left:right],
        page[top:bottom, left - 1],
        page[top:bottom, right],
    ):
        assert edge.max() < 100


# Labels and caption

LONG = "Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.mark.parametrize(
    "tokens",
    [
        ("[MASK]",),
        ("[CLS]", "[SEP]"),
        (LONG, "x", LONG[::-1]),
        ("j" * 40, "f" * 40, "W" * 40),
        ("日本語", "##トークン", "한국어"),
        ("🎉", "👩\u200d👩\u200d👧", "❤\ufe0f"),
        ("שלום", "مرحبا", "हिन्दी"),
        ("Ẫ\u0301\u0302\u0303", "q̧̨̣", "Å"),
        ("a\x1b[31m\n\tb", "\x07", ""),
        tuple(f"token{place}" for place in range(150)),
    ],
    ids=["one", "two", "long", "wide", "cjk", "emoji", "scripts", "marks", "controls", "many"],
)
def test_nothing_touches_the_border(tokens: tuple[str, ...]) -> None:
    shown = diagram(tokens, text=" ".join(tokens), model="/a/long/way/" + "models/" * 30)
    page = pixels(draw(shown))
    near = MARGIN // 2 - 2
    assert not has_ink(page[:near])
    assert not has_ink(page[-near:])
    assert not has_ink(page[:, :near])
    assert not has_ink(page[:, -near:])


def test_a_label_is_drawn_whole_on_both_sides() -> None:
    """As much ink as the label has when it is drawn with all the room in the world."""
    from PIL import ImageDraw

    shown = diagram((LONG, "j" + LONG, "x"))
    layout, page = Layout.of(shown), pixels(draw(shown)).astype(int)
    paper = np.array(color(PAPER))
    for row in (0, 1):
        label = shown.tokens[row]
        free = Image.new("RGB", (900, 60), PAPER)
        x = 100 + (layout.labels - layout.font.width(label)) % 1  # the same part of a pixel
        layout.font.draw(ImageDraw.Draw(free), x, 10, label, "#1c2026")
        wanted = np.abs(pixels(free).astype(int) - paper).sum()
        y = layout.top + row * layout.cell
        left = page[y : y + layout.cell, : layout.left - 5]
        column = layout.left + row * layout.cell
        above = page[MARGIN + 30 : layout.top - 5, column : column + layout.cell]
        for found in (left, above):
            assert np.abs(found - paper).sum() == pytest.approx(wanted, rel=0.02)


def test_ink_beyond_a_label_s_box_is_drawn_too() -> None:
    """Where cells are small, the accents of the first label reach over its cell's edge."""
    shown = diagram(("Ẩ", *["a"] * 199), masks=())
    layout, page = Layout.of(shown), pixels(draw(shown))
    assert layout.cell == SMALLEST_CELL
    assert has_ink(page[layout.top - 3 : layout.top, MARGIN : layout.left - 5]), "over the row"
    above = slice(layout.top - 5 - layout.labels - 4, layout.top - 5)
    assert has_ink(page[above, layout.left - 3 : layout.left]), "before the column"


@pytest.mark.parametrize("count", [3, 20, 60])
def test_every_token_has_ink_in_its_row_and_column(count: int) -> None:
    shown = diagram(tuple(f"t{place}" for place in range(count)))
    layout, page = Layout.of(shown), pixels(draw(shown))
    for place in range(count):
        left, top, right, bottom = layout.box(place, place)
        assert has_ink(page[top:bottom, MARGIN : layout.left - 5])
        assert has_ink(page[layout.top - 5 - layout.labels : layout.top - 5, left:right])


def test_masks_stand_out_by_color_and_by_a_bar() -> None:
    shown = diagram()
    layout, page = Layout.of(shown), pixels(draw(shown))
    bar = color(MASK_INK)
    rows = page[layout.top : layout.top + len(TOKENS) * layout.cell, layout.left - 3]
    columns = page[layout.top - 3, layout.left : layout.left + len(TOKENS) * layout.cell]
    for line in (rows, columns):
        marked = (line == bar).all(axis=-1).nonzero()[0] // layout.cell
        assert set(marked.tolist()) == {TOKENS.index("[MASK]")}
    without = pixels(draw(diagram(masks=())))
    assert (without == bar).all(axis=-1).sum() == 0


def test_the_caption_shows_the_whole_sentence() -> None:
    short, long = diagram(), diagram(text="The cat, despite it all, [MASK]. " * 12)
    assert draw(long).height > draw(short).height + 80
    assert draw(long).width == draw(short).width


def test_a_single_token_has_room_for_a_readable_caption() -> None:
    assert draw(diagram(("[MASK]",))).width >= 400


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("layer", 3),
        ("head", 2),
        ("layers", 24),
        ("heads", 12),
        ("text", "Another sentence."),
        ("model", "bert-base-uncased"),
        ("view", "averaged"),
        ("scale", "per head"),
        ("full", "0.97"),
    ],
)
def test_the_picture_says_all_that_decides_it(change: str, value: Any) -> None:
    plain, other = draw(diagram()), draw(diagram(**{change: value}))
    assert plain.tobytes() != other.tobytes()


def test_cells_shrink_and_pictures_stay_within_reason() -> None:
    sides = [Layout.of(diagram(("word",) * count)).cell for count in (1, 15, 24, 60, 128, 512)]
    assert sides == sorted(sides, reverse=True)
    assert 26 <= sides[1] <= 32
    assert sides[-1] >= 6
    page = Layout.of(diagram(("averagely",) * 512))
    assert page.width < 5000


@pytest.mark.parametrize(
    "tokens",
    [("a", "w" * 4000), ("[CLS]", "猫" * 3000), ("\u202e" * 9999, "e\u0301" * 2000), ("t",) * 4096],
)
def test_no_token_and_no_text_makes_a_picture_without_end(tokens: tuple[str, ...]) -> None:
    page = Layout.of(diagram(tokens))
    assert page.width < 10_000
    assert page.labels <= 600
    assert page.left + len(tokens) * page.cell <= page.width


def test_an_endless_label_says_that_it_is_cut() -> None:
    whole, cut = (Layout.of(diagram(("a", "w" * count))) for count in (40, 400))
    assert whole.labels == pytest.approx(whole.font.width("w" * 40), abs=1)
    image = draw(diagram(("a", "w" * 400)))
    assert cut.labels <= 600
    assert image.width == cut.width


# The file


def test_facts_count_layers_and_heads_from_1() -> None:
    known = metadata(diagram())
    assert known["Layer"] == "8"
    assert known["Head"] == "11"
    assert known["Title"] == "Layer 8 of 12 · Head 11 of 16"
    assert known["Text"] == "The cat, despite the noise, [MASK] gracefully."
    assert known["White"] == "1"
    assert known["Software"].startswith("bertmask-tui ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Ünïcode · 日本語 🎉 שלום",
        "a\nb\x00c\x1b[31m",
        "\udcff half a character",
        "x" * 9000,
    ],
    ids=["empty", "plain", "unicode", "controls", "surrogate", "long"],
)
def test_facts_come_back_from_the_file(text: str) -> None:
    shown = diagram(text=text, model=text or "embedded")
    assert read(png(shown)) == metadata(shown)


def test_the_file_holds_the_picture() -> None:
    shown = diagram()
    with Image.open(io.BytesIO(png(shown))) as picture:
        assert picture.convert("RGB").tobytes() == draw(shown).tobytes()


def test_the_same_diagram_is_the_same_file() -> None:
    assert png(diagram()) == png(diagram())


# Numbers on both sides of 0

SIGNED = np.array([[0.0, 0.5, 1.0], [0.5, 1.0, 1.3], [np.nan, 0.0, 0.25]], dtype=np.float32)
BELOW = np.array([[False, True, True], [False, False, False], [False, True, True]])


def signed(**changes: Any) -> Diagram:
    return diagram(("a", "b", "c"), brightness=SIGNED, below=BELOW, full="0.2", **changes)


def test_a_sign_is_a_hue_and_a_size_a_lightness() -> None:
    shown = signed()
    found = cells(shown, draw(shown))[:, :, 3, 3].astype(int)  # [query, key, channel]
    assert found[0, 0].tolist() == found[2, 0].tolist() == found[2, 1].tolist() == [0, 0, 0]
    for query, key in ((0, 1), (0, 2), (2, 2)):
        assert found[query, key][2] > found[query, key][0], "blue"
    for query, key in ((1, 0), (1, 1), (1, 2)):
        assert found[query, key][0] > found[query, key][2], "orange"
    lights = [lab(tuple(found[at].tolist()))[0] for at in ((0, 1), (1, 0), (0, 2), (1, 1))]
    assert lights[0] == pytest.approx(lights[1], abs=1.5)
    assert lights[2] == pytest.approx(lights[3], abs=1.5)
    assert lights[2] > lights[0] + 30


def test_a_size_over_the_ceiling_is_marked_so_that_it_is_seen_on_orange() -> None:
    shown = signed()
    found = cells(shown, draw(shown))
    marked = (found == color(SIGNED_OVER)).all(axis=-1).any(axis=(-2, -1))
    assert np.argwhere(marked).tolist() == [[1, 2]]
    assert "marked corner" in " ".join(line for _, line, _ in _caption(shown, 2000))


def test_a_bar_below_the_cells_goes_from_blue_over_black_to_orange() -> None:
    shown = signed()
    layout, page = Layout.of(shown), pixels(draw(shown)).astype(int)
    line = page[
        layout.top + 3 * layout.cell + 18 + BAR_HEIGHT // 2, MARGIN : MARGIN + BAR_WIDTH + 1
    ]
    assert line[BAR_WIDTH // 2].tolist() == [0, 0, 0]
    left, right = line[: BAR_WIDTH // 2 - 8], line[BAR_WIDTH // 2 + 9 :]
    assert (left[:, 2] > left[:, 0]).all()
    assert (right[:, 0] > right[:, 2]).all()
    assert draw(shown).height > draw(diagram(("a", "b", "c"), brightness=SIGNED)).height


@pytest.mark.parametrize(
    ("full", "lowest", "highest"),
    [
        ("0.2", "−0.2", "+0.2"),
        ("each row's largest", "minus each row's largest", "each row's largest"),
    ],
)
def test_the_caption_and_the_facts_say_both_ends(full: str, lowest: str, highest: str) -> None:
    shown = replace(signed(), full=full)
    caption = " ".join(line for _, line, _ in _caption(shown, 2000))
    assert f"blue = {lowest}, black = 0, orange = {highest}" in caption
    assert "white" not in caption
    facts = read(png(shown))
    assert (facts["Blue"], facts["Orange"]) == (lowest, highest)
    assert facts == metadata(shown)


def test_a_difference_names_both_runs() -> None:
    beside = DiagramBeside("The dog [MASK].", "other", "In A: “cat”; in B: “dog”.", "1-1 2-2")
    shown = signed(beside=beside)
    assert shown.title.endswith("A − B")
    caption = [line for _, line, _ in _caption(shown, 2000)]
    assert caption[0] == "A: The cat, despite the noise, [MASK] gracefully."
    assert caption[1] == "B: The dog [MASK]."
    assert "In A: “cat”; in B: “dog”." in caption
    assert any("A: embedded · B: other" in line for line in caption)
    facts = metadata(shown)
    assert (facts["Other text"], facts["Other model"]) == ("The dog [MASK].", "other")
    one_model = signed(beside=replace(beside, model="embedded"))
    assert not any("B: embedded" in line for _, line, _ in _caption(one_model, 2000))


@pytest.mark.parametrize("tokens", [("[MASK]",), ("j" * 40, "W" * 40), ("日本語", "🎉")])
def test_nothing_of_a_difference_touches_the_border(tokens: tuple[str, ...]) -> None:
    size = len(tokens), len(tokens)
    beside = DiagramBeside("b " * 300, "models/" * 40, "d" * 900, "")
    shown = diagram(
        tokens, brightness=np.ones(size, np.float32), below=np.ones(size, bool), beside=beside,
        full="each row's largest",
    )  # fmt: skip
    page, near = pixels(draw(shown)), MARGIN // 2 - 2
    for edge in (page[:near], page[-near:], page[:, :near], page[:, -near:]):
        assert not has_ink(edge)
