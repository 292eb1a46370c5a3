"""The fuzz job sees what it is for: a case is made again by its number, and each kind of fault is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.runs.readers import jsonl
from tests.fuzz import case
from tests.fuzz.case import Fuzz
from tests.fuzz.mutate import emptied
from tests.fuzz.values import MEANS, strangers
from tests.runs.corpus import CORPUS


@pytest.fixture
def fuzz(tmp_path: Path) -> Fuzz:
    return Fuzz(1, tmp_path)


def made(fuzz: Fuzz, number: int) -> dict[str, bytes]:
    fuzz.run(number)
    place = fuzz.place / "case"
    held = {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()}
    return {name: data for name, data in held.items() if not data.startswith((b"PK", b"SQLite"))}  # they bear the time


def test_a_case_is_made_by_its_number(fuzz: Fuzz) -> None:
    cases = {number: made(fuzz, number) for number in range(10)}
    assert all(made(fuzz, number) == files for number, files in cases.items())
    assert len({str(sorted(files.items())) for files in cases.values()}) > 5


@pytest.mark.parametrize("name", sorted(set(CORPUS) - MEANS))
def test_no_value_of_an_undamaged_log_is_a_stranger(tmp_path: Path, name: str) -> None:
    CORPUS[name](tmp_path)
    assert strangers(api.read(tmp_path), tmp_path) == []


@pytest.mark.parametrize("name", ["csv", "tensorboard", "wandb", "trackio", "text", "trainer_state"])
def test_a_value_that_nobody_wrote_is_told(tmp_path: Path, name: str) -> None:
    """The control: what was read, a thousandth off."""
    CORPUS[name](tmp_path)
    runs = list(api.read(tmp_path))
    for run in runs:
        for curve in run.curves.values():
            object.__setattr__(curve, "y", curve.y * 1.001 + 0.0123456789)
    assert strangers(runs, tmp_path)


def test_what_a_reader_raises_and_what_it_takes_from_others_is_told(
    fuzz: Fuzz, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = emptied(fuzz.place / "case")
    (folder / "good.csv").write_text(case._GOOD)
    CORPUS["jsonl"](folder)
    follow = jsonl.JSONL.follow

    def raising(path: Path, state: Any) -> Iterator[Any]:
        raise KeyError("planted")

    def falsifying(path: Path, state: Any) -> Iterator[Any]:
        for step in follow(path, state):
            for log in step.logs:
                log.series = {name: (rows, np.asarray(values) + 1e-7) for name, (rows, values) in log.series.items()}
            yield step

    monkeypatch.setattr(jsonl, "JSONL", replace(jsonl.JSONL, follow=raising))
    (problem,) = case._told(["read"], folder)
    assert problem == "run.jsonl: jsonl: KeyError: 'planted'"
    monkeypatch.setattr(jsonl, "JSONL", replace(jsonl.JSONL, follow=falsifying))
    assert "which is not in the file" in strangers(api.read(folder), folder)[0]


def test_a_command_that_falls_or_prints_no_document_is_told(fuzz: Fuzz, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = emptied(fuzz.place / "case")
    monkeypatch.setattr(case, "main", lambda _: 1 / 0)
    assert "ZeroDivisionError" in next(case._told(["read"], folder))
    monkeypatch.setattr(case, "main", lambda _: print("words") or 1)
    assert [one.partition(":")[2][:11] for one in case._told(["read"], folder)] == [" exit code ", " prints no "]
