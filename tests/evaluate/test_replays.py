"""Replays of policies on finished runs: what is spent, what regret it leaves, and that nobody looks ahead."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forerun.api.replaying import replay
from forerun.core import BadInput, Curve, Decision, Run, Table, Undecided
from forerun.core.situation import RunSituation, Situation
from forerun.decide.asha import ASHA
from forerun.decide.beside import simple
from forerun.decide.no_stopping import NO_STOPPING
from forerun.evaluate.replays import replay as protocol
from forerun.evaluate.replays.candidates import FinishedRun, ReplayTask, replay_tasks
from forerun.evaluate.replays.regret import false_kills, regret_curve, steps
from forerun.evaluate.replays.scores import Spent, policy_scores
from forerun.session.replayed import ReplaySituations
from tests.cards import control


def runs(finals: list[float], n: int = 8) -> list[Run]:
    """Runs that fall in a straight line from 10 to their final value."""
    x = np.arange(1, n + 1)
    return [
        Run(f"s/t/{i:02d}", {"val/loss": Curve(x, np.linspace(10.0, y, n), metric="val/loss")}, "csv",
            status="finished", source="s", task="t")
        for i, y in enumerate(finals)
    ]  # fmt: skip


def task_of(finals: list[float]) -> ReplayTask:
    (task,) = replay_tasks(runs(finals))
    return task


FINALS = [4.0, 3.0, 6.0, 5.0, 8.0, 7.0, 1.0, 2.0, 9.0, 9.5, 4.5, 5.5]


def test_scale_budget_and_end_are_those_of_the_protocol() -> None:
    task = task_of(FINALS)
    assert (task.scale, task.budget, task.end) == (np.median(FINALS) - 1.0, 12 * 8, 8.0)
    many = task_of(FINALS * 3)
    assert many.budget == 20 * 8


def test_no_stopping_runs_all_in_their_order_and_its_regret_is_that_of_the_best_so_far() -> None:
    task = task_of(FINALS)
    order = protocol.order_of(task, 3)
    assert sorted(order) == list(range(12)) and order == protocol.order_of(task, 3) != protocol.order_of(task, 4)
    stretches = protocol.replay(task, NO_STOPPING.decide, ReplaySituations(task).without, order)
    assert stretches == [(run, 8) for run in order]
    taken = steps(task, stretches)
    best = np.minimum.accumulate([FINALS[run] for run in order])
    assert np.allclose([taken[8 * k + 7].regret for k in range(12)], (best - 1.0) / task.scale)
    assert taken[-1].spent == 96.0


def test_regret_is_what_was_paid_for_by_then() -> None:
    """Two runs of eight evaluations at a cost of 1 each; until one is whole it does not count, and before the first the
    first does."""
    task = task_of(FINALS)
    taken = steps(task, [(1, 8), (6, 8)])
    curve = regret_curve(task, taken)
    spent = task.budget * (np.arange(curve.size) + 1) / curve.size
    paid = np.clip(np.floor(spent * (1 + 1e-9)).astype(int), 1, len(taken))
    assert curve.tolist() == [taken[n - 1].regret for n in paid]
    assert curve[0] > curve[-1] == 0.0


def test_a_run_with_nan_counts_as_its_worst_finite_value() -> None:
    spoilt = FinishedRun.of("r", Curve([1, 2, 3], [3.0, 2.0, np.nan], metric="acc", direction="max"))
    assert spoilt.final == -2.0 and spoilt.loss_after.tolist() == [-3.0, -2.0, -2.0]
    assert FinishedRun.of("r", Curve([1, 2], [np.nan, np.inf], metric="loss")).final == np.inf


def test_a_policy_is_shown_no_more_than_was_paid_for() -> None:
    task = task_of(FINALS)
    shown: dict[str, int] = {}

    def decide(situation: Situation) -> dict[str, Decision]:
        assert situation.budget is not None and situation.budget.unit == "runs"
        assert situation.waiting == 12 - len(situation.runs)
        paid = sum(len(one.curve) for one in situation.runs.values())
        assert situation.budget.amount == pytest.approx((96 - paid) / 8)
        for run in situation.wanted:
            shown[run] = max(shown.get(run, 0), len(situation.runs[run].curve))
        return {run: simple("stop", "two are enough", "p") for run in situation.wanted
                if len(situation.runs[run].curve) == 2}  # fmt: skip

    stretches = protocol.replay(task, decide, ReplaySituations(task).without, protocol.order_of(task, 0))
    assert [n for _, n in stretches] == [2] * 12
    assert set(shown.values()) == {2}


def test_what_was_stopped_is_resumed_where_it_left_off_and_not_without_leave() -> None:
    task = task_of(FINALS)

    def decide(situation: Situation) -> dict[str, Decision]:
        (one, *others) = situation.wanted
        if situation.runs[one].status == "running":
            return {one: simple("stop", "", "p")} if len(situation.runs[one].curve) == 2 else {}
        return {one: simple("resume", "", "p") for one in [one, *others][:1]}

    order = protocol.order_of(task, 0)
    situate = ReplaySituations(task).without
    assert protocol.replay(task, decide, situate, order)[:3] == [(order[0], 2), (order[0], 6), (order[1], 2)]
    without = protocol.replay(task, decide, situate, order, resume=False)
    assert without == [(run, 2) for run in order]


def test_the_first_run_by_its_id_can_be_resumed_too() -> None:
    """Its place among the candidates is 0, which is a place and not none."""
    task = task_of(FINALS)

    def decide(situation: Situation) -> dict[str, Decision]:
        (one, *_) = situation.wanted
        if situation.runs[one].status == "running":
            return {one: simple("stop", "", "p")} if len(situation.runs[one].curve) == 2 else {}
        return {one: simple("resume", "", "p")}

    assert protocol.replay(task, decide, ReplaySituations(task).without, [0, 1])[:3] == [(0, 2), (0, 6), (1, 2)]


def test_runs_wrongly_stopped_are_those_that_beat_the_incumbent() -> None:
    """The first run ends at 4, the second (3) is stopped: wrong; the third (6) is stopped: right; and 1 is resumed."""
    task = task_of(FINALS)
    stretches = [(0, 8), (1, 2), (2, 2), (6, 2), (3, 74), (6, 6)]
    assert false_kills(task, stretches[:3], resume=False) == (1, 2)
    whole = [(0, 8), (1, 2), (2, 2), (6, 2), (6, 6)]
    assert false_kills(task, whole, resume=True) == (0, 2)  # in the end the incumbent is the best of all
    assert false_kills(task, whole, resume=False) == (1, 2)


def test_regret_is_told_over_the_whole_budget_by_cost() -> None:
    task = task_of(FINALS)
    dear = replace(task, candidates=tuple(replace(one, cost=np.full(8, 2.0)) for one in task.candidates))
    stretches = [(0, 8), (6, 8)]
    assert np.allclose(regret_curve(task, steps(task, stretches)), regret_curve(dear, steps(dear, stretches)))
    assert regret_curve(task, steps(task, stretches))[-1] == 0.0


def test_speed_up_and_interval_are_read_off_mean_regret() -> None:
    grid = np.linspace(1.0, 0.0, 1000)
    fast = np.maximum(0.0, 1.0 - 2.0 * np.linspace(0.0, 1.0, 1000))
    zero = np.zeros(3)

    def spent(policy: str, regret: np.ndarray) -> Spent:
        return Spent("s", "t", "m", policy, 100.0, np.stack([regret] * 3), zero, zero + 1)

    rows = policy_scores([spent("no_stopping", grid), spent("asha", fast), spent("p", fast + 0.25)])
    by = {(row.policy, row.task): row for row in rows}
    assert by["no_stopping", "t"].speedup_vs_full == 1.0
    assert by["asha", "t"].speedup_vs_full == pytest.approx(2.0, rel=0.01)
    assert by["p", "t"].speedup_vs_full is None
    over = by["p", "t"].regret_over_asha
    assert over is not None and (over.estimate, over.low, over.high) == (0.25, 0.25, 0.25)
    assert by["asha", "ALL"].speedup_vs_full == by["asha", "t"].speedup_vs_full


@control("policy/no_stopping", "policy/asha")
def test_asha_beats_no_stopping_where_runs_keep_their_ranks_and_not_where_these_are_reversed() -> None:
    rng = np.random.default_rng(0)
    straight = [replace(run, id=f"s/t/{i}") for i, run in enumerate(runs(rng.uniform(1.0, 9.0, 200).tolist(), 48))]
    by = {row.policy: row for row in replay(straight, policy="asha", orderings=4) if row.source == "ALL"}
    assert (by["asha"].speedup_vs_full or 0.0) > 2.0
    turned = [
        replace(run, curves={"val/loss": replace(run.curves["val/loss"], y=np.append(
            20.0 - run.curves["val/loss"].y[:-1], run.curves["val/loss"].y[-1]))})
        for run in straight
    ]  # fmt: skip
    by = {row.policy: row for row in replay(turned, policy="asha", orderings=4) if row.source == "ALL"}
    assert by["asha"].regret > by["no_stopping"].regret and by["asha"].false_kill_rate > 0.1


def test_a_replay_that_was_killed_goes_on_from_its_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tasks; the second replay is killed at its second task, the third reads the first task and is the same."""
    both = runs(FINALS) + [replace(run, id=f"u{run.id}", task="u") for run in runs(FINALS[::-1])]
    whole = replay(both, policy="asha", orderings=2, journal=tmp_path / "whole")
    count = {"n": 0}
    real = protocol.replay

    def killed(task: ReplayTask, *rest: object, **more: object) -> object:
        if task.task == "u":
            raise KeyboardInterrupt
        count["n"] += 1
        return real(task, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(protocol, "replay", killed)
    with pytest.raises(KeyboardInterrupt):
        replay(both, policy="asha", orderings=2, journal=tmp_path / "part")
    monkeypatch.setattr(protocol, "replay", lambda task, *a, **k: real(task, *a, **k))
    assert count["n"] == 4  # two orders of two policies
    again = replay(both, policy="asha", orderings=2, journal=tmp_path / "part")
    assert [(r.policy, r.task, r.regret, r.speedup_vs_full) for r in again] == [
        (r.policy, r.task, r.regret, r.speedup_vs_full) for r in whole
    ]
    with pytest.raises(BadInput, match="other orderings"):
        replay(both, policy="asha", orderings=3, journal=tmp_path / "part")


def test_cases_tell_every_step_spent_and_give_back_the_regret() -> None:
    file = io.StringIO()
    rows = replay(runs(FINALS), policy=ASHA, orderings=2, cases_file=file)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [(line["policy"], line["seed"]) for line in lines] == [
        ("no_stopping", 0), ("no_stopping", 1), ("asha", 0), ("asha", 1)
    ]  # fmt: skip
    for policy in ("no_stopping", "asha"):
        mine = [line for line in lines if line["policy"] == policy]
        last: list[float] = []
        for line in mine:
            standing = dict(zip(line["run"], line["y"], strict=True))  # the last value of each
            last.append((min(standing.values()) - 1.0) / (np.median(FINALS) - 1.0))
            assert line["spent"] == [float(k + 1) for k in range(len(line["run"]))]
        (row,) = [row for row in rows if row.policy == policy and row.source == "s" and row.task == "t"]
        assert row.regret == pytest.approx(np.mean(last))


def test_seconds_are_spent_where_the_log_has_a_clock() -> None:
    clock = Table({"step": np.arange(1.0, 9.0), "seconds": 10.0 * np.arange(1.0, 9.0)})
    timed = [replace(run, positions=clock) for run in runs(FINALS)]
    assert replay_tasks(timed, seconds=True)[0].budget == 12 * 80
    assert replay_tasks(timed[:11] + runs(FINALS)[11:], seconds=True)[0].budget == 12 * 8  # one has no clock


def test_nothing_to_replay_is_said() -> None:
    with pytest.raises(BadInput, match="ten runs"):
        replay(runs(FINALS)[:9], policy="asha")


def test_a_situation_asks_of_all_runs_unless_it_says_of_which() -> None:
    one = RunSituation(Curve([1], [1.0], metric="loss"), Undecided("", ""), ())
    assert Situation({"a": one, "b": one}).wanted == ("a", "b")
    assert Situation({"a": one, "b": one}, only=("b",)).wanted == ("b",)


def test_the_default_policy_goes_by_promotion_where_runs_wait_to_be_begun() -> None:
    rows = {row.policy: row for row in replay(runs(FINALS * 2, 16), policy=["auto", "promotion"], orderings=2)}
    assert replace(rows["auto"], policy="promotion") == rows["promotion"]
