"""Every form has an example, which is followed in every framework."""

from __future__ import annotations

import numpy as np

from forerun.schedules import SCHEDULES
from tests.counts import COUNTS
from tests.schedules.examples import EXAMPLES, PER_STEP, along


def test_every_form_has_one() -> None:
    assert set(EXAMPLES) == set(SCHEDULES.names())
    assert len(EXAMPLES) == COUNTS["schedule"]
    assert all(plan.name == name for name, plan in EXAMPLES.items())


def test_they_end_within_sixteen_updates_and_move_on_the_way() -> None:
    for name, plan in EXAMPLES.items():
        assert plan.end <= 16 * PER_STEP.get(name, 1.0)
        assert np.unique(along(name, 16)).size >= 3
