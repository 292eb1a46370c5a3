"""Entropy falls from a nat to nothing, the reward rises to .7."""

import numpy as np

from forerun.core import Table
from forerun.laws.reward import entropy_ceiling as law

PARAMS = [0.3, 1.0]
_X = {"entropy": np.geomspace(1.0, 0.02, 20)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
