"""Races: published scores, the traps of the reference, what draws and noise leave of them, and both layouts alike."""

from __future__ import annotations

import csv
import gzip
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate

from forerun import api
from forerun.core import BadInput, Undecided, UnknownName
from forerun.evaluate.races.data_equivalent import DataSpeedUp, data_equivalent
from forerun.evaluate.races.profile import medians, ratios, scores_of_ratios
from forerun.evaluate.races.race import run_race, speed_up
from forerun.evaluate.races.rules import RULES, RaceTarget, RaceTargets, Rules, targets_of
from forerun.evaluate.races.times import RaceTrial, StudyTimes, study_times

ROUNDS = {
    "v0.5": ("v05_self_tuning_trials.csv", "workload_targets_v05.json", "v05_self_tuning"),
    "v0.6": ("v06_external_trials.csv", "workload_targets_v06.json", "v06_external"),
}


def published(shared: Path, rules: str) -> dict[str, dict[str, float]]:
    return json.loads((shared / "algoperf" / "published_and_expected.json").read_text())[ROUNDS[rules][2]]


@pytest.mark.parametrize("rules", ROUNDS)
def test_scores_are_those_that_were_published(shared: Path, rules: str) -> None:
    table, targets, _ = ROUNDS[rules]
    result = api.race(shared / "algoperf" / table, shared / "algoperf" / targets, rules=rules, draws=100)
    scores = {one.submission: one.score for one in result.scores}
    assert scores == pytest.approx(published(shared, rules)["published_scores_4dp"], abs=5e-4)
    for name, times in published(shared, rules)["time_to_target_s_median_over_studies"].items():
        row = result.medians[[one.submission for one in result.scores].index(name)]
        expected = [np.inf if times.get(workload) is None else times[workload] for workload in result.workloads]
        assert row.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("order", [1, -1])
def test_ties_at_one_evaluation_do_not_hang_on_the_order_of_folders(shared: Path, order: int) -> None:
    """The reference gives v0.6's baseline .4716 or .4590."""
    with (shared / "algoperf" / "v06_external_trials.csv").open() as file:
        rows = list(csv.DictReader(file))[::order]
    trials = [RaceTrial(row["submission"], row["workload"], row["study"], row["trial"], int(row["hit_index"]),
                    float(row["time_to_target_s"])) for row in rows]  # fmt: skip
    targets = targets_of(json.loads((shared / "algoperf" / "workload_targets_v06.json").read_text()))
    scores = {one.submission: one.score for one in run_race(trials, targets, RULES["v0.6"], draws=100).scores}
    assert scores["baseline"] == pytest.approx(0.4590, abs=5e-4)


