"""Seven batch sizes on both sides of the critical one."""

import numpy as np

from forerun.core import Table
from forerun.laws.tuning import critical_batch as law

PARAMS = [40.0, 2000.0]
_X = {"batch_size": 2.0 ** np.arange(7, 14)}

TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
