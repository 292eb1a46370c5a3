"""What forecasts cost: of 10,000 curves at once, and of one in a warm process.

    python benchmarks/forecast.py [--before SRC] [--curves N] [--turns N] [--date DATE]
        [--out benchmarks/results/forecast.json]

Synthetic curves of 50 to 200 points, half losses and half accuracies, forecast by ``auto``. ``end``: of the end alone;
``planned``: the same, each with a cosine as its planned learning rate; ``fan``: of 24 points each; ``one``: of one
curve alone at 24 points, the mean of 200. Medians over turns, each a process of its own: ``seconds`` of the wall, and
``cpu`` of the processor, all threads together.

What BLAS does with its threads matters: with OMP_NUM_THREADS=1 in the environment it has one, before as after.

``--before`` is the ``src`` folder of an earlier version, measured in turns with this one: ``ratio`` is its processor
time over ours, the median over turns, with the least and the most.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

FAN_POINTS = 24
ALONE = 200  # forecasts of one curve, one after another

Times = dict[str, dict[str, float]]


def synthetic(n: int, rng: np.random.Generator) -> tuple[list[Any], list[float]]:
    """Power laws under noise, seen up to a third to nine tenths of their way, and where they end."""
    from forerun.core import Curve

    curves: list[Any] = []
    ends: list[float] = []
    for i in range(n):
        points = int(rng.integers(50, 201))
        x = 10.0 * np.arange(1, points + 1)
        fallen = 0.2 + (x / x[-1] + rng.uniform(0.0, 0.1)) ** -rng.uniform(0.1, 0.8)
        y = fallen + np.exp(rng.uniform(-6.0, -2.0)) * rng.normal(size=points)
        metric, direction = (("val/loss", "min"), ("val/accuracy", "max"))[i % 2]
        curves.append(Curve(x, y if i % 2 == 0 else 1.0 / (1.0 + np.abs(y)), metric=metric, direction=direction))
        ends.append(float(x[-1] / rng.uniform(0.3, 0.9)))
    return curves, ends


def turn(n: int) -> Times:
    """Wall and processor seconds of each kind of work, in this process."""
    from forerun.core import Schedule
    from forerun.forecast import FORECASTERS

    auto = FORECASTERS.load("auto")
    state = auto.default()
    curves, ends = synthetic(n, np.random.default_rng(0))
    fans = [np.linspace(curve.x[-1], end, FAN_POINTS + 1)[1:] for curve, end in zip(curves, ends, strict=True)]
    plans = [Schedule("cosine", {"peak": 1e-3, "steps": end, "warmup": 0.05 * end}) for end in ends]
    works: dict[str, Callable[[], object]] = {
        "end": lambda: auto.predict(state, curves, [[end] for end in ends]),
        "planned": lambda: auto.predict(state, curves, [[end] for end in ends], schedule=plans),
        "fan": lambda: auto.predict(state, curves, fans),
        "one": lambda: [auto.predict(state, curves[i : i + 1], fans[i : i + 1]) for i in range(ALONE)],
    }
    auto.predict(state, curves[:ALONE], fans[:ALONE], schedule=plans[:ALONE])
    times = {name: timed(work) for name, work in works.items()}
    times["one"] = {clock: seconds / ALONE for clock, seconds in times["one"].items()}
    return times


def timed(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def turn_of(source: Path, n: int) -> Times:
    """A turn with the version in a ``src`` folder."""
    command = [sys.executable, __file__, "--turn", "--curves", str(n)]
    environment = {**os.environ, "PYTHONPATH": str(source.resolve())}
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def summary(ours: list[Times], before: list[Times]) -> dict[str, dict[str, float | list[float]]]:
    """Of each kind of work the medians over turns, and the ratios within them."""
    result: dict[str, dict[str, float | list[float]]] = {}
    for name in ours[0]:
        result[name] = {clock: _rounded(np.median([one[name][clock] for one in ours])) for clock in ("seconds", "cpu")}
        if before:
            ratios = [then[name]["cpu"] / now[name]["cpu"] for now, then in zip(ours, before, strict=True)]
            result[name] |= {
                "before": {clock: _rounded(np.median([one[name][clock] for one in before])) for clock in ours[0][name]},
                "ratio": _rounded(np.median(ratios)),
                "ratios": [_rounded(min(ratios)), _rounded(max(ratios))],
            }
    return result


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--curves", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--turn", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.turn:
        print(json.dumps(turn(options.curves)))
        return
    ours: list[Times] = []
    before: list[Times] = []
    for _ in range(options.turns):
        before += [turn_of(options.before, options.curves)] if options.before else []
        ours.append(turn_of(Path("src"), options.curves))
    measured = summary(ours, before)
    for name, row in measured.items():
        print(name, row, flush=True)
    result: dict[str, Any] = {
        "date": options.date,
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "threads": os.environ.get("OMP_NUM_THREADS", "as BLAS chooses"),
        "curves": options.curves,
        "turns": options.turns,
    }
    if options.out:
        options.out.write_text(json.dumps(result | measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
