"""The correction of forecasts by the runs beside a run: its numbers, its nets, and what they may not do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from forerun.core import LEVELS, Curve, Forecast
from forerun.forecast.auto import AUTO
from forerun.forecast.correction import Standings, usable
from forerun.forecast.forecaster import Finished, Request, Sibling
from forerun.forecast.nets import sibling_cases, sibling_net
from forerun.forecast.nets.sibling_features import COUNT, LEVEL, MISS, SHAPE, Ended, Under, of_siblings
from forerun.forecast.nets.sibling_net import MIDDLE, LessonsBeside, corrected, packed, together, train, unpacked
from forerun.stats.zscale import zscale

X = np.arange(1.0, 101.0)


def loss(level: float, size: float = 3.0, *, late: float = 0.0, seed: int = 0) -> Curve:
    """A loss that falls to a level, and drops by ``late`` at two thirds of the run."""
    noise = 0.01 * np.random.default_rng(seed).normal(size=X.size)
    return Curve(X, level + size * X**-0.7 - late * (X > 66) + noise, metric="loss")


def shown(curve: Curve, n: int) -> Curve:
    return Curve(curve.x[:n], curve.y[:n], metric=curve.metric, direction=curve.direction)


def forecast(curve: Curve, others: Sequence[Curve] = (), at: float = 100.0) -> Forecast:
    siblings = [Sibling(f"run {i}", one) for i, one in enumerate(others)]
    (answer,) = AUTO.predict(AUTO.default(), [curve], [[at]], siblings=[siblings])
    assert isinstance(answer, Forecast)
    return answer


def numbers(curve: Curve, other: Curve, at: float = 100.0) -> np.ndarray:
    sign = 1.0 if curve.direction == "max" else -1.0
    run = Under(curve.x, curve.y, np.array([at]), sign, zscale(curve.y))
    return of_siblings(run, [Ended.of_curve(other)], [None])[0, 0]


def test_siblings_that_all_dropped_late_make_a_run_expected_to_drop() -> None:
    """Known answer: alone the run is forecast flat, beside runs that all fell by 0.4 most of that is expected."""
    run = loss(2.0, late=0.4, seed=9)
    others = [loss(2.0, late=0.4, seed=seed) for seed in range(5)]
    alone, beside = forecast(shown(run, 60)), forecast(shown(run, 60), others)
    outcome = float(run.y[-1])
    assert abs(beside.median - outcome) < 0.5 * abs(alone.median - outcome)
    assert beside.low < outcome < beside.high
    assert beside.events["alone"] == pytest.approx(alone.median)
    assert sum(beside.events["leaned_on"].values()) == pytest.approx(1.0)


def test_runs_of_another_kind_change_little() -> None:
    """Control: runs a hundred times as high, rising, move the median by less than a tenth of the interval."""
    run = loss(2.0, seed=9)
    others = [Curve(X, 200.0 + 5.0 * X + seed, metric="loss") for seed in range(5)]
    alone, beside = forecast(shown(run, 60)), forecast(shown(run, 60), others)
    assert beside.median == pytest.approx(alone.median, abs=(alone.high - alone.low) / 10)


def test_order_does_not_matter_and_the_one_most_alike_weighs_most() -> None:
    run, others = loss(2.0, seed=9), [loss(2.0, seed=1), loss(4.0, seed=2), loss(7.0, seed=3)]
    one, other = forecast(shown(run, 50), others), forecast(shown(run, 50), others[::-1])
    assert one.quantiles == pytest.approx(other.quantiles, rel=1e-5)
    assert next(iter(one.events["leaned_on"])) == "run 0"


def test_the_run_itself_is_no_sibling() -> None:
    run = loss(2.0, late=0.4)
    assert usable(Request(X[:50], run.y[:50], X[-1:], shown(run, 50), None, [Sibling("copy", run)])) == []
    assert forecast(shown(run, 50), [run]).quantiles.tolist() == forecast(shown(run, 50)).quantiles.tolist()


@pytest.mark.parametrize("begin", [-200.0, -150.0, 0.0])
def test_a_sibling_that_tells_nothing_costs_nothing(begin: float) -> None:
    """Wherever the axis of either begins, and whatever became of the sibling, the run has its forecast."""
    run = loss(2.0, seed=9)
    blown = Curve(X, np.where(X > 60, 1e300, run.y + 1.0), metric="loss")
    moved = Curve(X + begin, loss(2.0).y, metric="loss")
    gone = Curve(X, np.full(X.size, np.nan), metric="loss")
    one_point = Curve([1.0], [2.0], metric="loss")
    assert np.isfinite(forecast(shown(run, 50), [blown, moved, gone, one_point]).quantiles).all()
    on_its_axis = Curve(moved.x[:50], run.y[:50], metric="loss")
    assert np.isfinite(forecast(on_its_axis, [blown, moved], at=float(moved.x[-1])).quantiles).all()


def test_nothing_beyond_the_origin_matters() -> None:
    """Look-ahead: what becomes of the run later is not known to the forecast."""
    others = [loss(2.0, seed=seed) for seed in range(3)]
    one, other = (forecast(shown(loss(2.0, late=late, seed=9), 60), others) for late in (0.0, 0.9))
    assert one.quantiles.tolist() == other.quantiles.tolist()


def test_numbers_do_not_depend_on_units() -> None:
    run, other = loss(2.0, seed=9), loss(2.5, seed=1)
    plain = numbers(shown(run, 40), other)
    scaled = numbers(
        Curve(10 * X[:40], 7 * run.y[:40], metric="loss"), Curve(10 * X, 7 * other.y, metric="loss"), at=1000.0
    )
    assert scaled == pytest.approx(plain, abs=1e-9)


def test_a_curve_just_like_the_run_lies_at_no_distance() -> None:
    run = loss(2.0, seed=9)
    alike = numbers(shown(run, 40), Curve(X, run.y, metric="loss"))
    assert alike[[LEVEL, SHAPE]].tolist() == [0.0, 0.0]
    apart = numbers(shown(run, 40), Curve(X, run.y + 1.0, metric="loss"))
    assert apart[LEVEL] > 0.3
    assert apart[SHAPE] == pytest.approx(0.0, abs=1e-9)


def test_a_sibling_is_forecast_where_it_stood_as_the_run_does() -> None:
    request = Request(X[:22], loss(2.0).y[:22], X[-1:], shown(loss(2.0), 22))
    beside = [Sibling("a", loss(2.0, seed=1)), Sibling("short", Curve([1, 2], [1, 2], metric="loss"))]
    standings = Standings([(request, beside), (request, beside)])
    (asked,) = standings.requests
    assert (asked.x.size, asked.at.tolist()) == (20, [100.0])
    scale = zscale(asked.y)
    ((first, short), again) = standings.missed([(scale, np.linspace(-1.0, 1.0, LEVELS.size)[None])])
    assert first is not None
    assert first.widths == pytest.approx(-float(scale.to_z(beside[0].curve.y[-1])) / first.width)
    assert (short, again) == (None, [first, None])


def lessons(n: int = 400) -> LessonsBeside:
    """The outcome is where the one sibling's first number says, whatever the forecast."""
    rng = np.random.default_rng(0)
    siblings = rng.normal(size=(n, 3, COUNT)).astype(np.float32)
    siblings[..., [LEVEL, SHAPE, MISS, MISS + 1, MISS + 2]] = 0.0
    quantiles = np.tile(np.sort(rng.normal(size=LEVELS.size)).astype(np.float32), (n, 1))
    there = np.zeros((n, 3), bool)
    there[:, 0] = True
    run = rng.normal(size=(n, 3)).astype(np.float32)
    outcome = siblings[:, 0, 0] + 0.1 * rng.normal(size=n).astype(np.float32)
    foreign = np.full((n, 2, COUNT), 8.0, np.float32)
    return LessonsBeside(quantiles, outcome, np.ones(n), np.ones(n, np.float32), run, siblings, there, foreign)


