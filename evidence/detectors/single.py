"""How often any rule can find single points of 10 sds under Student-t4 noise, at 5 false alarms per 100,000 points.

    python evidence/detectors/single.py

The noise, its level and the height are known to the rule, which no detector knows: of all tests of a value that is
noise against one that is 10 sds further the one by the ratio of both densities finds most at any rate (Neyman and
Pearson 1933). A second bound is for rules that call a value worse the higher it is. Neighbours are independent and tell
nothing more. To ``single.json``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy import stats

RATE, HEIGHT, DEGREES = 5e-5, 10.0, 4.0


def best(noise: stats.rv_continuous, height: float, rate: float) -> float:
    """Power of the most powerful test, by adding up what has the highest ratio of densities."""
    x = np.linspace(-40.0, 400.0, 4_400_001)
    null, event = noise.pdf(x), noise.pdf(x - height)
    order = np.argsort(noise.logpdf(x) - noise.logpdf(x - height))
    room = np.cumsum(null[order]) * (x[1] - x[0]) <= rate
    return float(event[order][room].sum() * (x[1] - x[0]))


def main() -> None:
    scale = float(np.sqrt((DEGREES - 2.0) / DEGREES))
    heavy, normal = stats.t(DEGREES, scale=scale), stats.norm()
    result = {
        name: {
            "noise beyond 10 sds, per 1e5": 1e5 * float(noise.sf(HEIGHT)),
            "found by any rule": best(noise, HEIGHT, RATE),
            "found by any threshold": float(noise.sf(noise.isf(RATE) - HEIGHT)),
        }
        for name, noise in (("t4", heavy), ("normal", normal))
    }
    for name, numbers in result.items():
        print(name, {what: round(number, 4) for what, number in numbers.items()})
    Path(__file__).with_name("single.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
