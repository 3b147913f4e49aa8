"""`bertmask-tui export --view`: the numbers are the view's, and a view never pretends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Call
from tests.support import embedded
from tui.analysis.views import GRADIENT, MEAN, ROLLOUT, VALUE_WEIGHTED, View
from tui.analysis.wanted import Target

TEXT = "The cat [MASK]."


@pytest.mark.parametrize("view", [VALUE_WEIGHTED, GRADIENT], ids=lambda view: view.slug)
def test_a_view_of_heads_has_a_file_for_each(call: Call, tmp_path: Path, view: View) -> None:
    assert call("export", TEXT, "--view", view.slug, "--out", tmp_path, "--format", "png,npz") == 0
    pictures = {path.name for path in tmp_path.glob("*.png")}
    assert f"Attention_Layer6_Head12_{view.slug}_perhead.png" in pictures
    assert len(pictures) == 6 * 12 + 1
    analysis = embedded().analyze(TEXT, wanted=view.wanted(Target()))
    of = f" → {analysis.candidates[0][0].token}" if view is GRADIENT else ""
    for name in ("AllHeads", "Layer6_Head12"):
        with Image.open(tmp_path / f"Attention_{name}_{view.slug}_perhead.png") as picture:
            assert picture.info["View"] == view.name + of, "whose gradient it is"
    with np.load(tmp_path / f"Attention_{view.slug}.npz") as saved:
        assert str(saved["view"]) == view.name + of
        expected = view.matrix(analysis.source, 4, 2)
        np.testing.assert_allclose(saved["attention"][4, 2], expected, atol=1e-5)


def test_a_view_of_layers_has_a_file_a_layer(call: Call, tmp_path: Path) -> None:
    assert call("export", TEXT, "--view", "rollout", "--out", tmp_path, "--format", "png,npz") == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {
        f"Attention_Layer{layer}_rollout.png" for layer in range(1, 7)
    }
    with Image.open(tmp_path / "Attention_Layer3_rollout.png") as picture:
        facts = picture.text  # type: ignore[attr-defined]
        assert facts["Title"] == "Layer 3 of 6 · all 12 heads"
        assert (facts["Head"], facts["View"]) == ("all", ROLLOUT.name)
    with np.load(tmp_path / "Attention_rollout.npz") as saved:
        assert saved["attention"].shape[:2] == (6, 1)
        np.testing.assert_allclose(saved["attention"].sum(axis=-1), 1, atol=1e-5)


def test_a_view_of_the_model_is_one_file(call: Call, tmp_path: Path) -> None:
    assert call("export", TEXT, "--view", "mean", "--out", tmp_path) == 0
    (picture,) = tmp_path.iterdir()
    assert picture.name == f"Attention_{MEAN.slug}.png"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--view", "mean", "--layer", "2", TEXT], 2, "has no layers of its own"),
        (["--view", "rollout", "--head", "2", TEXT], 2, "has no heads of its own"),
        (["--view", "values", "--scale", "absolute", TEXT], 2, "is for shares"),
        (["--view", "gradient", "No mask here."], 1, "no candidate to take a gradient towards"),
        (["--view", "nonsense", TEXT], 2, "nonsense"),
    ],
)
def test_what_a_view_cannot_give_is_one_sentence(
    call: Call, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    assert call("export", "--out", tmp_path, *arguments) == code
    assert said in call.err
    assert len(call.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
