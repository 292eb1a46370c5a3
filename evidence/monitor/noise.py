"""Every finding on the raw logs of a folder, with its surroundings, for a reader to label.

    python evidence/monitor/noise.py LOGS OUT.json [MOST]

Each folder or table directly under LOGS is read by itself; where it holds more than MOST runs, chance chooses. The
values around a finding are shown by position: fourteen over the whole curve, and the eight around where it starts and
where it was raised.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import forerun
from forerun.core import Curve, Finding
from forerun.core.errors import ForerunError


def main(logs: Path, out: Path, most: int = 1_000_000) -> None:
    rows = [row for folder in sorted(logs.iterdir()) for row in _folder(folder, most)]
    out.write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(f"{row['folder']} {row['run']} {row['kind']} of {row['metric']} ({row['points']} points)")
        print(f"  {row['message']}\n  whole: {row['whole']}\n  there: {row['there']}\n  alarm: {row['at_alarm']}")


def _folder(folder: Path, most: int) -> Iterator[dict[str, Any]]:
    try:
        runs = list(forerun.read(folder))
    except ForerunError as problem:
        print(f"{folder.name}: {problem}", file=sys.stderr)
        return
    order = np.random.default_rng(0).permutation(len(runs))
    chosen = [runs[i] for i in sorted(order[:most])]
    print(f"{folder.name}: {len(chosen)} runs, {sum(bool(run.curves) for run in chosen)} with metrics", file=sys.stderr)
    for run in chosen:
        for finding in forerun.scan(run)[run.id].findings:
            yield {"folder": folder.name, "run": run.id, **_row(finding, run.curves[finding.metric])}


def _row(finding: Finding, curve: Curve) -> dict[str, Any]:
    every = np.unique(np.linspace(0, len(curve) - 1, 14).astype(int))
    return {
        "kind": finding.kind,
        "metric": finding.metric,
        "start": finding.start,
        "end": finding.end,
        "alarm": finding.alarm,
        "message": finding.message,
        "also": list(finding.evidence.get("also", [])),
        "points": len(curve),
        "whole": _values(curve, every),
        "there": _values(curve, _around(curve, finding.start)),
        "at_alarm": _values(curve, _around(curve, finding.alarm)),
    }


def _around(curve: Curve, x: float) -> np.ndarray:
    place = int(np.searchsorted(curve.x, x))
    return np.arange(max(0, place - 4), min(len(curve), place + 4))


def _values(curve: Curve, places: np.ndarray) -> str:
    return " ".join(f"{value:.4g}" for value in curve.y[places])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
