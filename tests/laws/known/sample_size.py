"""Eight sizes."""

import numpy as np

from forerun.core import Table
from forerun.laws.data import sample_size as law

PARAMS = [2.0, 0.2]
_X = {"samples": np.geomspace(1e2, 1e6, 8)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
