"""Marks that bind a card's known answer and its control to the tests that show them.

    @known_answer("spike")
    @control("forecaster/auto", "learned")
    def test_...

A mark names cards: by their name, by ``family/name`` where two families share one, or ``family/*`` on a test that goes
through a family (``but`` names those whose sentence another test shows). Marks are read off the tests' text, so that a
test counts where what it needs is not installed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T", bound=Callable[..., object])
Kind = Literal["known_answer", "control"]
TESTS = Path(__file__).parent


def known_answer(*cards: str, but: tuple[str, ...] = ()) -> Callable[[T], T]:
    """This test asserts what the cards call their known answer."""
    return lambda test: test


def control(*cards: str, but: tuple[str, ...] = ()) -> Callable[[T], T]:
    """This test asserts what the cards call their control."""
    return lambda test: test


@dataclass(frozen=True)
class Mark:
    """One mark: its kind, the names it gives and leaves out, and the test it stands on (``path::test``)."""

    kind: str
    cards: tuple[str, ...]
    but: tuple[str, ...]
    test: str


def marks(folder: Path = TESTS) -> Iterator[Mark]:
    """Every mark on a function of the tests' files."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if "@known_answer(" not in text and "@control(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                where = f"{path.relative_to(folder).as_posix()}::{node.name}"
                yield from (_mark(call, where) for call in node.decorator_list if _is_mark(call))


def _is_mark(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in Kind.__args__


def _mark(call: ast.expr, where: str) -> Mark:
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    but = next((ast.literal_eval(more.value) for more in call.keywords if more.arg == "but"), ())
    return Mark(call.func.id, tuple(ast.literal_eval(one) for one in call.args), but, where)


def bound(families: Mapping[str, list[str]]) -> dict[tuple[str, str, str], list[str]]:
    """The tests of every card: (family, name, kind of mark) -> tests.

    Raises:
        AssertionError: a mark that names no card, or one of two families by its bare name; a mark on what is no test.
    """
    tests: dict[tuple[str, str, str], list[str]] = {}
    for mark in marks():
        file, _, function = mark.test.partition("::")
        assert Path(file).name.startswith("test_") and function.startswith("test_"), f"{mark.test} is no test"
        for card in mark.cards:
            for family, name in _named(card, mark, families):
                tests.setdefault((family, name, mark.kind), []).append(mark.test)
    return tests


def _named(card: str, mark: Mark, families: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    family, slash, name = card.rpartition("/")
    if slash and name == "*":
        unknown = set(mark.but) - set(families[family])
        assert not unknown, f"{mark.test}: no {family} named {sorted(unknown)}"
        return [(family, one) for one in families[family] if one not in mark.but]
    where = [kind for kind, names in families.items() if name in names and family in ("", kind)]
    assert len(where) == 1, f"{mark.test}: {card!r} names {len(where)} cards: {where}; say family/name"
    return [(where[0], name)]
