"""The drawing library is the one that its note says, to the byte."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import sys
from importlib import resources

import pytest

from forerun.core import BadInput, Curve, Run, Runs
from forerun.figures import report, show

FOLDER = resources.files("forerun.figures.page").joinpath("uplot")


def test_the_library_is_the_published_one() -> None:
    sums = re.findall(r"^    ([0-9a-f]{64})  (\S+)$", FOLDER.joinpath("README.md").read_text("utf-8"), re.MULTILINE)
    assert [name for _, name in sums] == ["uPlot.iife.min.js", "uPlot.min.css"]
    for digest, name in sums:
        assert hashlib.sha256(FOLDER.joinpath(name).read_bytes()).hexdigest() == digest
    assert FOLDER.joinpath("LICENSE").read_text("utf-8").startswith("The MIT License")


def test_a_report_needs_no_plotly_and_show_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.subplots", None)
    curve = Curve(range(1, 40), [1 + 1 / step for step in range(1, 40)], metric="loss")
    page = report(Runs((Run("a", {"loss": curve}, "csv"),)), title="t", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert "uPlot" in page
    with pytest.raises(BadInput, match=r"pip install 'forerun\[plotly\]'"):
        show(curve)
