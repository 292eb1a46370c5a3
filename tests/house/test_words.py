"""Words: a local name says what a thing is, and a public name means one class."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src" / "forerun"
SAYS_NOTHING = {"told", "seen", "asked", "found", "held"}
"""How a thing came, where its name should say what it is: settings, forecasts, a prediction, a label."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        yield path.relative_to(SRC).as_posix(), ast.parse(path.read_text("utf-8"))


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every variable that is set and every parameter, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def test_a_local_name_says_what_a_thing_is() -> None:
    bad = [f"{file}:{line} {name}" for file, tree in trees() for line, name in names(tree) if name in SAYS_NOTHING]
    assert bad == []


def test_no_two_public_classes_share_a_name() -> None:
    classes = Counter(
        node.name
        for _, tree in trees()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, count in classes.items() if count > 1} == set()
