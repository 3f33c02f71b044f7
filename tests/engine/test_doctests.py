"""Every example in the engine's docstrings is run."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

import matching

MODULES = ["matching", *(f"matching.{found.name}" for found in pkgutil.iter_modules(matching.__path__))]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_of(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_the_tutorial_runs() -> None:
    page = Path(__file__).parents[2] / "docs" / "matching-tutorial.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
