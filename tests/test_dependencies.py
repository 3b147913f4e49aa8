"""What is imported is declared, what is declared is needed, and all of it is pinned."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

NEEDED_BY_OTHERS = {
    "protobuf": "transformers reads SentencePiece vocabularies with it, and does not require it",
}
"""Distributions that nothing here imports."""

OWN = {"tui", "tests", "screenshots"}


def distribution(name: str) -> str:
    """A distribution's name in the one form of PyPA's specification of names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra in extras:
        requirements += project["optional-dependencies"][extra]
    return {distribution(re.split(r"[<>=!~;\[ ]", one)[0]) for one in requirements}


@cache
def imported(*folders: str) -> dict[str, str]:
    """The packages of others that are imported, anywhere in a file, with a file that does."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for name in _names(tree):
                if name not in sys.stdlib_module_names | OWN:
                    found.setdefault(name, str(path.relative_to(ROOT)))
    return found


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def distributions(package: str) -> set[str]:
    """The distributions that a package comes with."""
    return {distribution(one) for one in _distributions().get(package, ())}


@pytest.mark.parametrize(
    ("folders", "extras"), [(("tui",), ()), (("tui", "tests", "screenshots"), ("dev",))]
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    known = declared(*extras)
    undeclared = {
        package: where
        for package, where in imported(*folders).items()
        if not distributions(package) & known
    }
    assert not undeclared, f"not in pyproject.toml: {undeclared}"


def test_what_is_declared_is_imported() -> None:
    used = {one for package in imported("tui") for one in distributions(package)}
    assert declared() - used == NEEDED_BY_OTHERS.keys()


def test_what_is_declared_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {distribution(line.partition("==")[0]) for line in lines if not line.startswith("#")}
    assert declared("dev") <= pinned
