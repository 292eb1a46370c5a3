"""Tables in the pages of evidence on laws are those of their raw numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.laws import pages, prose
from evidence.laws.tables import cells
from forerun.laws import LAWS
from forerun.laws.design import weighing
from forerun.laws.path.base.law import _HELD

PAGES = Path(__file__).resolve().parents[2] / "evidence" / "laws"


def test_tables_of_pages_are_their_raw_numbers() -> None:
    for page in PAGES.glob("*.md"):
        text = page.read_text("utf-8")
        assert pages.written(text) == text, f"{page.name}: run python -m evidence.laws.pages"


def test_every_table_stands_on_a_page() -> None:
    texts = "".join(page.read_text("utf-8") for page in PAGES.glob("*.md"))
    for file in (PAGES / "tables").glob("*.py"):
        if file.stem != "cells":
            for name in pages.tables(file.stem):
                assert f"<!-- {name} of {file.stem}.json -->" in texts


def test_what_is_shipped_of_a_laws_own_error_is_what_the_evidence_says() -> None:
    found = json.loads((PAGES / "path_constants.json").read_text("utf-8"))
    law, runs, large = LAWS.load("multi_power"), found["mean"]["runs"], found["mean"]["largest"]
    assert found["rules"]["as shipped"]["shares"] == [law.misfit_share]
    assert all(0.72 <= of[key] <= 0.88 for of in (runs, large) for key in ("inside_80", "ensemble_inside_80"))
    assert runs["inside_80_before"] > 0.88  # control: with the whole error intervals are too wide
    said = json.loads(Path(weighing.__file__).with_name("measured.json").read_text("utf-8"))
    assert (said["law"], said["version"]) == ("multi_power", law.version)
    assert said["losses"]["holds"] == round(runs["inside_80_of_a_design"], 2)
    assert said["losses"]["n"] == sum(one["runs"] for one in found["settings"].values())


def test_what_is_said_of_another_peak_is_what_the_evidence_says() -> None:
    found = json.loads((PAGES / "peaks.json").read_text("utf-8"))
    held = [one["inside_80_of_that"] for one in found["models"].values()]
    assert {one["chosen_without"] for one in found["models"].values()} == {found["shipped"]}
    assert (
        f"held {found['mean']['inside_80_of_that']:.0%} over {len(held)} models left out, {min(held):.0%} of" in _HELD
    )
    assert found["mean"]["inside_80_if_none"] < 0.5  # control: the intervals of the fitted peak


def test_a_figure_changed_by_hand_is_noticed() -> None:
    text = (PAGES / "ladder.md").read_text("utf-8")
    start = text.index("<!-- targets of ladder.json -->")
    assert pages.written(text[:start] + text[start:].replace("%", "7%", 1)) == text


def test_figures_of_prose_stand_in_their_pages_tables() -> None:
    assert prose.untabled_by_page() == prose.STATED, "quote a table's figure, or list it in evidence/laws/prose.py"


def test_a_figure_of_prose_changed_by_hand_is_noticed() -> None:
    text = (PAGES / "stop_rule.md").read_text("utf-8")
    changed = text.replace("loses 4.91% of the score", "loses 4.81% of the score")
    assert changed != text and prose.of_page(changed) == [*prose.of_page(text), "4.81%"]
    answer = "| [mixtures](mixtures.md) | nearer | by .083 of .420 |"
    assert prose.of_lines([answer]) == [] and prose.of_lines([answer.replace(".420", ".440")]) == [".440"]


def test_figures_of_cards_stand_in_the_tables_of_the_pages_that_they_name() -> None:
    """On the page of methods, which another test holds to the cards."""
    methods = (PAGES.parents[1] / "docs" / "methods.md").read_text("utf-8").splitlines()
    promises = [line for line in methods if line.startswith("- Promises:") and "evidence/laws/" in line]
    assert len(promises) > 20
    assert prose.of_lines(promises) == []


@pytest.mark.parametrize("value, said", [(0.0499, "5.0%"), (None, "")])
def test_shares_in_percent(value: float | None, said: str) -> None:
    assert cells.percent(value) == said
