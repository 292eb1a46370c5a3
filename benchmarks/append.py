"""What one point more costs a session, by how long the run already is.

    python benchmarks/append.py [--points N ...] [--adds N] [--date DATE] [--out benchmarks/results/append.json]

Seconds of a turn are the mean of ``--adds`` points added one by one, the least of three sessions
of each length; ``ratio`` is that over the shortest run's. ``findings``: detectors alone, forecasts left to `look`.
``everything``: with the forecasts and decisions that are made anew as a run grows by a tenth. What a session sets up
when a run first grows beyond what was read into it (room for twice as many points, once) is left out.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Curve, Run
from forerun.session import Session

TURNS = 3


def losses(n: int, begin: int, rng: np.random.Generator) -> np.ndarray:
    """A loss that falls for ever, under noise of 2% of its first values."""
    return 2.0 + np.arange(begin + 1.0, begin + n + 1.0) ** -0.3 + 0.02 * rng.normal(size=n)


def session(n: int, renew: float | None) -> Session:
    """One that follows a run of n points, and has taken one more."""
    made = Session(renew=renew)
    curve = Curve(np.arange(1.0, n + 1), losses(n, 0, np.random.default_rng(0)), metric="loss")
    made.begin(Run("run", {"loss": curve}, "benchmark"))
    made.add("run", n + 1, {"loss": 2.0})
    return made


def turn(made: Session, begin: int, adds: int) -> float:
    """Seconds a point."""
    values = losses(adds, begin, np.random.default_rng(begin)).tolist()
    start = time.process_time()
    for i, value in enumerate(values):
        made.add("run", begin + 1 + i, {"loss": value})
    return (time.process_time() - start) / adds


def measured(lengths: list[int], adds: int, renew: float | None) -> dict[str, dict[str, float]]:
    """By length of the run."""
    times = {n: [turn(session(n, renew), n + 1, adds) for _ in range(TURNS)] for n in lengths}
    shortest = min(times[lengths[0]])
    return {
        str(n): {"seconds": float(f"{min(turns):.3g}"), "ratio": round(min(turns) / shortest, 3)}
        for n, turns in times.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", nargs="+", type=int, default=[100, 10_000, 1_000_000])
    parser.add_argument("--adds", type=int, default=1000)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {"date": options.date, "python": platform.python_version(), "adds": options.adds}
    for name, renew in (("findings", None), ("everything", 0.1)):
        result[name] = measured(options.points, options.adds, renew)
        print(name, result[name], flush=True)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
