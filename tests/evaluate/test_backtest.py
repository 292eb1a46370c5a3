"""The protocol, recomputed from its description by a few independent lines."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, Curve, Forecast, Run, Schedule, UnknownName, until
from forerun.evaluate.forecasts import backtest
from forerun.evaluate.forecasts.beside import with_others
from forerun.forecast import FORECASTERS


def run(source: str, task: str, name: str, seed: int, n: int = 40, metric: str = "loss") -> Run:
    rng = np.random.default_rng(seed)
    y = 1 + np.arange(1, n + 1) ** -rng.uniform(0.2, 0.9) + 0.01 * rng.normal(size=n)
    return Run(
        f"{source}/{task}/{name}", {metric: Curve(10 * np.arange(n), y, metric=metric)}, "x", source=source, task=task
    )


def runs() -> list[Run]:
    return [
        run(s, t, f"r{i}", 100 * k + i)
        for k, (s, t) in enumerate([("a", "t1"), ("a", "t2"), ("b", "t3")])
        for i in range(8)
    ]


def test_scores_recomputed_from_the_cases_agree() -> None:
    file = io.StringIO()
    rows = api.backtest(runs(), cases_file=file, method=["last_value", "parametric"], clock=lambda: 0.0)
    cases = [json.loads(line) for line in file.getvalue().splitlines()]
    whole = {r.id: r.curves["loss"] for r in runs()}
    levels = [0.025 + 0.05 * i for i in range(20)]
    found: dict[tuple[str, str], list[list[float]]] = {}
    for case in cases:
        curve = whole[case["run"]]
        seen = [y for x, y in zip(curve.x, curve.y, strict=True) if 0 < x <= case["origin"]]
        scale = max(
            np.quantile(seen, 0.9) - np.quantile(seen, 0.1),
            np.median(np.abs(np.diff(seen))),
            1e-3 * abs(seen[-1]),
            1e-8,
        )
        z = [float(np.arcsinh(2 * (q - np.median(seen[-3:])) / scale)) for q in case["quantiles"]]
        y = float(np.arcsinh(2 * (case["y"] - np.median(seen[-3:])) / scale))
        crps = 2 * np.mean([max(t * (y - q), (t - 1) * (y - q)) for t, q in zip(levels, z, strict=True)])
        low, high = np.interp([0.1, 0.9], levels, z)
        middle = np.interp(0.5, levels, z)
        found.setdefault((case["source"], case["method"]), []).append(
            [crps, abs(middle - y), low <= y <= high, high - low]
        )
    for row in rows:
        if row.source != "ALL":
            mine = np.mean(found[row.source, row.method], axis=0)
            base = np.mean(found[row.source, "last_value_calibrated"], axis=0)
            assert [row.crps, row.mae, row.coverage_80, row.width_80] == pytest.approx(list(mine))
            assert row.skill == pytest.approx(1 - mine[0] / base[0])
            assert row.n == len(found[row.source, row.method])
    for name in ("last_value", "parametric"):
        parts = [row for row in rows if row.method == name and row.source != "ALL"]
        (mean,) = [row for row in rows if row.method == name and row.source == "ALL"]
        assert mean.crps == pytest.approx(np.mean([row.crps for row in parts]))
        assert mean.skill == pytest.approx(np.mean([row.skill for row in parts]))


def test_runs_beside_a_case_are_those_of_lowest_hash_and_never_its_copy() -> None:
    """Recomputed from the definition: the same source, task and metric; the copy has the case's settings and seed."""
    settings = [{"lr": 0.1}, {"lr": 0.1}, {"lr": 0.1}, {"lr": 0.2}, {}, {}]
    sweep = [
        backtest.Past("s", "t", f"s/t/{i}", past(np.arange(20.0) + i).curve, config=config, seed=0 if i < 2 else 1)
        for i, config in enumerate(settings)
    ]
    same_curve = replace(sweep[4], run="s/t/again")
    other = replace(sweep[3], task="u", run="s/u/0")
    metric = backtest.Past("s", "t", "s/t/3", past(np.arange(20.0), "acc").curve)
    offered = [*sweep, same_curve, other, metric]

    def ranked(run: str, names: list[str]) -> list[str]:
        return sorted(names, key=lambda name: hashlib.sha1(f"s/t/{run}|s/t/{name}".encode()).hexdigest())

    first, fifth, alone = (with_others([one], offered, 3)[0] for one in (sweep[0], sweep[4], other))
    no_twins = with_others(sweep[:1], offered, 9, twins=False)[0]
    names = [[one.run.removeprefix("s/t/") for one in chosen.beside] for chosen in (first, fifth, alone, no_twins)]
    assert names == [
        ranked("0", ["2", "3", "4", "5", "again"])[:3],
        ranked("4", ["0", "1", "2", "3", "5"])[:3],
        [],
        ranked("0", ["3", "4", "5", "again"]),
    ]


