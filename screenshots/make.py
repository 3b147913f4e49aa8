"""Make the README's pictures anew: the real app, with the embedded model in its own process.

make screenshots
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from textual.pilot import Pilot

from screenshots import analysis
from tui.app import BertMaskApp
from tui.model.masked_lm import MaskedLM
from tui.model.names import EMBEDDED
from tui.model.worker.client import ModelClient
from tui.render import png_file
from tui.render.screen_picture import draw_screen
from tui.session.options import Options
from tui.session.sentences import EXAMPLES
from tui.storage.files import write_whole
from tui.terminal.screen_cells import screen_cells

HERE = Path(__file__).parent
SIZE = (120, 40)
"""Columns and lines of most pictures."""


class Session:
    """One run of the app, driven by keys."""

    def __init__(self, app: BertMaskApp, pilot: Pilot[None]) -> None:
        self._app = app
        self._pilot = pilot

    async def until(self, shown: Callable[[str], bool], seconds: float = 60) -> None:
        """Wait until the screen shows something."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not shown(self.text):
            if asyncio.get_running_loop().time() > deadline:
                sys.exit(f"never on the screen:\n{self.text}")
            await self._pilot.pause(0.05)
        await self._pilot.pause(0.1)

    @property
    def text(self) -> str:
        """What the screen shows."""
        cells = screen_cells(self._app.screen)
        return "\n".join("".join(cell.text for cell in line) for line in cells)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self._pilot.press(*keys)
        await self._pilot.pause(0.1)

    def picture(self, name: str) -> None:
        """Keep what the screen shows."""
        path = HERE / name
        facts = png_file.shown({"Text": self._app.main.sentence.value})
        write_whole(path, png_file.encode(draw_screen(screen_cells(self._app.screen)), facts))
        print(path.relative_to(HERE.parent))


async def session(
    act: Callable[[Session], object],
    text: str,
    *,
    size: tuple[int, int] = SIZE,
    theme: str = "dark",
) -> None:
    """Run the app on a text, with nothing kept of it.

    Args:
        act: presses keys and keeps pictures.
        text: the text.
        size: the terminal's columns and lines.
        theme: the colours, `dark` or `light`.
    """
    with tempfile.TemporaryDirectory() as folder:
        client = ModelClient()
        client.load(EMBEDDED)
        options = Options(text=text, save_folder=Path(folder), theme=theme)
        app = BertMaskApp(client, options)
        async with app.run_test(size=size) as pilot:
            one = Session(app, pilot)
            await one.until(lambda shown: "[MASK] →" in shown)
            await act(one)  # type: ignore[misc]
        client.close()


async def main_screen(app: Session) -> None:
    """A head that looks from the mask at one other word; all heads; the keys; a cut; the lens."""
    layer, head = telling_head(EXAMPLES[0].text)
    await app.press("g", *f"{layer + 1} {head + 1}", "enter")
    app.picture("main.png")
    await app.press("m")
    app.picture("map.png")
    await app.press("escape", "r")
    app.picture("heads.png")
    await app.press("escape", "question_mark")
    app.picture("help.png")
    await app.press("escape", "space")
    await app.until(lambda shown: "× cut" in shown and "whole" in shown)
    app.picture("cut.png")
    await app.press("D", "L")
    await app.until(lambda shown: "after each layer" in shown and "emb." in shown)
    app.picture("lens.png")


async def compared(app: Session) -> None:
    """Two sentences: one head of A less the same head of B."""
    layer, head = telling_head(EXAMPLES[0].text)
    await app.press("g", *f"{layer + 1} {head + 1}", "enter", "=", *"chaos", "enter")
    await app.until(lambda shown: "A − B" in shown and "B turns" in shown)
    await app.press("c", "h", "l")
    app.picture("compare.png")


def of_size(name: str) -> Callable[[Session], object]:
    """Keep a head that looks from the mask at one other word, with what stands beside it."""

    async def act(app: Session) -> None:
        layer, head = telling_head(EXAMPLES[0].text)
        await app.press("g", *f"{layer + 1} {head + 1}", "enter")
        app.picture(name)

    return act


def telling_head(text: str) -> tuple[int, int]:
    """The layer and head, counted from 0, that attend most from the mask to one ordinary token.

    Whatever model ships with the package, measured on it; in the first layer heads see little but
    places, so it is left out.
    """
    analysis = MaskedLM.load().analyze(text)
    weights = analysis.attention[1:, :, analysis.masks[0]].copy()  # (layer, head, key)
    weights[..., analysis.special] = 0
    weights[..., list(analysis.masks)] = 0
    layer, head = divmod(int(weights.max(axis=-1).argmax()), analysis.model.heads)
    return layer + 1, head


if __name__ == "__main__":
    analysis.write()
    print("analysis/analysis.md")
    asyncio.run(session(main_screen, EXAMPLES[0].text))
    asyncio.run(session(compared, EXAMPLES[0].text))
    for columns, lines in ((80, 24), (140, 40), (200, 50)):
        for theme in ("dark", "light"):
            keep = of_size(f"{columns}x{lines}-{theme}.png")
            text, size = EXAMPLES[0].text, (columns, lines)
            asyncio.run(session(keep, text, size=size, theme=theme))
