"""Planted bends, floors and straight lines: how often `bend` tells which.

    python evidence/laws/bends.py [--seed 0] [--repeats 400]

Generated: log(-log rate) at sizes evenly spaced in log N, with normal noise of sd 1 in units in which a curve falls by
`FALLS` from the smallest size to the largest. Straight lines of several slopes are the control, also with noise that
is heavy-tailed (t, 3 degrees of freedom, sd 1) and noise that grows sixfold with size, of which the promise does not
speak. Beside it stands what `bend` did before: the second-order term beyond its 95% interval. Writes bends.json beside
itself. Intervals are Wilson's, 95%.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Undecided
from forerun.laws.questions.bend import bend
from forerun.stats.proportions import proportion_interval

HERE = Path(__file__).parent
SIZES, FALLS, SLOPES = (6, 8, 12), (4.0, 8.0), (0.0, 1.5, 3.0, 8.0)
UNIT = 0.01  # of log(-log rate), a sd of noise
Curve = Callable[[np.ndarray], np.ndarray]
CURVES: dict[str, tuple[str, Curve]] = {  # over 0 to 1, falling from 0 to -1
    "parabola": ("concave", lambda u: -(u**2)),
    "flat to the middle": ("concave", lambda u: -np.maximum(u - 0.5, 0.0) / 0.5),
    "flat to two thirds": ("concave", lambda u: -np.maximum(u - 2 / 3, 0.0) * 3.0),
    "flat to four fifths": ("concave", lambda u: -np.maximum(u - 0.8, 0.0) * 5.0),
    "level from the middle": ("convex", lambda u: -np.minimum(u / 0.5, 1.0)),
    "level from a third": ("convex", lambda u: -np.minimum(u * 3.0, 1.0)),
    "level from a fifth": ("convex", lambda u: -np.minimum(u * 5.0, 1.0)),
    "floor of the loss": ("convex", lambda u: (np.exp(-4.0 * u) - 1.0) / (1.0 - np.exp(-4.0))),
}
NOISES = {
    "normal": lambda rng, m: rng.standard_normal(m),
    "heavy-tailed": lambda rng, m: rng.standard_t(3, m) / np.sqrt(3.0),
    "growing": lambda rng, m: rng.standard_normal(m) * np.geomspace(0.4, 2.4, m),
}


def told(curve: np.ndarray, noise: np.ndarray) -> tuple[str, str]:
    """What `bend` says, and what its second-order term alone does."""
    N, F = np.geomspace(1e6, 1e9, noise.size), 1.5 + UNIT * (curve + noise)
    shape = bend(N, np.exp(-np.exp(F)))
    assert not isinstance(shape, Undecided)
    alone = "convex" if shape.low > 0 else "concave" if shape.high < 0 else "linear"
    return shape.kind, alone


def row(curve: Curve, times: float, noise: str, m: int, repeats: int, seed: int) -> dict[str, Any]:
    rng, u = np.random.default_rng([seed, m, int(10 * times)]), np.linspace(0.0, 1.0, m)
    both = [told(times * curve(u), NOISES[noise](rng, m)) for _ in range(repeats)]
    kinds, alone = (Counter(of) for of in zip(*both, strict=True))
    return {"n": repeats, "sizes": m, "falls": times, "noise": noise, "kinds": dict(kinds), "second_order": dict(alone)}


def shares(one: dict[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    """How often one of these kinds is told, with its interval, and by the second-order term alone."""
    count = sum(one["kinds"].get(kind, 0) for kind in kinds)
    low, high = (float(v) for v in proportion_interval(count, one["n"]))
    before = sum(one["second_order"].get(kind, 0) for kind in kinds) / one["n"]
    return {"share": count / one["n"], "low": low, "high": high, "second_order": before}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=400)
    asked = parser.parse_args()
    how = asked.repeats, asked.seed
    lines, curves = [], []
    for m in SIZES:
        for noise in NOISES:
            each = [row(lambda u: -u, slope, noise, m, *how) for slope in SLOPES]
            lines += [one | shares(one, ("concave", "convex")) for one in each]
        for name, (kind, curve) in CURVES.items():
            each = [row(curve, times, "normal", m, *how) for times in FALLS]
            curves += [{"curve": name, "kind": kind} | one | shares(one, (kind,)) for one in each]
    out = {"seed": asked.seed, "lines": lines, "curves": curves}
    (HERE / "bends.json").write_text(json.dumps(out, indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
