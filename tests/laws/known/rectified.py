"""Fourteen sizes, doubling from 200; the supposed point beyond them pulls little when there is no noise."""

import numpy as np

from forerun.core import Table
from forerun.laws.data import rectified as law

PARAMS = [1.2, 60.0, 25.0, 0.45]
_X = {"train_size": 200.0 * 2.0 ** np.arange(14)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
