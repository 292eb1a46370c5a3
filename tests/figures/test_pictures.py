"""Pictures of past forecasts, of budgets, of races and of streams of tasks: what they show is what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import forerun
from forerun.cli.app import run
from forerun.core import SCORED_LEVELS, BadInput, Curve, Run
from forerun.evaluate.forecasts.outcomes import (
    PastForecast,
    below_quantiles,
    outcomes_in,
    read_outcomes,
    within_intervals,
)
from forerun.figures.allocation import MOST, allocation_charts, allocation_page, replay_charts
from forerun.figures.page.packing import packed
from forerun.figures.plotly_figure import plotly_figure
from forerun.figures.profiles import profiles_chart
from forerun.figures.stream import stream_chart, stream_of

NORMAL = np.quantile(np.random.default_rng(1).standard_normal(200_000), SCORED_LEVELS)


def past(spread: float, *, source: str = "s", n: int = 1500, seed: int = 0, method: str = "m") -> list[PastForecast]:
    """Forecasts of standard normal outcomes by normals of another spread."""
    y = np.random.default_rng(seed).standard_normal(n)
    return [PastForecast(source, "t", f"{source}{i}", "loss", method, 1.0, 2.0, float(one), spread * NORMAL)
            for i, one in enumerate(y)]  # fmt: skip


def test_right_forecasts_lie_on_the_diagonal_and_too_sure_ones_are_flatter() -> None:
    """Shares of 1,500 have sds below .013, so 4.7 sds of .06 fail 20 levels by accident once in 20,000 times."""
    (right,), (sure,), (unsure,) = (below_quantiles(past(spread)) for spread in (1.0, 0.3, 3.0))
    assert np.abs(right.share - SCORED_LEVELS).max() < 0.06
    assert (right.low <= right.share).all() and (right.share <= right.high).all()
    assert sure.share[0] > 0.2 and sure.share[-1] < 0.8
    assert unsure.share[1] < 0.01 and unsure.share[-2] > 0.99


def test_an_interval_of_four_fifths_holds_four_fifths_where_forecasts_are_right() -> None:
    """Sd .0103; five of them fail by accident once in a million times."""
    (within,) = within_intervals(past(1.0), parts=(0.1, 0.5))
    assert within.n.tolist() == [0, 1500]
    assert np.isnan(within.share[0]) and within.share[1] == pytest.approx(0.8, abs=0.052)


def test_every_source_counts_alike_and_runs_are_drawn_as_wholes() -> None:
    few, many = past(1.0, source="few", n=40), past(1.0, source="many", n=4000)
    always = [PastForecast(o.source, o.task, o.run, o.metric, o.method, o.origin, o.at, -9.0, o.quantiles) for o in few]
    (both,) = below_quantiles(always + many)
    (alone,) = below_quantiles(many)
    assert both.share == pytest.approx((1.0 + alone.share) / 2.0)
    once = below_quantiles(past(1.0, n=100))[0]
    thrice = below_quantiles([one for one in past(1.0, n=100) for _ in range(3)])[0]
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low)


def test_a_backtest_draws_its_calibration_and_its_cases_are_read_back(tmp_path: Path) -> None:
    for i in range(3):
        rows = "\n".join(f"{step},{1 + (i + 1) / step}" for step in range(1, 60))
        (tmp_path / f"run{i}.csv").write_text(f"step,val_loss\n{rows}\n")
    page, cases = tmp_path / "page.html", tmp_path / "cases.jsonl"
    methods = [word for name in ("last_value", "power_law") for word in ("--method", name)]
    assert run(["backtest", str(tmp_path), *methods, "--cases", str(cases), "--picture", str(page)]) == 0
    outcomes = read_outcomes(cases)
    assert {one.method for one in outcomes} == {"last_value_calibrated", "last_value", "power_law"}
    assert len(outcomes) == 3 * 5 * 3
    assert "power_law (N=15)" in page.read_text()
    assert [line.name for line in forerun.show(outcomes).data if line.name == "power_law (N=15)"]


def test_a_line_that_is_no_case_is_named() -> None:
    with pytest.raises(BadInput, match=r"line 2.*no case of a backtest"):
        outcomes_in("\n{}", where="cases.jsonl")
    row = dict.fromkeys(("source", "task", "run", "metric", "method"), "a") | dict.fromkeys(("origin", "at", "y"), 1.0)
    with pytest.raises(BadInput, match="3 quantiles, not 20"):
        outcomes_in(json.dumps(row | {"quantiles": [1, 2, 3]}))


def test_more_methods_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(BadInput, match="9 methods are too many"):
        forerun.show([one for i in range(9) for one in past(1.0, n=2, method=str(i))])


def test_a_budget_is_drawn_where_it_went() -> None:
    above, below = allocation_charts(["a", "b", "b", "a"], [1, 1, 2, 1], [0.3, 0.5, 0.9, float("nan")], direction="max")
    (cells,) = above.cells
    assert above.y.names == ("b", "a") and cells.x.tolist() == [0, 1, 2, 4, 5]
    np.testing.assert_array_equal(np.isfinite(cells.values), [[0, 1, 1, 0], [1, 0, 0, 1]])
    assert cells.high > cells.low == cells.values[1, -1]  # what is not finite is as pale as the worst
    assert below.lines[0].y.tolist() == [0.3, 0.5, 0.9, 0.9]
    with pytest.raises(BadInput, match="more than 0"):
        allocation_charts(["a"], [0.0], [1.0])


def test_long_replays_are_drawn_in_few_columns_that_lose_no_run() -> None:
    runs = [f"run {i % 7}" for i in range(9000)]
    above, below = allocation_charts(runs, np.ones(9000), np.linspace(2, 1, 9000))
    (cells,) = above.cells
    assert cells.values.shape == (7, 800) and cells.x[-1] == 9000
    assert np.isfinite(cells.values).any(axis=1).all()
    assert below.lines[0].y[-1] == 1.0


def test_profiles_count_workloads_within_a_factor_of_the_fastest() -> None:
    chart = profiles_chart({"a": [1.0, 3.0, np.inf, 1.0], "b": [2.0, 1.0, 1.0, np.nan]})
    shares = [[float(np.interp(at, one.x, one.y)) for at in (1.0, 1.9, 2.1, 4.0)] for one in chart.lines]
    assert shares == [[0.5, 0.5, 0.5, 0.75], [0.5, 0.5, 0.75, 0.75]]
    assert all((np.diff(one.x) > 0).all() for one in chart.lines)
    with pytest.raises(BadInput, match="1 or more"):
        profiles_chart({"a": [0.5]})
    with pytest.raises(BadInput, match="1, 2 workloads"):
        profiles_chart({"a": [1.0], "b": [1.0, 1.0]})


def test_a_race_is_drawn_by_the_profiles_that_its_scores_integrate(tmp_path: Path) -> None:
    evals, targets, page = tmp_path / "evals.csv", tmp_path / "targets.json", tmp_path / "race.html"
    evals.write_text(
        "submission,workload,study,trial,eval_index,time_s,metric,value\n"
        "a,wmt,0,1,0,100,bleu,31\nb,wmt,0,1,0,90,bleu,30\nb,wmt,0,1,1,200,bleu,31\n"
    )
    targets.write_text('{"workloads": {"wmt": {"target_metric_name": "bleu", "validation_target_value": 30.8}}}')
    goal = ["--targets", str(targets), "--rules", "v0.6"]
    assert run(["race", str(evals), *goal, "--picture", str(page)]) == 0
    assert "2 submissions on 1 workloads" in page.read_text()
    result = forerun.api.race(evals, json.loads(targets.read_text()), rules="v0.6", exact=True)
    for line, score in zip(forerun.show(result).data, result.scores, strict=True):
        assert line.name == score.submission
        assert np.trapezoid(line.y, line.x) / 3.0 == pytest.approx(score.score)


def test_a_fall_of_one_evaluation_is_seen_in_a_stream_however_long() -> None:
    accuracy = np.full((2, 50_000), 0.9)
    accuracy[0, 31_234] = 0.1
    chart = stream_chart(np.arange(50_000), accuracy, np.repeat([0, 1], 25_000))
    (cells,) = chart.cells
    assert cells.values.shape == (2, 600) and cells.values[1].min() == 0.1  # task 0 stands on top
    assert cells.framed is not None and cells.framed.sum(axis=1).tolist() == [300, 300]


def test_a_run_that_logs_tasks_is_shown_as_a_stream_too() -> None:
    x = np.arange(1.0, 21.0)
    curves = {f"acc{{task={i}}}": Curve(x[i:], 1 - 1 / x[i:], f"acc{{task={i}}}", direction="max") for i in range(3)}
    logged = Run("r", curves | {"loss": Curve(x, 1 / x, "loss")}, "csv")
    chart = stream_of(logged)
    assert chart is not None and chart.cells[0].name == "acc{task=#}" and chart.cells[0].percent
    np.testing.assert_array_equal(np.isnan(chart.cells[0].values).sum(axis=1), [2, 1, 0])
    assert [trace.type for trace in forerun.show(logged).data if trace.type == "heatmap"] == ["heatmap"]
    assert stream_of(Run("r", {"loss": curves["acc{task=0}"]}, "csv")) is None


def test_notebooks_show_strong_shades_for_low_losses() -> None:
    (trace, *_) = plotly_figure(allocation_charts(["a", "b"], [1, 1], [2.0, 1.0])).data
    assert trace.reversescale and trace.zmin < trace.zmax
    assert packed(allocation_charts(["a"], [1], [2.0])[0])["cells"][0]["x"] == packed_ends(0.0, 1.0)


def packed_ends(*ends: float) -> object:
    from forerun.figures.page.packing import pack

    return pack(np.array(ends))


def replayed(runs: list[str]) -> dict[str, object]:
    """The line of a replay that spent 3 on the first run and 1 on every other."""
    spent = np.cumsum([3.0, *[1.0] * (len(runs) - 1)]).tolist()
    y = np.linspace(2.0, 1.0, len(runs)).tolist()
    return {
        "policy": "asha",
        "task": "t",
        "metric": "loss",
        "seed": 0,
        "run": runs,
        "y": y,
        "spent": spent,
        "regret": y,
    }


def test_runs_that_got_least_share_a_row_where_they_are_too_many() -> None:
    above, _ = replay_charts(replayed([f"sweep/lr/{i}" for i in range(MOST + 5)]))
    assert above.y.names is not None
    assert len(above.y.names) == MOST
    assert (above.y.names[-1], set(above.y.names) & {"6 others"}) == ("0", {"6 others"})


def test_a_replay_is_drawn_from_the_command_line(tmp_path: Path) -> None:
    """A page holds the first order of every policy on the task, and the cases are written beside it."""
    table, page, cases = tmp_path / "runs.csv", tmp_path / "page.html", tmp_path / "cases.jsonl"
    rows = [f"{run},{x},{(1 + run) / x:.4f}" for run in range(12) for x in range(1, 9)]
    table.write_text("\n".join(["run,step,loss", *rows]) + "\n")
    orders = ["--policy", "median", "--orderings", "2", "--picture", str(page), "--cases", str(cases)]
    assert run(["backtest", str(table), *orders]) == 0
    lines = [json.loads(line) for line in cases.read_text().splitlines()]
    assert len(lines) == 6  # three policies, two orders
    assert "in one order of 3 of 3 replays" in page.read_text("utf-8")
    assert page.read_text("utf-8") == allocation_page(lines)
