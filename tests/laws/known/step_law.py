"""The published constants on a grid."""

import numpy as np

from forerun.core import Table
from forerun.laws.tuning import step_law as law

PARAMS = list(law.PUBLISHED.values())
N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 4), np.geomspace(1e9, 1e12, 4)))
_X = {"params": N, "tokens": D}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
