"""The values that the cards of schedules state, and what each form refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forerun.core import BadInput, Schedule
from forerun.schedules.rewarm import replay_share
from tests.cards import control, known_answer

COOLING = {"peak": 0.1, "steps": 100, "cooldown": 20}


def lr(name: str, t: Any, axis: str = "step", **params: Any) -> list[float]:
    return Schedule(name, params, axis).lr(t).tolist()


@known_answer("rex")
def test_rex_gives_the_published_table() -> None:
    table = [1, 0.9474, 0.8889, 0.8235, 0.75, 0.6667, 0.5714, 0.4615, 0.3333, 0.1818, 0]
    assert lr("rex", range(11), peak=1, steps=10) == pytest.approx(table, abs=5e-5)


def test_rex_as_in_the_authors_code_and_as_generalised() -> None:
    """beta .9 is their code's, 0 is linear, and init2winit's (1 - p) / (1 - alpha p) has alpha = beta / 2."""
    p = np.linspace(0, 1, 11)
    assert lr("rex", 10 * p, peak=1, steps=10, beta=0.9) == pytest.approx((1 - p) / ((1 - 0.9 * p) / 2 + 0.5))
    assert lr("rex", 10 * p, peak=1, steps=10, beta=0) == pytest.approx(1 - p)
    assert lr("rex", 10 * p, peak=1, steps=10, beta=1.8) == pytest.approx((1 - p) / (1 - 0.9 * p))


def test_rex_sampled_as_in_the_papers_grid() -> None:
    """A profile and a sampling rate: every half of the run, every third, and at a half and three quarters."""
    rex = Schedule("rex", {"peak": 1, "steps": 60})
    assert rex.sample(every=30).lr([0, 29, 30, 59]).tolist() == pytest.approx([1, 1, 2 / 3, 2 / 3])
    assert rex.sample(every=20).lr([19, 20, 40]).tolist() == pytest.approx([1, 0.8, 0.5])
    assert rex.sample(at=[30, 45]).lr([29, 30, 44, 45, 60]).tolist() == pytest.approx([1, 2 / 3, 2 / 3, 0.4, 0.4])


@known_answer("sgdr")
def test_cosines_start_again_longer_and_lower() -> None:
    t = [0, 5, 10, 20, 30, 70]
    assert lr("sgdr", t, peak=1, steps=70, period=10, growth=2, decay=0.5) == pytest.approx(
        [1, 0.5, 0.5, 0.25, 0.25, 0]
    )
    assert lr("sgdr", [9.999, 10, 30], peak=1, steps=30, period=10) == pytest.approx([0, 1, 0], abs=1e-6)
    assert lr("sgdr", [30, 49], peak=1, steps=50, period=10, decay=0.1, final=0.05) == pytest.approx([0.05, 0.05])


@known_answer("step", "multistep", "schedule/exponential", "polynomial", "inverse_sqrt", "inverse_time")
def test_closed_forms() -> None:
    assert lr("step", [29, 30, 60], peak=1, steps=90, every=30) == pytest.approx([1, 0.1, 0.01])
    assert lr("multistep", [29, 30, 79, 80], peak=1, steps=90, milestones=[30, 80]) == pytest.approx(
        [1, 0.1, 0.1, 0.01]
    )
    assert lr("exponential", [10, 20], peak=1, steps=90, factor=0.5, every=10) == pytest.approx([0.5, 0.25])
    assert lr("polynomial", [5, 10], peak=1, steps=10, power=2) == [0.25, 0.0]
    assert lr("polynomial", [2.5], peak=1, steps=10) == lr("linear", [2.5], peak=1, steps=10)
    assert lr("inverse_sqrt", [100, 400, 1600], peak=1, steps=2000, warmup=100) == [1, 0.5, 0.25]
    assert lr("inverse_sqrt", [0, 30_000], peak=1, steps=1e5) == [1, 0.5]
    assert lr("inverse_time", [10, 30], peak=1, steps=90, rate=0.1) == [0.5, 0.25]


@known_answer("onecycle")
def test_one_cycle_in_two_phases_and_in_three() -> None:
    t = [0, 15, 30, 60, 100]
    fall = 4e-6 + (1 - 4e-6) / 2 * (1 + np.cos(np.pi * 30 / 70))
    assert lr("onecycle", t, peak=1, steps=100) == pytest.approx([0.04, 0.52, 1, fall, 4e-6], rel=1e-12)
    assert lr("onecycle", t, peak=1, steps=100, phases=3) == pytest.approx([0.04, 0.52, 1, 0.04, 4e-6], rel=1e-12)
    assert lr("onecycle", [15, 65], peak=1, steps=100, shape="straight", final=0) == pytest.approx([0.52, 0.5])


@pytest.mark.parametrize(
    ("shape", "more", "half", "last"),
    [
        ("linear", {}, 0.5, 0.0),
        ("linear", {"final": 0.1}, 0.55, 0.1),
        ("1-sqrt", {}, 1 - np.sqrt(0.5), 0.0),
        ("exp", {"final": 0.01}, 0.1, 0.01),
        ("cosine", {}, 0.5, 0.0),
        ("mirror_cosine", {}, 0.5, 0.0),
        ("square", {}, 0.75, 0.0),
        ("half_life", {"half_life": 10}, 0.5, 0.25),
        ("half_life", {"half_life": 1, "final": 0.1}, 0.1, 0.1),
    ],
)
def test_a_cooldown_of_every_shape(shape: str, more: dict[str, float], half: float, last: float) -> None:
    values = lr("wsd", [80, 90, 100], **COOLING, shape=shape, **more)
    assert values == pytest.approx([0.1, 0.1 * half, 0.1 * last], abs=1e-15)


@known_answer("wsd")
def test_shapes_between_their_ends() -> None:
    """The mirrored cosine lies as far above the line as the cosine below it, a quarter of the way down."""
    line, cosine, mirrored, square = (
        lr("wsd", 95, **COOLING, shape=s) for s in ("linear", "cosine", "mirror_cosine", "square")
    )
    assert (line, square) == (pytest.approx(0.025), pytest.approx(0.1 * (1 - 0.75**2)))
    assert cosine == pytest.approx(0.1 * 0.5 * (1 + np.cos(0.75 * np.pi)))
    assert mirrored - line == pytest.approx(line - cosine)
    assert lr("wsd", 90, **COOLING, shape="1-sqrt") == pytest.approx(0.0292893, abs=1e-7)


@known_answer("wsd_s", "rewarm", "schedule/two_stage")
def test_several_phases() -> None:
    periods = lr("wsd_s", [40, 45, 50, 90, 95, 100], peak=1, steps=100, ends=[50], cooldown=10)
    assert periods == [1, 0.5, 1, 1, 0.5, 0]
    again = lr("rewarm", [10, 99.999999, 100, 105, 110, 200], peak=1, steps=200, ends=[100], warmup=10, final=0.1)
    assert again == pytest.approx([1, 0.1, 0.1, 0.55, 1, 0.1])
    stages = lr("two_stage", [79, 80, 160, 180, 200], peak=1, steps=200, first=80, factor=0.5, cooldown=40)
    assert stages == [1, 0.5, 0.5, 0.25, 0]


def test_the_plan_of_replay_is_a_schedule_beside_the_rate() -> None:
    plan = Schedule("rewarm", {"peak": 1, "steps": 3e9, "ends": [1e9, 2e9], "replay": 0.25}, axis="tokens")
    replayed = replay_share(plan)
    assert (replayed.axis, replayed.lr([0, 9.9e8, 1e9, 2.5e9, 3e9]).tolist()) == ("tokens", [0, 0, 0.25, 0.25, 0.25])
    with pytest.raises(BadInput, match="only 'rewarm' has a share of replay"):
        replay_share(Schedule("constant", {"peak": 1, "steps": 3}))


@known_answer("infinite")
def test_the_infinite_schedule_has_four_phases_and_two_are_open() -> None:
    shared = {"peak": 1, "warmup": 10, "cooldown": 20}
    assert lr("infinite", [10, 20, 30, 1e12], **shared) == pytest.approx([1, 0.55, 0.1, 0.1])
    branch = lr("infinite", [20, 80, 90, 100], **shared, steps=100, anneal=20)
    assert branch == pytest.approx([0.55, 0.1, 0.1 * np.sqrt(0.1), 0.01])
    assert Schedule("infinite", shared).end == np.inf


def test_the_inverse_root_falls_sooner_than_the_cosine_and_as_far() -> None:
    """eta_const + (eta_max - eta_const) (1 - h(x) / h(1)), h(x) = 1 / sqrt(1 + 10 x) - 1."""
    h = lambda x: 1 / np.sqrt(1 + 10 * x) - 1  # noqa: E731
    values = lr("infinite", [0, 5, 20], peak=1, cooldown=20, shape="inverse_sqrt", constant=0.1)
    assert values == pytest.approx([1, 0.1 + 0.9 * (1 - h(0.25) / h(1)), 0.1])


def test_annealing_off_a_checkpoint_leaves_what_was_trained_alone() -> None:
    open_ended = Schedule("infinite", {"peak": 1e-3, "warmup": 100, "cooldown": 400})
    branch = open_ended.with_params(steps=6000, anneal=1000)
    t = np.arange(0, 5000)
    assert (branch.lr(t) == open_ended.lr(t)).all()
    assert branch.lr(6000) == pytest.approx(1e-5)


@known_answer("power")
def test_the_power_of_tokens_below_a_highest_rate() -> None:
    plan = {"peak": 0.02, "steps": 1.2e12, "batch": 1024, "cooldown": 1e11}
    meets = (0.02 / (4.6 * 1024)) ** (1 / -0.51)
    assert meets == pytest.approx(3.41e10, rel=2e-3)
    rates = lr("power", [0, 0.99 * meets, 1.1 * meets, 1e12], "tokens", **plan)
    assert rates == pytest.approx([0.02, 0.02, 0.02 * 1.1**-0.51, 0.00357], rel=1e-3)
    assert lr("power", [1.1e12, 1.15e12, 1.2e12], "tokens", **plan, final=0.01)[2] == pytest.approx(2e-4)


@known_answer("cyclic")
def test_triangles_on_a_floor() -> None:
    cycle = {"peak": 1, "steps": 100, "low": 0.1, "up": 10}
    assert lr("cyclic", [0, 5, 10, 20, 30], **cycle, decay=0.5) == pytest.approx([0.1, 0.55, 1, 0.1, 0.55])
    assert lr("cyclic", [10, 20, 25], **cycle, down=30) == pytest.approx([1, 0.7, 0.55])
    assert lr("cyclic", [10, 30], **cycle, fade=0.99) == pytest.approx([0.1 + 0.9 * 0.99**10, 0.1 + 0.9 * 0.99**30])


@known_answer("knots")
def test_drawn_points_are_joined_by_any_curve() -> None:
    points = {"x": [0, 10], "value": [1, 0.01]}
    for curve, halfway in (("straight", 0.505), ("cosine", 0.505), ("log", 0.1)):
        assert lr("knots", [0, 5, 10], **points, curve=curve) == pytest.approx([1, halfway, 0.01])
    assert lr("knots", [0, 2, 3], x=[2], value=[0.3]) == [0.3, 0.3, 0.3]


@known_answer("on")
def test_a_schedule_of_steps_over_tokens() -> None:
    plan = Schedule("linear", {"peak": 1, "steps": 10}).on("tokens", per=100)
    assert (plan.axis, plan.end, plan.lr([500, 1000]).tolist()) == ("tokens", 1000, [0.5, 0])
    assert plan.extend(2000, "stretch").lr([500, 1000]).tolist() == [0.75, 0.5]


@control(
    "sgdr", "step", "multistep", "schedule/exponential", "inverse_sqrt", "inverse_time", "onecycle", "rex", "wsd_s"
)
@control("infinite", "rewarm", "schedule/two_stage", "power", "cyclic")
@pytest.mark.parametrize(
    ("name", "params", "why"),
    [
        ("sgdr", {"period": 10, "growth": 0.5}, "growth must be a number from 1 on, but is 0.5"),
        ("step", {"every": 0}, "every must be a number above 0, but is 0"),
        (
            "multistep",
            {"milestones": [30, 30]},
            r"milestones must increase from 0 on, but .* is 30 after 30",
        ),
        ("multistep", {"milestones": "30"}, "milestones must be a series of numbers, but is '30'"),
        ("exponential", {"factor": 0.5, "every": 0}, "every must be a number above 0"),
        ("inverse_sqrt", {"timescale": 0}, "timescale must be a number above 0"),
        ("inverse_time", {"rate": -0.1}, "rate must be a number from 0 on, but is -0.1"),
        ("onecycle", {"phases": 3, "warmup": 50}, "a rise over 50 in 3 phases does not fit into 100 steps"),
        ("onecycle", {"phases": 4}, "a cycle has 2 or 3 phases, not 4"),
        ("rex", {"beta": 2}, "beta must be below 2, but is 2"),
        ("wsd", {"cooldown": 20, "shape": "sqrt"}, "no shape 'sqrt' of a cooldown; there are: linear, 1-sqrt, exp"),
        ("wsd", {"cooldown": 20, "shape": "exp"}, "say final, or another shape than 'exp'"),
        (
            "wsd",
            {"cooldown": 20, "half_life": 5},
            "half_life, above 0, belongs to shape 'half_life'; shape is",
        ),
        ("wsd_s", {"cooldown": 20, "ends": [90]}, "a period of 10 steps is shorter than a cooldown of 20"),
        ("infinite", {"steps": None, "anneal": 10}, "anneal ends at steps: say steps"),
        ("infinite", {"steps": None}, "cooldown is a tenth of steps unless it is given: say steps"),
        ("rewarm", {"ends": [50], "warmup": 60}, "a rise over 60 is longer than its data set"),
        ("two_stage", {"first": 90, "factor": 0.5, "cooldown": 20}, "ends at 90, in the warmup or in the cooldown"),
        ("power", {"batch": 64, "cooldown": 10}, "it counts tokens, not step: say axis="),
        ("cyclic", {"low": 0.1, "up": 0}, "up must be a number above 0"),
        ("linear", {"start": 0.01}, "start=0.01 is where a warmup begins: say warmup"),
        ("linear", {"final": float("nan")}, "final must be a number from 0 on, but is nan"),
        ("linear", {"final": True}, "final must be a number from 0 on, but is True"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(name: str, params: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=f"schedule '{name}': .*{why}"):
        Schedule(name, {"peak": 1, "steps": 100} | params).lr(1)


@control("knots", "on", "polynomial")
def test_points_that_mean_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="values must be finite and above 0 with curve 'log'"):
        lr("knots", 1, x=[0, 10], value=[1, 0], curve="log")
    with pytest.raises(BadInput, match=r"x must increase from 0 on, but x\[1\] is 0 after 0"):
        lr("knots", 1, x=[0, 0], value=[1, 1])
    with pytest.raises(BadInput, match="as many values as x, one at least, but 1 and 2"):
        lr("knots", 1, x=[0, 1], value=[1])
    with pytest.raises(BadInput, match="no curve 'smooth' between points; there are: straight, log, cosine"):
        lr("knots", 1, x=[0, 1], value=[1, 1], curve="smooth")
    with pytest.raises(BadInput, match="per must be above 0"):
        Schedule("linear", {"peak": 1, "steps": 9}).on("tokens", per=0)
    with pytest.raises(BadInput, match="t=11 lies past the end, 10"):
        Schedule("polynomial", {"peak": 1, "steps": 10}, past_end="error").lr(11)
    with pytest.raises(BadInput, match="of must be a schedule, but is 'linear'"):
        lr("scale", 1, of="linear", by=2)
