"""How often detectors are raised where nothing of their kind happens, and how soon where it does.

    python evidence/detectors/rates.py [RUNS] [DETECTOR ...]

Each world of ``worlds.py`` under normal, Student-t4 and AR(1) .5 noise, RUNS runs a cell (default 300), seeded. Of
nulls the share of runs with a finding, per run, with a 95% Wilson interval; of events the share that are told within
the run and the median delay in points after they begin. All cells go to ``rates.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from zlib import crc32

import numpy as np
from worlds import EVENTS, NOISES, NULLS, World

from forerun.monitor import DETECTORS


def wilson(k: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a share."""
    middle, half = k + z**2 / 2, z * np.sqrt(k * (n - k) / n + z**2 / 4)
    return float((middle - half) / (n + z**2)), float((middle + half) / (n + z**2))


def cell(detector: str, world: World, kind: str, runs: int, seed: int) -> dict[str, object]:
    alarms: list[float] = []
    for i in range(runs):
        findings = DETECTORS.load(detector).replay(world.curves(kind, np.random.default_rng([seed, i])))
        after = [one.alarm for one in findings if world.at is None or one.alarm >= world.at]
        alarms += after[:1]
    low, high = wilson(len(alarms), runs)
    row: dict[str, object] = {"n": runs, "told": len(alarms), "low": round(low, 4), "high": round(high, 4)}
    if world.at is not None and alarms:
        row["median_delay"] = float(np.median(np.array(alarms) - world.at))
    return row


def main(runs: int, names: list[str]) -> None:
    path = Path(__file__).with_name("rates.json")
    rows = [
        row for row in (json.loads(path.read_text()) if path.exists() else []) if names and row["detector"] not in names
    ]
    for name in names or list(NULLS):
        for what, worlds in (("null", NULLS), ("event", EVENTS)):
            for title, world in worlds[name].items():
                for kind in NOISES:
                    seed = crc32(f"{name} {title} {kind}".encode())
                    row = {"detector": name, "is": what, "world": title, "noise": kind}
                    row |= cell(name, world, kind, runs, seed)
                    rows.append(row)
                    print(*row.values(), flush=True)
    rows.sort(key=lambda row: list(NULLS).index(row["detector"]))
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    main(numbers[0] if numbers else 300, [one for one in sys.argv[1:] if not one.isdigit()])