def test_runs_beside_a_case_tell_a_forecaster_that_asks_them_where_it_ends() -> None:
    """Runs that all drop by one at three quarters: nothing in a case tells it before, five of the others do.

    The control: with the runs of another task, which do not drop, there is none to ask.
    """
    drop = (np.arange(40) >= 30) * 1.0
    sweep = []
    for i in range(8):
        rng = np.random.default_rng(i)
        y = 2 + np.arange(1, 41) ** -0.5 + 0.001 * rng.normal(size=40) - drop
        sweep.append(Run(f"a/t/{i}", {"loss": Curve(10 * np.arange(40), y, "loss")}, "x", source="a", task="t"))
    lone = [replace(one, id=f"a/{i}/0", task=str(i)) for i, one in enumerate(sweep)]
    file, names = io.StringIO(), ["last_value", "siblings"]
    scores = api.backtest(sweep, method=names, beside=5, cases_file=file)
    rows = {row.method: row for row in scores if row.source == "a"}
    assert {row.beside for row in rows.values()} == {5}
    assert {json.loads(line)["beside"] for line in file.getvalue().splitlines()} == {5}
    assert rows["siblings"].mae < 0.05 * rows["last_value"].mae
    for runs_, k in ((sweep, None), (lone, 5)):
        undecided = api.backtest(runs_, method="siblings", beside=k)[-1]
        assert (undecided.method, undecided.n_undecided, undecided.beside) == ("siblings", undecided.n, k)


def past(y: object, metric: str = "loss", name: str = "s/t/r") -> backtest.Past:
    return backtest.Past("s", "t", name, Curve(np.arange(len(y)), y, metric=metric))  # type: ignore[arg-type]


def test_runs_of_one_task_are_in_one_fold() -> None:
    """Eight runs would be in one fold of five once in 78,000 times if each had its own."""
    tasks = {f"t{k}": [backtest.Past("s", f"t{k}", f"s/t{k}/{i}", past(np.arange(20.0)).curve) for i in range(8)]
             for k in range(40)}  # fmt: skip
    folds = {task: {backtest.fold_of(one) for one in runs} for task, runs in tasks.items()}
    assert all(len(own) == 1 for own in folds.values())
    assert set().union(*folds.values()) == set(range(5))
    sha = int(hashlib.sha1(b"s|t7").hexdigest(), 16)
    assert folds["t7"] == {sha % 5}


def test_origins_and_target() -> None:
    (chosen,) = backtest.choose([past(np.arange(51.0))])
    assert len(chosen.curve) == 50  # x = 0 is not seen
    cases = list(backtest.cases_of(chosen))
    assert [len(case.shown) for case in cases] == [5, 10, 20, 30, 40]
    assert {(case.at, case.y) for case in cases} == {(50.0, 50.0)}
    assert all(case.shown == until(chosen.curve, case.shown.x[-1]) for case in cases)
    short = backtest.choose([past(np.arange(13.0))])
    assert [len(case.shown) for case in backtest.cases_of(short[0])] == [5, 7, 10]


def test_which_curves_take_part() -> None:
    nan_end = np.append(np.arange(20.0), np.nan)
    offered = [
        past(np.arange(12.0)), past(np.arange(30.0), "lr"), past(np.arange(30.0), "grad_norm"),
        past(np.arange(30.0), "epoch_time"), past(nan_end, "val/loss"),
    ]  # fmt: skip
    (kept,) = backtest.choose(offered)
    assert (kept.curve.metric, len(kept.curve)) == ("val/loss", 19)


