"""Time ``forerun report`` on many runs and on long ones, in one process and in all cores, against reading them alone
and against another version: python benchmarks/report.py [CHECKOUT OF THE OTHER VERSION]

Every measurement is a process of its own. CPU seconds include those of the processes it started; wall seconds say what
sharing the work saves, on as many cores as are named beside them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SIZES = ((100, 10_000), (1_000, 1_000))
HERE = Path(__file__).resolve().parents[1]


def write(folder: Path, runs: int, points: int, seed: int = 0) -> None:
    """CSV logs with a train loss at every step and a validation loss at every hundredth."""
    rng = np.random.default_rng(seed)
    steps = np.arange(1, points + 1)
    for i in range(runs):
        loss = 2 + steps ** -rng.uniform(0.2, 0.8) + 0.05 * rng.normal(size=points)
        lines = [
            f"{s},{y:.6f},{y + 0.1 if s % 100 == 0 else ''}" for s, y in zip(steps.tolist(), loss.tolist(), strict=True)
        ]
        (folder / f"run{i:03d}.csv").write_text("step,train_loss,val_loss\n" + "\n".join(lines) + "\n")


def measure(folder: str, jobs: int) -> dict[str, float]:
    """Read and draw what is there; ``jobs`` 0 for a version that knows no processes."""
    from forerun import api
    from forerun.figures import report

    begin = time.perf_counter()
    runs = api.read(folder)
    read, cpu = time.perf_counter(), _cpu()
    page = report(
        runs, title="benchmark", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), **({"jobs": jobs} if jobs else {})
    )
    return {
        "read_seconds": round(read - begin, 2),
        "report_seconds": round(time.perf_counter() - read, 2),
        "report_cpu_seconds": round(_cpu() - cpu, 2),
        "page_mb": round(len(page.encode()) / 1e6, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def apart(checkout: Path, folder: str, jobs: int) -> dict[str, Any]:
    """`measure` of a version, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--one", folder, str(jobs)]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def compare(runs: int, points: int, before: Path | None) -> dict[str, Any]:
    """One size: this version in one process and in all cores, and the other one, by turns."""
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), runs, points)
        result: dict[str, Any] = {"runs": runs, "points": points, "one_process": apart(HERE, folder, 1)}
        if before is not None:
            result["before"] = apart(before, folder, 0)
        result["all_cores"] = {"cores": cores, **apart(HERE, folder, cores)}
    one, shared = result["one_process"], result["all_cores"]
    result["report_over_read"] = round(one["report_seconds"] / one["read_seconds"], 2)
    result["shared_over_one"] = round(shared["report_seconds"] / one["report_seconds"], 2)
    if before is not None:
        for name in ("report_cpu_seconds", "page_mb"):
            result[f"{name}_over_before"] = round(one[name] / result["before"][name], 2)
    return result


def main() -> None:
    if "--one" in sys.argv:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
        return
    before = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    result = {"sizes": [compare(runs, points, before) for runs, points in SIZES]}
    out = Path(__file__).parent / "results" / "report.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
