"""Choosing a model, following its download, words and pairs: as a person does it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from textual.widgets import Input, OptionList, Static

from tests.model import families, tiny
from tests.support import Desk, desk, embedded
from tui.dialogs.model_picker import ModelPicker
from tui.model.masked_lm import MaskedLM
from tui.model.worker.protocol import Died, Downloading, Loaded, LoadFailed
from tui.storage import last_model
from tui.widgets.text.page import Page
from tui.widgets.text.predictions_table import PredictionsTable

TEXT = "The cat, despite the noise, [MASK] gracefully."
PAIR = "The cat was unbelievably tired. ||| It [MASK] all day."


@pytest.fixture
def roberta(tmp_path: Path) -> str:
    """A folder with a tiny random RoBERTa: 2 layers of 2 heads."""
    families.save("roberta", tmp_path / "tiny-roberta")
    return str(tmp_path / "tiny-roberta")


async def choose(app: Desk, name: str) -> None:
    """Open the picker, type a name and press enter."""
    await app.press("o")
    app.app.screen.query_one(Input).value = name
    await app.settle()
    await app.press("enter")


# The picker


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_picker_lists_what_there_is(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, TEXT, size=size) as app:
        await app.press("o")
        text = app.text
        assert "• embedded" in text
        assert "somebody/cached" in text
        assert "12 MB  3×4" in text
        assert "bert-base-uncased" in text
        assert "441 MB  12×12" in text
        assert "enter: use embedded" in text
        await app.press("escape")
        assert app.client.loads == []
        assert app.main.grid.has_focus


async def test_offline_nothing_is_offered_that_is_not_here(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, offline=True) as app:
        await app.press("o")
        assert "somebody/cached" in app.text
        assert "bert-base-uncased" not in app.text


async def test_typing_narrows_the_list_down_and_names_any_model(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        await app.press("o", *"large")
        assert "bert-large-uncased" in app.text
        assert "distilbert" not in app.text
        assert "enter: use bert-large-uncased" in app.text
        await app.press("down")
        assert "enter: use large" in app.text, "a name of its own is always to be had"
        await app.press("up", "enter")
        assert app.client.loads == ["bert-large-uncased"]


async def test_a_name_with_markup_and_escapes_is_data(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        await app.press("o")
        app.app.screen.query_one(Input).value = "[/red]\x1b[2J[bold]"
        await app.settle()
        assert "enter: use [/red][bold]" in app.text


async def test_a_click_chooses(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        await app.press("o")
        picker = app.app.screen
        assert isinstance(picker, ModelPicker)
        await app.pilot.click(picker.query_one(OptionList), offset=(4, 3))
        await app.settle()
        assert app.client.loads == ["somebody/cached"]


# Another model


async def test_the_sentence_is_asked_of_the_new_model(tmp_path: Path, roberta: str) -> None:
    async with desk(tmp_path, "the cat sat on [MASK]") as app:
        await app.press("down", "down", "down", "right", "right")
        assert "Layer 4 of 6 · Head 3 of 12" in app.text
        await choose(app, roberta)
        assert app.client.asked == ["the cat sat on [MASK]"] * 2
        assert "Layer 2 of 2 · Head 2 of 2" in app.text
        assert "tiny-roberta 2×2" in app.text
        assert "<mask>" in app.text
        assert "Ġcat" in app.text, "pieces in the model's own form"
        assert "has no layer 4, head 3" in app.text
        assert last_model.load(tmp_path / "model.txt", "none") == roberta
        await choose(app, "embedded")
        assert "embedded 6×12" in app.text
        assert last_model.load(tmp_path / "model.txt", "none") == "embedded"


async def test_a_model_that_cannot_be_had_leaves_the_one_before(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        before = app.text.splitlines()[:20]
        await choose(app, "/no/such/folder")
        assert "There is no folder /no/such/folder" in app.text
        assert app.text.splitlines()[:20] == before
        await app.press("right")
        assert "Head 2 of 12" in app.text
        assert not (tmp_path / "model.txt").exists() or (
            last_model.load(tmp_path / "model.txt", "none") == "embedded"
        )


async def test_a_download_is_followed_and_given_up(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        app.client.holding = True
        await choose(app, "bert-base-uncased")
        assert "loading bert-base" in app.text
        app.client.report(
            Downloading(1, "bert-base-uncased", 120_000_000, 441_000_000, 5_000_000.0)
        )
        await app.settle()
        assert "120 MB of 441 MB · 5 MB/s · 1:04 left · esc cancels" in app.text
        await app.press("right")
        assert "Head 2 of 12" in app.text, "everything goes on meanwhile"
        app.client.report(Downloading(1, "bert-base-uncased", 120_000_000, 441_000_000, 0.0))
        await app.settle()
        assert "nothing comes" in app.text
        await app.press("escape")
        assert "Cancelled; embedded stays." in app.text
        assert "esc cancels" not in app.text
        assert app.main.grid.has_focus
        await app.press("escape")
        assert app.main.sentence.has_focus


async def test_a_model_used_last_that_is_gone_makes_room_for_the_embedded(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, model="gone/model") as app:
        app.session.model.info = None  # as before the first model is there
        app.client.report(LoadFailed(1, "gone/model", "There is no model named gone/model here."))
        await app.settle()
        assert app.client.loads == ["embedded"]
        assert "embedded 6×12" in app.text
        assert "the model used last, cannot be loaded from this machine any more" in app.text


async def test_a_model_that_was_asked_for_is_not_replaced(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, model="gone/model", asked_for_model=True) as app:
        app.session.model.info = None
        app.client.report(LoadFailed(1, "gone/model", "There is no model named gone/model here."))
        await app.settle()
        assert app.client.loads == []
        assert "not loaded" in app.text


async def test_the_model_before_comes_back_after_a_death(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        app.client.report(Died("The model's process was killed while loading x.", restarted=True))
        await app.settle()
        assert "killed while loading x" in app.text
        asked = len(app.client.asked)
        app.client.report(Loaded(1, embedded().info))
        await app.settle()
        assert len(app.client.asked) == asked, "it is the same model: the answer on screen holds"


# Silent nonsense


async def test_weights_made_up_at_random_are_a_lasting_warning(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "half")
    path = folder / "model.safetensors"
    kept = {name: w for name, w in load_file(path).items() if "layer.1." not in name}
    save_file(kept, path, metadata={"format": "pt"})
    async with desk(tmp_path, "the cat [MASK]", loaded=MaskedLM.load(str(folder))) as app:
        assert "were made up at random" in app.text
        await app.press("right", "j", "n")
        assert "were made up at random" in app.text
        await choose(app, "embedded")
        assert not app.main.query_one("#warning", Static).display


async def test_without_a_head_the_table_says_so(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "headless")
    path = folder / "model.safetensors"
    kept = {name: w for name, w in load_file(path).items() if not name.startswith("cls.")}
    save_file(kept, path, metadata={"format": "pt"})
    async with desk(tmp_path, "the cat [MASK]", loaded=MaskedLM.load(str(folder))) as app:
        assert "has no trained masked-LM head" in app.main.query_one(PredictionsTable).content.empty
        assert "headless has no trained" in app.text
        assert "Layer 1 of 2 · Head 1 of 2" in app.text
        assert app.main.grid.content is not None
        await app.press("enter")
        assert "There is no candidate to fill in" in app.text


async def test_no_vocabulary_writes_to_the_terminal(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "hostile")
    path = folder / "tokenizer.json"
    hostile = "\\u001b]0;owned\\u0007"
    path.write_text(
        path.read_text().replace('"dog"', f'"{hostile}"').replace('"cat"', f'"{hostile}c"')
    )
    async with desk(tmp_path, "the [MASK] sat", loaded=MaskedLM.load(str(folder)), top_k=30) as app:
        for _ in range(18):
            await app.press("J")
            assert "\x1b" not in app.text
            assert "\x07" not in app.text
        assert "�]0;owned�" in app.text
        await app.press("enter")
        assert "\x1b" not in app.main.sentence.value


# What is true of a kind of model


def page(app: Desk) -> str:
    """What the open dialog says, in one line."""
    lines = app.app.screen.query_one(Page).lines
    return " ".join(" ".join(strip.text for strip in lines).split())


async def test_which_rows_to_read_depends_on_the_kind_of_model(tmp_path: Path) -> None:
    families.save("bart", tmp_path / "bart")
    only_mask, all_rows = "only the mask's row has any", "every row has some"
    for folder, said, unsaid in (
        (None, only_mask, all_rows),
        (str(tmp_path / "bart"), all_rows, only_mask),
    ):
        loaded = MaskedLM.load(folder) if folder else None
        async with desk(tmp_path, "the cat sat on [MASK] mat", loaded=loaded) as app:
            await app.press("v", *["down"] * 5)
            text = page(app)
            assert said in text
            assert unsaid not in text
            assert "log p of the chosen candidate" in text
            await app.press_each("enter", "u", "v")
            text = page(app)
            assert "to a word and from it the sum over its pieces" in text


# Words


async def test_word_pieces_become_words(tmp_path: Path) -> None:
    async with desk(tmp_path, "It was unbelievably [MASK].") as app:
        assert "##bel" in app.text
        pieces = app.main.grid.content
        assert pieces is not None
        await app.press("u")
        words = app.main.grid.content
        assert words is not None
        assert words.labels == ("[CLS]", "it", "was", "unbelievably", "[MASK]", ".", "[SEP]")
        np.testing.assert_allclose(words.weights.sum(axis=1), 1, atol=1e-5)
        # To a word the sum over its pieces, from it their mean.
        assert pieces.labels[3:8] == ("un", "##bel", "##ie", "##va", "##bly")
        np.testing.assert_allclose(words.weights[4, 3], pieces.weights[8, 3:8].sum(), atol=1e-6)
        np.testing.assert_allclose(words.weights[3, 4], pieces.weights[3:8, 8].mean(), atol=1e-6)
        assert app.main.grid.cursor[0] == 4
        assert words.masks == (4,)
        assert "· words" in app.text
        await app.press("right", "u")
        assert app.main.grid.cursor[0] == 8
        assert "##bel" in app.text


async def test_a_word_is_masked_whole_and_comes_back(tmp_path: Path) -> None:
    async with desk(tmp_path, "It was unbelievably good.") as app:
        await app.press("u", "home")
        await app.point_at(3, 3)
        await app.press("w")
        assert app.client.asked[-1] == "It was [MASK] good."
        assert "read as other word pieces" not in app.text
        assert app.main.grid.cursor[0] == 3
        await app.press("w")
        assert app.main.sentence.value == "It was unbelievably good."


async def test_pictures_of_words_have_a_name_of_their_own(tmp_path: Path) -> None:
    async with desk(tmp_path, PAIR) as app:
        await app.press("u", "b", "n", "s")
        [picture] = (tmp_path / "pictures").iterdir()
        assert picture.name == "Attention_Layer1_Head1_words_AtoB.png"


# Pairs


async def test_a_pair_is_shown_block_by_block(tmp_path: Path) -> None:
    async with desk(tmp_path, PAIR) as app:
        content = app.main.grid.content
        assert content is not None
        assert content.second is not None
        assert content.labels[content.second - 1] == "[SEP]"
        assert content.labels[content.second] == "it"
        whole, second = content.weights, content.second
        halves = {"A": slice(0, second), "B": slice(second, None)}
        for name in ("A→B", "B→A", "A→A", "B→B"):
            await app.press("b")
            assert f"· {name}" in app.text
            block = app.main.grid.content
            assert block is not None
            inside = np.zeros(whole.shape, dtype=bool)
            inside[halves[name[0]], halves[name[2]]] = True
            np.testing.assert_array_equal(block.weights[inside], whole[inside])
            assert np.isnan(block.weights[~inside]).all()
            brightness = np.stack([block.brightness(query) for query in block.queries])
            assert (brightness[~inside] == 0).all()
            assert inside[app.main.grid.cursor[0], app.main.grid.cursor[1]]
            assert "outside" not in app.status
        await app.press("b")
        assert app.main.grid.content is not None
        np.testing.assert_array_equal(app.main.grid.content.weights, whole)


async def test_the_cursor_outside_a_block_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, PAIR) as app:
        await app.press("b")
        await app.point_at(1, 1)
        await app.settle()
        assert "the → the outside the block" in app.status
        await app.press("asterisk")
        assert app.main.grid.cursor[1] >= 9
        assert "outside" not in app.status


async def test_one_sentence_has_no_blocks(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as app:
        await app.press("b")
        assert "This is one sentence: put ||| between two" in app.text
        await app.ask("The cat. |||")
        assert "||| stands between two sentences" in app.text


async def test_a_pair_for_a_model_without_segments_says_so(tmp_path: Path, roberta: str) -> None:
    async with desk(tmp_path, "the cat ||| sat [MASK]", loaded=MaskedLM.load(roberta)) as app:
        assert "This model has no segment embeddings" in app.text
        await app.press("b")
        assert "· A→B" in app.text


# Over the memory's budget


async def test_a_long_text_is_shown_layer_by_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = embedded().analyze(TEXT).attention
    monkeypatch.setattr("tui.model.budget.BUDGET", 0)
    async with desk(tmp_path, TEXT) as app:
        for layer in (1, 2, 3):
            await app.press("down")
            assert f"Layer {layer + 1} of 6" in app.text
            content = app.main.grid.content
            assert content is not None
            np.testing.assert_allclose(content.weights, whole[layer, 0], atol=1e-5)
        assert len(app.client.asked) == 4
        for key in ("m", "r", "f", "S", "a"):
            await app.press(key)
            assert "one layer is held at a time, and this needs all of them" in app.status, key
        app.client.holding = True
        await app.press("down")
        assert app.main.grid.content is None, "what is not there is not drawn"
        await app.press("s")
        assert "Layer 5 is not there yet" in app.text
        app.client.holding = False
        await app.settle()
        assert app.main.grid.content is not None
