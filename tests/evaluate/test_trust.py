"""Which benchmark can decide: published noise, planted signal, and noise that must not pass for it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from forerun.api import size_of, trust
from forerun.cli.app import run
from forerun.core import BadInput, Curve, Run, Undecided
from forerun.evaluate.items.scores import scores
from forerun.evaluate.trust.benchmark import Trajectory, trust_benchmark
from forerun.evaluate.trust.decisions import decision_accuracy, order_consistency, same_again
from forerun.evaluate.trust.signal_noise import noise, ratio_of, signal_to_noise
from forerun.evaluate.trust.subtasks import filtered
from forerun.stats.monotone import monotone

KEYS = {"HellaSwag": ("hellaswag_val", "len_norm"), "ARC-Easy": ("arc_easy_test", "len_norm"),
        "OpenBookQA": ("openbookqa_test", "len_norm"), "Social IQa": ("socialiqa_val", "len_norm"),
        "BoolQ": ("boolq_val", "acc")}  # fmt: skip


def published(shared: Path) -> dict[str, list[float]]:
    with (shared / "olmo_ladder" / "published_variance.csv").open() as file:
        rows = {row[0].replace(" ", "").lower(): row for row in csv.reader(file)}
    return {name: [float(cell) for cell in rows[name.replace(" ", "").lower()][1:5]] for name in KEYS
            if name.replace(" ", "").lower() in rows}  # fmt: skip


def test_the_published_noise_of_the_ladder(shared: Path) -> None:
    """Last ten checkpoints of 1B-10xC: standard deviation, and over the mean, of loss and accuracy; to 1e-9 where
    scores are kept in double precision, else to that of the file."""
    pl = pytest.importorskip("polars")
    table = pl.read_parquet(shared / "olmo_ladder" / "downstream.parquet").filter(pl.col("run") == "1B-10xC")
    checked = 0
    for name, numbers in published(shared).items():
        task, accuracy = KEYS[name]
        expected = iter(numbers)
        for metric in ("bpb", accuracy):
            rows = table.filter((pl.col("task") == f"{task}_rc_5shot") & (pl.col("metric") == metric)).sort("x")
            y = rows["y"].to_numpy()[-10:].astype(float)
            assert noise(y) == pytest.approx(next(expected), abs=1e-9)
            assert noise(y) / y.mean() == pytest.approx(next(expected), abs=1e-9)
            checked += 2
    assert checked == 20


def test_signal_is_not_counted_as_noise() -> None:
    """All models' checkpoints in one heap have a deviation of the signal's size; within models it is a tenth."""
    rng = np.random.default_rng(0)
    v = np.arange(10.0)[:, None] + 10 + 0.1 * rng.normal(size=(10, 5))
    result = signal_to_noise(list(v))
    assert result.ratio > 80 and np.ptp(v.mean(axis=1)) / v.std() < 4


def test_noise_of_a_ratio_divides_by_n() -> None:
    """Heineman et al. 2025, equation 2: the deviation of these two checkpoints is .1, and .14 if they were a sample."""
    v = np.array([[0.4, 0.6], [0.9, 1.1]])
    assert ratio_of(v) == pytest.approx(5.0) == pytest.approx(signal_to_noise(list(v)).ratio)


def test_the_interval_of_the_ratio_holds() -> None:
    """200 draws of 6 models, 5 checkpoints; true ratio of signal to noise (dividing by n) 10 / 0.841. Fewer than 180 of
    the 95% intervals covered has chance 0.003."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        v = np.linspace(20, 30, 6)[:, None] + rng.normal(size=(6, 5))
        result = signal_to_noise(list(v), seed=seed)
        covered += result.low <= 10 / 0.8407 <= result.high
    assert covered >= 180


def test_decision_accuracy_is_the_share_of_pairs_in_one_order() -> None:
    assert decision_accuracy([1, 2, 3, 4], [1, 2, 3, 4]).share == 1.0
    assert decision_accuracy([1, 2, 3, 4], [4, 3, 2, 1]).share == 0.0
    assert decision_accuracy([1, 2, 3, 4], [1, 2, 4, 3]).share == pytest.approx(5 / 6)
    with pytest.raises(BadInput, match="3 recipes"):
        decision_accuracy([1, 2], [1, 2])


