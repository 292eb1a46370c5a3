"""The published constants, on 1 to 60 epochs of three sets of unique tokens."""

import numpy as np

from forerun.core import Table
from forerun.laws.data import data_constrained as law

PARAMS = list(law.PUBLISHED.values())
N, U, R = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 6), [1e8, 1e9, 1e10], [1.0, 3.0, 10.0, 60.0]))
_X = {"params": N, "tokens": U * R, "unique_tokens": U}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
