"""Five sizes by eight lengths, as such sweeps are run."""

import numpy as np

from forerun.core import Table
from forerun.laws.size import chinchilla as law

PARAMS = [1.7, 400.0, 2000.0, 0.34, 0.36]
N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 6), np.geomspace(1e9, 1e12, 8)))
_X = {"params": N, "tokens": D}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
