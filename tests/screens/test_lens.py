"""The lens screen: its pages, at every size, and answers that come late."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model import tiny
from tests.model.torch_engine.test_trust import strip
from tests.support import Desk, desk, embedded
from tui.experiments.lens import lens
from tui.model.masked_lm import MaskedLM
from tui.screens.lens import LensScreen

TEXT = "The cat, despite the noise and distractions, [MASK] gracefully."


def is_open(at: Desk) -> bool:
    return isinstance(at.app.screen, LensScreen)


async def test_the_layers_and_what_they_are_worth(tmp_path: Path) -> None:
    expected = lens(embedded(), TEXT)
    async with desk(tmp_path, TEXT, size=(80, 24)) as at:
        await at.press("L")
        assert is_open(at)
        assert "What [MASK] would be after each layer" in at.screen[0]
        assert f"p of {expected.chosen.label}" in at.screen[1]
        for row, layer in zip(at.screen[2:], expected.layers, strict=False):
            name = str(layer.layer) if layer.layer else "emb."
            assert row.split("▸")[-1].split()[0] == name
            for candidate in layer.candidates:
                assert f"{candidate.label[:9]}" in row
                assert f"{candidate.probability:.3f}" in row
            assert f" {layer.rank:,} {layer.probability:.3f}" in row
        assert at.screen[1 + len(expected.layers)].startswith("▸"), "it begins at the last layer"
        assert "never trained to be read" in at.text
        assert "after layer 6" in at.screen[-2]
        await at.press("up")
        assert f"{expected.layers[5].probability:.4f}" in at.screen[-2]


async def test_every_token_is_readable_at_80_columns(tmp_path: Path) -> None:
    expected = lens(embedded(), TEXT, every_token=True).cells
    assert expected is not None
    async with desk(tmp_path, TEXT, size=(80, 24)) as at:
        await at.press("L", "tab")
        await at.shows("emb.")
        assert at.screen[1].split() == ["emb.", *map(str, range(1, 7))]
        for token, row in enumerate(at.screen[2 : 2 + len(expected.tokens)]):
            assert expected.tokens[token] in row
            for words in expected.words:
                assert words[token][:5] in row
        mask = expected.tokens.index("[MASK]")
        word = expected.words[-1][mask]
        assert f"[MASK] after layer 6: {word}" in at.screen[-2]
        await at.press("left", "up")
        assert f"{expected.tokens[mask - 1]} after layer 5" in at.screen[-2]
        await at.press("tab", "tab")
        assert "What [MASK] would be" in at.screen[0]


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (200, 50)])
async def test_what_does_not_fit_is_scrolled(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, TEXT, size=size) as at:
        await at.press("L", "tab")
        assert "[MASK]" in "\n".join(at.screen[1:-2])
        await at.hold("up", 20)
        await at.hold("left", 9)
        assert "[CLS] embeddings" in at.screen[-2]
        assert "emb." in at.screen[1]
        assert "[CLS]" in at.screen[2]
        await at.press("tab", "tab")
        await at.hold("up", 9)
        assert at.screen[2].startswith("▸emb.")
        assert all(len(line) == size[0] for line in at.screen)


@pytest.mark.parametrize("key", ["escape", "L", "q", "ctrl+c"])
async def test_it_closes(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("L")
        await at.press(key)
        assert not is_open(at)
        assert not at.session.lens.is_open


async def test_another_candidate_and_another_mask_are_followed(tmp_path: Path) -> None:
    text = "The [MASK] sat on the [MASK]."
    async with desk(tmp_path, text) as at:
        await at.press("L")
        assert "What [MASK] 1 of 2" in at.screen[0]
        await at.press("J")
        second = at.session.filling.candidates[1]
        assert f"p of {second.label}" in at.screen[1]
        assert "rank 2" in at.screen[-2]
        await at.press("]")
        assert "What [MASK] 2 of 2" in at.screen[0]
        assert at.session.filling.mask == 1


async def test_a_key_is_the_lens_s_before_its_reading_is_there(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.pilot.press("L", "tab", "J", "tab", "escape", "L")
        await at.settle()
        assert is_open(at)
        assert f"p of {at.session.filling.candidates[1].label}" in at.screen[1]


async def test_an_answer_that_comes_late_is_read(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        at.client.holding = True
        await at.ask("A dog [MASK] loudly.")
        await at.press("L")
        before = at.screen[2:9]
        at.client.holding = False
        await at.settle()
        assert is_open(at)
        assert at.screen[2:9] != before
        assert f"p of {at.session.answer.candidates[0][0].label}" in at.screen[1]


async def test_without_a_mask_it_says_how_to_get_one(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat sat.") as at:
        await at.press("L")
        assert not is_open(at)
        assert "There is no [MASK] in this sentence for the lens" in at.status


async def test_a_model_without_a_head_says_so(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "model")
    strip(folder, "cls.")
    loaded = MaskedLM.load(str(folder))
    async with desk(tmp_path, "the [MASK] sat", loaded=loaded, model=str(folder)) as at:
        await at.press("L")
        assert not is_open(at)
        assert "no trained masked-LM head" in at.status


async def test_in_ascii_nothing_else_is_drawn(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(80, 24), ascii_only=True) as at:
        await at.press("L", "tab")
        shades = set("".join(at.screen[2:-4])) & set(" ░▒▓█▏▎▍▌▋▊▉")
        assert shades == {" "}
