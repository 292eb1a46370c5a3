"""Laws along a learning rate's path, judged on schedules they were not fitted to.

    python evidence/laws/schedules.py DATA [--seed 0] [--choices]

DATA is the folder of tidy tables. Whatever tasks are there are judged:

* multipowerlaw: fitted to the three runs that the source's paper fits to, asked about the six others;
* lr_scheduling: fitted to the longest constant run and one short cooldown of the same peak rate, or a cosine instead,
  asked about every other run of that peak; to a finished run, asked which way of going on is better. (Other peaks:
  peaks.py.)

Writes schedules.json. With ``--choices`` it writes schedules_choices.json instead: the same figures of `multi_power` at
other values of the two constants that were chosen on these runs.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from forerun import api
from forerun.core import Run, Undecided
from forerun.laws import LAWS as SHIPPED
from forerun.laws import fitter
from forerun.laws.fitter import coordinates
from forerun.laws.path.base import law as along

HERE = Path(__file__).parent
LAWS = ["multi_power", "ensemble", "functional_scaling", "lr_annealing", "convex_bound", "lr_area"]
PARTS = "unseen_schedules", "one_cooldown", "one_cosine"
VAL = "val_loss"
PUBLISHED = {"25M": {"r2": 0.9988, "mae": 0.00376}, "100M": {"r2": 0.9983, "mae": 0.00435}}
"""Means over the six runs, from the multi-power law's source (Luo et al. 2025, the README of their code)."""


def made_of(law: str, runs: list[Run], metric: str | None, seed: int, *, quick: bool = False) -> Any:
    table = api.law_table(law, runs, metric=metric)
    if quick:
        return fitter.fit(law, table, draws=0, judge_beyond=False), table
    return api.fit(law, table, seed=seed), table


def judge(law: str, fitted: list[Run], asked: list[Run], metric: str | None, seed: int, *,
          quick: bool = False) -> list[dict[str, Any]]:  # fmt: skip
    """A row a run: errors at all points, after its rate left the fitted ones', and at its end."""
    made, table = made_of(law, fitted, metric, seed, quick=quick)
    told = api.foretell(made, table, api.law_table(law, asked, metric=metric))
    rows = []
    for id, one in told.items():
        if isinstance(one, Undecided):
            rows.append({"run": id, "refused": one.why})
        else:
            kept = ("n", "r2", "mae", "r2_post_branch", "mae_post_branch", "final", "final_predicted", "final_low",
                    "final_high")  # fmt: skip
            rows.append({"run": id} | {name: getattr(one, name) for name in kept})
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    told = [row for row in rows if "refused" not in row and row["final"] is not None]
    if not told:
        return {"n": 0, "refused": len(rows)}
    off = np.array([abs(row["final_predicted"] - row["final"]) for row in told])
    ends = np.array([[row["final_predicted"], row["final"]] for row in told])
    found = {
        "n": len(told), "refused": len(rows) - len(told), "final_error": float(off.mean()),
        "final_error_max": float(off.max()), "final_error_relative": float((off / ends[:, 1]).mean()),
        "bias": float((ends[:, 0] - ends[:, 1]).mean()),
        "covered_80": float(np.mean([row["final_low"] <= row["final"] <= row["final_high"] for row in told])),
        "width_80": float(np.mean([row["final_high"] - row["final_low"] for row in told])),
    }  # fmt: skip
    if len(told) > 2:
        found["spearman"] = float(stats.spearmanr(*ends.T)[0])
    for name in ("r2", "mae", "r2_post_branch", "mae_post_branch"):
        values = [row[name] for row in told if row[name] is not None]
        found[name] = float(np.mean(values)) if values else None
    return found


def roles(runs: list[Run]) -> tuple[list[Run], list[Run]]:
    told = {role: [run for run in runs if run.config.get("mpl_paper_role") == role] for role in ("fit", "test")}
    return told["fit"], told["test"]


def trunk_and_cooldown(runs: list[Run]) -> list[Run]:
    """The longest run at a constant rate, and the shortest that cools down over a fifth; empty where one is missing."""
    wsd = [run for run in runs if run.config.get("scheduler") == "wsd" and "grad_norm" not in run.id]
    constant = [run for run in wsd if run.config.get("wsd_fract_decay") == 0]
    cooled = [
        run for run in wsd if run.config.get("wsd_fract_decay") == 0.2 and run.config.get("decay_type") == "linear"
    ]
    if not constant or not cooled:
        return []
    length = lambda run: float(run.config["iterations"])  # noqa: E731
    return [max(constant, key=length), min(cooled, key=length)]


def trunk_and_cosine(runs: list[Run]) -> list[Run]:
    """The same constant run, and the shortest cosine; empty where one is missing."""
    pair, cosines = trunk_and_cooldown(runs), [run for run in runs if run.config.get("scheduler") == "cos"]
    return [pair[0], min(cosines, key=lambda run: float(run.config["iterations"]))] if pair and cosines else []


