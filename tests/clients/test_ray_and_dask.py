"""A backtest on a local cluster of Ray, of Dask and in processes of this machine gives what it gives here, exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forerun.cli.app import run
from tests.evaluate.small_table import write_table

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own


def cases(folder: Path, *more: str) -> list[dict[str, object]]:
    out = folder / f"cases{len(list(folder.iterdir()))}.jsonl"
    methods = ["--method", "last_value", "--method", "exponential", "--leave-out", "each"]
    assert run(["backtest", str(folder / "table.csv"), *methods, "--cases", str(out), "--json", *more]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.parametrize("backend", ["loky", "ray", "dask"])
def test_a_cluster_gives_the_same_to_the_last_digit(backend: str, tmp_path: Path) -> None:
    pytest.importorskip({"loky": "joblib", "ray": "ray", "dask": "distributed"}[backend])
    write_table(tmp_path / "table.csv")
    here = cases(tmp_path)
    assert len(here) == 3 * 12 * 5
    assert cases(tmp_path, "--backend", backend, "--jobs", "2") == here
