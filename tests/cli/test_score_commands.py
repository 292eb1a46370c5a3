"""Commands that rest on scores: recorded logs, published numbers, what is refused, and each the twin of a function."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import forerun
from forerun import api
from forerun.cli.app import run
from forerun.core import Table
from forerun.evaluate.items.design import designs, pilot
from forerun.evaluate.items.plan import ItemVariance
from forerun.evaluate.items.score_matrix import score_matrix
from forerun.stats.proportions import proportion_interval


def document(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert run([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert run([*map(str, words), "--json"]) == 2
    return json.loads(capsys.readouterr().out)["error"]["message"]


def test_two_recorded_evaluations_are_compared(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "raw" / "lm_eval_harness_0.4.13"
    written = document(capsys, "compare", f"new={folder / 'acme__toy-2'}", f"old={folder / '3ykv54sv'}")
    acc = next(one for one in written["comparisons"] if one["metric"] == "acc")
    assert (acc["first"], acc["second"], acc["n"], acc["verdict"]) == ("new", "old", 40, "cannot tell")
    assert acc["estimate"] == pytest.approx(0.35 - 0.2)
    assert "would take about" in acc["needs"]
    old = next(one for one in written["systems"] if (one["system"], one["metric"]) == ("old", "acc"))
    assert old["stderr"] == pytest.approx(0.06405126152203487, abs=1e-12)
    assert (old["low"], old["high"]) == pytest.approx(stats.binomtest(8, 40).proportion_ci(method="wilson"))
    assert written["scores"]["damage"] == []


def test_one_recorded_evaluation_of_inspect_has_its_mean(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("zstandard")
    written = document(capsys, "compare", shared / "raw" / "inspect_eval")
    (mean,) = written["systems"]
    assert written["comparisons"] == []
    assert (mean["n"], mean["estimate"]) == (6, pytest.approx(0.8333333333333334))
    known = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 5)) ** 2
    independent = known * (5 / 36) / mean["stderr"] ** 2  # of the 12 tries
    assert 6 < independent < 12
    low, high = (float(end) for end in proportion_interval(independent * 5 / 6, independent))
    assert (mean["low"], mean["high"]) == pytest.approx((low, high))


def test_every_pair_of_a_wide_table(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Significant for 696 of 820 pairs of complete models, and for 3 of 40 neighbours in rank."""
    table = shared / "measurement" / "zeroeval_gsm_correct.csv"
    written = document(capsys, "compare", table, "--all-pairs")
    pairs = {(row["a"], row["b"]): row for row in written["pairs"]}
    assert written["left_out"] == ["gemini-1.5-flash-exp-0827"]
    assert (len(pairs), sum(row["p_value"] < 0.05 for row in pairs.values())) == (820, 696)
    matrix = score_matrix(api.read_scores(table).table, "zeroeval_gsm_correct", "correct")
    values = dict(zip(matrix.systems, matrix.values, strict=True))
    ranked = sorted({name for pair in pairs for name in pair}, key=lambda name: -values[name].mean())
    neighbours = [pairs[pair] if pair in pairs else pairs[pair[::-1]] for pair in pairwise(ranked)]
    assert sum(row["p_value"] < 0.05 for row in neighbours) == 3
    for row in list(pairs.values())[:40]:
        a, b = values[row["a"]], values[row["b"]]
        only_a, only_b = int((a > b).sum()), int((b > a).sum())
        assert row["p_value"] == pytest.approx(stats.binomtest(only_a, only_a + only_b).pvalue)
        assert row["difference"] == row["estimate"] == pytest.approx(a.mean() - b.mean())
        assert row["verdict"] == ("better" if row["low"] > 0 else "worse" if row["high"] < 0 else "cannot tell")


