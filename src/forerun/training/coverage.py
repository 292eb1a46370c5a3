"""Make the table of measured coverage that forecasts carry, from the cases of a backtest.

    forerun backtest TABLE... --leave-out half --method A ... --cases cases.jsonl
    python -m forerun.training.coverage cases.jsonl... [-o src/forerun/forecast/weights]

Shares are means over sources, so that a large source does not speak for all.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import SCORED_LEVELS
from forerun.forecast import FORECASTERS, weights
from forerun.forecast.postprocess import coverage

MASSES = (0.5, 0.8, 0.9)
ON = "evidence/forecast: recorded runs of tasks not learned from"


def table(cases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """By method its version and, for each lead, what its intervals held."""
    inside_by: dict[tuple[str, int], dict[str, list[list[bool]]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        if case["status"] == "forecast":
            ends = [np.interp([0.5 - m / 2, 0.5 + m / 2], SCORED_LEVELS, case["quantiles"]) for m in MASSES]
            inside = [bool(low <= case["y"] <= high) for low, high in ends]
            inside_by[case["method"], coverage.lead_of(case["origin"], case["at"])][case["source"]].append(inside)
    methods = dict.fromkeys(method for method, _ in inside_by)
    return {
        method: {
            "version": FORECASTERS.load(method).version,
            "leads": [_row(inside_by[method, lead]) for lead in range(len(coverage.LEADS) + 1)],
        }
        for method in methods
    }


def _row(by_source: dict[str, list[list[bool]]]) -> dict[str, Any]:
    share = np.mean([np.mean(inside, axis=0) for inside in by_source.values()], axis=0)
    return {
        "measured": {f"{mass:g}": round(float(one), 3) for mass, one in zip(MASSES, share, strict=True)},
        "on": ON,
        "cases": sum(len(inside) for inside in by_source.values()),
        "groups": len(by_source),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    options = parser.parse_args()
    cases = (json.loads(line) for path in options.cases for line in path.read_text("utf-8").splitlines())
    made = json.loads(weights.shipped(coverage.SHIPPED)) | table(cases)  # methods without cases stay as they are
    weights.write(options.out, coverage.SHIPPED, (json.dumps(made, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
