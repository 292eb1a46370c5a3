"""The ceiling of a reward that is bought with entropy."""

from __future__ import annotations

import numpy as np
import pytest

from forerun.core import Table
from forerun.laws.fitter.fit import fit
from tests.cards import control, known_answer
from tests.laws.known.entropy_ceiling import TABLE


@known_answer("entropy_ceiling")
def test_the_ceiling_is_the_reward_where_no_entropy_is_left() -> None:
    made = fit("entropy_ceiling", TABLE)
    assert (made.params["a"], made.params["b"]) == (pytest.approx(0.3), pytest.approx(1.0))
    assert made.predict(Table({"entropy": [1e-9]})).y[0] == pytest.approx(0.7)


@control("entropy_ceiling")
def test_a_reward_that_does_not_hang_on_entropy_has_no_slope() -> None:
    rng = np.random.default_rng(0)
    H = np.geomspace(1.0, 0.02, 40)
    made = fit("entropy_ceiling", Table({"entropy": H, "y": 0.5 + 0.05 * rng.normal(size=40)}))
    low, high = made.intervals["a"]
    assert low < 0 < high
