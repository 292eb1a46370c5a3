"""A backtest on a local cluster of Ray, of Dask and in processes of this machine gives what it gives here, exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forerun.cli.app import run

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own


def write_table(path: Path) -> Path:
    """Twelve falling losses of two sources."""
    rows = ["source,task,run,metric,direction,x_name,x,y"]
    for k in range(12):
        floor, pace = 0.5 + 0.1 * k, 0.3 + 0.05 * k
        for x in range(1, 41):
            rows.append(f"s{k % 2},t,r{k},loss,min,step,{x},{floor + 2 * x**-pace + 0.01 * ((7 * x) % 5)}")
    path.write_text("\n".join(rows) + "\n")
    return path


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
