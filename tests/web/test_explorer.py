"""What the law explorer is answered: what ``forerun law`` says of the same table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.cli.app import run
from forerun.core import BadInput
from forerun.web.answers import laws
from forerun.web.call import Call
from forerun.web.fits import MOST, FitSettings
from forerun.web.workspace import Workspace
from tests.web.drawn_runs import drawn_workspace


@pytest.fixture(scope="module")
def csv() -> str:
    """Forty runs of the law of Hoffmann et al. with noise of 0.3%."""
    rng = np.random.default_rng(0)
    N, D = 10 ** rng.uniform(7, 9, 40), 10 ** rng.uniform(9, 11, 40)
    y = (1.7 + 400 * N**-0.34 + 2000 * D**-0.36) * np.exp(0.003 * rng.normal(size=40))
    rows = [f"r{i},{n!r},{d!r},{z!r}" for i, (n, d, z) in enumerate(np.stack([N, D, y], axis=1).tolist())]
    return "run,N,tokens,y\n" + "\n".join(rows) + "\n"


def ask(answer: Any, workspace: Workspace, **body: Any) -> dict[str, Any]:
    return json.loads(json.dumps(answer(Call(workspace, {}, body))))


def test_a_table_that_is_sent_is_fitted_as_the_command_fits_its_file(
    csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "runs.csv"
    file.write_text(csv)
    assert run(["law", "fit", "chinchilla", str(file), "--column", "params=N", "--json"]) == 0
    command = json.loads(capsys.readouterr().out)
    said = ask(laws.fit, Workspace.of([]), law="chinchilla", table=csv, columns={"params": "N"})
    assert {key: said[key] for key in command if key != "fit_seconds"} == {
        key: value for key, value in command.items() if key != "fit_seconds"
    }
    at = ["--column", "params=N", "--at", "params=1e10,tokens=2e11", "--json"]
    assert run(["law", "predict", "chinchilla", str(file), *at]) == 0
    (command,) = json.loads(capsys.readouterr().out)["predictions"]
    (row,) = ask(
        laws.predict, Workspace.of([]), law="chinchilla", table=csv, columns={"params": "N"},
        at={"params": 1e10, "tokens": 2e11},
    )["predictions"]  # fmt: skip
    assert [row[key] for key in ("final_predicted", "final_low", "final_high")] == [
        command[key] for key in ("final_predicted", "final_low", "final_high")
    ]


def test_the_largest_are_held_out_and_drawn_as_foretold(csv: str) -> None:
    said = ask(laws.fit, Workspace.of([]), law="chinchilla", table=csv, columns={"params": "N"}, left_out=0.25)
    assert (said["n"], said["left_out"]) == (30, 10)
    names = {one["name"] for one in said["charts"][0]["points"]}
    assert names == {"fitted: measured", "fitted: predicted", "foretold: measured", "foretold: predicted"}
    assert said["inputs"]["tokens"]["high"] > said["inputs"]["tokens"]["low"] > 1e9


def test_runs_that_are_not_ticked_are_foretold() -> None:
    space = drawn_workspace()
    said = ask(laws.fit, space, law="multi_power", task="small", runs=["constant", "cooldown"])
    (row,) = said["held_out"]
    assert row["run"] == "cosine" and row["mae"] < 0.05
    assert row["final_low"] < row["final"] < row["final_high"]


def test_too_few_rows_are_undecided_and_a_missing_column_is_named(csv: str) -> None:
    few = "\n".join(csv.splitlines()[:4])
    said = ask(laws.fit, Workspace.of([]), law="chinchilla", table=few, columns={"params": "N"})
    assert said["status"] == "undecided" and said["needs"] == "6"
    with pytest.raises(BadInput, match="params"):
        ask(laws.fit, Workspace.of([]), law="chinchilla", table=csv)
    with pytest.raises(BadInput, match="is missing"):
        ask(laws.predict, Workspace.of([]), law="chinchilla", table=csv, columns={"params": "N"}, at={"params": 1e9})
    with pytest.raises(BadInput, match="share"):
        ask(laws.fit, Workspace.of([]), law="chinchilla", table=csv, columns={"params": "N"}, left_out=2)


def test_laws_are_listed_with_what_they_read() -> None:
    said = ask(laws.listed, drawn_workspace())
    inputs = {one["law"]: (one["along"], one["inputs"]) for one in said["laws"]}
    assert inputs["multi_power"] == (True, ["run", "step", "rate"])
    assert inputs["chinchilla"] == (False, ["params", "tokens"])
    assert [one["run"] for one in said["runs"]] == ["constant", "cosine", "cooldown"]


def test_only_the_last_fits_are_held(csv: str) -> None:
    space, few = Workspace.of([]), "\n".join(csv.splitlines()[:3])
    several = [FitSettings("chinchilla", few, columns=(("params", "N"),), left_out=i / 100) for i in range(MOST + 3)]
    for one in several:
        space.fits.of(one, space.runs)
    assert list(space.fits.warm) == several[3:]
