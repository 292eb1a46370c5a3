"""What `change_point`, `drift` and `resume_bump` do on simulated curves, and `drift` on streams of permuted digits.

    python evidence/detectors/changes.py [RUNS] [STREAMS]

RUNS curves a cell (default 200) of 1,000 points of the noises of ``worlds.py``, and STREAMS trainings (default 10, from
seed 100 on: settings were chosen on others) of the lab's ``digits`` whose pixels are permuted anew four times. False
alarms with 95% Wilson intervals, delays, and every stream's starts go to ``changes.json``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from rates import wilson
from worlds import NOISES

from forerun import api
from forerun.core import Array, Curve
from forerun.lab.job import Job
from forerun.lab.runner import run
from forerun.monitor import replay

N, AT = 1000, 500
Draw = Callable[[Array, Array], Array]
RISES: dict[str, Draw] = {
    "flat": lambda x, e: 1.0 + 0.1 * e,
    "power law, noise .05": lambda x, e: 1.5 + 2.0 * x**-0.5 + 0.05 * e,
}
CELLS: list[tuple[str, str, Draw, bool]] = [
    *(("change_point", title, draw, False) for title, draw in RISES.items()),
    ("change_point", "flat, up by 1 sd at 500", lambda x, e: 1.0 + 0.1 * (e + (x > AT)), True),
    ("change_point", "power law, down by 2 sds at 500", lambda x, e: RISES["power law, noise .05"](
        x, e - 2 * (x > AT)), True),
    *(("drift", title, draw, False) for title, draw in RISES.items()),
    ("drift", "learned anew at 500", lambda x, e: 1.5 + 2.0 * ((x - 1) % AT + 1) ** -0.5 + 0.05 * e, True),
    *(("resume_bump", title, draw, False) for title, draw in RISES.items()),
    ("resume_bump", "power law, up by 3 sds for 40", lambda x, e: RISES["power law, noise .05"](
        x, e + 3 * ((x > AT) & (x <= AT + 40))), True),
]  # fmt: skip


def cells(runs: int) -> Iterator[dict[str, Any]]:
    x = np.arange(1.0, N + 1.0)
    for detector, title, draw, event in CELLS:
        for kind, noise in NOISES.items():
            rng = np.random.default_rng(crc32(f"{detector} {title} {kind}".encode()))
            resumes = np.array([[AT + 1.0, AT + 20.0]]) if detector == "resume_bump" else None
            made = [Curve(x, draw(x, noise(N, rng)), "train/loss", resumes=resumes) for _ in range(runs)]
            alarms = [[finding.alarm for finding in replay(curve, detector)] for curve in made]
            yield {"detector": detector, "curve": title, "noise": kind, "n": runs} | (
                delayed(alarms) if event else false(alarms)
            )


def false(alarms: list[list[float]]) -> dict[str, Any]:
    flagged = sum(map(bool, alarms))
    low, high = wilson(flagged, len(alarms))
    every = sum(map(len, alarms))
    return {
        "flagged": flagged,
        "low": round(low, 4),
        "high": round(high, 4),
        "per_10000": every * 1e4 / N / len(alarms),
    }


def delayed(alarms: list[list[float]]) -> dict[str, Any]:
    first = [next((alarm - AT for alarm in one if AT < alarm <= AT + 200), np.inf) for one in alarms]
    found = [delay for delay in first if np.isfinite(delay)]
    return {"found": len(found), "median_delay": float(np.median(found)) if found else None}


def streams(n: int) -> Iterator[dict[str, Any]]:
    base = {"steps": 1000, "eval_every": 2, "schedule": "constant", "lr": 0.05}
    variants = {"permuted four times": {"variant": "permuted", "tasks": 5}, "permuted, three labels in ten wrong":
                {"variant": "permuted", "tasks": 5, "noise": 0.3}, "one task": {}}  # fmt: skip
    for title, settings in variants.items():
        for seed in range(100, 100 + n):
            with tempfile.TemporaryDirectory() as folder:
                run(Job("digits", base | settings, seed), Path(folder))
                (read,) = api.read(folder)
            starts = [finding.start for finding in replay(read.curves["train/loss"], "drift")]
            true = [200.0 * k for k in range(1, 5)] if "tasks" in settings else []
            hits = sum(any(0 <= start - at <= 10 for start in starts) for at in true)
            yield {"stream": title, "seed": seed, "switches": len(true), "hits": hits,
                   "false_alarms": len(starts) - hits, "starts": starts}  # fmt: skip


def main(runs: int, n: int) -> None:
    rows: list[dict[str, Any]] = []
    for made in (cells(runs), streams(n)):
        for row in made:
            rows.append(row)
            print(*row.values(), flush=True)
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main(*[int(one) for one in [*sys.argv[1:], *("200", "10")[len(sys.argv) - 1 :]]])
