"""Tables in the pages of evidence on laws are those of their raw numbers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

PAGES = Path(__file__).resolve().parents[2] / "evidence" / "laws"


def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("laws_pages", PAGES / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_of_pages_are_their_raw_numbers() -> None:
    module = pages()
    for page in PAGES.glob("*.md"):
        text = page.read_text("utf-8")
        assert module.written(text) == text, f"{page.name}: run python evidence/laws/pages.py"


def test_every_table_stands_on_a_page() -> None:
    module = pages()
    texts = "".join(page.read_text("utf-8") for page in PAGES.glob("*.md"))
    for name, file in module.TABLES:
        assert f"<!-- {name} of {file}.json -->" in texts


def test_a_figure_changed_by_hand_is_noticed() -> None:
    module = pages()
    text = (PAGES / "ladder.md").read_text("utf-8")
    start = text.index("<!-- targets of ladder.json -->")
    assert module.written(text[:start] + text[start:].replace("%", "7%", 1)) == text


@pytest.mark.parametrize("value, said", [(0.0499, "5.0%"), (None, "")])
def test_shares_in_percent(value: float | None, said: str) -> None:
    assert pages().percent(value) == said
