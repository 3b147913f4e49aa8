"""The wheel is whole: it works away from the checkout, in a clean environment, with no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]

NO_NETWORK = '''
"""Every way out of this machine is closed, and each try is written down."""
import errno, os, socket

def refuse(what):
    with open(os.environ["NETWORK_TRIES"], "a") as tries:
        tries.write(f"{what}\\n")

class Offline(socket.socket):
    def connect(self, address):
        if self.family != socket.AF_UNIX:
            refuse(address)
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        super().connect(address)

    def connect_ex(self, address):
        if self.family != socket.AF_UNIX:
            refuse(address)
            return errno.ENETUNREACH
        return super().connect_ex(address)

def getaddrinfo(host, *arguments, **options):
    refuse(host)
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

socket.socket = Offline
socket.getaddrinfo = getaddrinfo
'''

BUILD = """
import sys, zlib
zlib.Z_DEFAULT_COMPRESSION = 1
from hatchling.cli import hatchling
sys.exit(hatchling())
"""
"""Hatchling in a hurry: the best compression of the weights takes 14 s more for 6 % less."""


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command} in {cwd}:\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the hatchling that is installed here, a little larger than it is."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-c", BUILD, "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("bertmask_tui-*.whl")
    return built


class Installed(NamedTuple):
    """The wheel, alone in an environment whose dependencies are lent to it."""

    root: Path
    python: Path
    command: Path
    env: dict[str, str]
    network_tries: Path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("elsewhere")
    root = folder / "env"
    python = root / "bin" / "python"
    run(sys.executable, "-m", "venv", "--without-pip", root, cwd=folder)
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-deps", "--no-index", "--disable-pip-version-check", wheel),
        cwd=folder,
    )

    packages = Path(
        run(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).stdout.strip()
    )
    # Python reads no .pth file in a folder that a .pth file names: an editable install of the
    # checkout does not come along with what is lent.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    # Not a sitecustomize: Debian's own would come first.
    (packages / "no_network.py").write_text(NO_NETWORK, encoding="utf-8")
    (packages / "no_network.pth").write_text("import no_network\n", encoding="utf-8")

    tries = folder / "network-tries"
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "HF_", "TRANSFORMERS_", "XDG_"))
    }
    env |= {"HOME": str(folder / "home"), "NETWORK_TRIES": str(tries)}
    return Installed(root, python, root / "bin" / "bertmask-tui", env, tries)


def test_the_wheel_holds_the_model_the_styles_the_font_and_the_licences(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    data = {
        path.relative_to(ROOT).as_posix()
        for pattern in (
            "model/embedded/*",
            "model/*.txt",
            "render/fonts/*",
            "**/*.tcss",
            "**/*.py",
            "py.typed",
        )
        for path in (ROOT / "tui").glob(pattern)
    }
    assert {
        "tui/model/embedded/model.safetensors",
        "tui/model/embedded/tokenizer.json",
        "tui/model/embedded/README.md",
        "tui/model/embedded/means.npz",
        "tui/model/reference_sentences.txt",
        "tui/render/fonts/DejaVuSans.ttf",
        "tui/render/fonts/DejaVuSansMono.ttf",
        "tui/render/fonts/DejaVuSansMono-Bold.ttf",
        "tui/app.tcss",
    } <= data
    assert data <= names

    (licences,) = {name.split("/")[0] + "/licenses/" for name in names if "/licenses/" in name}
    assert {
        licences + "LICENSE",
        licences + "tui/model/embedded/LICENSE",
        licences + "tui/render/fonts/LICENSE-DejaVu.txt",
    } <= names


def test_the_man_page_is_installed_where_man_looks(installed: Installed) -> None:
    page = installed.root / "share" / "man" / "man1" / "bertmask-tui.1"
    assert page.read_text(encoding="utf-8") == (ROOT / "man/bertmask-tui.1").read_text("utf-8")


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 60_000_000


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    outside = [
        name
        for name in ZipFile(wheel).namelist()
        if not name.startswith(("tui/", "bertmask_tui-")) or "__pycache__" in name
    ]
    assert outside == []


def test_the_installed_package_is_not_the_checkout(installed: Installed) -> None:
    where = run(
        *(installed.python, "-c", "import tui; print(tui.__file__)"),
        cwd=installed.root.parent,
        env=installed.env,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed.root)


def test_predict_works_away_from_the_checkout_with_no_network(installed: Installed) -> None:
    text = "The capital of France is [MASK]."
    said = run(
        *(installed.command, "predict", text, "--json"),
        cwd=installed.root.parent,
        env=installed.env,
    )
    answer = json.loads(said.stdout)
    (mask,) = answer["masks"]
    candidates = mask["candidates"]
    assert answer["text"] == text
    # A place, whichever: the embedded model may be replaced by a better trained one.
    assert {candidate["token"] for candidate in candidates} & {"paris", "france", "italy", "lyon"}
    chances = [candidate["probability"] for candidate in candidates]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1
    assert candidates[0]["token"] in candidates[0]["sentence"].lower()

    tries = installed.network_tries
    assert not tries.exists(), tries.read_text(encoding="utf-8")
