"""The house's rules: who may import whom, what a fresh process loads, how long a file may be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tui

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tui"
MOST_LINES = 320

FOREIGN_TO_THE_INTERFACE = ("torch", "transformers", "tokenizers", "safetensors")


def in_fresh_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in an interpreter that has loaded nothing yet."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


def test_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    contracts = in_fresh_python(code, "--no-logo", "--no-cache")
    assert contracts.returncode == 0, contracts.stdout + contracts.stderr


def test_no_file_holds_two_ideas() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".tcss"}
    }
    long = {path: lines for path, lines in lengths.items() if lines >= MOST_LINES}
    assert not long, (
        f"over {MOST_LINES - 1} lines: {long}. "
        "Ask what second idea is in the file, and give it a file of its own."
    )


def test_the_interface_loads_no_model_library() -> None:
    """What import contracts do not see: the packages' `__init__`, and other people's modules."""
    code = f"""
import sys
import tui.app, tui.analysis.analysis
import tui.model.worker.client, tui.model.worker.protocol, tui.model.worker.wire
print([name for name in {FOREIGN_TO_THE_INTERFACE} if name in sys.modules])
"""
    loaded = in_fresh_python(code)
    assert loaded.stdout.strip() == "[]", loaded.stdout + loaded.stderr


def test_analysis_and_render_load_numpy_and_pillow_only() -> None:
    code = f"""
import pkgutil, sys
import tui.analysis, tui.render
for package in (tui.analysis, tui.render):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        __import__(module.name)
print([name for name in {("textual", "rich", *FOREIGN_TO_THE_INTERFACE)} if name in sys.modules])
"""
    loaded = in_fresh_python(code)
    assert loaded.stdout.strip() == "[]", loaded.stdout + loaded.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["predict", "--help"], ["export", "--help"]],
    ids=" ".join,
)
def test_asking_the_command_line_is_light(arguments: list[str]) -> None:
    code = """
import sys
from tui.cli.main import main
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
print([name for name in ("torch", "transformers", "textual") if name in sys.modules])
"""
    asked = in_fresh_python(code, *arguments)
    assert asked.stdout.splitlines()[-1:] == ["[]"], asked.stdout + asked.stderr


def test_the_version_is_told() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tui", "--version"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert tui.__version__ in asked.stdout, asked.stderr
