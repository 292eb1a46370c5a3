"""Clean by noisy labels, of one kind alone and of both."""

import numpy as np

from forerun.core import Table
from forerun.laws.data import label_quality as law

PARAMS = [15.0, 0.13, 1.1, 12.0, 0.11, 50.0]
CLEAN, NOISY = (
    g.ravel()[1:] for g in np.meshgrid([0.0, 3.0, 10.0, 30.0, 100.0, 300.0], [0.0, 30.0, 100.0, 300.0, 900.0])
)
_X = {"clean": CLEAN, "noisy": NOISY}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
