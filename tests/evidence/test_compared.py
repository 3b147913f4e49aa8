"""Evidence of two runs: pictures of A − B, both sides in one file, and names that never mix up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.analysis.comparison import Comparison
from tui.analysis.interventions import CutHead
from tui.analysis.scales import ABSOLUTE
from tui.errors import RequestError
from tui.evidence.compared import differing_words, differs, name_of_b, pair_named
from tui.evidence.compared_export import comparison_parts, export_comparison, picture_of
from tui.model.saved.saved_model import SavedModel
from tui.render.diagram import Layout, draw, metadata
from tui.storage.data_files import npz_metadata
from tui.storage.saving import picture_metadata

A = "The cat, despite the noise, [MASK] gracefully."
B = "The dogs, despite all the noise, [MASK] quickly."
CUT = (CutHead(1, 4, "zero"),)


@pytest.fixture(scope="module")
def a() -> Analysis:
    return embedded().analyze(A)


@pytest.fixture(scope="module")
def b() -> Analysis:
    return embedded().analyze(B)


@pytest.fixture(scope="module")
def both(a: Analysis, b: Analysis) -> Comparison:
    return Comparison.of(a, b)


# Words


@pytest.mark.parametrize(
    ("text", "other", "own", "others"),
    [
        (A, A, (), ()),
        (A, B, ("cat", "gracefully"), ("dogs", "all", "quickly")),
        ("a b c", "a c", ("b",), ()),
        ("big old cat.", "cat.", ("big old",), ()),
        ("the [MASK] sat", "the cat sat", ("[MASK]",), ("cat",)),
        ("", "x", (), ("x",)),
    ],
)
def test_stretches_of_words_that_differ(
    text: str, other: str, own: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert differing_words(text, other) == (own, others)
    assert differing_words(other, text) == (others, own)


def test_it_is_said_in_what_two_sentences_differ(a: Analysis, both: Comparison) -> None:
    assert differs(both) == "In A: “cat”, “gracefully”; in B: “dogs”, “all”, “quickly”."
    assert differs(Comparison.of(a, a)) == ""


def test_a_name_tells_b_and_no_other(a: Analysis, b: Analysis, both: Comparison) -> None:
    cut = embedded().analyze(A, interventions=CUT)
    other_model = replace(a, model=replace(a.model, name="some/where/Bert Ä"))
    names = [
        name_of_b(one)
        for one in (
            both,
            Comparison.of(cut, a),
            Comparison.of(a, cut),
            Comparison.of(a, other_model),
            Comparison.of(a, replace(b, text=B.replace("quickly", "fast"))),
            Comparison.of(a, replace(b, text=A.replace("cat", "猫"))),
        )
    ]
    assert names[0].startswith("dogs-all-quickly-")
    assert names[1].startswith("whole-")
    assert names[2].startswith("cut2.5-zero-")
    assert names[3].startswith("bert-")
    assert len(set(names)) == len(names)
    assert all(name.isascii() and "/" not in name and len(name) < 40 for name in names)


def test_both_runs_are_named_by_what_they_differ_in(a: Analysis, both: Comparison) -> None:
    cut = embedded().analyze(A, interventions=CUT)
    assert pair_named(both) == f"{A} ↔ {B}"
    assert pair_named(Comparison.of(cut, a)) == f"{A} · cut2.5_zero ↔ {A} · nothing cut"


# Pictures


def test_a_picture_has_blue_below_0_and_orange_above(both: Comparison) -> None:
    picture = picture_of(both, 1, 4)
    shown = picture.diagram()
    layout, page = Layout.of(shown), np.asarray(draw(shown)).astype(int)
    assert shown.tokens[-1] == "unaligned"
    assert "cat/dogs" in shown.tokens
    weights = both.difference(1, 4)
    seen = {False: 0, True: 0}
    for query in range(both.size):
        for key in range(both.size):
            left, top, right, bottom = layout.box(query, key)
            red, _, blue = page[(top + bottom) // 2, (left + right) // 2]
            weight = weights[query, key]
            if abs(weight) < 0.03 or np.isnan(weight):
                continue
            seen[bool(weight < 0)] += 1
            assert (blue > red) == (weight < 0), (query, key)
    assert min(seen.values()) > 0, "there are both"


def test_a_picture_says_all_of_both(both: Comparison) -> None:
    facts = metadata(picture_of(both, 1, 4).diagram())
    assert (facts["Text"], facts["Other text"]) == (A, B)
    assert (facts["Model"], facts["Other model"]) == ("embedded", "embedded")
    assert facts["View"] == "A − B"
    assert "unaligned" in facts["Notes"]
    assert facts["Orange"].removeprefix("+") == facts["Blue"].removeprefix("−")
    assert "White" not in facts
    assert "1-1" in facts["Pairs"].split()


def test_a_cut_on_one_side_is_told_as_that_side_s(a: Analysis) -> None:
    cut = embedded().analyze(A, interventions=CUT)
    facts = metadata(picture_of(Comparison.of(a, cut), 2, 0).diagram())
    assert facts["Notes"].startswith("B: Not the model as it is")
    assert "A: " not in facts["Notes"]


# Files


def test_every_head_is_a_picture_and_both_sides_are_in_one_file(
    tmp_path: Path, both: Comparison
) -> None:
    saved = list(export_comparison(both, tmp_path / "new", [0, 1], [3]))
    tells = name_of_b(both)
    assert [one.path.name for one in saved] == [
        f"Attention_Layer1_Head4_difference_{tells}_perhead.png",
        f"Attention_Layer2_Head4_difference_{tells}_perhead.png",
        f"Attention_Head4_compared_{tells}.npz",
    ]
    again = list(export_comparison(both, tmp_path / "new", [0, 1], [3]))
    assert [one.kept for one in again] == [True] * 3, "nothing is written twice"
    with Image.open(saved[0].path) as opened:
        assert opened.format == "PNG"


def test_numpy_reads_both_sides_and_their_pairs(
    tmp_path: Path, a: Analysis, b: Analysis, both: Comparison
) -> None:
    (saved,) = export_comparison(both, tmp_path, formats=("npz",))
    with np.load(saved.path, allow_pickle=False) as file:
        assert (file["attention"] == a.attention).all()
        assert (file["other_attention"] == b.attention).all()
        assert file["other_tokens"].tolist() == [token.text for token in b.tokens]
        assert (str(file["text"]), str(file["other_text"])) == (A, B)
        pairs = file["pairs"]
        assert pairs.dtype == np.int32
        assert tuple(map(tuple, pairs.tolist())) == both.alignment.pairs
        own = {name for name in file.files if not name.startswith("other_")} - {"pairs", "facts"}
        assert {name.removeprefix("other_") for name in file.files} - {"pairs", "facts"} == own
    facts = npz_metadata(saved.path)
    assert facts is not None
    assert (facts["Text"], facts["Other text"]) == (A, B)
    assert "unaligned" in facts["Notes"]


def test_the_file_opens_as_the_attention_of_a(
    tmp_path: Path, a: Analysis, both: Comparison
) -> None:
    for comparison, folder in ((both, "one"), (both.swapped, "other")):
        (saved,) = export_comparison(comparison, tmp_path / folder, formats=("npz",))
        model = SavedModel.load(str(saved.path))
        wanted = comparison.a.analysis
        opened = model.analyze(wanted.text)
        assert (opened.attention == wanted.attention).all()
        assert opened.tokens == wanted.tokens
        assert opened.candidates[0][0].token == wanted.candidates[0][0].token


def test_another_b_is_never_written_over_the_first(tmp_path: Path, a: Analysis) -> None:
    whole = Comparison.of(embedded().analyze(A, interventions=CUT), a)
    same = [next(iter(export_comparison(whole, tmp_path, [0], [0]))) for _ in range(2)]
    assert same[0].path == same[1].path
    before = same[0].path.read_bytes()
    changed = replace(a, model=replace(a.model, warnings=("Something is odd.",)))
    other = Comparison.of(whole.a.analysis, changed)
    assert name_of_b(other) == name_of_b(whole), "the name alone would not tell"
    (saved,) = export_comparison(other, tmp_path, [0], [0], ("png",))
    assert saved.path != same[0].path
    assert same[0].path.read_bytes() == before
    facts = picture_metadata(saved.path)
    assert facts is not None
    assert "Something is odd." in facts["Notes"]


def test_another_scale_is_another_file(both: Comparison) -> None:
    per_head, absolute = (
        comparison_parts(both, [0], [0], ("png",), scale=scale)[0].name
        for scale in (picture_of(both, 0, 0).scale, ABSOLUTE)
    )
    assert per_head.replace("_perhead", "") == absolute


@pytest.mark.parametrize(
    ("layers", "heads", "formats", "said"),
    [
        ([6], None, ("png",), "There is no layer 7"),
        (None, [-1], ("png",), "There is no head 0"),
        (None, None, ("csv",), "cannot be written as csv"),
    ],
)
def test_what_there_is_not_is_said_before_anything_is_written(
    tmp_path: Path, both: Comparison, layers: list[int], heads: list[int], formats: tuple[str],
    said: str,
) -> None:  # fmt: skip
    with pytest.raises(RequestError, match=said):
        export_comparison(both, tmp_path / "new", layers, heads, formats)
    assert not (tmp_path / "new").exists()


def test_models_of_other_sizes_are_refused(tmp_path: Path, a: Analysis) -> None:
    smaller = replace(a, model=replace(a.model, name="small", layers=3), attention=a.attention[:3])
    with pytest.raises(RequestError, match="models of one size"):
        export_comparison(Comparison.of(a, smaller), tmp_path)
