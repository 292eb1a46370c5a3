"""Curves, runs and tables whose truth is known: to try detectors, forecasters and laws on, and to learn from.

* `shapes`: formulas of time, without noise and without a unit.
* `noise`: what measuring adds: independent, heavy-tailed, following itself, wandering.
* `curves`: both together as a `KnownCurve`, which keeps the level without noise and what happens to it.
* `runs`: whole runs and sweeps. `tables`: rows that a scaling law made.

Randomness is the caller's: every function that draws takes ``rng``. Nothing here knows a method.

Example:
    >>> import numpy as np
    >>> known = spiked(400, np.random.default_rng(0), at=(300,), height=0.5)
    >>> from forerun import scan
    >>> [(finding.kind, finding.alarm) for finding in scan(known.curve)], known.events[0].start
    ([('spike', 300.0)], 300.0)
"""

from forerun.synthetic.curves import (
    KnownCurve,
    KnownEvent,
    annealed,
    broken_off,
    falling,
    overfit,
    returns,
    spiked,
    stalled,
)
from forerun.synthetic.events import changed, diverged, shifted, switched
from forerun.synthetic.noise import NOISES
from forerun.synthetic.runs import run, sweep
from forerun.synthetic.tables import scaling_table

__all__ = [
    "NOISES",
    "KnownCurve",
    "KnownEvent",
    "annealed",
    "broken_off",
    "changed",
    "diverged",
    "falling",
    "overfit",
    "returns",
    "run",
    "scaling_table",
    "shifted",
    "spiked",
    "stalled",
    "sweep",
    "switched",
]  # fmt: skip
