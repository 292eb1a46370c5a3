"""Twenty-four sizes over five decades, the break in their middle."""

import numpy as np

from forerun.core import Table
from forerun.laws.size import broken as law

PARAMS = [0.5, 3.0, 0.05, 0.4, 300.0, 0.3]
_X = {"x": np.geomspace(1.0, 1e5, 24)}
TABLE = Table({**_X, "y": law.predict(np.array(PARAMS), _X)[0]})
