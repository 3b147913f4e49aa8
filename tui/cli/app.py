"""`bertmask-tui`: opens the app. The model's process starts first, then the interface loads."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import click

from tui.cli import completion, options
from tui.model.names import EMBEDDED, absolute_name
from tui.storage.paths import MODEL_FILE, history_file, state_folder


@options.command("app", hidden=True)
@options.TEXT_IF_ANY
@click.option(
    "--model",
    "-m",
    type=options.ModelName(),
    metavar="NAME",
    shell_complete=completion.models,
    help=f"{options.MODEL_NAMES} By default the one used last, in this folder or else in any.",
)
@options.layer("The layer to open on, counted from 1.")
@options.head("The head to open on, counted from 1.")
@options.top_k(default=10)
@options.SAVE_DIR
@click.option(
    "--color",
    type=click.Choice(["auto", "truecolor", "256", "16", "none"]),
    default="auto",
    show_default=True,
    help="The colours to use; auto asks NO_COLOR, COLORTERM and TERM.",
)
@click.option(
    "--theme",
    type=click.Choice(["auto", "dark", "light"]),
    default="auto",
    show_default=True,
    help="Colours for a dark or a light background; auto asks the terminal which it has.",
)
@click.option("--fresh", is_flag=True, help="Begin anew, not where you were in this folder.")
@click.option(
    "--ascii/--no-ascii", "ascii_only", default=False, help="Draw with ASCII characters alone."
)
@click.option(
    "--mouse/--no-mouse", default=True, help="Take the mouse, or leave it to the terminal."
)
@options.OFFLINE
@options.DEVICE
@options.DTYPE
def app(
    text: str | None, model: str | None, layer: int | None, head: int | None, top_k: int,
    save_dir: Path, color: str, theme: str, fresh: bool, ascii_only: bool, mouse: bool,
    offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Open the app."""
    _need_terminal()
    # The model's process starts before textual is imported: the two load side by side.
    from tui.model.worker.client import ModelClient
    from tui.storage import kept_place, last_model

    kept_in = kept_place.place_file(state_folder(), Path())
    kept = kept_place.KeptPlace() if fresh else kept_place.load(kept_in)
    model_file = history_file().with_name(MODEL_FILE)
    client = ModelClient()
    remembered = kept.model or last_model.load(model_file, EMBEDDED)
    name = absolute_name(model or (EMBEDDED if fresh else remembered))
    # The one used last was here then: if it no longer is, nothing is downloaded unasked.
    client.load(name, offline=offline or model is None, device=device, dtype=dtype)

    # Until the first frame there is hardly any garbage; looking for it takes a tenth of the time.
    gc.disable()
    from tui.render.depth import Depth, detect

    depth = detect(os.environ) if color == "auto" else Depth(color)
    if color != "auto":
        os.environ.pop("NO_COLOR", None)  # textual heeds it whatever else is asked for
    from tui.app import run
    from tui.cli.locales import speaks_ascii_only
    from tui.session.options import Options

    asked = Options(
        text=text, theme=theme, model=name, asked_for_model=model is not None, offline=offline,
        device=device, dtype=dtype, layer=layer, head=head, top_k=top_k, save_folder=save_dir,
        mouse=mouse, place=kept, place_file=kept_in, history_file=history_file(),
        model_file=model_file, ascii_only=ascii_only or speaks_ascii_only(), depth=depth,
    )  # fmt: skip
    run(client, asked)


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            "The app needs a terminal (over ssh: ssh -t); for a script there is: "
            "bertmask-tui predict TEXT."
        )
    if os.environ.get("TERM", "dumb") == "dumb":
        raise click.UsageError(
            "This terminal (TERM=dumb) cannot show the app; for plain output there is: "
            "bertmask-tui predict TEXT."
        )
