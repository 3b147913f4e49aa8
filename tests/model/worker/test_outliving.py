"""Nothing that was started outlives an app that is killed, whatever is under way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.model import tiny
from tests.model.hub.hub_server import running_hub
from tests.model.worker.real_child import descendants, is_running, wait_for_end
from tui.storage.saving import picture_metadata

ROOT = Path(__file__).parents[3]

APP = """
import asyncio, sys
from pathlib import Path
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Downloading, JobProgress, Loaded

async def main():
    what, folder = sys.argv[1], Path(sys.argv[2])
    client, events = ModelClient(), asyncio.Queue()
    client.load("embedded")
    client.listen(events.put_nowait)
    while not isinstance(await events.get(), Loaded):
        pass
    if what == "export":
        from tui.evidence.export_heads import ExportHeads
        client.start_job(ExportHeads("The cat [MASK].", "embedded", folder))
        while not (isinstance(event := await events.get(), JobProgress) and event.done > 2):
            pass
    elif what == "list":
        from tui.experiments.list_statistics import MeasureList
        client.start_job(MeasureList(("The cat [MASK]. " * 20,) * 2000, "embedded"))
        while not (isinstance(event := await events.get(), JobProgress) and event.done > 2):
            pass
    else:
        client.load("somebody/tiny")
        while not (isinstance(event := await events.get(), Downloading) and event.done):
            pass
    print("under way", flush=True)
    await asyncio.sleep(120)

asyncio.run(main())
"""


def killed_while(what: str, folder: Path) -> None:
    """Start what an app starts, kill the app with the work half done, and see all of it end."""
    app = subprocess.Popen(
        [sys.executable, "-c", APP, what, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with app:
        assert app.stdout
        assert app.stdout.readline() == "under way\n"
        started = descendants(app.pid)
        assert started
        assert all(is_running(pid) for pid in started)
        app.kill()
    for pid in started:
        assert wait_for_end(pid, seconds=5) < 1


def test_saving_all_heads(tmp_path: Path) -> None:
    killed_while("export", tmp_path)
    pictures = list(tmp_path.glob("Attention_*.png"))
    assert 2 < len(pictures) < 73
    for path in pictures:
        assert picture_metadata(path) is not None, "whole"


def test_measuring_a_list(tmp_path: Path) -> None:
    killed_while("list", tmp_path)


def test_a_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        files = hub.publish("somebody/tiny", tiny.save_bert(tmp_path / "published"))
        files["model.safetensors"] += bytes(64 << 20)
        hub.pace = 0.01
        killed_while("download", tmp_path)
