"""Four sizes, lengths and sparsities each."""

import numpy as np

from forerun.core import Table
from forerun.laws.size import moe_sparsity as law

PARAMS = [1.6, 400.0, 1500.0, 0.05, 60.0, 0.34, 0.36, 0.3, -0.2, 0.25]
N, D, S = (
    g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e10, 4), np.geomspace(1e9, 1e12, 4), [0.0, 0.5, 0.75, 0.94])
)
_X = {"params": N, "tokens": D, "sparsity": S}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
