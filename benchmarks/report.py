"""Time ``forerun report`` on 100 runs x 10,000 points, by stage, against reading alone: python benchmarks/report.py"""

from __future__ import annotations

import datetime as dt
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from forerun import api
from forerun.figures import report

RUNS, POINTS = 100, 10_000


def write(folder: Path, seed: int = 0) -> None:
    """CSV logs with a train loss at every step and a validation loss at every hundredth."""
    rng = np.random.default_rng(seed)
    steps = np.arange(1, POINTS + 1)
    for i in range(RUNS):
        loss = 2 + steps ** -rng.uniform(0.2, 0.8) + 0.05 * rng.normal(size=POINTS)
        lines = [
            f"{s},{y:.6f},{y + 0.1 if s % 100 == 0 else ''}" for s, y in zip(steps.tolist(), loss.tolist(), strict=True)
        ]
        (folder / f"run{i:03d}.csv").write_text("step,train_loss,val_loss\n" + "\n".join(lines) + "\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        begin = time.perf_counter()
        runs = api.read(name)
        read = time.perf_counter()
        page = report(runs, title="benchmark", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        done = time.perf_counter()
    result = {
        "runs": RUNS,
        "points": POINTS,
        "read_seconds": round(read - begin, 2),
        "report_seconds": round(done - read, 2),
        "total_over_read": round((done - begin) / (read - begin), 2),
        "page_mb": round(len(page) / 1e6, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    out = Path(__file__).parent / "results" / "report.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
