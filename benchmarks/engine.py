"""What the engine costs over a loop written by hand, and whether a sweep keeps the cores busy.

    python benchmarks/engine.py [--steps N] [--jobs N] [--date DATE] [--out benchmarks/results/engine.json]

Overhead: steps of the lab's language model of size s, on the same batches, by `TrainingRun` and by a loop of PyTorch,
in turns and on one thread (a second one waits for the first by spinning, which counts what is done between two kernels
twice); milliseconds are the least of each, ``share`` is the median over turns of what the engine adds. A record,
which both leave out, is written every ``eval_every`` steps and costs what its evaluation costs. Sweep: so many short
jobs on two processes; ``busy`` is the processor time of all children over the time that two cores had.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.nn import functional

from forerun.lab.job import Job
from forerun.lab.runner import grid, opened, sweep
from forerun.recipes.world import Moment

TURNS, CORES = 9, 2


def by_engine(steps: int) -> float:
    """Processor seconds of so many steps, after the first one, which evaluates."""
    training = opened(Job("charlm", {"steps": steps + 2, "eval_every": 10 * steps, "warmup": 1}, 0), None)
    training.run(1)
    start = time.process_time()
    training.run(steps + 1)
    return time.process_time() - start


def by_hand(steps: int) -> float:
    """The same steps on the same batches, as anybody would write them."""
    training: Any = opened(Job("charlm", {"steps": steps + 2, "warmup": 1}, 0), None)
    world, net = training.world, training.model
    optimizer, rates = training.optimizer, training.rates.tolist()
    training.run(1)
    net.train()
    start = time.process_time()
    for step in range(2, steps + 2):
        for group in optimizer.param_groups:
            group["lr"] = rates[step - 1]
        (rows,) = world.fresh(16, Moment(step, steps)).data
        loss = functional.cross_entropy(net(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        loss.item()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    return time.process_time() - start


def busy(jobs: int) -> dict[str, float]:
    """Of a sweep of so many jobs on two processes."""
    settings = {"steps": [2000], "eval_every": [500], "examples": [50], "features": [5]}
    with tempfile.TemporaryDirectory() as folder:
        sweep(grid("convex", settings, range(CORES)), Path(folder, "warm"), n_jobs=CORES)
        before, start = _spent(), time.perf_counter()
        sweep(grid("convex", settings, range(jobs)), Path(folder, "jobs"), n_jobs=CORES)
        seconds, spent = time.perf_counter() - start, _spent() - before
    return {"jobs": jobs, "seconds": round(seconds, 3), "busy": round(spent / (CORES * seconds), 4)}


def _spent() -> float:
    """Processor seconds of this process and of those that it started and that still run."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    total = own.ru_utime + own.ru_stime
    tick = 100.0  # Linux counts in hundredths of a second
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == _PID:
            total += (int(fields[11]) + int(fields[12])) / tick
    return total


_PID = int(Path("/proc/self").resolve().name) if Path("/proc/self").exists() else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "engine.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    turns = [(by_engine(options.steps), by_hand(options.steps)) for _ in range(TURNS)]
    engine, hand = (min(column) for column in zip(*turns, strict=True))
    shares = sorted(one / other - 1.0 for one, other in turns)
    whole = {
        "date": options.date, "python": platform.python_version(), "torch": torch.__version__,
        "overhead": {"steps": options.steps, "engine_ms": round(1e3 * engine / options.steps, 4),
                     "hand_ms": round(1e3 * hand / options.steps, 4), "share": round(median(shares), 4),
                     "least": round(shares[0], 4), "most": round(shares[-1], 4)},
        "sweep": busy(options.jobs),
    }  # fmt: skip
    options.out.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    print(json.dumps(whole, indent=1))


if __name__ == "__main__":
    main()
