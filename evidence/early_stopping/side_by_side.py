"""Policies on runs that train side by side: ``python -m evidence.early_stopping.side_by_side DATA SOURCE...``.

Unlike in `replay`, nothing waits to be begun: 20 runs of a task, drawn anew for each order, are given an evaluation
each by turns, and what is stopped stays stopped. A policy is asked of all of them at each evaluation, or 16 times over
the task where it heeds forecasts. Told are the share of the compute that was spent, the regret of the best run that is
left (a share of what lies between the task's median and best final value), and how many runs were wrongly stopped:
those whose end would have been better than what the best left came to by more than 1% of that. Writes
``side_by_side/SOURCE.json`` beside this file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evidence.early_stopping.replay import FILES
from forerun import api
from forerun.core import Decision, Undecided, part
from forerun.core.run import Status
from forerun.core.situation import RunSituation, Situation
from forerun.core.standing import standing
from forerun.decide import POLICIES, Policy
from forerun.decide.auto import AUTO
from forerun.evaluate.replays.candidates import FinishedRun, ReplayTask, replay_tasks
from forerun.evaluate.replays.replay import GOES_ON
from forerun.forecast import FORECASTERS
from forerun.forecast.postprocess.chances import chances
from forerun.stats.robust import noise_sd

NAMES = ("no_stopping", "auto", "asha", "hyperband", "median", "patience", "wilcoxon")
RUNS, LOOKS = 20, 16
MEASURES = ("spent", "regret", "wrong", "stopped")
HERE = Path(__file__).parent
_SILENT = Undecided("no forecast was made", "a policy that heeds forecasts")


@dataclass(frozen=True)
class Race:
    """What came of one order: the share of the compute spent, regret, and runs wrongly stopped of those stopped.

    Args:
        ahead: of each run wrongly stopped, by how many sds of one of its evaluations its end was better.
    """

    spent: float
    regret: float
    wrong: int
    stopped: int
    ahead: tuple[float, ...] = ()


def race(
    task: ReplayTask, runs: Sequence[FinishedRun], policy: Policy, *, forecasts: bool, own_ends: bool = False
) -> Race:
    """One policy on runs side by side, told where runs of the task usually end, or where each does."""
    ends = [float(one.curve.x[-1]) if own_ends else task.end for one in runs]
    done = np.zeros(len(runs), int)
    stopped = np.zeros(len(runs), bool)
    longest = max(len(one.curve) for one in runs)
    looks = {round(longest * (k + 1) / LOOKS) for k in range(LOOKS)} if forecasts else set(range(1, longest + 1))
    for n in range(1, longest + 1):
        going = [i for i, one in enumerate(runs) if not stopped[i] and done[i] < len(one.curve)]
        done[going] += 1
        if n not in looks:
            continue
        known = _situations(runs, ends, done, stopped, forecasts)
        wanted = tuple(runs[i].run for i in going if done[i] < len(runs[i].curve))
        verdicts = policy.decide(Situation(known, only=wanted)) if wanted else {}
        for i in going:
            verdict = verdicts.get(runs[i].run)
            stopped[i] = isinstance(verdict, Decision) and verdict.action not in GOES_ON
    finals = np.array([one.final for one in runs])
    stands = np.array([one.loss_after[n - 1] for one, n in zip(runs, done, strict=True)])
    best = float(stands.min())
    spent = sum(float(one.cost[:n].sum()) for one, n in zip(runs, done, strict=True))
    wrong = np.flatnonzero(stopped & (finals < best - 0.01 * task.scale))
    ahead = tuple((best - float(finals[i])) / max(noise_sd(runs[i].curve.y[-8:]), 1e-12) for i in wrong)
    whole = sum(float(one.cost.sum()) for one in runs)
    return Race(spent / whole, (best - float(finals.min())) / task.scale, len(wrong), int(stopped.sum()), ahead)


def _situations(
    runs: Sequence[FinishedRun], usual: Sequence[float], done: np.ndarray, stopped: np.ndarray, forecasts: bool
) -> dict[str, RunSituation]:
    curves = [part(one.curve, slice(0, int(n))) for one, n in zip(runs, done, strict=True)]
    status: list[Status] = [
        "ended" if out else "finished" if n == len(one.curve) else "running"
        for one, n, out in zip(runs, done, stopped, strict=True)
    ]
    member = FORECASTERS.load(api.METHOD)
    ahead = [i for i, one in enumerate(status) if one == "running"] if forecasts else []
    ends = [[max(usual[i], float(curves[i].x[-1]) * 1.01)] for i in ahead]
    answers = member.predict(member.default(), [curves[i] for i in ahead], ends) if ahead else []
    told = {
        i: answer if isinstance(answer, Undecided) else replace(answer, events=chances(curves[i], answer))
        for i, answer in zip(ahead, answers, strict=True)
    }
    return {
        runs[i].run: RunSituation(
            curve, told.get(i, _SILENT), (), finished=status[i] == "finished", status=status[i],
            standing=standing(curve), end=usual[i], group=0,
        )
        for i, curve in enumerate(curves)
    }  # fmt: skip


def rows_of(task: ReplayTask, policies: Mapping[str, Policy], orders: int) -> list[dict[str, object]]:
    """A row an order and policy."""
    rows: list[dict[str, object]] = []
    for seed in range(orders):
        rng = np.random.default_rng(seed)
        drawn = rng.permutation(len(task.candidates))[:RUNS]
        runs = [task.candidates[i] for i in sorted(drawn.tolist())]
        for name, policy in policies.items():
            came = race(task, runs, policy, forecasts=name == "auto")
            rows.append({
                "source": task.source, "task": task.task, "policy": name, "seed": seed, "runs": len(runs),
                "spent": came.spent, "regret": came.regret, "wrong": came.wrong, "stopped": came.stopped,
            })  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--policy", nargs="*", default=NAMES)
    parser.add_argument("--out", type=Path, default=HERE / "side_by_side")
    options = parser.parse_args()
    policies = {name: POLICIES.load(name) for name in options.policy}
    for source in options.sources:
        rows = []
        for task in replay_tasks(api.read(options.data / FILES.get(source, source))):
            rows += rows_of(task, policies, options.orders)
            for name in policies:
                mine = [row for row in rows if row["policy"] == name and row["task"] == task.task]
                mean = {
                    key: float(np.mean([row[key] for row in mine])) for key in ("spent", "regret", "wrong", "stopped")
                }
                print(source, task.task, name, {key: round(value, 3) for key, value in mean.items()}, flush=True)
        text = json.dumps(
            {"version": AUTO.version, "runs": RUNS, "looks": LOOKS, "rows": rows}, indent=0, allow_nan=False
        )
        (options.out / f"{source}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
