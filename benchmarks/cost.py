"""What reading costs as it grows: polls of what has not changed, many runs, records out of order, plain tables.

    PYTHONPATH=. python benchmarks/cost.py [--before SRC] [--only NAME ...] [--date DATE]
        [--out benchmarks/results/cost.json]

Processor seconds, the least of three turns, each ratio within this run; against pandas the median of 25 turns and of
their ratios, with its 95% interval by bootstrap over turns. ``--before`` is the ``src`` folder of an
earlier version, measured in turns with this one: ``ratio`` is its time over ours.

``poll``: a look of a watch at 2,000 logs of which none has changed, after three looks. ``wandb``, ``lm_eval`` and
``swapped``: 400 runs, 200 checkpoints, 300,000 rows of which each pair stands in the wrong order, and twice as
many; ``double`` is the time of twice as many over the other. ``csv`` and ``jsonl``: a million values, against pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

TURNS = 3
MANY = 25  # where a ratio lies near its bound
_READ = """
import sys, time
from pathlib import Path
from forerun import api
path = Path(sys.argv[1])
api.read(path.parent / "warm", now=None)
begun = time.process_time()
api.read(path, now=None)
print(time.process_time() - begun)
"""
_POLL = """
import sys, time
from forerun import live
def looks(*runs, **_):
    return [live.Look(run, None, (), None) for run in runs[-2]]  # forecasts are not the poll's
if hasattr(live, "Session"):
    live.Session.take = looks
else:
    live.looks = looks
times = []
def wait(_):
    times.append(time.process_time())
