"""What every forecaster keeps, whatever its formula."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun.core import LEVELS, BadInput, Curve, Forecast, Schedule, Undecided, until
from forerun.forecast import FORECASTERS
from forerun.forecast.forecaster import Forecaster, Sibling
from tests.cards import known_answer
from tests.counts import COUNTS

NAMES = list(FORECASTERS.table)
members = pytest.mark.parametrize("member", [FORECASTERS.load(name) for name in NAMES], ids=NAMES)


def falling(n: int = 60, seed: int = 0, **more: object) -> Curve:
    steps = np.arange(1, n + 1)
    noise = np.random.default_rng(seed).normal(0, 0.02, n)
    return Curve(10.0 * steps, 2 + steps**-0.5 + noise, metric="val/loss", **more)  # type: ignore[arg-type]


CONSTANT = Schedule("path", {"x": [0.0, 1e12], "value": [1e-3, 1e-3]})
SAMPLED = ["mcmc"]  # answer alike, but not to the last digit
exact = pytest.mark.parametrize(
    "member",
    [FORECASTERS.load(name) for name in NAMES if name not in SAMPLED],
    ids=[n for n in NAMES if n not in SAMPLED],
)


def ready(member: Forecaster) -> dict[str, Any]:
    """A state that can speak: a short chain where it samples."""
    return member.default() | ({"steps": 120, "burn_in": 60} if member.name == "mcmc" else {})


def finished(*curves: Curve) -> list[Sibling]:
    return [Sibling(f"run {i}", curve) for i, curve in enumerate(curves)]


SWEEP = finished(*(falling(200, seed) for seed in range(9)))


def ask(
    member: Forecaster, curve: Curve, at: float, *more: float, state: Any = None, beside: list[Sibling] = SWEEP
) -> Forecast | Undecided:
    """Of a method that heeds siblings only ``siblings`` cannot do without: the others are asked without any."""
    siblings = beside if member.name == "siblings" or beside is not SWEEP else []
    (answer,) = member.predict(state or ready(member), [curve], [[at, *more]], schedule=[CONSTANT], siblings=[siblings])
    return answer


def test_the_count_is_that_of_the_table() -> None:
    assert len(NAMES) == COUNTS["forecaster"]


def test_a_misspelt_hook_is_an_error_and_one_left_out_has_its_default() -> None:
    member = FORECASTERS.load("last_value")
    with pytest.raises(TypeError, match="heeds_sibling'"):
        replace(member, heeds_sibling=True)  # type: ignore[call-arg]
    assert (member.learn, member.heeds_siblings, member.fit([falling()])) == (None, False, {})


def test_one_curve_that_cannot_be_spoken_on_does_not_move_the_others() -> None:
    """Answers come in the order of the curves, whichever of them the formula is asked for."""
    curves = [falling(seed=1), falling(2), falling(seed=2)]
    for name in ("last_value", "auto", "sequential"):
        member = FORECASTERS.load(name)
        first, thin, last = member.predict(member.default(), curves, [[900.0]] * 3)
        assert isinstance(thin, Undecided)
        for among, curve in ((first, curves[0]), (last, curves[2])):
            (alone,) = member.predict(member.default(), [curve], [[900.0]])
            assert isinstance(among, Forecast)
            assert isinstance(alone, Forecast)
            assert np.allclose(among.quantiles, alone.quantiles, rtol=1e-6)  # nets run in single precision


@members
def test_the_answer_names_what_it_is(member: Forecaster) -> None:
    answer = ask(member, falling(), 900.0)
    assert isinstance(answer, Forecast)
    assert (answer.metric, answer.axis, answer.direction, answer.origin) == ("val/loss", "step", "min", 600.0)
    assert (answer.method, answer.version, answer.of) == (member.name, member.version, "value")
    assert answer.levels.tolist() == LEVELS.tolist()


@members
def test_the_state_is_json(member: Forecaster) -> None:
    curves = [falling(seed=s) for s in range(5)]
    state = member.fit(curves, ["a", "a", "b", "b", "b"], tasks=list("uvwxy"), schedule=[None] * 5)
    state |= {"steps": 120, "burn_in": 60} if member.name == "mcmc" else {}
    again = json.loads(json.dumps(state, allow_nan=False))
    assert again == state
    assert ask(member, falling(seed=9), 900.0, state=state) == ask(member, falling(seed=9), 900.0, state=again)


@members
@pytest.mark.parametrize("n", [0, 1, 2])
def test_thin_evidence_is_undecided_and_says_what_is_needed(member: Forecaster, n: int) -> None:
    answer = ask(member, falling(n), 900.0)
    assert isinstance(answer, Undecided)
    assert f"{n} finite points" in answer.why
    assert answer.needs.startswith("at least")


@members
def test_a_run_that_ends_in_nan_is_undecided(member: Forecaster) -> None:
    curve = falling()
    diverged = Curve(curve.x, [*curve.y[:-1], float("nan")], metric="loss")
    answer = ask(member, diverged, 900.0)
    assert isinstance(answer, Undecided)
    assert "nan" in answer.why


@members
def test_a_point_not_ahead_is_refused(member: Forecaster) -> None:
    with pytest.raises(BadInput, match="lie beyond the last one seen, x=600"):
        ask(member, falling(), 600.0)


@members
def test_nan_in_between_is_passed_over(member: Forecaster) -> None:
    curve = falling()
    holes = np.where(np.arange(60) % 7 == 2, np.nan, curve.y)
    answer = ask(member, Curve(curve.x, holes, metric="val/loss"), 900.0)
    assert isinstance(answer, Forecast)
    assert 1.9 < answer.median < 2.4


@exact
def test_siblings_matter_to_those_that_heed_them_and_in_no_order(member: Forecaster) -> None:
    half = [Sibling(one.run, replace(one.curve, y=0.5 * one.curve.y)) for one in SWEEP]
    one, turned, others = (ask(member, falling(), 900.0, beside=runs) for runs in ([*SWEEP], SWEEP[::-1], half))
    assert one == turned
    assert (one != others) == member.heeds_siblings


@members
def test_the_future_is_not_seen(member: Forecaster) -> None:
    whole = falling(100)
    other = Curve(whole.x, np.where(whole.x > 600, 99.0, whole.y), metric="val/loss")
    assert ask(member, until(whole, 600), 1000.0) == ask(member, until(other, 600), 1000.0)


@members
def test_one_point_or_many_gives_the_same_answer_there(member: Forecaster) -> None:
    alone, among = ask(member, falling(), 900.0), ask(member, falling(), 650.0, 700.0, 900.0)
    assert isinstance(alone, Forecast)
    assert isinstance(among, Forecast)
    assert np.allclose(alone.quantiles[-1], among.quantiles[-1], rtol=1e-6)  # nets run in single precision


@exact
@settings(max_examples=25, deadline=None)
@given(factor=st.floats(1e-3, 1e3), stretch=st.floats(1e-2, 1e4))
def test_units_of_the_metric_and_of_the_axis_do_not_matter(member: Forecaster, factor: float, stretch: float) -> None:
    plain, scaled = falling(), falling()
    scaled = Curve(plain.x * stretch, plain.y * factor, metric="val/loss")
    runs = [Curve(one.curve.x * stretch, one.curve.y * factor, metric="val/loss") for one in SWEEP]
    beside = finished(*runs)
    one, two = ask(member, plain, 900.0, beside=[*SWEEP]), ask(member, scaled, 900.0 * stretch, beside=beside)
    assert isinstance(one, Forecast)
    assert isinstance(two, Forecast)
    spread = one.high - one.low
    assert np.allclose(two.quantiles / factor, one.quantiles, atol=0.03 * spread, rtol=1e-6)


@members
def test_direction_turns_the_answer_over(member: Forecaster) -> None:
    loss = Curve(np.arange(1, 61), 2 + np.arange(1, 61) ** -0.5 - 5, metric="loss")  # below zero: no logarithm
    gain = Curve(loss.x, -loss.y, metric="reward", direction="max")
    fell = Curve(np.arange(1, 121), loss.y[0] - np.arange(120) / 90, metric="loss")
    rose = Curve(fell.x, -fell.y, metric="reward", direction="max")
    down, up = ask(member, loss, 90.0, beside=finished(fell) * 6), ask(member, gain, 90.0, beside=finished(rose) * 6)
    if member.name == "schedule_law":  # speaks of positive losses alone
        assert isinstance(down, Undecided)
        assert isinstance(up, Undecided)
        return
    assert isinstance(down, Forecast)
    assert isinstance(up, Forecast)
    assert np.allclose(up.quantiles[0][::-1], -down.quantiles[0], rtol=1e-6, atol=1e-6)


@members
@pytest.mark.parametrize(
    "y",
    [
        np.full(30, 0.5),
        np.zeros(30),
        np.concatenate([np.ones(29), [1e30]]),
        np.geomspace(1, 1e300, 30),
        -np.arange(30.0),
        np.array([0.0, 1.0] * 15),
        np.full(30, 1e-12),
        np.linspace(1e9, 1e9 + 1, 30),
    ],
    ids=["constant", "zero", "spike", "exploding", "negative", "zigzag", "tiny", "offset"],
)
def test_odd_curves_get_a_finite_answer_or_none(member: Forecaster, y: np.ndarray) -> None:
    answer = ask(member, Curve(np.arange(1, 31), y, metric="loss"), 60.0)
    assert isinstance(answer, (Forecast, Undecided))


@members
@pytest.mark.parametrize("n", [8, 1000, 100_000])
def test_any_length_from_zero_on(member: Forecaster, n: int) -> None:
    x = np.arange(n)
    answer = ask(member, Curve(x, 3 - np.log1p(x) / 10, metric="loss"), 1.5 * n)
    if isinstance(answer, Undecided):  # a logarithm has no asymptote, and siblings must have been there
        assert n < member.least or member.name in ("sequential", "siblings")


@known_answer("last_value", "best_so_far")
@members
def test_a_constant_curve_is_forecast_as_that_constant(member: Forecaster) -> None:
    level = Curve(np.arange(1, 41), np.full(40, 0.7), metric="loss")
    others = finished(Curve(np.arange(1, 91), np.full(90, 0.6), metric="loss")) * 6
    answer = ask(member, level, 80.0, beside=others if member.name == "siblings" else [])
    assert isinstance(answer, Forecast)
    assert answer.median == pytest.approx(0.7, abs=1e-3)


@members
def test_an_accuracy_is_never_forecast_above_one_nor_an_error_below_zero(member: Forecaster) -> None:
    if member.name == "last_value_calibrated":
        pytest.skip("the baseline stays as it was defined")
    rng = np.random.default_rng(0)
    steps = np.arange(1, 41)
    noise = rng.normal(0, 0.01, 40)
    for metric, y in (("val/acc", 0.97 - 0.5 / steps + noise), ("val/wer", 0.03 + 0.5 / steps + noise)):
        curve = Curve(steps, np.clip(y, 0.0, 1.0), metric=metric)
        runs = finished(Curve(np.arange(1, 201), np.resize(curve.y, 200), metric=metric)) * 9
        answer = ask(member, curve, 180.0, beside=runs if member.name == "siblings" else [])
        if isinstance(answer, Forecast):
            assert (answer.quantiles >= 0.0).all()
            assert metric != "val/acc" or (answer.quantiles <= 1.0).all()
