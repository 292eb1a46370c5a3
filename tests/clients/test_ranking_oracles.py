"""Who is better, how often, and what of a field: beside rliable and evalica, and rliable's seed without its bug."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from forerun.evaluate.audits.judge import judge
from forerun.evaluate.races.profile import scores_of_ratios
from forerun.evaluate.races.race import run_race
from forerun.evaluate.races.rules import RULES, RaceTarget, RaceTargets
from forerun.evaluate.races.times import RaceTrial
from forerun.stats.bootstrap import bootstrap_interval
from forerun.stats.ranks import area

RUNS, OTHERS = np.random.default_rng(0).normal(size=(10, 5)), np.random.default_rng(1).normal(0.3, 1.0, (12, 5))


def library() -> Any:
    """rliable's, where what it rests on can be imported: arch below 8 cannot with pandas 3."""
    try:
        from rliable import library as found
    except (ImportError, TypeError) as error:
        pytest.skip(f"rliable's library cannot be imported: {error}")
    return found


def test_the_chance_to_be_better_is_that_of_rliable() -> None:
    metrics = pytest.importorskip("rliable.metrics")
    ours = np.mean([area(OTHERS[:, task], RUNS[:, task]) for task in range(5)])
    assert ours == pytest.approx(metrics.probability_of_improvement(RUNS, OTHERS), abs=1e-12)
    ties = np.round(RUNS), np.round(OTHERS)
    ours = np.mean([area(ties[1][:, task], ties[0][:, task]) for task in range(5)])
    assert ours == pytest.approx(metrics.probability_of_improvement(*ties), abs=1e-12)


def test_a_score_is_the_area_under_the_profile_of_rliable() -> None:
    """Its profile is of scores above tau; of ratios turned round that is ours, just below each tau."""
    ratios = np.random.default_rng(2).uniform(1.0, 5.0, 8)
    tau = np.linspace(1.0, 4.0, 100)
    profile, _ = library().create_performance_profile({"a": -ratios[None, :]}, -tau - 1e-12, reps=2)
    assert float(scores_of_ratios(ratios, RULES["v0.5"])) == pytest.approx(integrate.trapezoid(profile["a"], tau) / 3.0)


@pytest.mark.filterwarnings("ignore")  # arch's, of random_state
def test_the_same_seed_is_the_same_interval_where_rliable_ignores_its_own() -> None:
    def theirs(state: int) -> np.ndarray:
        np.random.seed(state)  # noqa: NPY002  # the state of the whole process, which is the bug
        how = {"reps": 200, "random_state": np.random.RandomState(0)}
        mean = library().get_interval_estimates({"a": RUNS}, lambda v: np.array([v.mean()]), **how)
        return np.asarray(mean[1]["a"]).ravel()

    def ours(state: int, seed: int = 0) -> tuple[float, float]:
        np.random.seed(state)  # noqa: NPY002
        return bootstrap_interval(lambda rows: float(RUNS[rows].mean()), len(RUNS), draws=200, seed=seed)

    assert ours(1) == ours(2) != ours(1, seed=1)
    assert not np.array_equal(theirs(1), theirs(2))


def test_the_same_seed_is_the_same_race_whatever_the_process_drew() -> None:
    targets = RaceTargets(("wmt",), {}, {"wmt": RaceTarget("bleu", 30.8, "max")})
    runs = [RaceTrial(name, "wmt", str(k), "1", 1, float(t)) for name, row in zip("ab", np.exp(RUNS[:2]), strict=True)
            for k, t in enumerate(row)]  # fmt: skip
    scores = []
    for state in (1, 2):
        np.random.seed(state)  # noqa: NPY002
        scores.append(run_race(runs, targets, RULES["v0.6"], draws=100).scores)
    assert scores[0] == scores[1]


def test_a_judges_win_rate_is_that_of_evalica() -> None:
    """Ties count a half; of two systems Bradley and Terry's chance, of verdicts without ties, is the same."""
    evalica = pytest.importorskip("evalica")
    rng = np.random.default_rng(3)
    a_first, b_first = (rng.choice(["a", "b", "tie"], 80, p=[0.5, 0.3, 0.2]).tolist() for _ in range(2))
    words = {"a": evalica.Winner.X, "b": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    verdicts = [words[word] for word in a_first + b_first]
    theirs = evalica.average_win_rate(["a"] * 160, ["b"] * 160, verdicts).scores["a"]
    rate = judge(a_first, b_first)["win rate of A, places balanced"]
    assert rate.estimate == pytest.approx(theirs, abs=1e-12)
    clear = [word for word in verdicts if word != evalica.Winner.Draw]
    strength = evalica.bradley_terry(["a"] * len(clear), ["b"] * len(clear), clear, tolerance=1e-12).scores
    share = sum(word == evalica.Winner.X for word in clear) / len(clear)
    assert strength["a"] / (strength["a"] + strength["b"]) == pytest.approx(share, abs=1e-4)