list(live.watch(sys.argv[1], polls=8, clock=lambda: 2e9, wait=wait))
print(min(after - before for before, after in zip(times[3:], times[4:])))
"""
_PANDAS = """
import sys, time
from pathlib import Path
import pandas
how = {"csv": pandas.read_csv, "jsonl": lambda path: pandas.read_json(path, lines=True)}[sys.argv[2]]
how(Path(sys.argv[1]).parent.parent / "warm" / f"a.{sys.argv[2]}")
begun = time.process_time()
table = how(sys.argv[1])
[table[name].to_numpy(float) for name in table]
print(time.process_time() - begun)
"""


def timed(script: str, *arguments: object, source: Path | None = None) -> float:
    """Processor seconds that a script says it took, in a process of its own."""
    told = {**os.environ, "PYTHONPATH": str(source or Path("src").resolve()), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return float(subprocess.run(command, env=told, check=True, capture_output=True, text=True).stdout)


def least(*works: Callable[[], float]) -> list[float]:
    """Of each work the least of its turns, the works taking turns."""
    return turns(TURNS, *works).min(axis=0).tolist()


def turns(count: int, *works: Callable[[], float]) -> np.ndarray:
    """The times of each work, shape (count, works), the works taking turns."""
    return np.array([[work() for work in works] for _ in range(count)])


def median_ratio(times: np.ndarray, others: np.ndarray) -> dict[str, float]:
    """The median of paired ratios, and its 95% interval by bootstrap over turns."""
    ratios = times / others
    drawn = np.median(np.random.default_rng(0).choice(ratios, (2000, ratios.size)), axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"over_pandas": float(np.median(ratios)), "over_pandas_low": float(low), "over_pandas_high": float(high)}


def polls(folder: Path, n: int = 2000) -> None:
    for k in range(n):
        place = folder / f"{k // 100}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"run{k}.csv").write_text(
            "step,loss\n" + "".join(f"{i},{2 + k / n + 1 / (i + 1):.4f}\n" for i in range(20))
        )


def wandb(folder: Path, n: int) -> None:
    from tests.runs.encoded import wandb_file, wandb_history

    for k in range(n):
        run = folder / f"run-20260101_{k:06d}-{k:08x}"
        run.mkdir(parents=True)
        history = [wandb_history(i, {"loss": 2 + k / n + 1 / (i + 1)}) for i in range(20)]
        (run / f"run-{k:08x}.wandb").write_bytes(wandb_file(history))


def lm_eval(folder: Path, n: int) -> None:
    for k in range(n):
        place = folder / f"acme__toy__step{1000 * (k + 1)}"
        place.mkdir(parents=True)
        results = {task: {"acc,none": 0.2 + k / n / 2, "acc_stderr,none": 0.01} for task in ("arc", "piqa", "boolq")}
        document = {"results": results, "config": {"model": "hf"}, "git_hash": "a", "date": 1e9 + k, "versions": {}}
        (place / "results_2026-01-01T00-00-00.json").write_text(json.dumps(document))


def swapped(folder: Path, n: int) -> None:
    folder.mkdir()
    steps = [step ^ 1 for step in range(n)]
    (folder / "a.csv").write_text("step,loss\n" + "".join(f"{step},{1 + 1 / (step + 1):.5f}\n" for step in steps))


def table(folder: Path, kind: str, rows: int = 250_000) -> None:
    folder.mkdir()
    with (folder / f"a.{kind}").open("w") as file:
        file.write("step,loss,acc,lr\n" if kind == "csv" else "")
        for i in range(rows):
            values = (i, round(1 + 1 / (i + 1), 6), round(i / rows, 5), round(0.001 * (1 - i / rows), 9))
            text = (
                ",".join(map(str, values))
                if kind == "csv"
                else json.dumps(dict(zip(("step", "loss", "acc", "lr"), values, strict=True)))
            )
            file.write(text + "\n")


def of_polls(place: Path, before: Path | None) -> dict[str, float]:
    polls(place / "logs")
    works = [lambda: timed(_POLL, place / "logs")]
    works += [] if before is None else [lambda: timed(_POLL, place / "logs", source=before)]
    return _ratio(least(*works))


def of_many(make: Callable[[Path, int], None], n: int) -> Callable[[Path, Path | None], dict[str, float]]:
    def measured(place: Path, before: Path | None) -> dict[str, float]:
        make(place / "warm", 4)
        make(place / "logs", n)
        make(place / "double", 2 * n)
        works = [lambda: timed(_READ, place / "logs"), lambda: timed(_READ, place / "double")]
        works += [] if before is None else [lambda: timed(_READ, place / "logs", source=before)]
        once, twice, *earlier = least(*works)
        return {"n": n, **_ratio([once, *earlier]), "double": twice / once}

    return measured


def of_table(kind: str) -> Callable[[Path, Path | None], dict[str, float]]:
    def measured(place: Path, before: Path | None) -> dict[str, float]:
        table(place / "warm", kind, 100)
        table(place / "logs", kind)
        file = place / "logs" / f"a.{kind}"
        works = [lambda: timed(_READ, file.parent), lambda: timed(_PANDAS, file, kind)]
        works += [] if before is None else [lambda: timed(_READ, file.parent, source=before)]
        times = turns(MANY, *works)
        once, pandas, *earlier = np.median(times, axis=0).tolist()
        return {**_ratio([once, *earlier]), "pandas": pandas, **median_ratio(times[:, 0], times[:, 1])}

    return measured


def _ratio(times: list[float]) -> dict[str, float]:
    return {"seconds": times[0], **({"before": times[1], "ratio": times[1] / times[0]} if times[1:] else {})}


MEASURED: dict[str, Callable[[Path, Path | None], dict[str, float]]] = {
    "poll": of_polls,
    "wandb": of_many(wandb, 400),
    "lm_eval": of_many(lm_eval, 200),
    "swapped": of_many(swapped, 300_000),
    "csv": of_table("csv"),
    "jsonl": of_table("jsonl"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--only", nargs="*", default=tuple(MEASURED))
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    told: dict[str, Any] = {
        "date": asked.date,
        "python": platform.python_version(),
        "pandas": metadata.version("pandas"),
    }
    for name in asked.only:
        with tempfile.TemporaryDirectory() as folder:
            told[name] = {key: round(value, 4) for key, value in MEASURED[name](Path(folder), asked.before).items()}
        print(name, told[name], flush=True)
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
