"""What is installed is looked for again where it may have changed, and only there."""

from __future__ import annotations

import importlib.metadata
import itertools
import os
import shutil
from pathlib import Path

import pytest

from forerun.core.plugins import plugins

SECONDS = itertools.count(10**9)


def changed(folder: Path) -> None:
    """As long after the last change as an installer is: two in one tick of the clock would be one."""
    os.utime(folder, (0, next(SECONDS)))


def install(folder: Path, name: str) -> Path:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[some.group]\n{name} = {name}:VALUE\n")
    changed(folder)
    return info


def test_what_is_installed_and_removed_meanwhile_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins("some.group") == {}
    monkeypatch.syspath_prepend(str(tmp_path))
    assert plugins("some.group") == {}
    first = install(tmp_path, "first")
    assert list(plugins("some.group")) == ["first"]
    install(tmp_path, "second")
    assert sorted(plugins("some.group")) == ["first", "second"]
    shutil.rmtree(first)
    changed(tmp_path)
    assert list(plugins("some.group")) == ["second"]


def test_an_environment_that_stays_as_it_is_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: looked.append(group) or ())
    assert plugins("another.group") == plugins("another.group") == {}
    assert looked == ["another.group"]
