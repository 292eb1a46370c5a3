"""Families: built-in names, third-party entry points, and broken plug-ins that are shown rather than swallowed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from forerun.cli.commands.methods import FAMILIES
from forerun.core import BrokenPlugin, Card, Family, MissingExtra, UnknownName
from forerun.monitor import DETECTORS
from forerun.recipes import RECIPES


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)
def test_every_member_has_a_whole_card(family: Family) -> None:
    for name in family.table:
        card = family.card(name)
        assert isinstance(card, Card)
        assert card.name == name
        assert all(
            len(getattr(card, field)) >= 4 for field in ("does", "source", "assumes", "needs", "promises", "control")
        )


def test_a_card_read_off_a_file_is_the_methods_own() -> None:
    for family in FAMILIES:
        for name in family.table:
            method = family.load(name)
            own = method.CARD if isinstance(method, ModuleType) else method.card
            assert family.card(name) == own


def test_a_missing_package_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "forerun.recipes.z_loss", raising=False)
    with pytest.raises(MissingExtra, match=r"recipe 'z_loss' needs torch: pip install 'forerun\[torch\]'"):
        RECIPES.load("z_loss")
    assert "z_loss" not in RECIPES.working()


def test_an_unknown_name_lists_the_family() -> None:
    with pytest.raises(UnknownName, match="no detector 'jmup'; there are: non_finite, spike, plateau"):
        DETECTORS.load("jmup")


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    """A third-party distribution on the path with one good and one broken forecaster."""
    info = tmp_path / "thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[example.group]\ngood = good_plugin\nbad = bad_plugin\nleaves = leaving_plugin\nvalue = good_plugin:ANSWER\n"
    )
    (tmp_path / "leaving_plugin.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "good_plugin.py").write_text("ANSWER = 42\n")
    (tmp_path / "bad_plugin.py").write_text("raise RuntimeError('out of order')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Family("example", {}, "example.group")
    for name in ("good_plugin", "bad_plugin", "leaving_plugin"):
        sys.modules.pop(name, None)


def test_a_third_party_adds_a_method(plugins: Family) -> None:
    assert plugins.names() == ["good", "bad", "leaves", "value"]
    assert plugins.load("good").ANSWER == 42


def test_a_broken_plugin_does_not_stop_the_rest(plugins: Family) -> None:
    assert plugins.working() == ["good", "value"]


def test_a_plugin_that_leaves_at_import_is_broken(plugins: Family) -> None:
    with pytest.raises(BrokenPlugin, match=r"example 'leaves' from leaving_plugin does not load: it exits \(3\)"):
        plugins.load("leaves")


def test_a_plugin_of_another_type_is_told_what_the_family_holds(plugins: Family) -> None:
    typed = Family("example", {}, "example.group", of=Card)
    with pytest.raises(BrokenPlugin, match="from good_plugin is of type module; a example is a Card: name it as"):
        typed.load("good")
    assert Family("example", {}, "example.group", of=int).load("value") == 42


def test_a_broken_plugin_is_raised_with_its_cause(plugins: Family) -> None:
    with pytest.raises(BrokenPlugin, match="example 'bad' from bad_plugin does not load: out of order") as error:
        plugins.load("bad")
    assert isinstance(error.value.__cause__, RuntimeError)
