"""The docs say what the code does: the page of methods, the store's schema, commands and their options."""

from __future__ import annotations

import re
import runpy
import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from forerun.cli.app import COMMANDS, loaded
from forerun.runs.store.schema import APPLICATION, MAKE, VERSION

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted((DOCS / "guide").glob("*.md"))]


def test_the_page_of_methods_is_made_of_the_cards() -> None:
    page = runpy.run_path(str(DOCS / "make_methods.py"))["page"]
    assert (DOCS / "methods.md").read_text("utf-8") == page(), "stale: python docs/make_methods.py"


def described() -> dict[str, list[str]]:
    """The tables of docs/schema.md and their columns: what each part of a row begins with."""
    tables: dict[str, list[str]] = {}
    section = (DOCS / "schema.md").read_text("utf-8").partition("## Tables")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if row := re.match(r"\| `(\w+)` \|[^|]*\|(.*)\|$", line):
            begins = (re.match(r"\s*((?:`\w+`(?:, )?)+)", part) for part in row[2].split(" · "))
            tables[row[1]] = [name for begin in begins if begin for name in re.findall(r"`(\w+)`", begin[1])]
    return tables


def test_the_schema_is_that_of_a_store() -> None:
    """But for the row's number and the seal that every row ends in, which the page describes once for all."""
    with sqlite3.connect(":memory:") as db:
        for statement in MAKE:
            db.execute(statement)
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        real = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}
    db.close()
    assert {name: [c for c in columns if c not in ("id", "seal")] for name, columns in real.items()} == described()
    text = (DOCS / "schema.md").read_text("utf-8")
    assert f"**Version {VERSION}.**" in text
    assert f"0x{APPLICATION:X}" in text


def said() -> Iterator[tuple[str, str]]:
    """Every command line of the README and the guide, in blocks and within sentences."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in re.findall(r"^forerun .*$", text, re.MULTILINE) + re.findall(r"`(forerun [^`\n]+)`", text):
            yield page.name, re.split(r"\s{2,}| && ", line)[0].strip()


@pytest.mark.parametrize(("page", "line"), list(said()))
def test_a_command_that_is_named_exists_with_its_options(page: str, line: str) -> None:
    words = line.split()
    assert words[1] in (*COMMANDS, "--help"), f"{page}: {line}"
    if words[1] in COMMANDS:
        command = loaded(words[1])
        if hasattr(command, "commands") and len(words) > 2 and words[2] in command.commands:
            command = command.commands[words[2]]
        options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options, f"{page}: {line}"


def test_every_command_is_shown_in_the_readme() -> None:
    shown = set(re.findall(r"^forerun (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    assert shown == set(COMMANDS)


def test_the_layout_names_every_folder_and_the_layers_are_the_contracts() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    layout, layers = re.findall(r"```\n(.*?)```", text, re.DOTALL)[:2]
    there = {path.name for path in (ROOT / "src" / "forerun").iterdir()} - {"py.typed", "__main__.py", "__pycache__"}
    assert set(re.findall(r"^  ([a-z_]+(?:\.py)?)/? ", layout, re.MULTILINE)) == there
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    held = [re.sub(r"\(.*?\)|forerun\.", "", layer).strip(" |") for layer in contract["layers"]]
    assert layers.split("\n")[:-1] == [layer for layer in held if layer]


def test_every_fault_of_the_list_can_still_be_made() -> None:
    """What it makes wrong stands in the source once, and the tests it names are there."""
    faults = runpy.run_path(str(ROOT / "evidence" / "faults" / "faults.py"))["FAULTS"]
    assert len(faults) >= 20
    for fault in faults:
        assert (ROOT / "src" / "forerun" / fault.file).read_text("utf-8").count(fault.right) == 1, fault.says
        assert all((ROOT / "tests" / test.partition("::")[0]).is_file() for test in fault.tests), fault.says
