"""Past the peak and down to negative scores."""

import numpy as np

from forerun.core import Table
from forerun.laws.reward import overoptimisation as law

PARAMS = [1.5, 0.5]
_X = {"kl": np.geomspace(0.5, 900.0, 20)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