def test_a_net_learns_which_place_to_believe_and_is_the_same_when_read_again() -> None:
    made = lessons()
    net = train(made, 400, seed=0)
    again = train(made, 400, seed=0)
    assert all(np.array_equal(net[name], again[name]) for name in net)
    (read,) = unpacked(packed((net,)))
    arrays = made.quantiles.astype(float), made.run.astype(float), made.siblings.astype(float), made.there
    answer = corrected(together([read]), *arrays)
    assert (np.diff(answer.quantiles, axis=1) >= 0).all()
    before, after = (np.abs(q[:, MIDDLE] - made.outcome).mean() for q in (made.quantiles, answer.quantiles))
    assert after < 0.5 * before


def test_numpy_answers_as_pytorch_was_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two forms of the net, without dropout and without the stretch that follows."""
    torch = pytest.importorskip("torch", reason="learning needs PyTorch")
    monkeypatch.setattr(sibling_net, "_DROPOUT", 0.0)
    monkeypatch.setattr(sibling_net, "_STRETCH", 0.0)
    (net, *_), made = unpacked(AUTO.default()["siblings"]), lessons(50)
    layers = {name: torch.nn.Linear(*net[f"{name}.w"].shape) for name in ("in", "mid", "say", "pool", "out")}
    for name, layer in layers.items():
        layer.weight.data, layer.bias.data = torch.tensor(net[f"{name}.w"].T), torch.tensor(net[f"{name}.b"])
    arrays = (torch.tensor(one) for one in (made.quantiles, made.run, made.siblings, made.there))
    taught = sibling_net._forward(torch, layers, torch.tensor(net["near"]), *arrays).detach().numpy()
    answer = corrected(
        together([net]), made.quantiles.astype(float), made.run.astype(float), made.siblings.astype(float), made.there
    )
    assert answer.quantiles == pytest.approx(taught, abs=1e-4)


def test_without_siblings_quantiles_stay() -> None:
    made = lessons(20)
    net = train(made, 30, seed=0)
    nobody = np.zeros_like(made.there)
    answer = corrected(
        together([net]), made.quantiles.astype(float), made.run.astype(float), made.siblings.astype(float), nobody
    )
    assert answer.quantiles == pytest.approx(made.quantiles.astype(float), abs=1e-6)
    assert answer.weight.tolist() == [0.0] * 20


def test_cases_hold_others_of_the_task_alone_and_never_a_copy() -> None:
    curves = [loss(level, seed=seed) for seed, level in enumerate([1.0, 1.0, 5.0, 5.0])] + [loss(1.0, seed=0)]
    tasks = ["low", "low", "high", "high", "low"]
    finished = Finished(curves, ["g"] * 5, tasks, [None] * 5)

    def alone(requests: Sequence[Request]) -> list[tuple[object, np.ndarray]]:
        return [(zscale(one.y), np.tile(np.linspace(-1, 1, LEVELS.size), (one.at.size, 1))) for one in requests]

    made = sibling_cases.cases(finished, range(5), alone, np.random.default_rng(0))  # pyright: ignore[reportArgumentType]
    by_task = {task: {len(case.siblings) for case in made if case.task == task} for task in tasks}
    assert by_task == {"low": {1, 2}, "high": {1}}  # of the two alike, each has only the third beside it
    assert {case.foreign.shape for case in made} == {(6, COUNT)}