@pytest.mark.parametrize(("models", "noise_"), [(4, 0.1), (6, 0.1), (6, 0.4), (10, 0.4)])
def test_intervals_of_decisions_hold_of_few_models(models: int, noise_: float) -> None:
    """60 sets: 53 or more hold of either, by accident fewer with chance below 0.01 at a true 95%. The control, models
    drawn anew alone, says that it is certain where the few that there are come out alike."""
    rng = np.random.default_rng(models)
    many = rng.normal(size=(20_000, 2))
    seen, later = (many + noise_ * rng.normal(size=many.shape) for _ in range(2))
    truth = np.mean(np.sign(np.diff(seen)) == np.sign(np.diff(later)))
    v = many[:, :, None] + noise_ * rng.normal(size=(20_000, 2, 5))
    others = (v.sum(axis=2, keepdims=True) - v) / 4
    again = np.mean(np.sign(v[:, 0] - v[:, 1]) == np.sign(others[:, 0] - others[:, 1]))
    held, certain = np.zeros(2), 0
    for seed in range(60):
        level = rng.normal(size=models)
        one = decision_accuracy(*(level + noise_ * rng.normal(size=(2, models))), seed=seed)
        two = same_again(list(level[:, None] + noise_ * rng.normal(size=(models, 5))), seed=seed)
        held += [one.low <= truth <= one.high, two.low <= again <= two.high]
        certain += one.share == 1.0
    assert held.min() >= 53
    if noise_ == 0.1:
        assert certain > 20


def test_decisions_of_noise_come_out_alike_half_of_the_time() -> None:
    """100 sets of 6 equal models: the mean share is 0.5 to four of its errors."""
    shares = [same_again(list(np.random.default_rng(s).normal(size=(6, 5)))).share for s in range(100)]
    assert abs(np.mean(shares) - 0.5) < 4 * np.std(shares) / 10
    assert order_consistency([[1, 2, 3], [2, 3, 4], [3, 4, 5]]) == 1.0


def test_monotone_keeps_its_rate_where_neighbours_follow_one_another() -> None:
    """100 autoregressive series without a trend (0.7, 40 values): single permutations call far more than 5%, blocks
    fewer; by blocks more than 25 would be beyond what is promised (a null by blocks of four is still too narrow)."""
    called = np.zeros(2)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        v = np.zeros(90)
        for i in range(1, 90):
            v[i] = 0.7 * v[i - 1] + rng.normal()
        result = monotone(v[50:], draws=99, seed=seed)
        called += [result.p_value <= 0.05, result.p_blocks <= 0.05]
    assert called[0] >= 15 and called[1] <= 0.7 * called[0]
    assert monotone(np.arange(20.0)).p_blocks < 0.02


def made(signal: float, noise_: float, rise: float, seed: int = 0, sizes: tuple[float, ...] = (1e8, 1e9)) -> list[Run]:
    """Six recipes at two sizes; larger models are as much better as their recipe says."""
    rng = np.random.default_rng(seed)
    x = np.arange(1, 21)
    return [
        Run(f"{size:g}/{i}", {"acc": Curve(x, 0.3 + signal * i + rise * x / 20 + noise_ * rng.normal(size=20),
                                           metric="acc", direction="max")},
            "example", config={"params": size, "mix": f"m{i}"})
        for size in sizes for i in range(6)
    ]  # fmt: skip


def test_a_benchmark_with_signal_can_decide_and_one_of_noise_cannot() -> None:
    (good,) = trust(made(0.05, 0.005, 0.3), by=["mix"]).values()
    assert good.verdict == "can decide" and good.size == 1e8 and good.target == 1e9
    assert good["decided as at the target"].estimate == 1.0
    (bad,) = trust(made(0.0, 0.05, 0.0, seed=1), by=["mix"]).values()
    assert bad.verdict == "cannot decide"


