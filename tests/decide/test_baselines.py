"""The policies that every other is held against, on situations whose answer is known."""

from __future__ import annotations

import numpy as np

from forerun.core import Curve, Decision, Undecided
from forerun.core.run import Status
from forerun.core.situation import RunSituation, Situation
from forerun.decide import POLICIES, Policy
from forerun.decide.hyperband import bracket
from forerun.decide.promotion import is_risen
from tests.cards import control, known_answer

SILENT = Undecided("nobody forecast it", "a forecaster")


def situation(y: np.ndarray, status: Status = "running", end: float = 16.0) -> RunSituation:
    curve = Curve(np.arange(1, len(y) + 1), y, metric="loss")
    return RunSituation(curve, SILENT, (), status=status, finished=status == "finished", end=end)


def action(policy: str, runs: dict[str, RunSituation], run: str) -> str:
    member: Policy = POLICIES.load(policy)
    verdict = member.decide(Situation(runs, only=(run,)))[run]
    assert isinstance(verdict, Decision) and verdict.policy == policy
    return verdict.action


@known_answer("policy/no_stopping")
def test_no_stopping_stops_nothing() -> None:
    assert action("no_stopping", {"a": situation(np.full(4, np.nan))}, "a") == "continue"


@known_answer("policy/patience")
def test_patience_counts_evaluations_since_the_best() -> None:
    y = np.array([3.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    assert action("patience", {"a": situation(y[:6])}, "a") == "continue"
    assert action("patience", {"a": situation(y)}, "a") == "stop"
    assert action("patience", {"a": situation(y, "finished")}, "a") == "leave"


@control("policy/patience")
def test_patience_loses_a_late_drop() -> None:
    y = np.append(np.full(10, 3.0), 0.1)
    assert action("patience", {"a": situation(y[:10])}, "a") == "stop" and y[10] < 0.2


@known_answer("policy/median")
def test_the_median_rule_compares_the_best_with_running_means() -> None:
    beside = {str(i): situation(np.full(8, float(i)), "ended") for i in range(5)}  # median of the means: 2
    assert action("median", {**beside, "a": situation(np.array([4.0, 2.5, 3.0]))}, "a") == "stop"
    assert action("median", {**beside, "a": situation(np.array([4.0, 1.5, 3.0]))}, "a") == "continue"
    few = {name: one for name, one in beside.items() if name != "4"}
    assert action("median", {**few, "a": situation(np.array([4.0, 2.5, 3.0]))}, "a") == "continue"


@control("policy/median")
def test_the_median_rule_stops_a_run_that_starts_slowly() -> None:
    beside = {str(i): situation(np.full(8, 2.0), "ended") for i in range(5)}
    slow = np.append(np.full(7, 3.0), 0.5)
    assert action("median", {**beside, "a": situation(slow[:7])}, "a") == "stop"


@known_answer("policy/asha")
def test_of_eight_runs_at_a_rung_the_two_best_pass() -> None:
    """The rung at a quarter of 16; all run on from there and only what stands at the rung counts."""
    beside = {str(i): situation(np.append(np.full(4, float(i)), 9.0 - i), "ended") for i in range(7)}
    passes = [action("asha", {**beside, "a": situation(np.full(4, own))}, "a") for own in (-0.5, 0.5, 1.5)]
    assert passes == ["continue", "continue", "stop"]
    assert action("asha", {"a": situation(np.full(4, 9.0))}, "a") == "continue"  # alone it is the best


@known_answer("policy/hyperband")
def test_brackets_of_hyperband_cost_alike() -> None:
    drawn = np.bincount([bracket(f"run {i}") for i in range(4000)], minlength=3)
    expected = 4000 * np.array([16.0, 6.0, 3.0]) / 25.0
    assert ((drawn - expected) ** 2 / expected).sum() < 13.8  # chi-square, 2 degrees, p = .001
    never = next(str(i) for i in range(100) if bracket(str(i)) == 2)
    runs = {f"r{i}": situation(np.zeros(4), "ended") for i in range(50)} | {never: situation(np.full(4, 9.0))}
    assert action("hyperband", runs, never) == "continue"


@control("policy/hyperband")
def test_hyperband_lets_bad_runs_of_late_brackets_go_on_where_asha_stops_them() -> None:
    late = [str(i) for i in range(200) if bracket(str(i)) > 0][:10]
    for name in late:
        runs = {f"r{i}": situation(np.array([float(i)]), "ended") for i in range(50)}
        runs[name] = situation(np.array([99.0]))
        assert (action("asha", runs, name), action("hyperband", runs, name)) == ("stop", "continue")


@known_answer("policy/wilcoxon")
def test_a_signed_rank_test_against_the_best_finished_run() -> None:
    best = {"best": situation(np.linspace(2.0, 1.0, 16), "finished")}
    worse = np.linspace(2.0, 1.0, 16)[:8] + np.linspace(0.1, 0.2, 8)
    half = np.linspace(2.0, 1.0, 16)[:8] + 0.1 * np.array([1, -1.1, 1.2, -1.3, 1.4, -1.5, 1.6, -1.7])
    assert action("wilcoxon", {**best, "a": situation(worse)}, "a") == "stop"
    assert action("wilcoxon", {**best, "a": situation(half)}, "a") == "continue"
    assert action("wilcoxon", {"a": situation(worse)}, "a") == "continue"


@control("policy/wilcoxon")
def test_a_signed_rank_test_stops_what_would_have_caught_up() -> None:
    best = {"best": situation(np.linspace(2.0, 1.0, 16), "finished")}
    catching_up = np.append(np.linspace(2.5, 2.0, 10), np.full(6, 0.5))
    assert action("wilcoxon", {**best, "a": situation(catching_up[:10])}, "a") == "stop" and catching_up[-1] < 1.0


def promoted(runs: dict[str, RunSituation], only: tuple[str, ...], waiting: int = 9) -> dict[str, str]:
    verdicts = POLICIES.load("promotion").decide(Situation(runs, only=only, waiting=waiting))
    return {name: verdict.action for name, verdict in verdicts.items() if isinstance(verdict, Decision)}


def at_first_rung(y: float, status: Status = "ended", more: int = 0) -> RunSituation:
    """A run of 64 evaluations at its first rung, 1/16, or some evaluations beyond."""
    return situation(np.full(4 + more, y), status, end=64.0)


@known_answer("policy/promotion")
def test_a_run_goes_on_from_a_rung_once_it_is_the_best_of_four() -> None:
    runs = {name: at_first_rung(y) for name, y in (("a", 3.0), ("b", 1.0), ("c", 2.0))}
    assert promoted(runs, ("a", "b", "c")) == dict.fromkeys("abc", "leave")
    runs["d"] = at_first_rung(4.0, "running")
    assert promoted(runs, ("d",)) == {"d": "stop"}
    runs["d"] = at_first_rung(4.0)
    assert promoted(runs, ("a", "b", "c", "d")) == {"a": "leave", "b": "resume", "c": "leave", "d": "leave"}
    runs["b"] = at_first_rung(1.0, "running", more=1)
    assert promoted(runs, ("b",)) == {"b": "continue"}  # between two rungs


def test_no_run_is_paused_on_fewer_than_four_evaluations() -> None:
    """With 16 evaluations the first rung is the first of them; the second rung is the fourth."""
    assert [promoted({"a": situation(np.ones(n))}, ("a",))["a"] for n in (1, 2, 3, 4)] == [*["continue"] * 3, "stop"]


@control("policy/promotion")
def test_the_first_run_waits_at_its_rung_where_asha_lets_it_pass() -> None:
    first = {"a": at_first_rung(0.1, "running")}
    assert (promoted(first, ("a",)), action("asha", first, "a")) == ({"a": "stop"}, "continue")


def test_when_no_other_can_be_begun_the_foremost_goes_on() -> None:
    runs = {"a": at_first_rung(1.0), "b": at_first_rung(2.0, more=12)}
    assert promoted(runs, ("a", "b"), waiting=0) == {"a": "leave", "b": "resume"}
    runs["b"] = at_first_rung(2.0, "finished", more=60)
    assert promoted(runs, ("a",), waiting=0) == {"a": "resume"}


def test_what_is_not_finite_is_never_promoted() -> None:
    runs = {str(i): at_first_rung(np.nan) for i in range(4)}
    assert set(promoted(runs, tuple(runs)).values()) == {"leave"}


def test_a_run_that_rises_beyond_its_noise_is_paused_and_does_not_go_on_before_others() -> None:
    """From a best of 1 it rises by .1 an evaluation: after five the median of the last five is .3 above it."""
    fall = np.linspace(3.0, 1.0, 8)
    rising = np.append(fall, 1.0 + 0.1 * np.arange(1, 6))
    runs = {"a": situation(rising[:12], end=640.0)}
    assert promoted(runs, ("a",)) == {"a": "continue"}
    runs = {"a": situation(rising, end=640.0)}
    assert promoted(runs, ("a",)) == {"a": "stop"}
    runs = {"a": situation(rising, "ended", end=640.0), "b": situation(np.full(40, 9.0), "ended", end=640.0)}
    assert promoted(runs, ("a", "b"), waiting=0) == {"a": "leave", "b": "resume"}


def test_noise_about_a_falling_level_is_hardly_taken_for_a_rise_and_a_rise_is() -> None:
    """White noise, 400 curves of 50, asked after each evaluation.

    Falling by .2 sds an evaluation 3% are ever taken for risen, bar 6% (4 sds of a binomial's); level ones by 39%, for
    which a pause costs nothing; and from 30 on rising by 1 sd all.
    """
    y = np.random.default_rng(0).normal(0.0, 1.0, (400, 50))
    falling = [any(is_risen(one[:n]) for n in range(6, 51)) for one in y - 0.2 * np.arange(50)]
    assert np.mean(falling) < 0.06
    assert all(is_risen(one) for one in y + np.append(np.zeros(30), np.arange(20.0)))


def test_nobody_waits_at_a_rung_where_runs_evaluate_at_other_paces() -> None:
    """At one pace the run at its rung waits; beside one that evaluates four times as often it goes on."""
    at = {"a": at_first_rung(3.0, "running")}
    often = RunSituation(Curve(np.arange(1, 9) / 4.0, np.ones(8), metric="loss"), SILENT, (), status="ended", end=64.0)
    assert promoted(at, ("a",)) == {"a": "stop"}
    assert promoted({**at, "b": often}, ("a",)) == {"a": "continue"}
    waiting = {"a": at_first_rung(3.0), "b": often}
    assert promoted(waiting, ("a", "b")) == {"a": "resume", "b": "leave"}  # those begun first go on first


def test_the_rank_at_a_rung_is_that_of_the_median_of_three() -> None:
    """One lucky evaluation at the rung does not pass it."""
    lucky = situation(np.array([3.0, 3.0, 3.0, 0.1]), "ended", end=64.0)
    runs = {"lucky": lucky, **{str(i): at_first_rung(2.0 + i) for i in range(3)}}
    assert promoted(runs, tuple(runs))["0"] == "resume"
