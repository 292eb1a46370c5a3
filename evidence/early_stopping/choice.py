"""What `promotion` would be set to where a source is left out: `python -m evidence.early_stopping.choice DATA JOURNAL`.

A replay of `promotion` alone that goes from pause to pause, not from evaluation to evaluation, for every setting
and order; on the first order of each task it must come to the regret of the protocol's own replay. JOURNAL is that of
`replay`, which has what the other policies did. Writes ``choice.json`` beside this file.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evidence.early_stopping.replay import FILES, HERE
from forerun.api.backtesting import table_runs
from forerun.core import Array
from forerun.decide.promotion import promotion
from forerun.evaluate.replays import replay as protocol
from forerun.evaluate.replays.candidates import ReplayTask, replay_tasks
from forerun.evaluate.replays.regret import GRID, false_kills, regret_curve, steps
from forerun.evaluate.replays.replay import Stretch
from forerun.evaluate.replays.scores import speedup
from forerun.session.replayed import ReplaySituations
from forerun.stats.robust import noise_sd

RIVALS = ("asha", "hyperband", "median", "patience")
SOURCES = ("taskset", "algoperf", "mlperf_training_v2", "mlperf_training_v4")
_DRAWS = 1000


@dataclass(frozen=True)
class Setting:
    """Settings of `promotion`: where rungs lie, one in how many passes, sds of a rise (inf: none is paused for one)."""

    shares: tuple[float, ...] = (1 / 16, 1 / 4)
    eta: float = 4.0
    rise: float = 5.0


SETTINGS = (
    *(Setting(rise=rise) for rise in (np.inf, 3.0, 5.0, 8.0)),
    *(Setting(eta=3.0, rise=rise) for rise in (np.inf, 5.0)),
    *(Setting((1 / 10,), rise=rise) for rise in (np.inf, 5.0)),
)


class Pauses:
    """Where each run of a task would be paused, by a setting; told once for all orders."""

    def __init__(self, task: ReplayTask, setting: Setting, sds: list[Array]) -> None:
        self.task, self.setting = task, setting
        curves = [one.curve for one in task.candidates]
        self.loss = _losses(task)
        self.rungs = [[int(c.x.searchsorted(s * task.end)) + 1 for s in setting.shares] for c in curves]
        self.value = [
            [float(np.median(loss[max(n - 3, 0) : n])) if n <= loss.size else np.nan for n in rungs]
            for loss, rungs in zip(self.loss, self.rungs, strict=True)
        ]
        above = [(one > setting.rise) & np.isfinite(setting.rise) for one in sds]
        self.risen = [set((np.flatnonzero(a & ~np.append(False, a[:-1])) + 1).tolist()) for a in above]
        self.spoilt = [int(np.argmax(loss >= 1e300)) + 1 if loss.max() >= 1e300 else 0 for loss in self.loss]
        self.at = [
            sorted({n for n in (*rungs, *risen, spoilt) if (n >= 4 or n == spoilt) and 0 < n < loss.size})
            for rungs, risen, spoilt, loss in zip(self.rungs, self.risen, self.spoilt, self.loss, strict=True)
        ]
        self.spacing = [float(c.x[3] - c.x[0]) for c in curves]


def rises(task: ReplayTask) -> list[Array]:
    """By how many sds of its noise each run stands above its best, after each evaluation; 0 where that is too new."""
    return [_rise(loss) for loss in _losses(task)]


def _rise(loss: Array) -> Array:
    new = np.append(True, loss[1:] < np.minimum.accumulate(loss)[:-1])
    since = np.arange(loss.size) - np.maximum.accumulate(np.where(new, np.arange(loss.size), 0))
    sds = np.zeros(loss.size)
    for i in np.flatnonzero(since >= 5):
        level = float(np.median(loss[i - 4 : i + 1]) - loss[: i + 1].min())
        noise = noise_sd(loss[max(i - 11, 0) : i + 1])
        sds[i] = level / noise if noise > 0 else (np.inf if level > 0 else 0.0)
    return sds


def _losses(task: ReplayTask) -> list[Array]:
    turned = [one.curve.y if one.curve.direction == "min" else -one.curve.y for one in task.candidates]
    return [np.minimum(np.where(np.isfinite(y), y, np.inf), 1e300) for y in turned]


def spend(pauses: Pauses, order: list[int]) -> list[Stretch]:
    """What `promotion` spends a task's budget on."""
    state = Standings(pauses)
    waiting, left = list(reversed(order)), pauses.task.budget
    stretches: list[Stretch] = []
    while left > 1e-9 * pauses.task.budget:
        run = state.promoted()
        run = waiting.pop() if run is None and waiting else state.foremost() if run is None else run
        if run is None:
            break
        state.paused.pop(run, None)
        whole = pauses.loss[run].size
        while left > 1e-9 * pauses.task.budget and state.done.get(run, 0) < whole:
            n = state.done.get(run, 0)
            stop = next((at for at in pauses.at[run] if at > n), whole)
            take = min(stop - n, int(np.ceil(left - 1e-9)))
            stretches.append((run, take))
            left -= take
            state.went(run, n + take)
            if n + take == whole or left <= 1e-9 * pauses.task.budget:
                break
            state.paused[run] = stop in pauses.risen[run] or 0 < pauses.spoilt[run] <= stop
            if state.paused[run] or state.promoted() != run:
                break
            state.paused.pop(run)
    return stretches