def scored(runs: list[Run], items: int = 4) -> dict[str, list[object]]:
    """The same models as scores of items whose mean is the curve's value."""
    rows: list[tuple[object, ...]] = []
    for one in runs:
        for x, y in zip(one.curves["acc"].x.tolist(), one.curves["acc"].y.tolist(), strict=True):
            rows += [(one.config["mix"], "quiz", "acc", f"q{i}", y + 0.1 * (i % 2) - 0.05, x, one.config["params"])
                     for i in range(items)]  # fmt: skip
    names = ("system", "benchmark", "metric", "item", "score", "step", "size")
    return dict(zip(names, map(list, zip(*rows[::-1], strict=True)), strict=True))


def test_scores_of_checkpoints_say_what_their_curves_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = made(0.05, 0.005, 0.3)
    (of_runs,) = trust(runs, by=["mix"]).values()
    table = scores(scored(runs))
    (of_scores,) = trust(table).values()
    assert (of_scores.verdict, of_scores.size, of_scores.target) == (of_runs.verdict, of_runs.size, of_runs.target)
    for mine, its in zip(of_scores.measurements, of_runs.measurements, strict=True):
        assert (mine.name, mine.estimate, mine.low) == (its.name, pytest.approx(its.estimate), pytest.approx(its.low))
    lines = [",".join(map(str, row)) for row in zip(*table.columns.values(), strict=True)]
    (tmp_path / "scores.csv").write_text("\n".join([",".join(table.columns), *lines]))
    assert run(["trust", str(tmp_path / "scores.csv"), "--scores", "--json"]) == 0
    (written,) = json.loads(capsys.readouterr().out)["benchmarks"]
    assert (written["benchmark"], written["verdict"]) == ("quiz", of_runs.verdict)
    assert written["measurements"][2]["estimate"] == pytest.approx(of_runs["signal to noise"].estimate)
    with pytest.raises(BadInput, match="of scores a system is a recipe"):
        trust(table, by=["mix"])
    with pytest.raises(BadInput, match="no step beside the scores"):
        trust(scores({name: column for name, column in scored(runs).items() if name != "step"}))
    with pytest.raises(BadInput, match="no scores by the metric 'f1'; there are acc"):
        trust(table, metrics=["f1"])


def test_what_only_rises_and_what_only_parts_models_does_not_decide() -> None:
    (rises,) = trust(made(0.0, 0.02, 0.3), by=["mix"]).values()
    assert rises["monotone (Kendall's tau)"].verdict == "sound" and rises.verdict != "can decide"
    (still,) = trust(made(0.05, 0.005, 0.0, seed=3), by=["mix"]).values()
    assert still["decided alike by another checkpoint"].verdict == "sound" and still.verdict != "can decide"


def test_sizes_are_numbers_or_words_and_too_few_models_are_undecided() -> None:
    assert size_of("190M") == 1.9e8 and size_of("large") is None
    (answer,) = trust(made(0.1, 0.01, 0.1)[:2], by=["mix"]).values()
    assert isinstance(answer, Undecided) and "2 recipes" in answer.why
    with pytest.raises(BadInput, match="no run has the setting 'mixture'"):
        trust(made(0.1, 0.01, 0.1), by=["mixture"])
    with pytest.raises(BadInput, match="no 3 models of size 5"):
        trust_benchmark([Trajectory(str(i), 1.0, np.arange(6.0) + i) for i in range(3)], small=5.0)


def test_subtasks_are_judged_on_models_that_they_were_not_chosen_on() -> None:
    """Six subtasks of signal and six of noise: those of signal are chosen, and the mean over them gains on the other
    half; where all are noise the gain is within its splits."""
    rng = np.random.default_rng(0)
    level = np.arange(12.0)[:, None] / 10
    tasks = {f"good{i}": 1 + level + 0.02 * rng.normal(size=(12, 5)) for i in range(6)}
    tasks |= {f"bad{i}": 1 + 0.5 * rng.normal(size=(12, 5)) for i in range(6)}
    result = filtered(tasks)
    assert all(name.startswith("good") for name in result.chosen) and result.low > 0
    nothing = filtered({f"bad{i}": 1 + 0.5 * rng.normal(size=(12, 5)) for i in range(12)})
    assert nothing.low < 0
