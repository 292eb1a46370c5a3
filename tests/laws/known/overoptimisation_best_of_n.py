"""Past the peak and down to negative scores."""

import numpy as np

from forerun.core import Table
from forerun.laws.reward import overoptimisation_best_of_n as law

PARAMS = [1.2, 0.2]
_X = {"kl": np.geomspace(0.5, 60.0, 20)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
