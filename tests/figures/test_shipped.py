"""The drawing library is the one that its note says, to the byte."""

from __future__ import annotations

import hashlib
import re
from importlib import resources

FOLDER = resources.files("forerun.figures.page").joinpath("uplot")


def test_the_library_is_the_published_one() -> None:
    sums = re.findall(r"^    ([0-9a-f]{64})  (\S+)$", FOLDER.joinpath("README.md").read_text("utf-8"), re.MULTILINE)
    assert [name for _, name in sums] == ["uPlot.iife.min.js", "uPlot.min.css"]
    for digest, name in sums:
        assert hashlib.sha256(FOLDER.joinpath(name).read_bytes()).hexdigest() == digest
    assert FOLDER.joinpath("LICENSE").read_text("utf-8").startswith("The MIT License")
