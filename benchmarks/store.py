"""Time the store against DuckDB in one run: 1e8 points in 1,000 runs, in and out.

    python benchmarks/store.py [--runs 1000] [--date DATE] [--out benchmarks/results/store.json]

Needs duckdb and pyarrow. Both get the same values (noise on a falling curve, float64) at regular steps, a run at a
time: the store by ``Store.append``, DuckDB by inserting Arrow tables. Then one curve, and the last value of every run,
each the median of 5 after one to warm up. Then 16 writers and a reader of the store.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from forerun.runs.log import Log
from forerun.runs.store import Store

N = 100_000
STEP = np.arange(N, dtype=float) * 10
ROWS = np.arange(N)


def values(run: int) -> np.ndarray:
    rng = np.random.default_rng(run % 16)
    return 2.0 + 8.0 * (STEP + 20.0) ** -0.35 + rng.normal(0.0, 0.05, N) + run


def median(act: Callable[[], Any], times: int = 5) -> float:
    act()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def of_store(path: Path, runs: int, made: list[np.ndarray]) -> dict[str, float]:
    with Store(path) as store:
        begin = time.perf_counter()
        for run in range(runs):
            store.append(
                f"run{run}", Log("live", n=N, axes={"step": STEP}, series={"loss": (ROWS, made[run % 16] + run)})
            )
        insert = time.perf_counter() - begin
        curve = median(lambda: store.curve(f"run{runs // 2}", "loss"))
        last = median(lambda: store.last_values("loss"))
        assert np.array_equal(store.curve(f"run{runs // 2}", "loss").y, made[runs // 2 % 16] + runs // 2)
        assert len(store.last_values("loss")) == runs
    return {"insert_s": insert, "curve_s": curve, "last_s": last, "bytes": float(size(path))}


def of_duckdb(path: Path, runs: int, made: list[np.ndarray]) -> dict[str, float]:
    import duckdb
    import pyarrow as pa

    db = duckdb.connect(str(path))
    db.execute("CREATE TABLE point (run INTEGER, metric INTEGER, step DOUBLE, value DOUBLE)")
    zero = pa.array(np.zeros(N, np.int32))
    begin = time.perf_counter()
    for run in range(runs):
        columns = [pa.array(np.full(N, run, np.int32)), zero, pa.array(STEP), pa.array(made[run % 16] + run)]
        batch = pa.table(columns, names=["run", "metric", "step", "value"])  # noqa: F841  # DuckDB finds it by its name
        db.execute("INSERT INTO point SELECT * FROM batch")
    db.execute("CHECKPOINT")
    insert = time.perf_counter() - begin
    one = f"SELECT step, value FROM point WHERE run = {runs // 2} AND metric = 0 ORDER BY step"
    curve = median(lambda: db.execute(one).fetchnumpy())
    last = median(
        lambda: db.execute("SELECT run, arg_max(value, step) FROM point WHERE metric = 0 GROUP BY run").fetchall()
    )
    db.close()
    return {"insert_s": insert, "curve_s": curve, "last_s": last, "bytes": float(size(path))}


def size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def _writer(path: Path, name: str, batches: int) -> None:
    with Store(path) as store:
        for i in range(batches):
            log = Log(
                "live",
                n=100,
                axes={"step": i * 100 + np.arange(100.0)},
                series={"loss": (np.arange(100), np.ones(100))},
            )
            store.append(name, log)


def of_writers(path: Path, batches: int = 100) -> dict[str, float]:
    """16 processes write batches of 100 points while this one reads."""
    with Store(path):
        pass
    writers = [multiprocessing.Process(target=_writer, args=(path, f"w{k}", batches)) for k in range(16)]
    begin = time.perf_counter()
    for process in writers:
        process.start()
    looks, slowest = 0, 0.0
    with Store(path) as store:
        while any(process.is_alive() for process in writers):
            looked = time.perf_counter()
            store.last_values("loss")
            slowest, looks = max(slowest, time.perf_counter() - looked), looks + 1
        seconds = time.perf_counter() - begin
        points = store.points()
    failed = sum(process.exitcode != 0 for process in writers)
    return {
        "points_per_s": points / seconds,
        "points": points,
        "failed": failed,
        "looks": looks,
        "slowest_look_s": slowest,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/store.json"))
    asked = parser.parse_args()
    made = [values(run) for run in range(16)]
    with tempfile.TemporaryDirectory() as folder:
        ours = of_store(Path(folder, "s.forerun"), asked.runs, made)
        theirs = of_duckdb(Path(folder, "d.duckdb"), asked.runs, made)
        writers = of_writers(Path(folder, "w.forerun"))
    ratios = {name: theirs[name] / ours[name] for name in ("insert_s", "curve_s", "last_s")}
    told = {"date": asked.date, "python": platform.python_version(), "duckdb": metadata.version("duckdb")}
    told |= {"points": asked.runs * N, "store": ours, "duckdb_figures": theirs, "ratios": ratios, "writers": writers}
    print(json.dumps(told, indent=1))
    asked.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