def test_a_tree_and_a_table_of_its_evaluations_give_the_same_scores(shared: Path, tmp_path: Path) -> None:
    """And those of the published times on these workloads."""
    folder = shared / "algoperf"
    with tarfile.open(folder / "algoperf_v06_external_logs.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    tree = api.read_scores(tmp_path).table
    targets = targets_of(json.loads((folder / "workload_targets_v06.json").read_text())).targets
    rows = ["submission,workload,framework,study,trial,eval_index,global_step,time_s,metric,value"]
    names = ("system", "benchmark", "group", "seed", "sample", "item", "step", "seconds", "metric", "score")
    for row in zip(*(tree.columns[name] for name in names), strict=True):
        if row[8] == targets[row[1]].metric:
            rows.append(",".join(repr(float(cell)) if isinstance(cell, float) else cell for cell in row))
    (tmp_path / "evals.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    goal = folder / "workload_targets_v06.json"
    of_tree, of_table = (
        api.race(what, goal, rules="v0.6", draws=200).scores for what in (tree, tmp_path / "evals.csv.gz")
    )
    assert of_tree == of_table
    shared_workloads = sorted({Path(name).name for name in tree.columns["benchmark"]})
    trials = [line for line in (folder / "v06_external_trials.csv").read_text().splitlines()
              if line.split(",")[1] in (*shared_workloads, "workload")]  # fmt: skip
    (tmp_path / "trials.csv").write_text("\n".join(trials))
    assert api.race(tmp_path / "trials.csv", goal, rules="v0.6", draws=200).scores == of_tree


BASE = {"criteo1tb": ("loss", 0.12), "wmt": ("bleu", 30.0), "ogbg": ("mean_average_precision", 0.28)}
HELD_OUT = {"wmt_glu": ("bleu", 29.0), "ogbg_gelu": ("mean_average_precision", 0.27)}


def unseen(folder: Path, seed: int) -> tuple[dict[str, dict[str, list[list[tuple[int, float]]]]], dict[str, object]]:
    """A field in AlgoPerf's layout: hits of each trial by submission, workload and study, and its targets.

    Some trials lack, some never arrive, some submissions left a workload out, one wrote a workload nobody asks for and
    one a log without the workload's folder. A trial may be at its target at once, two may tie.
    """
    rng = np.random.default_rng(seed)
    hits: dict[str, dict[str, list[list[tuple[int, float]]]]] = {}
    for name in ("my adamw", "lion=v2", "shampoo_v9"):
        pace, hits[name] = rng.uniform(0.7, 1.6), {}
        for workload, (metric, target) in (BASE | HELD_OUT | {"mnist": ("accuracy", 0.9)}).items():
            if rng.random() < 0.1:
                continue
            up, studies = metric != "loss", hits[name].setdefault(workload, [])
            for study in range(rng.integers(2, 6)):
                trials: list[tuple[int, float]] = []
                for trial in range(1, 4):
                    if rng.random() < 0.2:
                        continue
                    at = -1 if rng.random() < 0.2 else int(rng.integers(0, 4))
                    times = np.cumsum(rng.uniform(50, 150, 5)) * pace
                    values = [target * (1.01 if up == (0 <= at <= i) else 0.99) for i in range(5)]
                    rows = [f"{i},{t},{v},{v / 2}" for i, (t, v) in enumerate(zip(times.tolist(), values, strict=True))]
                    path = folder / name / f"study_{study}" / f"{workload}_jax" / f"trial_{trial}"
                    path.mkdir(parents=True)
                    head = f"global_step,accumulated_submission_time,validation/{metric},test/{metric}"
                    (path / "eval_measurements.csv").write_text("\n".join([head, *rows]) + "\n")
                    (path / "measurements.csv").write_text("global_step,loss\n1,2.0\n")
                    trials.append((at, float(times[at])) if at >= 0 else (10**9, np.inf))
                if trials:
                    studies.append(trials)
    stray = folder / "my adamw" / "study_0" / "trial_9"
    stray.mkdir(parents=True)
    (stray / "eval_measurements.csv").write_text("global_step,accumulated_submission_time,validation/bleu\n0,1,99\n")
    goals = {name: {"target_metric_name": metric, "validation_target_value": value}
             for name, (metric, value) in (BASE | HELD_OUT).items()}  # fmt: skip
    return hits, {"base_workloads": list(BASE), "held_out_workloads": list(HELD_OUT), "workloads": goals}


def by_the_book(hits: dict[str, dict[str, list[list[tuple[int, float]]]]], variants: bool) -> dict[str, float]:
    """AlgoPerf's eight steps one after another, in plain loops."""
    median = {name: {w: float(np.median([min(study)[1] for study in studies])) if studies else np.inf
                     for w, studies in of.items()} for name, of in hits.items()}  # fmt: skip
    time = {name: {w: of.get(w, np.inf) for w in BASE | HELD_OUT} for name, of in median.items()}
    of_variant = {"wmt": "wmt_glu", "ogbg": "ogbg_gelu"} if variants else {}
    for row in time.values():
        for base, variant in of_variant.items():
            row[variant] = row[variant] if np.isfinite(row[base]) else np.inf
    for w in BASE | HELD_OUT:
        fastest = min(row[w] for row in time.values())
        for row in time.values():
            row[w] = row[w] if row[w] <= 4 * fastest else np.inf
    for row in time.values():
        for base, variant in of_variant.items():
            row[base] = row[base] if np.isfinite(row[variant]) else np.inf
    tau, scores = np.linspace(1, 4, 100), {}
    for name, row in time.items():
        ratios = [
            row[w] / best if np.isfinite(best := min(other[w] for other in time.values())) else np.inf for w in BASE
        ]
        rho = [sum(r <= t for r in ratios) / len(BASE) for t in tau]
        scores[name] = float(integrate.trapezoid(rho, tau)) / 3
    return scores


@pytest.mark.parametrize("rules", ["v0.5", "v0.6"])
@pytest.mark.parametrize("seed", range(4))
def test_a_field_never_seen_is_scored_from_its_tree_and_from_a_table_as_the_rules_say(
    seed: int, rules: str, tmp_path: Path
) -> None:
    hits, targets = unseen(tmp_path / "logs", seed)
    expected = by_the_book(hits, variants=rules == "v0.5")
    of_tree = api.race(tmp_path / "logs", targets, rules=rules, draws=100)
    assert {one.submission: one.score for one in of_tree.scores} == pytest.approx(expected, abs=1e-12)
    rows = ["submission,workload,study,trial,hit_index,time_to_target_s"]
    rows += [f"{name},{w},{i},{j},{at if at < 10**9 else -1},{time}" for name, of in hits.items()
             for w, studies in of.items() if w != "mnist"
             for i, study in enumerate(studies) for j, (at, time) in enumerate(study)]  # fmt: skip
    (tmp_path / "times.csv").write_text("\n".join(rows))
    of_table = api.race(tmp_path / "times.csv", targets, rules=rules, draws=100)
    assert {one.submission: one.score for one in of_table.scores} == pytest.approx(expected, abs=1e-12)
    assert 0.0 < max(expected.values()) <= 1.0 - 1e-9 or max(expected.values()) == pytest.approx(1.0)


def test_the_score_of_evaluations_is_that_of_their_times(shared: Path, tmp_path: Path) -> None:
    folder = shared / "algoperf"
    evals = api.race(folder / "v05_self_tuning_evals.csv.gz", folder / "workload_targets_v05.json", draws=100)
    with gzip.open(folder / "v05_self_tuning_evals.csv.gz", "rt") as file:
        workloads = {row["workload"] for row in csv.DictReader(file)} | {"workload"}
    lines = [line for line in (folder / "v05_self_tuning_trials.csv").read_text().splitlines()
             if line.split(",")[1] in workloads]  # fmt: skip
    (tmp_path / "trials.csv").write_text("\n".join(lines))
    assert evals.scores == api.race(tmp_path / "trials.csv", folder / "workload_targets_v05.json", draws=100).scores
    assert any("nobody ran fastmri" in warning for warning in evals.warnings)


def test_index_and_time_choose_other_trials() -> None:
    slow, fast = RaceTrial("a", "wmt", "0", "1", 3, 90.0), RaceTrial("a", "wmt", "0", "2", 4, 80.0)
    tied = RaceTrial("a", "wmt", "0", "3", 3, 85.0)
    assert study_times([slow, fast, tied]).seconds.item() == 85.0
    assert study_times([slow, fast, tied], by="time").seconds.item() == 80.0


def test_a_variant_that_is_missed_costs_its_base_and_the_other_way_round() -> None:
    targets = RaceTargets(("wmt",), {"wmt_glu": "wmt"}, {})
    both = np.array([[[10.0], [20.0]], [[np.inf], [5.0]], [[30.0], [np.inf]]])  # a reaches both, b and c one each
    times = StudyTimes(("a", "b", "c"), ("wmt", "wmt_glu"), both)
    with_variants, without = Rules("r", base=("wmt",)), Rules("r", base=("wmt",), variants=False)
    assert ratios(times, targets, with_variants)[:, 0].tolist() == [1.0, np.inf, np.inf]
    assert ratios(times, targets, without)[:, 0].tolist() == [1.0, np.inf, 3.0]


def test_a_median_counts_studies_that_failed() -> None:
    nan, inf = np.nan, np.inf
    cells = [[1.0, 2.0, inf, inf, inf], [1.0, 2.0, 3.0, inf, inf], [1.0, 3.0, nan, nan, nan], [nan] * 5]
    assert medians(np.array(cells)).tolist() == [inf, 3.0, 2.0, inf]


def test_the_grid_is_within_half_a_step_of_the_integral() -> None:
    r = np.random.default_rng(0).uniform(1.0, 5.0, (500, 8))
    grid, exact = (scores_of_ratios(r, RULES["v0.5"], exact=exact) for exact in (False, True))
    apart = float(np.abs(grid - exact).max())
    assert apart > 1e-4
    assert apart <= 1 / 198
    assert exact[0] == pytest.approx((np.clip(4.0 - r[0], 0.0, None) / 3.0).mean())


def field(times: dict[str, float], studies: int = 5, sd: float = 0.0) -> list[RaceTrial]:
    rng = np.random.default_rng(1)
    return [RaceTrial(name, "wmt", str(study), "1", 1, time * float(np.exp(sd * rng.standard_normal())))
            for name, time in times.items() for study in range(studies)]  # fmt: skip


TARGETS = RaceTargets(("wmt",), {}, {"wmt": RaceTarget("bleu", 30.8, "max")})


def test_a_score_changes_with_the_field_and_the_result_says_so() -> None:
    two, three = (run_race(field(times), TARGETS, RULES["v0.6"], draws=100)
                  for times in ({"a": 100.0, "b": 200.0}, {"a": 100.0, "b": 200.0, "c": 50.0}))  # fmt: skip
    score = {one.submission: one.score for one in two.scores}
    assert score["a"] > {one.submission: one.score for one in three.scores}["a"]
    assert any("changes with who else is in it" in warning for warning in two.warnings)


def test_who_is_first_is_as_sure_as_studies_make_it() -> None:
    """Twice as fast is first for sure; the same speed is a toss, whatever these studies say (control)."""
    clear = run_race(field({"a": 100.0, "b": 200.0}, 20, 0.1), TARGETS, RULES["v0.6"], draws=500)
    assert [one.p_first for one in clear.scores] == [1.0, 0.0]
    assert clear.pairs[0].verdict == "better"
    assert (clear.pairs[0].wins, clear.pairs[0].p_value) == (20, pytest.approx(2 * 0.5**20))
    same = run_race(field({"a": 100.0, "b": 100.0}, 20, 0.1), TARGETS, RULES["v0.6"], draws=500)
    assert min(one.p_first for one in same.scores) > 0.03
    assert same.pairs[0].verdict == "cannot tell"
    assert sum(one.p_first for one in same.scores) == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_race_and_another_one_another() -> None:
    trials = field({"a": 100.0, "b": 110.0}, 9, 0.3)
    one, again, other = (run_race(trials, TARGETS, RULES["v0.6"], draws=300, seed=seed).scores for seed in (0, 0, 1))
    assert one == again
    assert one != other


@pytest.mark.parametrize(("copies", "least", "most"), [(1, 0.88, 1.0), (4, 0.0, 0.88)])
def test_the_interval_of_a_score_holds(copies: int, least: float, most: float) -> None:
    """30 fields of 4 submissions, 4 workloads and 5 studies, whose medians over endless studies are known: 106 of 120
    intervals or more, by accident fewer with chance below 0.01 at a true 95%. The control counts every study four
    times, and 106 or fewer hold. More sets stand in evidence/races."""
    workloads = ("w0", "w1", "w2", "w3")
    targets, rules = RaceTargets(workloads, {}, {}), Rules("r", base=workloads, variants=False)
    held = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        log_time = rng.normal(0.0, 0.3, (4, 4))
        field = tuple(f"s{i}" for i in range(4))
        truth = scores_of_ratios(
            ratios(StudyTimes(field, workloads, np.exp(log_time)[:, :, None]), targets, rules), rules
        )
        runs = [RaceTrial(name, workload, f"{study}.{copy}", "1", 1, time)
                for i, name in enumerate(field) for j, workload in enumerate(workloads)
                for study, time in enumerate(np.exp(log_time[i, j] + 0.1 * rng.normal(size=5)).tolist())
                for copy in range(copies)]  # fmt: skip
        scores = {one.submission: one for one in run_race(runs, targets, rules, draws=200, seed=seed).scores}
        held += sum(scores[name].low <= true <= scores[name].high for name, true in zip(field, truth, strict=True))
    assert least <= held / 120 <= most


def test_speed_up_counts_a_run_that_never_arrived_as_the_longest() -> None:
    assert speed_up(np.array([50.0, 40.0]), np.array([100.0, 80.0]), ("wmt", "ogbg")) == pytest.approx(0.5)
    assert speed_up(np.array([50.0]), np.array([np.inf]), ("wmt",)) == pytest.approx(1 - 50 / 48152)
    assert speed_up(np.array([50.0]), np.array([np.inf]), ("mine",)) is None
    runs = [*field({"a": 100.0}), *(replace(run, index=-1, seconds=np.inf) for run in field({"b": 1.0}))]
    for budget in (1.0, 3.0):
        (pair,) = run_race(runs, TARGETS, RULES["v0.6"], budget=budget, draws=100).pairs
        assert pair.speedup == pytest.approx(1 - 100 / (budget * 48151 + 1))
    with pytest.raises(BadInput, match="above 0, not 0"):
        run_race(runs, TARGETS, RULES["v0.6"], budget=0.0)


SPEED_UPS = [("muon", "130m", 1.408), ("muon", "520m", 1.236), ("muon", "1.2b", 1.099), ("soape", "130m", 1.405),
             ("soape", "1.2b", 1.094)]  # fmt: skip


@pytest.mark.parametrize(("system", "size", "factor"), SPEED_UPS)
def test_speed_ups_in_data_are_those_that_were_published(shared: Path, system: str, size: str, factor: float) -> None:
    losses = json.loads((shared / "measurement" / "fantastic_optimizers_losses.json").read_text())
    loss = losses["others_at_8x"][f"{system}|{size}"]
    speedup = data_equivalent(losses["chinchilla"], losses["adamw"][size], loss, 8.0, noise=0.001)
    assert isinstance(speedup, DataSpeedUp)
    assert speedup.estimate == pytest.approx(factor, abs=0.005)
    if (system, size) == ("muon", "130m"):
        assert (speedup.low, speedup.high) == pytest.approx((1.33, 1.49), abs=0.015)


def test_a_table_of_losses_gives_speed_ups_by_size(tmp_path: Path) -> None:
    d = np.array([1.0, 2.0, 4.0, 8.0])
    rows = ["system,size,tokens,loss"]
    for size, floor in (("s", 2.0), ("l", 1.5)):
        rows += [f"adam,{size},{x},{floor + x**-0.5}" for x in d] + [f"new,{size},8,{floor + 12.0**-0.5}"]
    (tmp_path / "losses.csv").write_text("\n".join(rows))
    races = api.race_in_data(tmp_path / "losses.csv", "adam", noise=0.0)
    assert [(one.size, round(one.speedup.estimate, 6)) for one in races if isinstance(one.speedup, DataSpeedUp)] == [
        ("s", 1.5), ("l", 1.5)]  # fmt: skip
    assert isinstance(data_equivalent(d, 2.0 + d**-0.5, 1.9, 8.0, noise=0.0), Undecided)


def test_what_cannot_be_raced_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("item,m,n\n1,0,1\n2,1,1\n")
    goal = {"workloads": {"wmt": {"target_metric_name": "bleu", "validation_target_value": 30.8}}}
    with pytest.raises(BadInput, match="needs seconds"):
        api.race(tmp_path / "a.csv", goal)
    for time in ("-5", "nan", "0"):
        head = "submission,workload,study,trial,hit_index,time_to_target_s"
        (tmp_path / "times.csv").write_text(f"{head}\na,wmt,0,1,1,{time}\nb,wmt,0,1,1,10\n")
        with pytest.raises(BadInput, match=f"is {time} seconds; above 0, or inf"):
            api.race(tmp_path / "times.csv", goal, rules="v0.6")
    with pytest.raises(UnknownName, match=r"no rules 'v1'; there are v0.5, v0.6|no rules 'v1'; there are: v0.5, v0.6"):
        api.race(tmp_path / "a.csv", goal, rules="v1")
    with pytest.raises(BadInput, match="no target for 'ogbg'"):
        api.race(tmp_path / "a.csv", {**goal, "base_workloads": ["ogbg"]})
    with pytest.raises(BadInput, match="needs target_metric_name"):
        api.race(tmp_path / "a.csv", {"workloads": {"wmt": {}}})
