"""The house's rules: who may import whom, what a fresh process loads, and how things are named.

Where rooms are still being put in order, a rule has a list of what does not keep to it yet. Such a
list only shrinks: an entry that is no longer true fails the test too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import tui
from tui.cli.main import APP, COMMANDS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tui"
TESTS = ROOT / "tests"

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


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package: its file, as the root sees it, and what is in it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


# Who may import whom


def test_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    contracts = in_fresh_python(code, "--no-logo", "--no-cache")
    assert contracts.returncode == 0, contracts.stdout + contracts.stderr


def test_every_room_has_its_floor() -> None:
    """A folder or file of `tui/` that no layer names may import, and be imported by, anything."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["id"]: one for one in settings["tool"]["importlinter"]["contracts"]}
    layers = " | ".join(contracts["downwards"]["layers"])
    named = {name.strip() for name in layers.split("|")}
    rooms = {f"tui.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py")}
    rooms |= {f"tui.{path.stem}" for path in PACKAGE.glob("[!_]*.py")}
    assert named == rooms


@pytest.mark.parametrize(
    ("rooms", "libraries"),
    [
        (("analysis",), {"numpy"}),
        (("query",), {"numpy", "lark"}),
        (("render",), {"numpy", "PIL", "fontTools"}),
        (("session", "experiments"), {"numpy"}),
    ],
    ids=lambda value: "+".join(sorted(value)),
)
def test_a_room_of_the_core_knows_few_libraries(
    rooms: tuple[str, ...], libraries: set[str]
) -> None:
    """The contracts name what is forbidden; a library that nobody thought of is seen here."""
    allowed = {"tui", "__future__", *sys.stdlib_module_names, *libraries}
    found = defaultdict(set)
    for file, tree in trees():
        if Path(file).parts[1] in rooms:
            for name in imported(tree) - allowed:
                found[name].add(file)
    assert not found


def imported(tree: ast.Module) -> set[str]:
    """The packages that a module imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


# What a fresh process loads


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
    [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS if name != APP)],
    ids=" ".join,
)
def test_asking_the_command_line_is_light(arguments: list[str]) -> None:
    heavy = ("textual", "rich", "numpy", "PIL", "lark", "huggingface_hub")
    code = f"""
import sys
from tui.cli.main import main
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
print([name for name in {(*heavy, *FOREIGN_TO_THE_INTERFACE)} if name in sys.modules])
"""
    asked = in_fresh_python(code, *arguments)
    assert asked.stdout.splitlines()[-1:] == ["[]"], asked.stdout + asked.stderr


OF_THE_APP = ("app", "completion", "main", "options", "output", "settings", "streams")


def test_opening_the_app_reads_no_other_command() -> None:
    """Each command is imported when it is asked for: the first frame waits for none of them."""
    code = """
import sys
from tui.cli.main import main
try:
    main()
except SystemExit as leave:
    assert leave.code == 2, leave.code  # there is no terminal
print(sorted(name for name in sys.modules if name.startswith("tui.cli.")))
"""
    opened = in_fresh_python(code, "a sentence")
    loaded = {f"tui.cli.{name}" for name in OF_THE_APP}
    assert ast.literal_eval(opened.stdout) == sorted(loaded), opened.stdout + opened.stderr


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


# How things are named


def test_no_two_classes_have_one_name() -> None:
    """Messages are nested in their widgets, and named by both: they may be alike."""
    found: dict[str, list[str]] = defaultdict(list)
    for file, tree in trees():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(file)
    twice = {name: files for name, files in found.items() if len(files) > 1}
    assert not twice


def test_no_docstring_begins_with_what() -> None:
    """It says the thing itself: `A head's name.`, not `What a head is called.`."""
    found: dict[str, list[str]] = defaultdict(list)
    for file, tree in trees():
        for name, text in docstrings(tree):
            if text.split(maxsplit=1)[0] == "What":
                found[file].append(name)
    assert not found


def docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The public docstrings of a module, its own first, by names."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name = "the module" if isinstance(node, ast.Module) else node.name
        if not name.startswith("_") and (text := ast.get_docstring(node)):
            yield name, text


# Where things lie

TESTS_ALONE = {"benchmarks", "pictures"}
"""What `make bench` runs, and the pictures that screens are compared with."""


def test_tests_mirror_the_package() -> None:
    """The tests of a folder are found in the folder of its name."""
    folders = {
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*/")
        if path != TESTS and "__pycache__" not in path.parts
    }
    astray = {folder for folder in folders if not (PACKAGE / folder).is_dir()}
    assert astray == TESTS_ALONE


def test_the_map_is_true() -> None:
    """`tui/README.md` names every room, and what it names is there."""
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    rooms = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    rooms |= {path.name for path in PACKAGE.glob("[!_]*.py")}
    named = set(re.findall(r"`([\w/]+(?:\.py|/))`", text))
    assert rooms <= named
    missing = {name for name in named if not any((at / name).exists() for at in (PACKAGE, ROOT))}
    assert missing == {"cli/NAME.py", "experiments/NAME.py"}


def test_a_command_lies_in_the_file_of_its_name() -> None:
    """What is found without looking: `bertmask-tui heads` is `tui/cli/heads.py`."""
    for name in COMMANDS:
        assert (PACKAGE / "cli" / f"{name}.py").is_file(), name
