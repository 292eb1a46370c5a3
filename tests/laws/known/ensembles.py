"""One to eight members."""

import numpy as np

from forerun.core import Table
from forerun.laws.size import ensembles as law

PARAMS = [3.1, 0.4]
_X = {"members": np.arange(1.0, 9.0)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
