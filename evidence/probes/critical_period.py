"""When the window closes in deep linear networks trained with noise, against the equations of their modes.

    python evidence/probes/critical_period.py

Two pathways, each a chain of weights, read two sensors that both tell the answer; the first is cut off for a time of
3, from onset 0 to 8, and training goes on for 10 after. Gradient steps of .02 on batches of 8 answers under noise of
sd .3, weights from .05^(1/depth) times exp(.05 normal), 12 seeds. Score: 1 less the error under independent sensor
noise of variance .25, undisturbed .875. Controls: no deficit, and a deficit of the sensor that only carries noise. All
goes to ``critical_period.json``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from written import write

from forerun.core import Array, Undecided
from forerun.evaluate.sweeps.critical_period import critical_period

ONSETS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0])
SEEDS, STEP, AFTER, VARIANCE, BATCH = 12, 0.02, 10.0, 0.25, 8


def trained(depth: int, onset: float, blocked: float, informative: bool, rng: np.random.Generator) -> Array:
    """The products of both chains at the end, (2, seeds)."""
    weights = 0.05 ** (1.0 / depth) * np.exp(0.05 * rng.standard_normal((2, depth, SEEDS)))
    for t in np.arange(0.0, onset + 3.0 + AFTER, STEP):
        cut = onset <= t < onset + blocked
        answer = rng.standard_normal((BATCH, SEEDS))
        sensors = np.stack([answer if informative else rng.standard_normal(answer.shape), answer])
        sensors[0] *= not cut
        products = weights.prod(axis=1)
        off = answer + 0.3 * rng.standard_normal(answer.shape) - (products[:, None] * sensors).sum(axis=0)
        pull = (off * sensors).mean(axis=1)
        weights = weights + STEP * pull[:, None] * products[:, None] / weights
    return weights.prod(axis=1)


def score(products: Array, informative: bool) -> Array:
    a, b = products
    missing = 1.0 - b - (a if informative else 0.0)
    return 1.0 - (missing**2 + VARIANCE * (a * a + b * b) + (0.0 if informative else a * a))


def mode(depth: int, onset: float, blocked: float = 3.0, step: float = 0.002) -> float:
    """The blocked pathway's share by ds/dt = L s^(2 - 2/L) (1 - a - b), Euler's steps."""
    a = b = 0.05
    for t in np.arange(0.0, onset + 3.0 + AFTER, step):
        free = not onset <= t < onset + blocked
        rest = 1.0 - b - (a if free else 0.0)
        a, b = (
            a + step * depth * a ** (2 - 2 / depth) * rest * free,
            b + step * depth * b ** (2 - 2 / depth) * rest,
        )
    return a


def cell(depth: int, blocked: float, informative: bool) -> dict[str, object]:
    rng = np.random.default_rng([depth, int(blocked), int(informative)])
    products = [trained(depth, onset, blocked, informative, rng) for onset in ONSETS]
    whole = score(trained(depth, 0.0, 0.0, informative, rng), informative)
    answer = critical_period(ONSETS, [score(one, informative) for one in products], whole, tolerance=0.05)
    row: dict[str, object] = {"depth": depth, "blocked": blocked, "informative": informative}
    row["shares"] = [round(float(one[0].mean()), 3) for one in products]
    row["modes"] = [round(mode(depth, onset, blocked), 3) for onset in ONSETS] if informative else None
    row["scores"] = [round(float(score(one, informative).mean()), 4) for one in products]
    row["undisturbed"] = round(float(whole.mean()), 4)
    return row | {"window": answer.why if isinstance(answer, Undecided) else vars(answer)}


def main() -> None:
    cells = [(depth, 3.0, True) for depth in (1, 2, 3, 4)] + [(3, 0.0, True), (3, 3.0, False)]
    write(Path(__file__).with_name("critical_period.json"), {"cells": [cell(*one) for one in cells]})


if __name__ == "__main__":
    main()