def test_tries_of_a_recorded_agent(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trials = shared / "measurement" / "tau_airline_gpt4o_trials.json"
    rates = document(capsys, "passk", trials, *(word for k in (1, 2, 3, 4, 8) for word in ("--k", k)))["rates"]
    by = {(row["measure"], row["k"]): row for row in rates}
    assert [by["pass^k", k]["estimate"] for k in (1, 2, 3, 4)] == pytest.approx([0.420, 0.273, 0.220, 0.200], abs=5e-4)
    assert [by["pass@k", k]["estimate"] for k in (1, 2, 3, 4)] == pytest.approx([0.420, 0.567, 0.660, 0.720], abs=5e-4)
    assert (by["pass@k", 4]["status"], by["pass@k", 8]["status"]) == ("measured", "extrapolated")
    assert by["pass@k", 4]["estimate"] < by["pass@k", 8]["estimate"] < by["pass@k", 8]["high"] < 1.0


def test_tries_that_stopped_at_a_success_have_an_unbiased_rate(tmp_path: Path) -> None:
    """Rate 0.2, stopped at the third success: the share of successes is too high, which is the control."""
    rng = np.random.default_rng(0)
    tries = [int(rng.negative_binomial(3, 0.2)) + 3 for _ in range(2000)]
    lines = [f"{task},{int(i + 1 == n or i < 2)}" for task, n in enumerate(tries) for i in range(n)]
    (tmp_path / "a.csv").write_text("\n".join(["item,score", *lines]))
    (passes,) = api.passk(tmp_path / "a.csv", until=True)
    assert passes.until is not None
    assert passes.until.low < 0.2 < passes.until.high  # 95%: fails once in 20 by accident, but the seed is fixed
    assert np.mean([3 / n for n in tries]) > passes.until.high


def test_a_race_of_the_command_is_that_of_the_function(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "algoperf"
    table, targets = folder / "v06_external_trials.csv", folder / "workload_targets_v06.json"
    written = document(capsys, "race", table, "--targets", targets, "--rules", "v0.6")
    result = forerun.race(table, targets, rules="v0.6")
    assert [(row["submission"], row["score"], row["p_first"]) for row in written["scores"]] == [
        (one.submission, one.score, one.p_first) for one in result.scores]  # fmt: skip
    assert (written["scores"][0]["submission"], written["scores"][0]["score"]) == (
        "shampoo",
        pytest.approx(0.6244, abs=5e-4),
    )
    assert set(written["ratios"]) == set(result.profiles)


def test_a_plan_from_a_pilot_finds_its_variances() -> None:
    """Questions 0.04, tries 0.25 each, seeds 0.0004 (two systems): the mean of 10 pilots lies about them."""
    rng = np.random.default_rng(3)
    shape = (2, 150, 8, 2)
    system, item, seed, _ = (axis.ravel().astype(str).tolist() for axis in np.indices(shape))
    columns = {"system": system, "benchmark": ["q"] * 4800, "metric": ["m"] * 4800, "item": item, "seed": seed}
    got: list[tuple[float, float, float]] = []
    for _ in range(10):
        of_items = rng.normal(0, 0.2, (1, 150, 1, 1)) * np.array([1.0, 0.0]).reshape(2, 1, 1, 1)
        of_seeds = rng.normal(0, np.sqrt(0.0002), (2, 1, 8, 1))
        score = of_items + of_seeds + rng.normal(0, 0.5, shape)
        one = pilot(Table({**columns, "score": score.ravel()}), "0", "1", "q", "m")
        got.append((one.variance.questions, one.variance.first, one.seed_variance))
    assert np.mean(got, axis=0) == pytest.approx([0.04, 0.25, 0.0004], rel=0.5)


def test_seeds_that_leave_too_much_are_said_so_and_cost_decides() -> None:
    ways = designs(0.01, ItemVariance(0.1, 0.2, 0.2), seed_variance=0.0001, tries=(1, 8), seeds=(1, 50))
    assert {way.seeds: isinstance(way.questions, int) for way in ways} == {1: False, 50: True}
    assert ways[0].cost < np.inf
    for way in ways[:2]:
        assert way.detectable == pytest.approx(0.01, rel=1e-3)


def test_what_cannot_be_compared_says_the_way_out(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    means = shared / "raw" / "lm_eval_harness"
    assert "name two, or ask for all pairs" in refusal(capsys, "compare", means)
    pair = ("--system", "facebook/opt-125m", "--system", "facebook/opt-1.3b")
    assert "--log_samples" in refusal(capsys, "compare", means, *pair)
    assert "no system 'x'" in refusal(capsys, "compare", means, "--system", "x")
    (tmp_path / "a.csv").write_text("item,m,n\n1,0,1\n2,1,1\n3,,1\n")
    assert "allow partial coverage" in refusal(capsys, "compare", tmp_path / "a.csv")
    assert document(capsys, "compare", tmp_path / "a.csv", "--partial")["comparisons"][0]["n"] == 2
    assert "--variance" in refusal(capsys, "plan", "--effect", "0.1")
    assert "--targets" in refusal(capsys, "race", tmp_path / "a.csv")
    assert "1 or more" in refusal(capsys, "passk", tmp_path / "a.csv", "--k", "0")


def test_items_of_one_name_and_other_content_are_never_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "model,item,score,doc_hash,prompt_hash"
    (tmp_path / "a.csv").write_text(f"{head}\nm,1,1,x,p\nm,2,0,y,p\nn,1,1,x,q\nn,2,0,y,p\n")
    assert "1 of 2 items have other prompts" in refusal(capsys, "compare", tmp_path / "a.csv")
    assert document(capsys, "compare", tmp_path / "a.csv", "--other-prompts")["comparisons"][0]["n"] == 2
    (tmp_path / "b.csv").write_text(f"{head}\nm,1,1,x,p\nm,2,0,y,p\nn,1,1,z,p\nn,2,0,y,p\n")
    assert "go by one name and are others" in refusal(capsys, "compare", tmp_path / "b.csv", "--other-prompts")


EVERY = {"estimate", "low", "high", "method", "n", "verdict"}


def test_every_result_says_how_sure_it_is_by_what_of_how_many_and_what_it_comes_to(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Estimate, low, high, method, n, verdict and warnings, which many pairs of a table have in common."""
    lm_eval, algoperf = shared / "raw" / "lm_eval_harness_0.4.13", shared / "algoperf"
    losses = tmp_path / "losses.csv"
    rows = [f"adam,{x},{2 + x**-0.5}" for x in (1.0, 2.0, 4.0, 8.0)]
    losses.write_text("\n".join(["system,data,loss", *rows, f"new,8,{2 + 12**-0.5}"]))
    compared = document(capsys, "compare", lm_eval)
    race = ("race", algoperf / "v06_external_trials.csv", "--targets", algoperf / "workload_targets_v06.json")
    raced = document(capsys, *race, "--rules", "v0.6", "--draws", "100")
    results = [
        *compared["comparisons"], *compared["systems"], *raced["scores"], *raced["pairs"],
        *document(capsys, "passk", shared / "measurement" / "tau_airline_gpt4o_trials.json")["rates"],
        *document(capsys, "race", losses, "--baseline", "adam", "--noise", "0.001")["speedups"],
    ]  # fmt: skip
    assert len(results) > 20
    assert all(EVERY | {"warnings"} <= row.keys() for row in results)
    pairs = document(capsys, "compare", lm_eval, "--all-pairs")
    assert "warnings" in pairs
    assert all(row.keys() >= EVERY for row in pairs["pairs"])
