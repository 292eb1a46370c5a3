"""The paper's constants on sizes, steps and batches on both sides of the critical one."""

import numpy as np

from forerun.core import Table
from forerun.laws.size import kaplan as law

PARAMS = list(law.PUBLISHED.values())
N, S, B = (
    g.ravel() for g in np.meshgrid(np.geomspace(1e5, 1e9, 4), np.geomspace(1e3, 1e5, 4), np.geomspace(1e4, 1e7, 4))
)
_X = {"params": N, "steps": S, "batch_size": B}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
