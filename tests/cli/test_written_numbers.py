"""Numbers as they are written, through the command line: read as meant, or told, and never wrong in silence."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from forerun import api
from forerun.cli.app import run as main
from forerun.core import NothingToRead, Run
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.store import Store
from tests.runs.written import CASES, SPELLED, Case

NEIGHBOUR = "neighbour.csv"


class Folder(NamedTuple):
    """What the command line says of a folder that holds every case, and the runs in it."""

    runs: dict[str, dict[str, Any]]
    skipped: dict[str, str]
    read: dict[str, Run]


def said(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([*arguments, "--json"]) == 0
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("logs")
    for number, case in enumerate(CASES.values()):
        (path / str(number)).mkdir()
        (path / str(number) / case.file).write_bytes(case.text.encode())
    (path / NEIGHBOUR).write_text("step,val_loss\n" + "".join(f"{i},{9 - i / 100}\n" for i in range(30)))
    read = said("read", str(path))
    return Folder(
        {run["run"]: run for run in read["runs"]},
        {one["path"]: one["why"] for one in read["skipped"]},
        {run.id: run for run in api.read(path)},
    )


def runs_of(name: str, folder: Folder) -> dict[str, str]:
    """The runs of a case: what stands behind its file's name, and the whole name."""
    case = CASES[name]
    if case.file == "tidy.csv":  # whose runs have names of their own
        return {run[1:]: run[1:] for run in case.runs if run[1:] in folder.read}
    start = f"{list(CASES).index(name)}/{case.file}"
    return {id.removeprefix(start).lstrip("/"): id for id in folder.read if id.startswith(start)}


def remarks(name: str, folder: Folder) -> list[str]:
    """What was said of a case, guesses of directions apart."""
    start = f"{list(CASES).index(name)}/"
    told = [why for path, why in folder.skipped.items() if path.startswith(start)]
    for id in runs_of(name, folder).values():
        told += [one["why"] for one in folder.runs[id]["damage"]]
        told += [event["message"] for event in folder.runs[id]["events"]]
    return [one for one in told if "better when higher" not in one]


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_read_as_they_are_meant_or_told(name: str, folder: Folder) -> None:
    case, ids = CASES[name], runs_of(name, folder)
    assert set(ids) == {run.lstrip("#") for run in case.runs}
    for run, metrics in case.runs.items():
        id = ids[run.lstrip("#")]
        curves = folder.read[id].curves
        assert set(metrics) <= set(curves) if case.more else set(metrics) == set(curves)
        shown = {one["metric"]: one for one in folder.runs[id]["metrics"]}
        for metric, (axis, x, y) in metrics.items():
            curve = curves[metric]
            assert curve.axis == axis
            np.testing.assert_allclose(curve.x, x, rtol=1e-9)
            np.testing.assert_allclose(curve.y, y, rtol=1e-9)
            counted = {key: shown[metric][key] for key in ("axis", "n", "first_x", "last_x", "non_finite")}
            assert counted == {"axis": axis, "n": len(x), "first_x": curve.x[0], "last_x": curve.x[-1],
                               "non_finite": int((~np.isfinite(y)).sum())}  # fmt: skip
    assert not case.told or any(case.told in one for one in remarks(name, folder))


def test_the_rest_of_the_folder_is_read(folder: Folder) -> None:
    assert len(folder.read[NEIGHBOUR].curves["val_loss"]) == 30
    assert len(CASES) == 340


def test_a_run_that_diverged_is_seen_to_diverge(tmp_path: Path) -> None:
    diverged = [name for name, case in CASES.items() if case.runs and name.startswith(tuple(SPELLED))]
    for number, name in enumerate(diverged):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / CASES[name].file).write_bytes(CASES[name].text.encode())
    findings = said("scan", str(tmp_path))["findings"]
    found = {finding["run"].partition("/")[0] for finding in findings if finding["kind"] == "non_finite"}
    assert [name for number, name in enumerate(diverged) if str(number) not in found] == []
    assert len(diverged) > 100


@pytest.mark.parametrize(
    "name",
    ["cells of several lines in each row", "a quote that never closes", "the header with columns swapped",
     "commas resolved by another column", "commas in text resolved by a zero", "thousands in json strings",
     "reward that becomes k in text", "milliseconds, then seconds in text", "words in json", "newest first",
     "a lone nan of json", "keys with slashes"],
)  # fmt: skip
def test_what_grows_is_read_as_the_whole(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    data = case.text.encode()
    with Store(None) as store:
        for end in (len(data) // 3, len(data) // 2 + 1, len(data) - 3, len(data)):
            (tmp_path / case.file).write_bytes(data[:end])
            with contextlib.suppress(NothingToRead):
                ingest(store, tmp_path)
        grown = {run.id: _points(run) for run in stored_runs(store)}
    assert grown == {run.id: _points(run) for run in api.read(tmp_path)}
    assert len(grown) == len(case.runs)


def _points(run: Run) -> dict[str, list[tuple[float, str]]]:
    return {name: list(zip(c.x.tolist(), map(repr, c.y.tolist()), strict=True)) for name, c in run.curves.items()}


def test_what_is_said_of_a_case_names_its_place_and_value(folder: Folder) -> None:
    """A sample of each kind of refusal, whole."""
    told = {
        name: remarks(name, folder)[0] for name in ("words in a measure", "percent, then shares in text", "a long row")
    }
    assert told == {
        "words in a measure": "loss: 'diverged' is not a number",
        "percent, then shares in text": "acc: 0.78 is without the unit of those before it, %",
        "a long row": "4 cells under a header of 2",
    }
    case: Case = CASES["words in a measure"]
    (id,) = runs_of("words in a measure", folder).values()
    assert folder.runs[id]["damage"][0]["where"] == f"line {case.text.count(chr(10))}"
