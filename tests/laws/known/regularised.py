"""Eight sizes."""

import numpy as np

from forerun.core import Table
from forerun.laws.size import regularised as law

PARAMS = [3.2, 900.0, 0.45]
_X = {"params": np.geomspace(1e7, 1e9, 8)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