def tasks_of(runs: list[Run]) -> dict[str, list[Run]]:
    grouped: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        grouped[run.task or ""].append(run)
    return dict(grouped)


def going_on(runs: list[Run], law: str, seed: int) -> list[dict[str, Any]]:
    """Continuations of a finished run: how much better each is than the plain one of its length, told and measured."""
    kind = lambda run: (run.config.get("scheduler"), run.config.get("wsd_fract_decay"))  # noqa: E731
    start = [run for run in runs if kind(run) == ("wsd", 0.2) and float(run.curves[VAL].x[0]) == 0]
    if not start:
        return []
    base = min(start, key=lambda run: float(run.config["iterations"]))
    rows = {row["run"]: row for row in judge(law, [base], [run for run in runs if run is not base], VAL, seed)}
    found = []
    for steps in sorted({float(run.config["iterations"]) for run in runs} - {float(base.config["iterations"])}):
        same = [run for run in runs if float(run.config["iterations"]) == steps]
        plain = next((run for run in same if kind(run) == ("wsd", 0.2)), None)
        for run in same if plain is not None else []:
            a, b = rows[plain.id], rows[run.id]
            if run is plain or "refused" in a or "refused" in b:
                continue
            found.append({"run": run.id, "steps": steps, "gain": a["final"] - b["final"],
                          "gain_predicted": a["final_predicted"] - b["final_predicted"],
                          "final_error": b["final_predicted"] - b["final"]})  # fmt: skip
    return found


def choices(multi: dict[str, list[Run]], lr: dict[str, list[Run]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    early, worth = along._EARLY, coordinates._PRIOR_WORTH
    for along._EARLY in (0.0, 0.01, 0.03, 0.1):
        for coordinates._PRIOR_WORTH in (0.0, 0.3, 1.0, 3.0, 10.0):
            rows = {
                task: summary(judge("multi_power", *roles(runs), None, 0, quick=True)) for task, runs in multi.items()
            }
            for task, runs in lr.items():
                if pair := trunk_and_cooldown(runs):
                    rest = [run for run in runs if run not in pair]
                    rows[task] = summary(judge("multi_power", pair, rest, VAL, 0, quick=True))
            found[f"early {along._EARLY:g}, prior {coordinates._PRIOR_WORTH:g}"] = rows
            print(
                along._EARLY,
                coordinates._PRIOR_WORTH,
                {t: round(r["final_error"], 4) for t, r in rows.items()},
                flush=True,
            )
    along._EARLY, coordinates._PRIOR_WORTH = early, worth
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--choices", action="store_true")
    asked = parser.parse_args()
    multi = tasks_of(list(api.read(asked.data / "multipowerlaw")))
    lr = {task: [run for run in runs if VAL in run.curves and len(run.curves[VAL]) > 3 and run.schedule is not None]
          for task, runs in tasks_of(list(api.read(asked.data / "lr_scheduling"))).items()}  # fmt: skip
    if asked.choices:
        (HERE / "schedules_choices.json").write_text(json.dumps(choices(multi, lr), indent=1) + "\n")
        return
    found: dict[str, Any] = {"seed": asked.seed, "version": SHIPPED.load("multi_power").version, "published": PUBLISHED}
    found |= {part: {} for part in (*PARTS, "going_on")}
    for task, runs in multi.items():
        fitted, rest = roles(runs)
        for law in LAWS:
            rows = judge(law, fitted, rest, None, asked.seed)
            found["unseen_schedules"].setdefault(task, {})[law] = {"summary": summary(rows), "runs": rows}
    for task, runs in lr.items():
        for part, pair, laws in (
            (PARTS[1], trunk_and_cooldown(runs), LAWS),
            (PARTS[2], trunk_and_cosine(runs), LAWS[:2]),
        ):
            rest = [run for run in runs if run not in pair]
            for law in laws if pair and rest else ():
                rows = judge(law, pair, rest, VAL, asked.seed)
                found[part].setdefault(task, {})[law] = {"summary": summary(rows), "runs": rows}
        if any("horizon_transfer" in run.id for run in runs):
            found["going_on"][task] = {law: going_on(runs, law, asked.seed) for law in LAWS}
    (HERE / "schedules.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    show(found)


def show(found: dict[str, Any]) -> None:
    keys = ("n", "final_error", "final_error_relative", "spearman", "r2", "mae", "r2_post_branch", "mae_post_branch",
            "covered_80", "width_80")  # fmt: skip
    for part in PARTS:
        for task, laws in found[part].items():
            for law, told in laws.items():
                line = {k: told["summary"].get(k) for k in keys}
                print(part, task, law, {k: round(v, 5) if isinstance(v, float) else v for k, v in line.items()})
    for task, laws in found["going_on"].items():
        for law, rows in laws.items():
            right = sum(row["gain"] * row["gain_predicted"] > 0 for row in rows)
            print("going on", task, law, f"{right}/{len(rows)}",
                  [(round(r["gain"], 4), round(r["gain_predicted"], 4)) for r in rows])  # fmt: skip


if __name__ == "__main__":
    main()
