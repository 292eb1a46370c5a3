"""Families: typed values by name, third-party entry points, and broken plug-ins, which are shown and not swallowed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from forerun.cli.commands.methods import FAMILIES
from forerun.core import BrokenPlugin, Card, Family, MissingExtra, UnknownName
from forerun.monitor import DETECTORS
from forerun.recipes import RECIPES, Recipe

families = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)


@families
def test_every_member_has_a_whole_card(family: Family) -> None:
    for name in family.table:
        card = family.card(name)
        assert isinstance(card, Card)
        assert card.name == name
        assert all(
            len(getattr(card, field)) >= 4 for field in ("does", "source", "assumes", "needs", "promises", "control")
        )


@families
def test_every_member_is_a_frozen_value_of_its_familys_type(family: Family) -> None:
    """Its card as read off its file is its own, and a misspelt field is an error."""
    pytest.importorskip(family.package or "forerun")
    for name in family.table:
        method = family.load(name)
        assert isinstance(method, family.of)
        assert method.card == family.card(name)
        with pytest.raises(TypeError, match="unexpected keyword argument 'cards'"):
            replace(method, cards=method.card)
        with pytest.raises(FrozenInstanceError):
            method.card = method.card


def test_a_missing_package_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for loaded in [name for name in sys.modules if name.startswith("forerun.recipes.supervised")]:
        monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(MissingExtra, match=r"recipe 'z_loss' needs torch: pip install 'forerun\[torch\]'"):
        RECIPES.load("z_loss")
    assert "z_loss" not in RECIPES.working()


def test_an_unknown_name_lists_the_family() -> None:
    with pytest.raises(UnknownName, match="no detector 'jmup'; there are: non_finite, spike, level_shift"):
        DETECTORS.load("jmup")


def distribution(folder: Path, entry_points: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third party's, on the path."""
    info = folder / "thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    monkeypatch.syspath_prepend(str(folder))


GOOD = """
from forerun.core import Card
from forerun.recipes import Recipe
GOOD = Recipe(card=Card(*["good"] * 8), parts={"loss": abs})
BARE = Recipe(card=None, parts={})
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family[Recipe]]:
    """Recipes of a third party: a good one, one without its card, and two that do not load."""
    names = "good = good_plugin:GOOD\nbare = good_plugin:BARE\nbad = bad_plugin\nleaves = leaving_plugin\n"
    distribution(tmp_path, f"[example.group]\n{names}", monkeypatch)
    (tmp_path / "leaving_plugin.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "good_plugin.py").write_text(GOOD)
    (tmp_path / "bad_plugin.py").write_text("raise RuntimeError('out of order')\n")
    yield Family("example", {}, "example.group", Recipe)
    for name in ("good_plugin", "bad_plugin", "leaving_plugin"):
        sys.modules.pop(name, None)


def test_a_third_party_adds_a_method(plugins: Family[Recipe]) -> None:
    assert plugins.names() == ["good", "bare", "bad", "leaves"]
    assert plugins.load("good").parts["loss"] is abs
    assert plugins.card("good") == Card(*["good"] * 8)


def test_a_broken_plugin_does_not_stop_the_rest(plugins: Family[Recipe]) -> None:
    assert plugins.working() == ["good", "bare"]


def test_a_plugin_that_leaves_at_import_is_broken(plugins: Family[Recipe]) -> None:
    with pytest.raises(BrokenPlugin, match=r"example 'leaves' from leaving_plugin does not load: it exits \(3\)"):
        plugins.load("leaves")


def test_a_plugin_without_its_card_is_broken(plugins: Family[Recipe]) -> None:
    with pytest.raises(BrokenPlugin, match="example 'bare' has no card, its data sheet"):
        plugins.card("bare")


def test_a_broken_plugin_is_raised_with_its_cause(plugins: Family[Recipe]) -> None:
    with pytest.raises(BrokenPlugin, match="example 'bad' from bad_plugin does not load: out of order") as error:
        plugins.load("bad")
    assert isinstance(error.value.__cause__, RuntimeError)


@families
def test_a_plugin_of_the_former_kind_is_told_what_a_method_is(
    family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module used to be the method; an entry point must now name the value in it."""
    distribution(tmp_path, f"[{family.group}]\nformer = former_plugin\n", monkeypatch)
    (tmp_path / "former_plugin.py").write_text("CARD, DEFAULTS, STUDY = None, {}, None\ndef train(*_): return {}\n")
    a = f"{family.kind} is a {family.of.__name__}"
    with pytest.raises(BrokenPlugin, match=f"from former_plugin is of type module; a {a}: name it as module:VALUE"):
        family.load("former")
    assert "former" not in family.working()
    sys.modules.pop("former_plugin")
