"""The picture of schedules: a line each, and what a law says of them."""

from __future__ import annotations

import numpy as np
import pytest

import forerun
from forerun.core import BadInput, Schedule
from forerun.laws.design import Design
from tests.laws.paths_made import made_by

PARAMS = [2.5, 0.6, 0.5, 400.0, 1.0, 0.15, 0.64]
PLAN = Schedule("wsd", {"peak": 0.1, "steps": 100, "cooldown": 20})


def test_a_schedule_is_drawn_as_it_is() -> None:
    (line,) = forerun.show(PLAN).data
    assert np.allclose(np.interp([0, 80, 90, 100], line.x, line.y), [0.1, 0.1, 0.05, 0.0], atol=5e-4)


def test_several_of_one_name_are_told_apart() -> None:
    figure = forerun.show([PLAN, PLAN.with_params(cooldown=50), Schedule("linear", {"peak": 0.1, "steps": 100})])
    assert [line.name for line in figure.data] == ["wsd 1", "wsd 2", "linear"]


def test_a_design_is_drawn_with_the_loss_of_each() -> None:
    design = forerun.design(made_by("multi_power", PARAMS, "constant", "cooldown", noise=1e-3), steps=20_000)
    assert isinstance(design, Design)
    figure = forerun.show(design)
    n = len(design.candidates)
    points = {trace.y[0]: trace for trace in figure.data[n:]}
    assert len(points) == n and "within the law" in figure.layout.title.text
    for one in design.candidates:
        assert points[one.name].x[0] == one.loss.estimate  # type: ignore[union-attr]
        assert points[one.name].error_x.array[0] == pytest.approx(one.loss.high - one.loss.estimate)  # type: ignore[union-attr]


def test_schedules_over_two_axes_make_no_picture() -> None:
    with pytest.raises(BadInput, match="one axis"):
        forerun.show([PLAN, PLAN.on("tokens", per=512)])