class Standings:
    """How the runs begun stand: evaluations done, rungs passed, and of those paused whether it was for a rise."""

    def __init__(self, pauses: Pauses) -> None:
        self.pauses, self.alike = pauses, True
        self.done: dict[int, int] = {}
        self.passed: dict[int, int] = {}
        self.paused: dict[int, bool] = {}
        self.spacing: dict[int, float] = {}
        self.came: list[list[int]] = [[] for _ in pauses.setting.shares]

    def went(self, run: int, n: int) -> None:
        self.done[run] = n
        came = sum(at <= n for at in self.pauses.rungs[run])
        for rung in range(self.passed.get(run, 0), came):
            self.came[rung].append(run)
        self.passed[run] = came
        if n >= 4 and run not in self.spacing:
            self.spacing[run] = self.pauses.spacing[run]
            ratio = np.array(list(self.spacing.values())) / np.median(list(self.spacing.values()))
            self.alike = bool(ratio.max() <= 1.5 and ratio.min() >= 1 / 1.5)

    def promoted(self) -> int | None:
        if not self.alike:
            return next((run for run in self.done if self.paused.get(run) is False and self.passed[run]), None)
        value = self.pauses.value
        for rung in reversed(range(len(self.came))):
            best = int(len(self.came[rung]) / self.pauses.setting.eta)
            places = {run: i for i, run in enumerate(self.done)} if best else {}
            for run in sorted(self.came[rung], key=lambda run: (value[run][rung], places.get(run, 0)))[:best]:
                if self.passed[run] == rung + 1 and self.paused.get(run) is False and value[run][rung] < 1e300:
                    return run
        return None

    def foremost(self) -> int | None:
        places = [run for run in self.done if run in self.paused]
        return min(places, key=lambda run: (self.paused[run], -self.passed[run], self._last(run)), default=None)

    def _last(self, run: int) -> float:
        return self.pauses.value[run][self.passed[run] - 1] if self.passed[run] else 0.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("journal", type=Path)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for source in SOURCES:
        others = [json.loads(path.read_text("utf-8")) for path in (options.journal / source).glob("*.json")]
        for task in replay_tasks(table_runs(options.data / FILES.get(source, source), lambda units: units)):
            by = {one["policy"]: one["orders"] for one in others if one["task"] == task.task}
            rows += _rows(task, {name: _told(task, by[name]) for name in ("no_stopping", *RIVALS)})
            print(f"{source}/{task.task}", flush=True)
            (HERE / "choice.json").write_text(json.dumps(rows, indent=1, allow_nan=False) + "\n", "utf-8")


def _told(task: ReplayTask, orders: list[list[Stretch]]) -> Array:
    """Regret by order and point of the budget."""
    return np.stack([regret_curve(task, steps(task, stretches)) for stretches in orders])


def _rows(task: ReplayTask, rivals: dict[str, Array]) -> list[dict[str, Any]]:
    goal = float(rivals["no_stopping"].mean(axis=0)[-1])
    fastest = max(speedup(rivals[name].mean(axis=0), goal) or 0.0 for name in RIVALS)
    orders = [protocol.order_of(task, seed) for seed in range(protocol.ORDERINGS)]
    drawn = np.random.default_rng(0).integers(0, len(orders), (_DRAWS, len(orders)))
    rows: list[dict[str, Any]] = []
    sds = rises(task)
    for setting in SETTINGS:
        pauses = Pauses(task, setting, sds)
        stretches = [spend(pauses, order) for order in orders]
        regret = _told(task, stretches)
        if setting == Setting():
            _same(task, orders[0], regret[0])
        over = regret[:, -1] - rivals["asha"][:, -1]
        kills = np.array([false_kills(task, one) for one in stretches]).sum(axis=0)
        fast = speedup(regret.mean(axis=0), goal) or 0.0
        upper, wrong = float(np.quantile(over[drawn].mean(axis=1), 0.975)), float(kills[0] / max(kills[1], 1))
        rows.append(
            {
                "source": task.source, "task": task.task, "shares": setting.shares, "eta": setting.eta,
                "rise": setting.rise if np.isfinite(setting.rise) else "never", "regret_over_asha_upper": upper,
                "speedup": fast, "rival": fastest, "wrongly_stopped": wrong,
                "bars": [upper <= 0.01, fast >= fastest, fast >= 1.3 * fastest, wrong <= 0.02],
            }
        )  # fmt: skip
    return rows


def _same(task: ReplayTask, order: list[int], regret: Array) -> None:
    """Whether the protocol's replay of the policy comes to the same."""
    told = protocol.replay(task, promotion().decide, ReplaySituations(task).without, order)
    gap = float(np.abs(regret_curve(task, steps(task, told)) - regret).max())
    if gap > 1e-9:
        raise AssertionError(f"{task.task}: the two replays differ by {gap:g} of the scale at one of {GRID} points")


if __name__ == "__main__":
    main()