def test_the_curves_of_lowest_hash_are_kept() -> None:
    offered = [past(np.arange(20.0), name=f"s/t/r{i}") for i in range(9)]
    by_hash = sorted((hashlib.sha1(f"{p.run}|loss".encode()).hexdigest(), p.run) for p in offered)
    assert [p.run for p in backtest.choose(offered, 3)] == [name for _, name in by_hash[:3]]


def test_an_undecided_case_scores_as_the_baseline() -> None:
    rows = api.backtest(runs(), method=["power_law"])
    by_method = {row.method: row for row in rows if row.source == "a"}
    assert by_method["power_law"].n_undecided == 16  # 10% of 39 points: 4 seen, 6 needed
    assert by_method["last_value_calibrated"].n_undecided == 0
    assert by_method["last_value_calibrated"].skill == 0


def test_a_perfect_oracle_has_skill_one_and_a_liar_a_negative_one() -> None:
    pasts = backtest.choose(p for r in runs() for p in api.pasts_of(r))
    cases = [case for p in pasts for case in backtest.cases_of(p)]
    base = api.fitted(FORECASTERS.load("last_value_calibrated"), None)

    def always(offset: float) -> backtest.Method:
        def method(asked: object) -> list[Forecast]:
            return [
                Forecast("loss", "step", "min", c.shown.x[-1], [c.at], [0.01, 0.99], [[c.y + offset] * 2], "o", "1")
                for c in asked  # type: ignore[attr-defined]
            ]

        return method

    methods = {"last_value_calibrated": base, "oracle": always(0.0), "liar": always(9.0)}
    rows, _ = backtest.backtest(cases, methods, clock=lambda: 0.0)
    skill = {row.method: row.skill for row in rows if row.source == "ALL"}
    assert skill["oracle"] == pytest.approx(1.0, abs=1e-6)
    assert skill["liar"] < -1


def test_leaving_a_source_out_learns_without_it() -> None:
    rows = api.backtest(runs(), method=["last_value"], leave_out="b")
    assert {row.source for row in rows} == {"b", "ALL"}
    each = api.backtest(runs(), method=["last_value"], leave_out="each")
    assert {row.source for row in each} == {"a", "b", "ALL"}
    shipped = api.backtest(runs(), method=["last_value"])
    crps = [
        [row.crps for row in part if (row.source, row.method) == ("b", "last_value_calibrated")]
        for part in (rows, each, shipped)
    ]
    assert crps[0] == crps[1] != crps[2]
    with pytest.raises(UnknownName, match="no source 'c'; there are: a, b"):
        api.backtest(runs(), leave_out="c")
    with pytest.raises(BadInput, match="at least two sources"):
        api.backtest([r for r in runs() if r.source == "a"], leave_out="a")


def test_task_folds_score_every_case_once() -> None:
    folds = api.backtest(runs(), method=["last_value"], leave_out="task")
    plain = api.backtest(runs(), method=["last_value"])
    assert [row.n for row in folds] == [row.n for row in plain]


def test_a_method_sees_the_schedule_and_nothing_else_of_the_future() -> None:
    schedule = Schedule("path", {"x": np.array([0.0, 1e3]), "value": np.array([0.1, 0.0])})
    seen: list[object] = []

    def spy(asked: object) -> list[Forecast]:
        seen.extend(asked)  # type: ignore[arg-type]
        return base(asked)  # type: ignore[return-value, arg-type]

    base = api.fitted(FORECASTERS.load("last_value_calibrated"), None)
    one = backtest.Past("s", "t", "r", past(np.arange(40.0)).curve, schedule)
    cases = [case for p in backtest.choose([one]) for case in backtest.cases_of(p)]
    backtest.backtest(cases, {"last_value_calibrated": spy}, clock=lambda: 0.0)
    assert all(case.past.schedule == schedule and case.shown.x[-1] < case.at for case in seen)  # type: ignore[attr-defined]


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(BadInput, match="no curve has 12 finite points"):
        api.backtest([run("a", "t", "r", 0, n=8)])


def test_real_tables_are_scored(shared: object) -> None:
    rows = api.backtest([shared / "pythia"], max_curves=20, method=["last_value"])  # type: ignore[operator]
    assert {(row.source, row.method) for row in rows} >= {("pythia", "last_value"), ("ALL", "last_value_calibrated")}
